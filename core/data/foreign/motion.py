"""Another tool's motion as it was told, before it was cleaned: what Solve Again of imports asks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .. import solver_points as points_of_solver
from ..arrays import F32, F64, I32, check_fields, check_increasing, of_shape
from ..skeletons import SMPLX_55

_JOINTS = len(SMPLX_55)


@dataclass(frozen=True, slots=True, eq=False)
class ForeignPerson:
    """Somebody in t frames, as a file told: by rotations or by points, of which one is there.

    * ``frames`` (t,) positions in the clip, ``confidence`` (t,) in [0, 1]; ``who`` is their row
      among the take's people;
    * ``rest_xyz_body`` (55, 3), ``root_xyz`` (t, 3) metres and ``quat_parent_joint`` (t, 55, 4), as
      in ``Person``;
    * ``points`` (t, 19, 3) metres, the solver's, with ``score`` (t, 19), ``hands`` (t, 2, 21, 3)
      and ``face`` (t, 68, 3), iBUG's landmarks, NaN where they weren't told.
    """

    who: int
    frames: I32 = field(metadata=of_shape("t"))
    confidence: F32 = field(metadata=of_shape("t"))
    rest_xyz_body: F32 | None = field(default=None, metadata=of_shape(_JOINTS, 3))
    root_xyz: F32 | None = field(default=None, metadata=of_shape("t", 3))
    quat_parent_joint: F32 | None = field(default=None, metadata=of_shape("t", _JOINTS, 4))
    points: F32 | None = field(default=None, metadata=of_shape("t", points_of_solver.COUNT, 3))
    score: F32 | None = field(default=None, metadata=of_shape("t", points_of_solver.COUNT))
    hands: F32 | None = field(default=None, metadata=of_shape("t", 2, 21, 3, has_gaps=True))
    face: F32 | None = field(default=None, metadata=of_shape("t", 68, 3, has_gaps=True))

    def __post_init__(self) -> None:
        check_fields(self)
        check_increasing("ForeignPerson.frames", self.frames)
        by_rotations = (self.rest_xyz_body, self.root_xyz, self.quat_parent_joint)
        by_points = (self.points, self.score)
        if any(v is None for v in by_rotations) and any(v is None for v in by_points):
            raise ValueError("ForeignPerson has neither rotations nor points")


@dataclass(frozen=True, slots=True, eq=False)
class Foreign:
    """A file's ``people`` as ``tool`` told them.

    They are in the world, z up, or where ``is_beside`` in the axes of the shot's camera, beside
    what Limn's own networks saw. ``T_world_camera`` (n, 4, 4) is the camera's way as told, n 0
    where nothing was; ``sigma_m`` how far they were said to be off, 0 = as they shake.
    """

    tool: str
    people: tuple[ForeignPerson, ...]
    T_world_camera: F64 = field(
        default_factory=lambda: np.zeros((0, 4, 4)), metadata=of_shape(None, 4, 4)
    )
    sigma_m: float = 0.0
    is_beside: bool = False

    def __post_init__(self) -> None:
        check_fields(self)
