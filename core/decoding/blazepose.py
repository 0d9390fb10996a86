"""BlazePose's landmarks, refined by its heatmap (MediaPipe 0.10.21, RefineLandmarksFromHeatmap).

Crop coordinates: x right, y down, from 0 at the outer edge of the first pixel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..data.arrays import F32, Floats, check_fields, of_shape
from ..data.errors import ModelError
from ..data.skeletons import BLAZEPOSE_33
from .maps import output

_COUNT: Final = len(BLAZEPOSE_33)
_VALUES, _METRES = 5, 3  # numbers per landmark of both outputs
_REACH: Final = np.arange(-3, 4)  # the 7 x 7 window of the refinement
_SMALLEST_PEAK: Final = 0.5  # of a heatmap that moves its landmark; MediaPipe's own


@dataclass(frozen=True, slots=True, eq=False)
class BlazePoseAnswer:
    """One person in a crop: ``xy_crop`` (33, 2) pixels of it, ``score`` (33,), ``xyz_crop`` (33, 3)
    metres from the hips in the crop's axes, and the ``presence`` of a person in [0, 1]."""

    xy_crop: F32 = field(metadata=of_shape("n", 2))
    score: F32 = field(metadata=of_shape("n"))
    xyz_crop: F32 = field(metadata=of_shape("n", 3))
    presence: float

    def __post_init__(self) -> None:
        check_fields(self)


def decode_blazepose(
    outputs: Mapping[str, Floats], crop_px: int, source: str = "The network"
) -> BlazePoseAnswer:
    """Read the outputs "landmarks", "presence", "heatmap" and "world" for a square of ``crop_px``.

    Landmarks have 5 values each, x and y in pixels of the crop and logits of being visible and in
    the picture; the heatmap's channels come last or first; presence is a probability. Of more
    than 33 landmarks the rest are BlazePose's own helpers. Numbers that are none make an absent
    person. Raises ModelError for other shapes.
    """
    points = _rows(outputs, "landmarks", _VALUES, source)
    xyz = _rows(outputs, "world", _METRES, source)
    heatmap = _heatmap(output(outputs, "heatmap", source), source)
    presence = np.asarray(output(outputs, "presence", source), np.float32).reshape(-1)
    if presence.size != 1:
        raise ModelError(f"{source} gives 'presence' of {presence.size} values, expected 1.")
    score = sigmoid(points[:, 3]) * sigmoid(points[:, 4])
    xy = refine(np.nan_to_num(points[:, :2], posinf=0.0, neginf=0.0), heatmap, crop_px)
    told = [points[:, :2], score, xyz, presence]
    if not all(np.isfinite(values).all() for values in told):
        return BlazePoseAnswer(xy, np.zeros_like(score), np.zeros_like(xyz), 0.0)
    return BlazePoseAnswer(xy, score, xyz.copy(), float(np.clip(presence[0], 0, 1)))


def refine(xy_crop: F32, heatmap: F32, crop_px: int) -> F32:
    """Move landmarks (k, 2) to the weighted mean of the heatmap (n, n, >= k) around them.

    Logits; a 7 x 7 window cut at the border; a landmark stays where the window's peak is below one
    half or where it lies outside the crop. Returns a new array in the same crop pixels.
    """
    cells = heatmap.shape[0]
    xy_cell = xy_crop * np.float32(cells / crop_px)
    # Cut, as in C++; far outside, numbers may be too large for cells.
    center = np.clip(xy_cell, -cells, 2 * cells).astype(int)
    inside = ((center >= 0) & (center < cells)).all(axis=1)
    cols, rows = center[:, :1] + _REACH, center[:, 1:] + _REACH
    valid_cols, valid_rows = _within(cols, cells), _within(rows, cells)
    window = heatmap[
        np.clip(rows, 0, cells - 1)[:, :, None],
        np.clip(cols, 0, cells - 1)[:, None, :],
        np.arange(len(xy_crop))[:, None, None],
    ]
    # What is no number is no peak.
    window = np.where(np.isnan(window), np.float32(-np.inf), window)
    weight = sigmoid(window) * (valid_rows[:, :, None] & valid_cols[:, None, :])
    moves = inside & (weight.max(axis=(1, 2)) >= _SMALLEST_PEAK)
    weight = weight[moves]
    total = weight.sum(axis=(1, 2))
    refined = xy_crop.copy()
    pitch = np.float32(crop_px / cells)
    refined[moves, 0] = (weight.sum(axis=1) * cols[moves]).sum(axis=1) / total * pitch
    refined[moves, 1] = (weight.sum(axis=2) * rows[moves]).sum(axis=1) / total * pitch
    return refined


def sigmoid(logits: F32) -> F32:
    """Return 1 / (1 + exp(-x)) without overflow."""
    return np.float32(0.5) * (np.tanh(np.float32(0.5) * logits) + np.float32(1))


def _rows(outputs: Mapping[str, Floats], role: str, values: int, source: str) -> F32:
    """The first 33 rows (33, values) of an output, which may be flat."""
    array = np.asarray(output(outputs, role, source), np.float32)
    if array.size % values or array.size < _COUNT * values or max(array.shape) < _COUNT:
        raise ModelError(
            f"{source} gives '{role}' of shape {array.shape} where {_COUNT} landmarks of {values} "
            "values or more of them were expected."
        )
    return array.reshape(-1, values)[:_COUNT]


def _heatmap(array: Floats, source: str) -> F32:
    """The maps of one picture as (n, n, channels)."""
    maps = np.asarray(array, np.float32)
    if maps.ndim == 4 and maps.shape[0] == 1:
        maps = maps[0]
    if maps.ndim == 3 and maps.shape[1] == maps.shape[2] and maps.shape[0] != maps.shape[1]:
        maps = np.moveaxis(maps, 0, 2)
    if maps.ndim != 3 or maps.shape[0] != maps.shape[1] or maps.shape[2] < _COUNT:
        raise ModelError(
            f"{source} gives 'heatmap' of shape {np.shape(array)} where {_COUNT} square maps or "
            "more of one picture were expected."
        )
    return maps


def _within(index: np.ndarray, count: int) -> np.ndarray:
    return (index >= 0) & (index < count)
