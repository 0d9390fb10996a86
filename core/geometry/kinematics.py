"""Forward kinematics of the 55-joint skeleton."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..data.arrays import F32, F64, Floats
from ..data.errors import SettingsError
from ..data.skeletons import SMPLX_55, SMPLX_PARENTS
from ..data.types import Person
from .rotations import matrix_from_quat, multiply_quats, quat_from_matrix

R_WORLD_BODY_REST: Final = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""Body frame (y up, z forward) to world (z up, facing -Y) for a person standing at rest."""


_STRETCH: Final = 128  # frames posed at once, bounds memory


def forward(
    rest_xyz: Floats,
    root_xyz: Floats,
    R_parent_joint: Floats,
    parents: tuple[int, ...] = SMPLX_PARENTS,
) -> tuple[Floats, Floats]:
    """Pose a skeleton: returns joint positions (t, j, 3) and global rotations (t, j, 3, 3).

    ``rest_xyz`` (j, 3) metres, ``root_xyz`` (t, 3), ``R_parent_joint`` (t, j, 3, 3) whose joint 0
    takes the rest frame to the frame of ``root_xyz``.
    """
    t, j = R_parent_joint.shape[:2]
    xyz = np.empty((t, j, 3), R_parent_joint.dtype)
    R = np.empty_like(R_parent_joint)
    xyz[:, 0], R[:, 0] = root_xyz, R_parent_joint[:, 0]
    for child in range(1, j):
        parent = parents[child]
        R[:, child] = R[:, parent] @ R_parent_joint[:, child]
        xyz[:, child] = xyz[:, parent] + R[:, parent] @ (rest_xyz[child] - rest_xyz[parent])
    return xyz, R


def local_rotations(R: Floats) -> Floats:
    """Rotations (t, 55, 3, 3) from each joint to its parent, of global ones: ``forward`` undone."""
    local = R.copy()
    parents = R[:, list(SMPLX_PARENTS[1:])]
    local[:, 1:] = np.swapaxes(parents, -1, -2) @ R[:, 1:]
    return local


def person_joints_world(person: Person) -> F32:
    """World positions (t, 55, 3) in metres of everybody's joint in every posed frame."""
    out = np.empty((len(person.frames), len(person.rest_xyz_body), 3), np.float32)
    # A stretch at a time: the rotations on the way are many times the result.
    for i in range(0, len(out), _STRETCH):
        some = slice(i, i + _STRETCH)
        R = matrix_from_quat(person.quat_parent_joint[some])
        out[some], _ = forward(person.rest_xyz_body, person.root_xyz_world[some], R)
    return out


def joint_path(person: Person, joint: str) -> F32:
    """World positions (t, 3) in metres, z up, of one joint in each of ``person.frames``.

    Raises SettingsError for a name that isn't one of ``SMPLX_55``.
    """
    if joint not in SMPLX_55:
        raise SettingsError(f"There is no joint {joint}; the joints are {', '.join(SMPLX_55)}.")
    return person_joints_world(person)[:, SMPLX_55.index(joint)]


def move_person(person: Person, T: F64) -> Person:
    """``person`` moved by ``T`` (4, 4)."""
    quats = person.quat_parent_joint.copy()
    turn = quat_from_matrix(T[:3, :3])
    quats[:, 0] = multiply_quats(turn, quats[:, 0].astype(np.float64))
    root = person.root_xyz_world.astype(np.float64) @ T[:3, :3].T + T[:3, 3]
    return replace(person, quat_parent_joint=quats, root_xyz_world=root.astype(np.float32))
