"""Hands, faces and heads of a take in a benchmark's layout, beside its people's joints."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..data.arrays import F64, check_fields, of_shape
from ..data.faces.shapes import FACE_SHAPES
from ..data.hand_points import POINTS, SIDES
from ..data.skeletons import joint
from ..data.types import Person, Take
from ..geometry.camera import cameras_at, seen_in
from ..geometry.kinematics import forward
from ..geometry.rotations import matrix_from_quat
from ..hands.model import finger_joints, points_posed


@dataclass(frozen=True, slots=True, eq=False)
class PredictedHands:
    """``hands3d`` (T, P, 2, 21, 3) metres in camera axes, left hand first, MediaPipe's points, and
    ``hands_confidence`` (T, P, 2); NaN and 0 where somebody isn't there."""

    hands3d: F64 = field(metadata=of_shape("T", "P", 2, POINTS, 3, has_gaps=True))
    hands_confidence: F64 = field(metadata=of_shape("T", "P", 2))

    def __post_init__(self) -> None:
        check_fields(self)


def hands_of(take: Take) -> PredictedHands:
    """The hands of everybody in a take, fingers at rest included."""
    shape = (len(take.time_s), len(take.people), 2)
    points, sure = np.full((*shape, POINTS, 3), np.nan), np.zeros(shape)
    for slot, person in enumerate(take.people):
        for k, side in enumerate(SIDES):
            points[person.frames, slot, k] = seen_in(
                take, person.frames, hand_points_world(person, side)
            )
            joints = list(finger_joints(side))
            sure[person.frames, slot, k] = person.confidence[:, joints].min(1)
    return PredictedHands(points, sure)


def hand_points_world(person: Person, side: str) -> F64:
    """The 21 points (t, 21, 3) of a hand in world metres."""
    R = matrix_from_quat(person.quat_parent_joint.astype(np.float64))
    rest = person.rest_xyz_body.astype(np.float64)
    xyz, turns = forward(rest, person.root_xyz_world.astype(np.float64), R)
    return points_posed(rest, side, xyz, turns)


_HEAD_FROM_BODY: Final = np.array([1.0, -1.0, -1.0])
"""A head that looks straight into a camera has its axes: x to its left, y down, z back."""


@dataclass(frozen=True, slots=True, eq=False)
class PredictedFaces:
    """``face_weights`` (T, P, 52) of ``FACE_SHAPES``, 0 at rest and where nobody read the face,
    ``face_confidence`` (T, P), and ``head_rotation`` (T, P, 3, 3) camera from head, identity =
    looks straight into the camera; NaN where somebody isn't there."""

    face_weights: F64 = field(metadata=of_shape("T", "P", len(FACE_SHAPES), has_gaps=True))
    face_confidence: F64 = field(metadata=of_shape("T", "P"))
    head_rotation: F64 = field(metadata=of_shape("T", "P", 3, 3, has_gaps=True))

    def __post_init__(self) -> None:
        check_fields(self)


def faces_of(take: Take) -> PredictedFaces:
    """The faces and heads of everybody in a take, faces at rest included."""
    shape = (len(take.time_s), len(take.people))
    weights, sure = np.full((*shape, len(FACE_SHAPES)), np.nan), np.zeros(shape)
    heads = np.full((*shape, 3, 3), np.nan)
    for slot, person in enumerate(take.people):
        at = person.frames
        weights[at, slot] = person.face_weights if len(person.face_weights) else 0.0
        if len(person.face_weights):
            sure[at, slot] = person.confidence[:, joint("jaw")]
        R = matrix_from_quat(person.quat_parent_joint.astype(np.float64))
        rest = person.rest_xyz_body.astype(np.float64)
        _, turns = forward(rest, person.root_xyz_world.astype(np.float64), R)
        camera = cameras_at(take, at)[:, :3, :3]
        heads[at, slot] = np.swapaxes(camera, 1, 2) @ turns[:, joint("head")] * _HEAD_FROM_BODY
    return PredictedFaces(weights, sure, heads)
