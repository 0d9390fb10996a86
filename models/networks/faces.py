"""Face mesh: 468 points of the one face in a region, in the picture, with depth; and its eyes.

Pre- and post-processing follow MediaPipe 0.10.21 (face_landmark_cpu, without attention;
iris_landmark_left_and_right_cpu).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import F32, U8, Floats
from ...core.data.faces.eyes import EYE_POINTS, EYES_SKELETON, IRIS_POINTS, LID_POINTS
from ...core.data.faces.mesh import MESH_MIRROR, MESH_POINTS
from ...core.data.types import Region
from ...core.faces.eyes.regions import region_of_eye
from ...core.faces.seen import FaceSeen
from ..devices import ON_PROCESSOR, Device
from ..runtime import NetworkRunner
from ..store import WEIGHTS_DIR
from .crops import cut

_CROP_PX: Final = 192
_EYE_PX: Final = 64


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


class EyeNetwork:
    """Lids and irises of a face whose mesh is known. Implements ``core.faces.seen.EyeModel``."""

    def __init__(self, network: NetworkRunner) -> None:
        self._network = network

    def look(self, bgr: U8, mesh_px: Floats) -> F32:
        """The points of ``EYES_SKELETON`` (40, 2) in pixels of the picture ``bgr``, of the face
        with the mesh ``mesh_px`` (468, 2 or 3).

        Raises ModelError when the network can't be opened.
        """
        out = np.empty((2, EYE_POINTS, 2), np.float32)
        for k, is_left in enumerate((True, False)):
            out[k] = self._eye(bgr, region_of_eye(mesh_px, is_left=is_left), is_left=is_left)
        return out.reshape(len(EYES_SKELETON), 2)

    def _eye(self, bgr: U8, region: Region, *, is_left: bool) -> F32:
        import cv2

        crop = cut(bgr, region, _EYE_PX)
        # The network knows left eyes, and sees right ones in a mirror.
        shown = crop.bgr if is_left else crop.bgr[:, ::-1]
        rgb = cv2.cvtColor(np.ascontiguousarray(shown), cv2.COLOR_BGR2RGB)
        image = np.multiply(rgb, np.float32(1 / 255), dtype=np.float32)[None]
        lids, iris = self._network.run(image)
        xy = np.concatenate(
            [lids.reshape(-1, 3)[:LID_POINTS, :2], iris.reshape(IRIS_POINTS, 3)[:, :2]]
        )
        if not is_left:
            xy = [_EYE_PX, 0] + xy * [-1, 1]
        return crop.to_picture(xy)


def open_eyes(folder: Path = WEIGHTS_DIR, device: Device = ON_PROCESSOR) -> EyeNetwork:
    """Limn's own network for eyes; it opens at its first use."""
    return EyeNetwork(NetworkRunner.named("iris_landmark", folder, device))
