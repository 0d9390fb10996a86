"""Face mesh: 468 points of the one face in a region, in the picture, with depth.

Pre- and post-processing follow MediaPipe 0.10.21 (face_landmark_cpu, without attention).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import U8
from ...core.data.faces.mesh import MESH_MIRROR, MESH_POINTS
from ...core.data.types import Region
from ...core.faces.seen import FaceSeen
from ..devices import ON_PROCESSOR, Device
from ..runtime import NetworkRunner
from ..store import WEIGHTS_DIR
from .crops import cut

_CROP_PX: Final = 192


class FaceNetwork:
    """Implements ``core.faces.seen.FaceModel``."""

    def __init__(self, network: NetworkRunner) -> None:
        self._network = network

    def locate(self, bgr: U8, region: Region, *, mirrored: bool = False) -> FaceSeen:
        """The face in ``region`` of the picture ``bgr``, looked at in a mirror if wanted.

        Raises ModelError when the network can't be opened.
        """
        import cv2

        crop = cut(bgr, region, _CROP_PX)
        shown = crop.bgr[:, ::-1] if mirrored else crop.bgr
        rgb = cv2.cvtColor(np.ascontiguousarray(shown), cv2.COLOR_BGR2RGB)
        image = np.multiply(rgb, np.float32(1 / 255), dtype=np.float32)[None]
        landmarks, presence = self._network.run(image)
        xyz = landmarks.reshape(MESH_POINTS, 3)
        if mirrored:
            xyz = xyz[list(MESH_MIRROR)] * [-1.0, 1.0, 1.0] + [_CROP_PX, 0.0, 0.0]
        xyz_px = np.empty((MESH_POINTS, 3), np.float32)
        xyz_px[:, :2] = crop.to_picture(xyz[:, :2])
        xyz_px[:, 2] = xyz[:, 2] * (region.side_px / _CROP_PX)
        # The network tells the logit.
        chance = 1 / (1 + np.exp(-np.clip(float(presence.item()), -50, 50)))
        return FaceSeen(xyz_px, float(chance))


def open_faces(folder: Path = WEIGHTS_DIR, device: Device = ON_PROCESSOR) -> FaceNetwork:
    """Limn's own face network; it opens at its first use."""
    return FaceNetwork(NetworkRunner.named("face_landmark", folder, device))
