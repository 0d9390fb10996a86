"""Hand landmarks: 21 points of the one hand in a region, in the picture and in metres.

Pre- and post-processing follow MediaPipe 0.10.21 (hand_landmark_cpu). One network sees left and
right hands.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import U8
from ...core.data.hand_points import POINTS
from ...core.data.profiling.stages import staged
from ...core.data.types import Region
from ...core.hands.seen import HandSeen
from ..devices import ON_PROCESSOR, Device
from ..runtime import NetworkRunner
from ..store import WEIGHTS_DIR
from .crops import cut

_CROP_PX: Final = 224


class HandNetwork:
    """Implements ``core.hands.seen.HandModel``."""

    def __init__(self, network: NetworkRunner) -> None:
        self._network = network

    @staged("network inputs and answers")
    def locate(self, bgr: U8, region: Region, *, mirrored: bool = False) -> HandSeen:
        """The hand in ``region`` of the picture ``bgr``, looked at in a mirror if wanted.

        Raises ModelError when the network can't be opened.
        """
        import cv2

        crop = cut(bgr, region, _CROP_PX)
        shown = crop.bgr[:, ::-1] if mirrored else crop.bgr
        rgb = cv2.cvtColor(np.ascontiguousarray(shown), cv2.COLOR_BGR2RGB)
        image = np.multiply(rgb, np.float32(1 / 255), dtype=np.float32)[None]
        landmarks, presence, right, world = self._network.run(image)
        xy_crop, xyz_crop = landmarks.reshape(POINTS, 3)[:, :2], world.reshape(POINTS, 3)
        is_right = float(right.item())
        if mirrored:
            xy_crop = xy_crop * [-1.0, 1.0] + [_CROP_PX, 0.0]
            xyz_crop = xyz_crop * [-1.0, 1.0, 1.0]
            is_right = 1 - is_right
        cos, sin = np.cos(region.rotation_rad), np.sin(region.rotation_rad)
        R_picture_crop = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]], np.float32)
        return HandSeen(
            xy_px=crop.to_picture(xy_crop),
            xyz_m=(xyz_crop @ R_picture_crop.T).astype(np.float32),
            presence=float(presence.item()),
            right=is_right,
        )


def open_hands(
    folder: Path = WEIGHTS_DIR, device: Device = ON_PROCESSOR, *, is_brief: bool = False
) -> HandNetwork:
    """Limn's own hand network, in 8 bits if it ``is_brief``; it opens at its first use."""
    return HandNetwork(NetworkRunner.named("hand_landmark", folder, device, is_brief=is_brief))
