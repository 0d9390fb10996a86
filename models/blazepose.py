"""BlazePose GHUM: 33 landmarks of the one person in a region, in the picture and in metres.

Pre- and post-processing follow MediaPipe 0.10.21 (pose_landmark_cpu, RefineLandmarksFromHeatmap),
apart from the mask, which keeps neighbours out.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..core.arrays import F32, U8
from ..core.skeletons import BLAZEPOSE_33, BLAZEPOSE_MIRROR
from ..core.types import Landmarks, Region
from .crops import cut
from .runtime import NetworkRunner

CROP_PX: Final = 256
_COUNT: Final = len(BLAZEPOSE_33)
_MIRROR: Final = np.array(BLAZEPOSE_MIRROR)
_REACH: Final = np.arange(-3, 4)  # the 7 x 7 window of the refinement
_SMALLEST_PEAK: Final = 0.5


class BlazePose:
    """A pass of one variant ("full" or "heavy"), upright or on the mirrored crop.

    Passes of a variant share one ``NetworkRunner``. Implements ``core.types.LandmarkModel``.
    """

    def __init__(self, variant: str, network: NetworkRunner, *, mirrored: bool = False) -> None:
        self._network = network
        self._mirrored = mirrored
        self._name = f"{variant}_mirrored" if mirrored else variant

    @property
    def name(self) -> str:
        """The pass as ``registry.QUALITY_PASSES`` spells it."""
        return self._name

    def locate(self, bgr: U8, region: Region) -> Landmarks:
        """Return the landmarks of the person in ``region`` of the picture ``bgr``.

        Raises ModelError when the network can't be opened.
        """
        import cv2

        crop = cut(bgr, region, CROP_PX)
        seen = crop.bgr[:, ::-1] if self._mirrored else crop.bgr
        rgb = cv2.cvtColor(np.ascontiguousarray(seen), cv2.COLOR_BGR2RGB)
        image = np.multiply(rgb, np.float32(1 / 255), dtype=np.float32)[None]
        landmarks, presence, heatmap, world = self._network.run(image)
        points = landmarks.reshape(-1, 5)[:_COUNT]
        xy_crop = refine(points[:, :2], heatmap[0])
        score = sigmoid(points[:, 3]) * sigmoid(points[:, 4])
        xyz_crop = world.reshape(-1, 3)[:_COUNT].copy()
        if self._mirrored:
            xy_crop, score, xyz_crop = xy_crop[_MIRROR], score[_MIRROR], xyz_crop[_MIRROR]
            xy_crop[:, 0] = CROP_PX - xy_crop[:, 0]
            xyz_crop[:, 0] *= -1
        return Landmarks(
            xy_px=crop.to_picture(xy_crop),
            score=score,
            xyz_m=_turned(xyz_crop, region.rotation_rad),
            presence=float(presence[0, 0]),
        )


def refine(xy_crop: F32, heatmap: F32) -> F32:
    """Move landmarks (k, 2) to the weighted mean of the heatmap (n, n, >= k) around them.

    Logits; a 7 x 7 window cut at the border; a landmark stays where the window's peak is below one
    half or where it lies outside the crop. Returns a new array in the same crop pixels.
    """
    cells = heatmap.shape[0]
    xy_cell = xy_crop * np.float32(cells / CROP_PX)
    center = xy_cell.astype(int)  # cut, as in C++
    inside = ((center >= 0) & (center < cells)).all(axis=1)
    cols, rows = center[:, :1] + _REACH, center[:, 1:] + _REACH
    valid_cols, valid_rows = _within(cols, cells), _within(rows, cells)
    window = heatmap[
        np.clip(rows, 0, cells - 1)[:, :, None],
        np.clip(cols, 0, cells - 1)[:, None, :],
        np.arange(len(xy_crop))[:, None, None],
    ]
    weight = sigmoid(window) * (valid_rows[:, :, None] & valid_cols[:, None, :])
    moves = inside & (weight.max(axis=(1, 2)) >= _SMALLEST_PEAK)
    weight = weight[moves]
    total = weight.sum(axis=(1, 2))
    refined = xy_crop.copy()
    pitch = np.float32(CROP_PX / cells)
    refined[moves, 0] = (weight.sum(axis=1) * cols[moves]).sum(axis=1) / total * pitch
    refined[moves, 1] = (weight.sum(axis=2) * rows[moves]).sum(axis=1) / total * pitch
    return refined


def sigmoid(logits: F32) -> F32:
    """Return 1 / (1 + exp(-x)) without overflow."""
    return np.float32(0.5) * (np.tanh(np.float32(0.5) * logits) + np.float32(1))


def _within(index: np.ndarray, count: int) -> np.ndarray:
    return (index >= 0) & (index < count)


def _turned(xyz_crop: F32, rotation_rad: float) -> F32:
    """Turn metres from the crop's axes to the picture's; z, along the view, stays."""
    cos, sin = np.cos(rotation_rad), np.sin(rotation_rad)
    R_picture_crop = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]], np.float32)
    return xyz_crop @ R_picture_crop.T
