"""Where a motion stands and looks: everything moved together over the floor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..data.arrays import F64, Floats
from ..data.errors import OutputError
from ..data.types import Camera, Person, Take
from ..geometry.kinematics import move_person
from ..geometry.rotations import exp_so3, matrix_from_quat

FRONT: F64 = np.array([0.0, -1.0, 0.0])
"""Where somebody who faces 0 degrees looks, in the world."""


def place_take(take: Take, xyz: Sequence[float] | None, facing_deg: float | None) -> Take:
    """Move ``take`` so that its first person's first pose is over ``xyz`` and looks ``facing_deg``.

    ``xyz`` metres: the pelvis over its x and y, the floor at its z (None: stays over its spot);
    degrees anticlockwise from -y seen from above (None: looks where it looked). Everybody and the
    cameras move as one. Raises OutputError for a take with nobody in it.
    """
    person = first_person(take)
    at = person.root_xyz_world[0].astype(np.float64)
    move = yaw_between(heading(person), facing_deg)
    goal = at * [1, 1, 0] if xyz is None else np.asarray(xyz, np.float64)
    T = rigid(move, at * [1, 1, 0], goal)
    return moved(take, T)


def first_person(take: Take) -> Person:
    """The first person of ``take``. Raises OutputError when nobody has a pose."""
    for person in take.people:
        if len(person.frames):
            return person
    raise OutputError("The take has no pose in it; there is nothing to edit.")


def heading(person: Person, row: int = 0) -> F64:
    """The level unit direction (3,) in which a pose looks; for somebody lying, the head's."""
    R = matrix_from_quat(person.quat_parent_joint[row, 0].astype(np.float64))
    return level_direction(R[:, 2], R[:, 1])


def level_direction(ahead: Floats, up: Floats) -> F64:
    """The level part of ``ahead`` as a unit vector (3,), or of ``up`` when that is too short."""
    for way in (ahead, up):
        flat = np.array([way[0], way[1], 0.0])
        if np.linalg.norm(flat) > 0.3:
            return flat / np.linalg.norm(flat)
    return FRONT.copy()


def yaw_between(now: F64, facing_deg: float | None) -> F64:
    """The turn (3, 3) about the vertical that makes the level direction ``now`` face as told."""
    if facing_deg is None:
        return np.eye(3)
    angle = np.radians(facing_deg) + np.arctan2(FRONT[1], FRONT[0]) - np.arctan2(now[1], now[0])
    return exp_so3(np.array([0.0, 0.0, angle]))


def rigid(R: F64, at: F64, goal: F64) -> F64:
    """The transform (4, 4) that turns by ``R`` about ``at`` and takes ``at`` to ``goal``."""
    T = np.eye(4)
    T[:3, :3], T[:3, 3] = R, goal - R @ at
    return T


def moved(take: Take, T: F64) -> Take:
    """``take`` with everybody and every camera moved by ``T`` (4, 4), a yaw and a shift."""
    return replace(
        take,
        people=tuple(move_person(person, T) for person in take.people),
        camera=_moved_camera(take.camera, T),
        T_world_shots=T @ take.T_world_shots,
        observed=None,
    )


def _moved_camera(camera: Camera, T: F64) -> Camera:
    return replace(camera, T_world_camera=T @ camera.T_world_camera)
