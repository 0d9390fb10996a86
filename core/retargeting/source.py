"""A person's motion the way a rig wants it: turns away from standing upright at rest."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..data.arrays import F32, F64, check_fields, of_shape
from ..data.skeletons import SMPLX_55, joint
from ..data.types import Person
from ..geometry.kinematics import R_WORLD_BODY_REST, forward
from ..geometry.rotations import matrix_from_quat


@dataclass(frozen=True, slots=True, eq=False)
class SourceMotion:
    """A person at rest, upright and facing -y, and what moves them.

    ``rest_xyz`` (55, 3) metres, the pelvis at the origin; ``xyz`` (t, 55, 3) world metres; ``turn``
    (t, 55, 3, 3) takes each joint's upright rest axes to its pose; ``contact`` (t, 4) columns
    ``CONTACT_POINTS``; ``floor_below_pelvis`` metres from the pelvis at rest down to the soles.
    """

    rest_xyz: F64 = field(metadata=of_shape(55, 3))
    xyz: F64 = field(metadata=of_shape("t", 55, 3))
    turn: F64 = field(metadata=of_shape("t", 55, 3, 3))
    contact: F32 = field(metadata=of_shape("t", 4))
    floor_below_pelvis: float

    def __post_init__(self) -> None:
        check_fields(self)

    def rest(self, name: str) -> F64:
        """Where a joint is at rest."""
        return self.rest_xyz[SMPLX_55.index(name)]

    def turn_of(self, name: str) -> F64:
        """How a joint turns, (t, 3, 3)."""
        return self.turn[:, SMPLX_55.index(name)]


SOLE_BELOW_TOES = 0.0277
"""Sole under the toe joint as a share of the leg (hip to ankle), of the CC0 average adult."""


def source_motion(person: Person) -> SourceMotion:
    """Turn ``person``'s SMPL-X rotations into turns away from rest."""
    C = R_WORLD_BODY_REST
    body = person.rest_xyz_body.astype(np.float64)
    R_local = matrix_from_quat(person.quat_parent_joint.astype(np.float64))
    xyz, R = forward(body, person.root_xyz_world.astype(np.float64), R_local)
    rest = body @ C.T
    leg = abs(rest[joint("left_hip"), 2] - rest[joint("left_ankle"), 2])
    lowest = min(rest[joint("left_foot"), 2], rest[joint("right_foot"), 2])
    floor = -(lowest - SOLE_BELOW_TOES * leg)
    return SourceMotion(rest, xyz, R @ C.T, person.contact, float(floor))
