"""Another tool's motion in Limn's world: z up, metres, and where the camera stands in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..data.arrays import F64
from ..data.reading.files import Damaged
from ..geometry.rotations import matrix_from_quat, multiply_quats, normalize, quat_from_matrix
from .motion import WORLD_UP, ImportedCamera, ImportedMotion, ImportedPerson

AUTO: Final = "auto"
"""The world's up is the axis along which bodies stand."""
_UPRIGHT: Final = 0.5
"""Cosine of the angle to an axis from which bodies count as upright along it; by hand."""
_LYING: Final = "Nobody in the file stands upright; which way is up is a guess: set it by --up."

R_WORLD_FILE: Final = {
    "z": np.eye(3),
    "-z": np.diag([1.0, -1.0, -1.0]),
    "y": np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]]),
    "-y": np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]]),
    "x": np.array([[0, 1.0, 0], [0, 0, 1.0], [1.0, 0, 0]]),
    "-x": np.array([[0, -1.0, 0], [0, 0, 1.0], [-1.0, 0, 0]]),
}
"""Rotations that bring the axis that is up in a file's world to z; a camera's axes are "-y"."""


def put_into_world(motion: ImportedMotion, up: str = AUTO) -> ImportedMotion:
    """``motion`` with z up. People in a camera's axes come into the world by the camera's way where
    the file tells it, else as seen by a level camera.

    ``up`` is one of ``WORLD_UP`` or ``AUTO``. Raises Damaged for a camera that lacks frames.
    """
    if motion.is_in_camera and motion.camera.T_file_camera is not None:
        motion = _out_of_camera(motion, motion.camera.T_file_camera)
    notes = motion.notes
    if motion.is_in_camera:
        turn = R_WORLD_FILE["-y"]
        found = True
    elif up == AUTO:
        name, found = _up_of(motion.people)
        turn = R_WORLD_FILE[name]
    else:
        turn, found = R_WORLD_FILE[up], True
    if not found:
        notes = (*notes, _LYING)
    return replace(
        motion,
        people=tuple(_turned(one, turn) for one in motion.people),
        camera=_camera_turned(motion, turn),
        notes=notes,
    )


def turned(motion: ImportedMotion, turn: F64) -> ImportedMotion:
    """``motion``, which ``put_into_world`` has put, and its camera turned by ``turn`` (3, 3)."""
    people = tuple(_turned(one, turn) for one in motion.people)
    return replace(motion, people=people, camera=camera_turned(motion.camera, turn))


def camera_turned(camera: ImportedCamera, turn: F64) -> ImportedCamera:
    """A camera in a world that is turned by ``turn`` (3, 3)."""
    if camera.T_file_camera is None:
        return camera
    moved = camera.T_file_camera.copy()
    moved[:, :3] = turn @ moved[:, :3]
    return replace(camera, T_file_camera=moved)


def _up_of(people: tuple[ImportedPerson, ...]) -> tuple[str, bool]:
    """The axis nearest to where heads are over hips, and whether bodies stand along it."""
    total: F64 = np.zeros(3)
    for one in people:
        total = total + matrix_from_quat(one.quat_parent_joint[:, 0])[:, :, 1].mean(0)
    mean = normalize(total)
    along = {name: float(R_WORLD_FILE[name][2] @ mean) for name in WORLD_UP}
    best = max(along, key=lambda name: along[name])
    return best, along[best] > _UPRIGHT


def _turned(person: ImportedPerson, turn: F64) -> ImportedPerson:
    quats = person.quat_parent_joint.copy()
    quats[:, 0] = multiply_quats(quat_from_matrix(turn), quats[:, 0])
    return replace(person, quat_parent_joint=quats, root_xyz=person.root_xyz @ turn.T)


def _camera_turned(motion: ImportedMotion, turn: F64) -> ImportedCamera:
    """The camera in the turned axes; people in a camera's own axes are seen from their origin."""
    stands = motion.camera.T_file_camera
    if motion.is_in_camera:
        stands = np.tile(np.eye(4), (max(motion.frame_count, 1), 1, 1))
    if stands is None:
        return motion.camera
    moved = stands.copy()
    moved[:, :3] = turn @ stands[:, :3]
    return replace(motion.camera, T_file_camera=moved)


def _out_of_camera(motion: ImportedMotion, T: F64) -> ImportedMotion:
    if motion.frame_count > len(T):
        raise Damaged(f"its camera ends after {len(T)} of {motion.frame_count} frames")
    people: list[ImportedPerson] = []
    for one in motion.people:
        own = T[one.frames]
        quats = one.quat_parent_joint.copy()
        quats[:, 0] = multiply_quats(quat_from_matrix(own[:, :3, :3]), quats[:, 0])
        root = np.einsum("tab,tb->ta", own[:, :3, :3], one.root_xyz) + own[:, :3, 3]
        people.append(replace(one, quat_parent_joint=quats, root_xyz=root))
    return replace(motion, people=tuple(people), is_in_camera=False)
