"""A foot held in its place over a stretch: the leg follows by two-bone inverse kinematics."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ..data.arrays import F64, check_fields, of_shape
from ..data.errors import OutputError, SettingsError
from ..data.skeletons import SMPLX_PARENTS, joint
from ..data.types import Person, Take
from ..geometry.kinematics import R_WORLD_BODY_REST, forward
from ..geometry.rotations import (
    exp_so3,
    matrix_from_quat,
    normalize,
    quat_from_matrix,
    slerp,
    swing_between,
)
from ..geometry.smoothing import eased
from ..retargeting.roles import SIDES
from .rigid_move import first_person

_STRAIGHT: Final = 0.9998
"""The most of its length that a leg is stretched to: a straight one has no bend plane."""
_CLEAR: Final = 0.02
"""Sine of a knee's fold from which it shows its own axis."""


@dataclass(frozen=True, slots=True, eq=False)
class LegPath:
    """A leg in t frames, metres and the world's axes: heads of ``hip``, ``knee``, ``ankle``
    (t, 3), the foot's rotation ``R_foot`` (t, 3, 3), and ``hinge`` (t, 3), the axis about which a
    straight knee would fold."""

    hip: F64 = field(metadata=of_shape("t", 3))
    knee: F64 = field(metadata=of_shape("t", 3))
    ankle: F64 = field(metadata=of_shape("t", 3))
    R_foot: F64 = field(metadata=of_shape("t", 3, 3))
    hinge: F64 = field(metadata=of_shape("t", 3))

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, eq=False)
class LockedLeg:
    """What holds the foot: turns of ``thigh`` and ``shin`` (t, 3, 3) to be made before those that
    they have, the foot's rotation ``R_foot`` (t, 3, 3), and by how much the leg is too short
    ``short_m`` (t,)."""

    thigh: F64 = field(metadata=of_shape("t", 3, 3))
    shin: F64 = field(metadata=of_shape("t", 3, 3))
    R_foot: F64 = field(metadata=of_shape("t", 3, 3))
    short_m: F64 = field(metadata=of_shape("t"))

    def __post_init__(self) -> None:
        check_fields(self)


def lock_leg(leg: LegPath, row: int, ease: int) -> LockedLeg:
    """Hold the foot of ``leg`` as it is at ``row``; over ``ease`` frames at each end it passes into
    the hold and out of it, so that the first and the last frame stay as they are.

    Raises SettingsError for an ease that leaves nothing held.
    """
    count = len(leg.hip)
    if not 0 <= 2 * ease < count:
        raise SettingsError(
            f"Easing over {ease} frames at each end of {count} leaves none in which the foot is "
            "held."
        )
    steps = np.minimum(np.arange(count), np.arange(count)[::-1])
    weight = eased(steps / ease) if ease else np.ones(count)
    goal = leg.ankle + weight[:, None] * (leg.ankle[row] - leg.ankle)
    thigh, shin, short = bend(leg.hip, leg.knee, leg.ankle, goal, leg.hinge)
    quats = quat_from_matrix(leg.R_foot)
    held = slerp(quats, np.broadcast_to(quats[row], quats.shape), weight)
    return LockedLeg(thigh, shin, matrix_from_quat(held), short)


def bend(hip: F64, knee: F64, ankle: F64, goal: F64, hinge: F64) -> tuple[F64, F64, F64]:
    """Turns (t, 3, 3) of thigh and shin that bring the ankle to ``goal``, and what is missing (t,).

    All (t, 3). The knee folds about its own axis, or about ``hinge`` where it is straight; then the
    whole leg swings the shortest way.
    """
    a, b = np.linalg.norm(knee - hip, axis=-1), np.linalg.norm(ankle - knee, axis=-1)
    wanted = np.linalg.norm(goal - hip, axis=-1)
    now = np.linalg.norm(ankle - hip, axis=-1)
    reach = np.maximum(_STRAIGHT * (a + b), now)  # who stands straighter already stays so
    span = np.clip(wanted, np.abs(a - b) + 1e-6, reach)
    cross = np.cross(normalize(knee - hip), normalize(ankle - knee))
    clear = np.linalg.norm(cross, axis=-1) > _CLEAR
    axis = normalize(np.where(clear[:, None], cross, hinge))
    folded = _inner_angle(a, b, span) - _inner_angle(a, b, now)
    fold = exp_so3(-axis * folded[:, None])
    reached = knee + np.einsum("tab,tb->ta", fold, ankle - knee)
    swing = swing_between(normalize(reached - hip), normalize(goal - hip))
    return swing, swing @ fold, np.maximum(wanted - span, 0.0)


def lock_foot(take: Take, side: str, first: int, last: int, ease: int) -> Take:
    """``take`` with its first person's foot held from position ``first`` to ``last``.

    It is held as it is in the middle of the stretch. Raises SettingsError, and OutputError for a
    stretch in which the person isn't there all the time.
    """
    if side not in SIDES:
        raise SettingsError(f"The foot is '{side}'; it must be left or right.")
    person = first_person(take)
    rows = np.flatnonzero((person.frames >= first) & (person.frames <= last))
    if not len(rows) or len(rows) != last - first + 1:
        raise OutputError(f"{person.name} isn't there in all of these frames, so no foot is held.")
    locked = _locked(person, side, rows, ease)
    people = tuple(locked if one is person else one for one in take.people)
    return replace(take, people=people, observed=None)


def _locked(person: Person, side: str, rows: np.ndarray, ease: int) -> Person:
    local = matrix_from_quat(person.quat_parent_joint[rows].astype(np.float64))
    root = person.root_xyz_world[rows].astype(np.float64)
    xyz, R = forward(person.rest_xyz_body.astype(np.float64), root, local)
    hip, knee, ankle = (joint(f"{side}_{part}") for part in ("hip", "knee", "ankle"))
    # At rest, facing -y, knees fold about +x.
    hinge = R[:, hip] @ R_WORLD_BODY_REST.T @ np.array([1.0, 0.0, 0.0])
    leg = LegPath(xyz[:, hip], xyz[:, knee], xyz[:, ankle], R[:, ankle], hinge)
    held = lock_leg(leg, len(rows) // 2, ease)
    R[:, hip], R[:, knee] = held.thigh @ R[:, hip], held.shin @ R[:, knee]
    R[:, ankle] = held.R_foot
    quats = person.quat_parent_joint.copy()
    for one in (hip, knee, ankle):
        turn = np.swapaxes(R[:, SMPLX_PARENTS[one]], -1, -2) @ R[:, one]
        quats[rows, one] = _signed(quat_from_matrix(turn), quats[rows, one])
    return replace(person, quat_parent_joint=quats)


def _signed(quats: F64, like: np.ndarray) -> F64:
    """``quats`` (t, 4) with the signs of ``like``."""
    same = (quats * like).sum(-1, keepdims=True) >= 0
    return np.where(same, quats, -quats)


def _inner_angle(a: F64, b: F64, span: F64) -> F64:
    """The knee's inner angle for a distance ``span`` of its ankle from the hip."""
    return np.arccos(np.clip((a**2 + b**2 - span**2) / (2 * a * b), -1, 1))
