"""What a face network tells of one face in one picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from ..data.arrays import F32, U8, Floats, check_fields, of_shape
from ..data.faces.mesh import MESH_POINTS
from ..data.types import Region


@dataclass(frozen=True, slots=True, eq=False)
class FaceSeen:
    """A face in a picture: ``xyz_px`` (468, 3) of MediaPipe's face mesh, x right and y down in the
    picture's pixels, z away in the same unit from somewhere in the head; ``presence`` of a face."""

    xyz_px: F32 = field(metadata=of_shape(MESH_POINTS, 3))
    presence: float

    def __post_init__(self) -> None:
        check_fields(self)


class FaceModel(Protocol):
    """Places the mesh of the one face in a region. Called from several threads at once."""

    def locate(self, bgr: U8, region: Region, *, mirrored: bool = False) -> FaceSeen:
        """The face in ``region`` of a (h, w, 3) picture, looked at in a mirror if wanted."""
        ...


class EyeModel(Protocol):
    """Places lids and irises of a face. Called from several threads at once."""

    def look(self, bgr: U8, mesh_px: Floats) -> F32:
        """The points of ``EYES_SKELETON`` (40, 2) in pixels of a (h, w, 3) picture, of the face
        whose mesh is ``mesh_px`` (468, 3). Raises ModelError."""
        ...


class ShapeModel(Protocol):
    """Tells ARKit's shapes of a face from its mesh, without the person's face at rest."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    def shapes(self, mesh_px: Floats) -> F32:
        """Weights (t, 52) in [0, 1] of ``FACE_SHAPES``, of the points that takes keep of meshes,
        (t, n, 2) in pixels. Raises ModelError."""
        ...
