"""What a CenterNet that knows the truth would answer."""

from __future__ import annotations

import numpy as np
from limn.core.decoding.centernet import CHANNELS
from limn.core.decoding.placement import Placement


def bump(shape: tuple[int, int], x: float, y: float, sigma: float) -> np.ndarray:
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    return np.exp(-((cols - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2))


def centernet_maps(
    people: np.ndarray, placement: Placement, stride: int, slip: np.ndarray | float = 0.0
) -> dict[str, np.ndarray]:
    """What a perfect CenterNet answers; ``slip`` (cells) is the error of the regressed joints."""
    width, height = (side // stride for side in placement.size_px)
    maps = {role: np.zeros((1, c, height, width), np.float32) for role, c in CHANNELS.items()}
    for joints in people:
        xy = placement.to_input(joints).astype(np.float64) / stride
        low, high = xy.min(0), xy.max(0)
        middle = (low + high) / 2
        cell = np.floor(middle).astype(int)
        at = (0, slice(None), cell[1], cell[0])
        maps["sizes"][at] = high - low
        maps["center_offsets"][at] = middle - cell
        maps["joints"][at] = (xy - cell + slip).ravel()
        heat = maps["centers"][0, 0]
        np.maximum(heat, 0.9 * bump(heat.shape, cell[0], cell[1], 1.5), out=heat)
        for j, point in enumerate(xy):
            col, row = np.floor(point).astype(int)
            heat = maps["joint_heatmaps"][0, j]
            np.maximum(heat, 0.8 * bump(heat.shape, col, row, 1.0), out=heat)
            maps["joint_offsets"][0, :, row, col] = point - [col, row]
    return maps
