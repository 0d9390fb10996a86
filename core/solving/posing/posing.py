"""From solved points to joint rotations of the 55-joint skeleton, in closed form.

Order: pelvis, spine and collars from hips, shoulders and trunk; legs as two-bone chains that put
the ankles exactly where the solve has them; arms aimed joint by joint; feet, hands, head as frames.
Everything is in world axes; ``R`` are global rotations, zero pose = identity in the body frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F32, F64, Floats, check_fields, of_shape
from ...data.skeletons import BODY_JOINTS, SMPLX_PARENTS, joint
from ...geometry.rotations import (
    continuous_quats,
    exp_so3,
    log_so3,
    normalize,
    quat_from_matrix,
    swing_between,
)
from . import limbs
from .extremities import aim_foot, aim_hand, aim_head
from .heads import SeenHead

_P: Final = {name: i for i, name in enumerate(points.POINTS)}
_KNEE_REST_WEIGHT: Final = 0.6
"""Knees hinge across pelvis and foot; elbows are free, their resting axis says little."""
_ELBOW_REST_WEIGHT: Final = 0.03
"""How much an elbow's resting axis counts; by hand."""
_SPINE_ROUNDS: Final = 4
"""Rounds in which the spine's bend closes in on the shoulders; by hand."""
_SPINE_GAIN: Final = 2.0
"""The chest's direction moves the shoulders by about half of what it would about the hips."""
_COLLAR_MOST_RAD: Final = 0.45
"""Radians by which a collar bone turns at most; by hand."""
_STRETCH: Final = 128
"""Frames turned into quaternions at once, which bounds memory."""


@dataclass(frozen=True, slots=True, eq=False)
class SolvedPose:
    """``root_xyz`` (t, 3) metres and ``quat_parent_joint`` (t, 55, 4), float32."""

    root_xyz: F32 = field(metadata=of_shape("t", 3))
    quat_parent_joint: F32 = field(metadata=of_shape("t", 55, 4))

    def __post_init__(self) -> None:
        check_fields(self)


def pose_from_points(
    X: Floats,
    score: Floats,
    rest: Floats,
    hands: Floats,
    hand_score: Floats,
    fps: float,
    face: SeenHead | None = None,
) -> SolvedPose:
    """Rotations of a person with ``rest`` (55, 3) whose joints meet ``X`` (t, 19, 3), world metres.

    ``score`` (t, 19) weighs the head; ``hands`` (t, 2, 2, 3) holds for the left and right hand the
    directions wrist to knuckles and little finger to index, weighed by ``hand_score`` (t, 2);
    ``face`` the head as its face tells it. Hips and ankles meet their points exactly where the legs
    reach.
    """
    t = len(X)
    rest = rest.astype(np.float64)
    R = np.tile(np.eye(3), (t, BODY_JOINTS, 1, 1))
    root = _trunk(X, rest, R)
    xyz = root[:, None] + np.zeros((t, BODY_JOINTS, 3))
    _place(xyz, R, rest, range(1, 4))
    for side in ("left", "right"):
        _leg(X, rest, R, xyz, side, fps)
    _place(xyz, R, rest, (6, 9, 12, 13, 14))
    for side in ("left", "right"):
        _arm(X, rest, R, xyz, side, fps)
    aim_head(X, score, R, fps, face)
    for k, side in enumerate(("left", "right")):
        aim_hand(hands[:, k], hand_score[:, k], side, rest, R, fps)
    # Nobody measures the toes: they keep their foot's orientation.
    for side in ("left", "right"):
        R[:, joint(f"{side}_foot")] = R[:, joint(f"{side}_ankle")]
    return SolvedPose(root.astype(np.float32), _local_quats(R))


def _trunk(X: Floats, rest: Floats, R: F64) -> F64:
    """Pelvis along the hips, chest along the shoulders, the spine bent so that both are met.

    A pelvis that only turned with the trunk would lose its own tilt: who stands on one leg would
    have level hips.
    """
    hips, shoulders = X[:, [6, 7]].mean(1), X[:, [0, 1]].mean(1)
    trunk = shoulders - hips
    rest_up = normalize(rest[[16, 17]].mean(0) - rest[[1, 2]].mean(0))
    left = np.array([1.0, 0.0, 0.0])
    pelvis = limbs.frames_between(left, rest_up, normalize(X[:, 6] - X[:, 7]), normalize(trunk))
    root = hips - np.einsum("tab,b->ta", pelvis, rest[[1, 2]].mean(0))
    length = np.linalg.norm(trunk, axis=-1, keepdims=True)
    collars = rest[[13, 14]] - rest[9]
    bones = np.linalg.norm(rest[[16, 17]] - rest[[13, 14]], axis=-1)[:, None]
    xyz = root[:, None] + np.zeros((len(X), 10, 3))
    R[:, 0] = pelvis
    up = normalize(trunk)
    for _ in range(_SPINE_ROUNDS):
        chest = limbs.frames_between(rest_up, left, up, X[:, 0] - X[:, 1])
        # The spine's three joints share the bend and the twist between hips and shoulders.
        step = exp_so3(log_so3(pelvis.transpose(0, 2, 1) @ chest) / 3)
        for before, after in ((0, 3), (3, 6), (6, 9)):
            R[:, after] = R[:, before] @ step
        _place(xyz, R, rest, (3, 6, 9))
        # Of sloping shoulders the collar bones, which point down, would carry both to one side.
        roots = xyz[:, 9, None] + np.einsum("tab,sb->tsa", R[:, 9], collars)
        reached = (roots + bones * normalize(X[:, [0, 1]] - roots)).mean(1)
        up = normalize(up + _SPINE_GAIN * (shoulders - reached) / np.maximum(length, 1e-6))
    for j in (12, 13, 14):
        R[:, j] = R[:, 9]
    return root


def _place(xyz: F64, R: F64, rest: Floats, joints: range | tuple[int, ...]) -> None:
    for j in joints:
        parent = SMPLX_PARENTS[j]
        xyz[:, j] = xyz[:, parent] + R[:, parent] @ (rest[j] - rest[parent])


def _leg(X: Floats, rest: Floats, R: F64, xyz: F64, side: str, fps: float) -> None:
    hip, knee, ankle = (joint(f"{side}_{part}") for part in ("hip", "knee", "ankle"))
    upper, lower = rest[knee] - rest[hip], rest[ankle] - rest[knee]
    ahead = R[:, 0, :, 2]
    toes = X[:, _P[f"{side}_foot_index"]] - X[:, _P[f"{side}_heel"]]
    facing = normalize(ahead + normalize(toes))
    target = X[:, _P[f"{side}_ankle"]]
    hint = limbs.forward_knee(xyz[:, hip], X[:, _P[f"{side}_knee"]], target, facing)
    middle, end = limbs.reach(
        xyz[:, hip], target, hint, float(np.linalg.norm(upper)), float(np.linalg.norm(lower))
    )
    thigh, shank = normalize(middle - xyz[:, hip]), normalize(end - middle)
    # Flexing turns the shank backwards about the body's left: the resting axis is left of facing.
    axis = limbs.hinge_axes(thigh, shank, np.cross(-thigh, facing), _KNEE_REST_WEIGHT, fps)
    lateral = np.array([1.0, 0.0, 0.0])
    R[:, hip] = limbs.frames_between(normalize(upper), lateral, thigh, axis)
    R[:, knee] = limbs.frames_between(normalize(lower), lateral, shank, axis)
    xyz[:, knee], xyz[:, ankle] = middle, end
    foot = rest[joint(f"{side}_foot")] - rest[ankle]
    aim_foot(X, side, foot, R)


def _arm(X: Floats, rest: Floats, R: F64, xyz: F64, side: str, fps: float) -> None:
    collar, shoulder, elbow, wrist = (
        joint(f"{side}_{part}") for part in ("collar", "shoulder", "elbow", "wrist")
    )
    sign = 1.0 if side == "left" else -1.0
    _collar(X[:, _P[f"{side}_shoulder"]], rest, R, xyz, collar, shoulder)
    upper_dir = normalize(X[:, _P[f"{side}_elbow"]] - xyz[:, shoulder])
    upper, lower = rest[elbow] - rest[shoulder], rest[wrist] - rest[elbow]
    xyz[:, elbow] = xyz[:, shoulder] + upper_dir * np.linalg.norm(upper)
    lower_dir = normalize(X[:, _P[f"{side}_wrist"]] - xyz[:, elbow])
    xyz[:, wrist] = xyz[:, elbow] + lower_dir * np.linalg.norm(lower)
    # SMPL-X elbows flex about -y on the left and +y on the right.
    hinge = np.array([0.0, -sign, 0.0])
    swing = R[:, collar] @ swing_between(
        np.broadcast_to(normalize(upper), upper_dir.shape),
        np.einsum("tba,tb->ta", R[:, collar], upper_dir),
    )
    axis = limbs.hinge_axes(upper_dir, lower_dir, swing @ hinge, _ELBOW_REST_WEIGHT, fps)
    R[:, shoulder] = limbs.frames_between(normalize(upper), hinge, upper_dir, axis)
    R[:, elbow] = limbs.frames_between(normalize(lower), hinge, lower_dir, axis)
    R[:, wrist] = R[:, elbow]


def _collar(target: Floats, rest: Floats, R: F64, xyz: F64, collar: int, shoulder: int) -> None:
    """Shrug towards the solved shoulder, as far as a collar bone goes."""
    bone = rest[shoulder] - rest[collar]
    chest = R[:, SMPLX_PARENTS[collar]]
    wanted = np.einsum("tba,tb->ta", chest, normalize(target - xyz[:, collar]))
    turn = log_so3(swing_between(np.broadcast_to(normalize(bone), wanted.shape), wanted))
    angle = np.linalg.norm(turn, axis=-1, keepdims=True)
    turn = turn * np.minimum(1.0, _COLLAR_MOST_RAD / np.maximum(angle, 1e-9))
    R[:, collar] = chest @ exp_so3(turn)
    xyz[:, shoulder] = xyz[:, collar] + R[:, collar] @ bone


def _local_quats(R: F64) -> F32:
    """(t, 55, 4) from the body's global rotations; jaw, eyes and fingers rest."""
    parents = np.array(SMPLX_PARENTS[1:BODY_JOINTS])
    out = np.zeros((len(R), 55, 4), np.float32)
    out[:, BODY_JOINTS:, 0] = 1.0
    # A stretch at a time: the work space is many times the result.
    for i in range(0, len(R), _STRETCH):
        some = R[i : i + _STRETCH]
        local = some.copy()
        local[:, 1:] = some[:, parents].transpose(0, 1, 3, 2) @ some[:, 1:]
        out[i : i + _STRETCH, :BODY_JOINTS] = quat_from_matrix(local)
    out[:, :BODY_JOINTS] = continuous_quats(out[:, :BODY_JOINTS])
    return out
