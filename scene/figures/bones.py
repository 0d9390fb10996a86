"""Where the 55 bones lie at rest: heads on the SMPL-X joints, tails along the limbs, tidy rolls.

Local Y runs along the bone. Local Z points to where the limb bends, so that bending a knee, an
elbow, a finger or the spine is a positive turn about local X, on both sides of the body.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...core.data.arrays import F64, Floats
from ...core.data.skeletons import BODY_JOINTS, SMPLX_55, SMPLX_PARENTS, joint
from ...core.geometry.kinematics import R_WORLD_BODY_REST
from ...core.geometry.rotations import normalize

_UP: Final = (0.0, 0.0, 1.0)
_DOWN: Final = (0.0, 0.0, -1.0)
_FORWARD: Final = (0.0, -1.0, 0.0)
_BACK: Final = (0.0, 1.0, 0.0)
_THUMB_CURL: Final = (0.0, 0.7, -0.7)

_TAIL_JOINT: Final = {
    "pelvis": "spine1",
    "spine3": "neck",
    "left_wrist": "left_middle1",
    "right_wrist": "right_middle1",
}
"""Which child a bone points at where it has several; with one child there is no choice."""

_LEAF_DIRECTION: Final = {
    "head": _UP,
    "left_foot": _FORWARD,
    "right_foot": _FORWARD,
    "jaw": (0.0, -0.8, -0.6),
    "left_eye_smplhf": _FORWARD,
    "right_eye_smplhf": _FORWARD,
}
"""Where bones without a child point; finger tips go on as the bone before them does."""

_LEAF_LENGTH: Final = {
    "head": 0.20,
    "left_foot": 0.08,
    "right_foot": 0.08,
    "jaw": 0.07,
    "left_eye_smplhf": 0.03,
    "right_eye_smplhf": 0.03,
}
"""Shares of the pelvis' height above the feet; finger tips are 0.8 of the bone before them."""

_SOLE_M: Final = 0.02
"""How far the ball-of-foot joint lies above the floor in the reference adult."""


@dataclass(frozen=True, slots=True, eq=False)
class ArmatureRest:
    """The rest pose in armature space, metres: ``head``, ``tail`` and ``bend_towards`` (55, 3)."""

    head: F64
    tail: F64
    bend_towards: F64
    is_connected: tuple[bool, ...]


def rest_bones(rest_xyz_body: Floats) -> ArmatureRest:
    """Turn the zero pose (55, 3) upright, facing -Y, soles on the floor, and shape its bones."""
    head = rest_xyz_body.astype(np.float64) @ R_WORLD_BODY_REST.T
    feet = [joint("left_foot"), joint("right_foot")]
    head[:, 2] += _SOLE_M - head[feet, 2].min()
    stand_m = float(head[0, 2])
    tail = np.empty_like(head)
    for j, name in enumerate(SMPLX_55):
        tail[j] = _tail(j, name, head, tail, stand_m)
    connected = tuple(
        parent >= 0 and float(np.linalg.norm(tail[parent] - head[j])) < 1e-6
        for j, parent in enumerate(SMPLX_PARENTS)
    )
    bend = np.array([_bend_towards(name) for name in SMPLX_55])
    return ArmatureRest(head, tail, bend, connected)


def bone_group(j: int) -> str:
    """Name the bone collection of joint ``j``: Body, Face or Hands."""
    if j < BODY_JOINTS:
        return "Body"
    return "Face" if SMPLX_PARENTS[j] == joint("head") else "Hands"


def _tail(j: int, name: str, head: F64, tail: F64, stand_m: float) -> F64:
    children = [child for child, parent in enumerate(SMPLX_PARENTS) if parent == j]
    if name in _LEAF_DIRECTION:
        direction = normalize(np.array(_LEAF_DIRECTION[name]))
        return head[j] + direction * _LEAF_LENGTH[name] * stand_m
    if not children:
        parent = SMPLX_PARENTS[j]
        return head[j] + 0.8 * (tail[parent] - head[parent])
    target = joint(_TAIL_JOINT[name]) if name in _TAIL_JOINT else children[0]
    if np.linalg.norm(head[target] - head[j]) < 1e-4:
        # Blender deletes bones of no length; a skeleton that folds two joints keeps a stub.
        return head[j] + np.array(_UP) * 0.02
    return head[target].copy()


def _bend_towards(name: str) -> tuple[float, float, float]:
    part = name.removeprefix("left_").removeprefix("right_")
    if part in ("hip", "knee"):
        return _BACK
    if part.startswith("thumb"):
        return _THUMB_CURL
    is_finger = part[-1:].isdigit() and not part.startswith("spine")
    if is_finger or part in ("wrist", "ankle", "foot", "jaw", "eye_smplhf"):
        return _DOWN
    return _FORWARD
