"""Faces made of the reader's own mean face: meshes as a perfect network would see them."""

from __future__ import annotations

import numpy as np
from limn.core.data.arrays import F32, F64, U8
from limn.core.data.faces.mesh import KEPT, MESH_POINTS
from limn.core.data.types import Region
from limn.core.faces.reader import load_face_reader
from limn.core.faces.seen import FaceSeen


def mean_face() -> F64:
    """The points (147, 3) that a take keeps, of a face at rest, in the head's axes."""
    return load_face_reader().template.astype(np.float64)


def opened(face: F64, share: float) -> F64:
    """A face whose lower lip, chin and lower cheeks have gone down."""
    lips = (face[KEPT.index(13), 1] + face[KEPT.index(14), 1]) / 2
    aside = np.abs(face[:, 0]) / np.abs(face[:, 0]).max()
    moved = face.copy()
    moved[:, 1] += np.where(face[:, 1] > lips, 0.4 * share * (1 - aside**2), 0.0)
    return moved


def whole_mesh(kept: F64) -> F32:
    """A mesh (468, 3) with these points; all others lie in their middle."""
    mesh = np.tile(kept.mean(0), (MESH_POINTS, 1))
    mesh[list(KEPT)] = kept
    return mesh.astype(np.float32)


class FakeFaces:
    """Finds the mean face upright in the middle of every region, and remembers the regions."""

    def __init__(self, presence: float = 0.95) -> None:
        self.asked: list[Region] = []
        self.mirrors: list[bool] = []
        self.presence = presence

    def locate(self, bgr: U8, region: Region, *, mirrored: bool = False) -> FaceSeen:
        self.asked.append(region)
        self.mirrors.append(mirrored)
        face = mean_face()
        face = face * (region.side_px / 1.5 / np.ptp(face[:, 1]))
        face[:, :2] += region.center_px - (face.min(0) + face.max(0))[:2] / 2
        return FaceSeen(whole_mesh(face), self.presence)
