"""CenterNet's people: "Objects as Points" (Zhou, Wang and Kraehenbuehl, 2019), section 4.2.

A person is a peak of the centre heatmap; joints are regressed from it and then moved to the nearest
peak of their own heatmap, if one lies in the person's box. Works for every export that has these
maps (DLA-34, hourglass, MobileNet), at any stride and input size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..data.arrays import F32, Floats
from ..data.errors import ModelError
from ..data.skeletons import COCO_17
from ..data.types import Detections
from .maps import Peaks, as_maps, as_probability, find_peaks, output

_JOINTS: Final = len(COCO_17)
CHANNELS: Final = {
    "centers": 1, "sizes": 2, "joints": 2 * _JOINTS,
    "center_offsets": 2, "joint_heatmaps": _JOINTS, "joint_offsets": 2,
}  # fmt: skip
"""Outputs and their maps; the authors call them hm, wh, hps, reg, hm_hp and hp_offset. There may
also be two joint offsets for each joint, as MoveNet has them."""
_NEEDED: Final = ("centers", "sizes", "joints")
_NEAR: Final = 0.3
"""A joint's own peak lies within this share of the box's longer side (the authors' value)."""
_BOX_MARGIN: Final = 0.05  # share of the side that boxes are larger by; by hand
_LEAST_SIDE_PX: Final = 1.0  # of a box: it is divided by


@dataclass(frozen=True, slots=True)
class CenterNetChoices:
    """``most_people`` peaks above ``min_score`` are people; ``joint_score`` is the least of a
    joint's own peak; ``has_sigmoid`` of the heatmaps, None = told by their values."""

    most_people: int = 100
    min_score: float = 0.1
    joint_score: float = 0.1
    has_sigmoid: bool | None = None


def decode_centernet(
    outputs: Mapping[str, Floats],
    size_px: tuple[int, int],
    choices: CenterNetChoices | None = None,
    source: str = "The network",
) -> Detections:
    """People in pixels of the input of ``size_px`` (width, height), best first, doubles included.

    ``outputs`` by role, see ``CHANNELS``; the last three may be missing. Raises ModelError when one
    that is needed is missing or one is of another shape.
    """
    choices = choices or CenterNetChoices()
    maps = {
        role: as_maps(output(outputs, role, source), channels, role, source)
        for role, channels in _channels(outputs).items()
        if role in outputs or role in _NEEDED
    }
    cells = maps["centers"].shape[1:]
    for role, values in maps.items():
        if values.shape[1:] != cells:
            raise ModelError(
                f"{source} gives '{role}' of {values.shape[2]} x {values.shape[1]} cells and "
                f"'centers' of {cells[1]} x {cells[0]}; they must be alike."
            )
    pitch = np.array([size_px[0] / cells[1], size_px[1] / cells[0]], np.float32)
    heat = as_probability(maps["centers"], choices.has_sigmoid)[0]
    centers = find_peaks(heat, choices.most_people, choices.min_score)
    regressed = _at(maps["joints"], centers).reshape(-1, _JOINTS, 2)
    xy = np.stack([centers.col, centers.row], -1)[:, None] + regressed
    middle = _positions(centers, maps.get("center_offsets"))
    size = np.maximum(_at(maps["sizes"], centers), _LEAST_SIDE_PX / pitch)
    boxes = np.concatenate([middle - size / 2, middle + size / 2], axis=-1)
    whole = np.isfinite(xy).all((1, 2)) & np.isfinite(boxes).all(1)
    xy, found = xy[whole], centers.score[whole]
    boxes = boxes[whole].astype(np.float32)
    score = np.repeat(found[:, None], _JOINTS, axis=1)
    if "joint_heatmaps" in maps:
        xy, score = _match(maps, xy, boxes, choices)
    return Detections(
        (xy * pitch).astype(np.float32),
        score.astype(np.float32),
        (boxes * np.tile(pitch, 2)).astype(np.float32),
        found,
    )


def _channels(outputs: Mapping[str, Floats]) -> dict[str, int]:
    shape = np.shape(outputs.get("joint_offsets", ()))
    is_each = len(shape) == 4 and 2 * _JOINTS in (shape[1], shape[3]) and 2 not in shape[1::2]
    return CHANNELS | ({"joint_offsets": 2 * _JOINTS} if is_each else {})


def _at(maps: F32, peaks: Peaks) -> F32:
    """What maps (c, h, w) say at peaks, (n, c)."""
    return maps[:, peaks.row, peaks.col].T


def _positions(peaks: Peaks, offset: F32 | None) -> F32:
    """Where peaks lie between the cells, (n, 2): a cell's own number is its lower end."""
    cell = np.stack([peaks.col, peaks.row], axis=-1).astype(np.float32)
    return cell + (0.5 if offset is None else _at(offset, peaks))


def _of_joint(offsets: F32 | None, joint: int) -> F32 | None:
    """The two maps of a joint's offset, where they aren't all joints' together."""
    if offsets is None or len(offsets) == 2:
        return offsets
    return offsets[2 * joint : 2 * joint + 2]


def _match(
    maps: Mapping[str, F32], xy: F32, boxes: F32, choices: CenterNetChoices
) -> tuple[F32, F32]:
    """Joints moved to the nearest peak of their kind, and what their heatmap says of them.

    A joint without a peak near by stays where it was regressed, with the heatmap's score there.
    """
    heat = as_probability(maps["joint_heatmaps"], choices.has_sigmoid)
    out, score = xy.copy(), np.zeros(xy.shape[:2], np.float32)
    side = (boxes[:, 2:] - boxes[:, :2]).max(1, initial=0)
    margin = _BOX_MARGIN * side[:, None]
    for j in range(_JOINTS):
        peaks = find_peaks(heat[j], choices.most_people, choices.joint_score)
        score[:, j] = _nearest_cell(heat[j], xy[:, j])
        if not len(peaks.score) or not len(xy):
            continue
        at = _positions(peaks, _of_joint(maps.get("joint_offsets"), j))
        away = np.linalg.norm(xy[:, j, None] - at, axis=-1)
        inside = (
            (at >= (boxes[:, :2] - margin)[:, None]) & (at <= (boxes[:, 2:] + margin)[:, None])
        ).all(-1)
        away = np.where(inside, away, np.inf)
        best = away.argmin(1)
        is_near = away[np.arange(len(xy)), best] <= _NEAR * side
        out[is_near, j] = at[best[is_near]]
        score[is_near, j] = peaks.score[best[is_near]]
    return out, score


def _nearest_cell(heat: F32, xy: F32) -> F32:
    """A heatmap's value (n,) at positions (n, 2); 0 outside."""
    limits = np.array([heat.shape[1], heat.shape[0]])
    cell = np.floor(np.nan_to_num(xy, nan=-1.0, posinf=-1.0, neginf=-1.0))
    inside = ((cell >= 0) & (cell < limits)).all(1)
    col, row = np.clip(cell, 0, limits - 1).astype(int).T
    return np.where(inside, heat[row, col], 0).astype(np.float32)
