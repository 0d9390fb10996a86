"""Rest pose against rest pose: for each role the turn that lays the target's bone on the source's.

Turns are composed down the chains, so that an A-pose becomes a T-pose by raising the arms and
nothing twists on the way. Where two directions are known at both rigs (hips with trunk, shoulders
with trunk, hand with knuckles) the whole frame is matched. Feet turn about the vertical only, so
that soles stay flat; collars keep their own slope, which says more about the rig than the pose.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from ..data.arrays import F64
from ..geometry.rotations import (
    frame_from_axes,
    matrix_from_quat,
    normalize,
    quat_from_matrix,
    slerp,
    swing_between,
)
from .roles import FINGERS, SIDES, next_role

_STRAIGHT: Final = 0.8
"""Cosine between a lying rig's trunk, legs and the axis along which it lies, at least."""
Place = Callable[[str], "F64 | None"]
"""Where a role's bone begins at rest, None where the rig has no such bone."""


def align(source: Place, target: Place, hand_tip: Place) -> dict[str, F64]:
    """Return the turn (3, 3) of every role, and of "chest", the upper end of the spine.

    ``hand_tip`` tells where a target's hand ends, for hands without fingers.
    """
    A: dict[str, F64] = {}
    A["pelvis"] = A["root"] = _girdle(source, target, "left_hip", "right_hip")
    A["chest"] = _girdle(source, target, "left_shoulder", "right_shoulder", A["pelvis"])
    A["head"] = A["jaw"] = _facing(source, target, A["chest"])
    for side in SIDES:
        above = {"hip": A["pelvis"], "collar": A["chest"]}
        for part, parent in (
            ("hip", None), ("knee", "hip"), ("collar", None), ("shoulder", "collar"),
            ("elbow", "shoulder"),
        ):  # fmt: skip
            role = f"{side}_{part}"
            start = above[part] if parent is None else A[f"{side}_{parent}"]
            A[role] = start if part == "collar" else _swing(source, target, role, start)
        A[f"{side}_ankle"] = A[f"{side}_foot"] = _foot(source, target, side, A["pelvis"])
        A[f"{side}_wrist"] = _hand(source, target, hand_tip, side, A[f"{side}_elbow"])
        for finger in FINGERS:
            start = A[f"{side}_wrist"]
            for number in (1, 2, 3):
                role = f"{side}_{finger}{number}"
                start = A[role] = _swing(source, target, role, start)
    return A


def upright_turn(target: Place) -> F64:
    """Return the turn (3, 3) that sets a rig upright which lies at rest, or stands on its head.

    Trunk and legs have to go one way; of a rig that sits or is tipped nothing tells how its feet
    would stand, and the identity is returned.
    """
    top = target("neck") if target("neck") is not None else target("head")
    points = [target("pelvis"), top, target("left_ankle"), target("right_ankle")]
    if any(point is None for point in points):
        return np.eye(3)
    low, high, left, right = (point for point in points if point is not None)
    trunk, legs = normalize(high - low), normalize(low - (left + right) / 2)
    along = normalize(trunk + legs)
    axis = int(np.abs(along).argmax())
    if min(trunk @ legs, abs(along[axis])) < _STRAIGHT or (axis == 2 and along[2] > 0):
        return np.eye(3)
    if axis == 2:
        return np.diag([1.0, -1.0, -1.0])
    up = np.zeros(3)
    up[axis] = np.sign(along[axis])
    return swing_between(up, np.array([0.0, 0.0, 1.0]))


def blend(a: F64, b: F64, share: float) -> F64:
    """The rotation ``share`` of the way from ``a`` to ``b``, (..., 3, 3)."""
    return matrix_from_quat(slerp(quat_from_matrix(a), quat_from_matrix(b), share))


def _swing(source: Place, target: Place, role: str, start: F64) -> F64:
    """Compose ``start`` with the smallest turn that brings the limb's directions together."""
    end = next_role(role)
    if end is None:
        return start
    ends = [place(name) for place in (source, target) for name in (role, end)]
    if any(point is None for point in ends):
        return start
    s0, s1, t0, t1 = (point for point in ends if point is not None)
    return swing_between(start @ normalize(t1 - t0), normalize(s1 - s0)) @ start


def _girdle(
    source: Place, target: Place, left: str, right: str, otherwise: F64 | None = None
) -> F64:
    """Match the line between two joints and the trunk's direction."""
    frames: list[F64] = []
    for place in (source, target):
        points = [place(name) for name in (left, right, "pelvis", "neck")]
        if points[3] is None:
            points[3] = place("head")
        if any(point is None for point in points):
            return np.eye(3) if otherwise is None else otherwise
        a, b, low, high = (point for point in points if point is not None)
        frames.append(frame_from_axes(high - low, a - b))
    return frames[0] @ frames[1].T


def _facing(source: Place, target: Place, otherwise: F64) -> F64:
    """Match which way the shoulders face, upright: heads look ahead in every rest pose."""
    up = np.array([0.0, 0.0, 1.0])
    frames: list[F64] = []
    for place in (source, target):
        left, right = place("left_shoulder"), place("right_shoulder")
        if left is None or right is None:
            return otherwise
        frames.append(frame_from_axes(up, left - right))
    return frames[0] @ frames[1].T


def _foot(source: Place, target: Place, side: str, otherwise: F64) -> F64:
    level = np.array([1.0, 1.0, 0.0])
    lines: list[F64] = []
    for place in (source, target):
        ankle, toes = place(f"{side}_ankle"), place(f"{side}_foot")
        if ankle is None or toes is None:
            return otherwise
        lines.append(normalize((toes - ankle) * level))
    return swing_between(lines[1], lines[0])


def _hand(source: Place, target: Place, hand_tip: Place, side: str, start: F64) -> F64:
    wrist = f"{side}_wrist"
    known = [
        role
        for role in (
            f"{side}_{finger}1" for finger in ("middle", "index", "ring", "pinky", "thumb")
        )
        if source(role) is not None and target(role) is not None
    ]
    frames: list[F64] = []
    for place in (source, target):
        points = [place(name) for name in (wrist, *known[:1], *_across(side, known))]
        if len(points) < 4 or any(point is None for point in points):
            break
        w, k, i, p = (point for point in points if point is not None)
        frames.append(frame_from_axes(k - w, i - p))
    if len(frames) == 2:
        return frames[0] @ frames[1].T
    knuckle = known[0] if known else f"{side}_middle1"
    s0, s1, t0 = source(wrist), source(knuckle), target(wrist)
    t1 = target(knuckle) if target(knuckle) is not None else hand_tip(wrist)
    if s0 is None or s1 is None or t0 is None or t1 is None:
        return start
    return swing_between(start @ normalize(t1 - t0), normalize(s1 - s0)) @ start


def _across(side: str, known: list[str]) -> list[str]:
    """The two fingers, of those that both rigs have, whose roots lie farthest apart."""
    order = [f"{side}_{finger}1" for finger in ("index", "middle", "ring", "pinky", "thumb")]
    found = [role for role in order if role in known]
    fingers = [role for role in found if not role.endswith("thumb1")]
    pair = fingers if len(fingers) > 1 else found
    return [pair[0], pair[-1]] if len(pair) > 1 else []
