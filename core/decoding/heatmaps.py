"""One heatmap per keypoint of one person, as ViTPose, HRNet and SimpleBaseline give them.

Below the cell: the quarter step of Newell et al. (2016), or the Taylor expansion of the blurred
log-heatmap of DARK (Zhang et al., "Distribution-Aware Coordinate Representation", 2020).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..data.arrays import F32, F64, Floats
from .maps import as_maps

REFINEMENTS: Final = ("dark", "quarter", "none")
_SIGMA_CELLS: Final = 2.0  # of the blur before refining; by hand
_FLOOR: Final = 1e-10  # keeps the logarithm finite
_FARTHEST: Final = 1.0
"""Steps of more than a cell come from heatmaps that are no bell; there the cell itself holds."""


def decode_heatmaps(
    heatmaps: Floats,
    count: int,
    size_px: tuple[int, int],
    refinement: str = "dark",
    source: str = "The network",
    *,
    corner_aligned: bool = False,
) -> tuple[F32, F32]:
    """Keypoints (count, 2) in pixels of the input of ``size_px`` and their scores (count,).

    ``corner_aligned`` maps have their outer cells on the input's outer pixels (Huang et al., "The
    Devil Is in the Details", 2020); cell k of others lies on pixel k times the stride.
    Raises ModelError when ``heatmaps`` isn't one map per keypoint.
    """
    maps = as_maps(heatmaps, count, "heatmaps", source)
    height, width = maps.shape[1:]
    values = np.where(np.isfinite(maps), maps, 0).astype(np.float64)
    flat = values.reshape(count, -1)
    best = flat.argmax(1)
    row, col = np.divmod(best, width)
    step = np.zeros((count, 2))
    if refinement != "none":
        shift = _dark if refinement == "dark" else _quarter
        step = np.stack([shift(values[k], int(row[k]), int(col[k])) for k in range(count)]).reshape(
            count, 2
        )
    cells = np.stack([col, row], axis=-1) + step
    score = np.clip(flat[np.arange(count), best], 0, 1).astype(np.float32)
    pitch = np.array([size_px[0] / width, size_px[1] / height])
    if corner_aligned:
        pitch = (np.array(size_px) - 1) / np.maximum([width - 1, height - 1], 1)
    return (cells * pitch).astype(np.float32), score


def _quarter(one: F64, row: int, col: int) -> F64:
    """A quarter of a cell towards the higher neighbour."""
    if not (0 < row < one.shape[0] - 1 and 0 < col < one.shape[1] - 1):
        return np.zeros(2)
    slope = [one[row, col + 1] - one[row, col - 1], one[row + 1, col] - one[row - 1, col]]
    return 0.25 * np.sign(slope)


def _dark(one: F64, row: int, col: int) -> F64:
    """The top of the parabola through the blurred logarithm around a cell."""
    window = _blurred_window(one, row, col)
    if window is None:
        return np.zeros(2)
    log = np.log(np.maximum(window, _FLOOR))
    slope = np.array([log[1, 2] - log[1, 0], log[2, 1] - log[0, 1]]) / 2
    xx = log[1, 2] - 2 * log[1, 1] + log[1, 0]
    yy = log[2, 1] - 2 * log[1, 1] + log[0, 1]
    xy = (log[2, 2] - log[2, 0] - log[0, 2] + log[0, 0]) / 4
    determinant = xx * yy - xy * xy
    if not (xx < 0 and determinant > 1e-12):
        return np.zeros(2)
    step = -np.array([yy * slope[0] - xy * slope[1], xx * slope[1] - xy * slope[0]]) / determinant
    return step if np.abs(step).max() <= _FARTHEST else np.zeros(2)


_REACH: Final = 5  # cells of the blur's kernel, 2.5 sigma
_KERNEL: Final = np.exp(-0.5 * (np.arange(-_REACH, _REACH + 1) / _SIGMA_CELLS) ** 2)


def _blurred_window(one: F64, row: int, col: int) -> F64 | None:
    """The 3 x 3 cells around a cell after a Gaussian blur; None at the map's border."""
    if not (0 < row < one.shape[0] - 1 and 0 < col < one.shape[1] - 1):
        return None
    wide = _REACH + 1
    patch = np.zeros((2 * wide + 1, 2 * wide + 1))
    top, left = max(row - wide, 0), max(col - wide, 0)
    part = one[top : row + wide + 1, left : col + wide + 1]
    y, x = top - row + wide, left - col + wide
    patch[y : y + part.shape[0], x : x + part.shape[1]] = np.maximum(part, 0)
    rows = np.stack([_KERNEL @ patch[k : k + 2 * _REACH + 1] for k in range(3)])
    return np.stack([rows[:, k : k + 2 * _REACH + 1] @ _KERNEL for k in range(3)], axis=-1)
