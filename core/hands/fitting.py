"""A hand's angles and rotation over a clip, fitted to what the network saw of its points.

Levenberg-Marquardt over all frames of both hands at once: the free body's hand within what fingers
can do, near a relaxed one where the points say little, of one size, and in turns with a smoother
over time. A right hand is fitted as a left one in a mirror.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ..data.arrays import F64, Bools, Floats, check_fields, of_shape
from ..data.hand_points import KNUCKLES, POINTS
from ..geometry.rotations import nearest_rotation
from .fit.descent import Problem, descend
from .fit.steadying import ODD_TURN, between, of_this_side, smoothed
from .habits import RELAXED
from .model import ANGLES, Hand, pose_hand

_D: Final = np.pi / 180
_XY_M: Final = 0.010
"""How well the network's points lie across the view, a standard deviation."""
_Z_M: Final = 0.012
"""The same along the view: about alike. Trusting depth much less, as one would, made flexions worse
by 7 degrees."""
_POINT_WEIGHT: Final[F64] = np.array([1.0, 0.7, 0.9, 1, 0.9] + [1.3, 1, 1, 1] * 4)
_DATA_WEIGHT: Final = 0.8
"""Of all points together: their errors go together."""
_EXPECTED_POWER: Final = 6
"""How abruptly trust ends there; by hand."""
_EXPECTED: Final = 90 * _D
"""How far the body's landmarks have a palm turned from how it is; 45 degrees on the mean."""
_STEPS: Final = (10, 6, 6)
"""Levenberg-Marquardt steps of every round."""
_SIZES: Final = (0.75, 1.4)
"""Hands are at least and at most so large, against the body's own."""
_FROM: Final = 0.1
"""Chance of a hand from which its points count at all."""
_AT_ONCE: Final = 2048  # frames that are posed at once, which bounds memory; by hand


@dataclass(frozen=True, slots=True, eq=False)
class HandPoints:
    """What was seen of a left hand, or a right one in a mirror, looking straight at it.

    ``xy`` (t, 21, 2) picture coordinates x/z and y/z; ``xyz_m`` (t, 21, 3) metres around the
    middle, zeros without ``has_depth``; ``score`` (t,) the chance that it is one, 0 where nothing
    was seen.
    """

    xy: F64 = field(metadata=of_shape("t", POINTS, 2))
    xyz_m: F64 = field(metadata=of_shape("t", POINTS, 3))
    score: F64 = field(metadata=of_shape("t"))
    has_depth: bool = True

    def __post_init__(self) -> None:
        check_fields(self)

    def __len__(self) -> int:
        return len(self.score)


@dataclass(frozen=True, slots=True, eq=False)
class HandFit:
    """``angles`` (t, 5, 4) radians of ``model.Hand``; ``turn`` (t, 3, 3) from the zero pose's axes
    to those of the points; ``trust`` (t,) that is left of each frame's."""

    angles: F64 = field(metadata=of_shape("t", 5, 4))
    turn: F64 = field(metadata=of_shape("t", 3, 3))
    trust: F64 = field(metadata=of_shape("t"))

    def __post_init__(self) -> None:
        check_fields(self)


def fit_hand(
    hand: Hand,
    seen: HandPoints,
    trust: Floats,
    expected: Floats,
    fps: float,
    sigma: float = 1.0,
) -> HandFit:
    """Fit ``hand`` to what was ``seen``; ``trust`` (t,) in [0, 1] of each frame, ``sigma`` of the
    points against those of Limn's hand network.

    ``expected`` (t, 3, 3) is how the body's landmarks have it turned: they err by 45 degrees, but
    they hardly ever turn it round; NaN where they tell nothing.
    """
    t = len(seen)
    has = seen.score > _FROM
    size = _size_of(hand, seen, has) if seen.has_depth else 1.0
    angles = np.repeat(RELAXED[None], t, axis=0)
    share = np.where(has, np.sqrt(np.clip(seen.score, 0.02, 1)), 0.0)
    weight = np.broadcast_to(_POINT_WEIGHT[:, None] / [_XY_M, _XY_M, _Z_M], (t, POINTS, 3))
    weight = weight * (_DATA_WEIGHT / sigma * share)[:, None, None]
    if not seen.has_depth:
        weight = weight * [1.0, 1.0, 0.0]
    target = _placed(seen, size, _first_scale(hand, seen, size))
    start = _points(hand, angles)
    turn = _turned_onto(start, target)
    problem = Problem(hand, target, weight, angles.reshape(t, ANGLES), turn, 0.0)
    trust = np.where(has, trust, 0.0)
    if seen.has_depth:
        trust = trust * of_this_side(seen.xyz_m)
    is_told: Bools = np.asarray(np.isfinite(expected).all(axis=(1, 2)), bool)
    if not is_told.all():
        # Nobody's word on the palm: the hand's own middle rotation is as good a place to begin.
        middle = nearest_rotation(turn.mean(0))
        expected = np.where(is_told[:, None, None], expected, middle)
    smooth, turns, kept = angles.reshape(t, ANGLES), turn, trust
    for steps in _STEPS:
        angles, turn = descend(problem, angles, turn, steps)
        away = np.where(is_told, between(turn, expected), 0.0)
        believed = trust / (1 + (away / _EXPECTED) ** _EXPECTED_POWER)
        smooth, turns, kept = smoothed(angles, turn, believed, expected, fps)
        # Who was turned round begins anew from how the hand is turned before and after.
        is_odd = (between(turn, turns) > ODD_TURN)[:, None, None]
        turn = np.where(is_odd, turns, turn)
        angles = np.where(is_odd, smooth.reshape(t, 5, 4), angles)
        points = _points(hand, smooth.reshape(t, 5, 4)) @ turns.transpose(0, 2, 1)
        target = _placed(seen, size, _scale_of(seen, points))
        share = np.sqrt(kept / np.maximum(trust, 1e-9)) * has
        problem = replace(
            problem,
            target=target,
            weight=weight * share[:, None, None],
            angles=smooth,
            turn=turns,
            pull=1.0,
        )
    return HandFit(smooth.reshape(t, 5, 4), turns, kept)


def _points(hand: Hand, angles: Floats) -> F64:
    """The points (t, 21, 3) of ``pose_hand``, whose slopes are not held."""
    some = (angles[i : i + _AT_ONCE] for i in range(0, len(angles), _AT_ONCE))
    return np.concatenate([pose_hand(hand, one).points for one in some])


def _size_of(hand: Hand, seen: HandPoints, has: Bools) -> float:
    """How large the hand is against the body's own: one number a clip."""
    own = float(np.linalg.norm(hand.points[list(KNUCKLES)], axis=-1).mean())
    if not has.any():
        return 1.0
    palms = seen.xyz_m[:, list(KNUCKLES)] - seen.xyz_m[:, :1]
    length = float(np.median(np.linalg.norm(palms, axis=-1).mean(1)[has]))
    return float(np.clip(length / own, *_SIZES))


def _first_scale(hand: Hand, seen: HandPoints, size: float) -> F64:
    """Metres (t,) per unit of the picture before anything is fitted: of hands without depth as if
    the longest way from the wrist to a knuckle were seen in full in some frame near by."""
    if seen.has_depth:
        return _scale_of(seen, seen.xyz_m / size)
    own = np.linalg.norm(hand.points[list(KNUCKLES)], axis=-1)
    palm = seen.xy[:, list(KNUCKLES)] - seen.xy[:, :1]
    longest = (np.linalg.norm(palm, axis=-1) / own).max(1)
    return 1 / np.maximum(longest, 1e-9)


def _scale_of(seen: HandPoints, points: Floats) -> F64:
    """Metres (t,) per unit of the picture that bring what was seen to ``points`` (t, 21, 3)."""
    xy = seen.xy - seen.xy.mean(1, keepdims=True)
    flat = points[..., :2] - points[..., :2].mean(1, keepdims=True)
    scale = (xy * flat).sum((1, 2)) / np.maximum((xy**2).sum((1, 2)), 1e-12)
    return np.clip(scale, 1e-3, 1e3)


def _placed(seen: HandPoints, size: float, scale: Floats) -> F64:
    """The points (t, 21, 3) in metres around their middle: pixels across, the network's depth."""
    xyz = seen.xyz_m - seen.xyz_m.mean(1, keepdims=True)
    xy = seen.xy - seen.xy.mean(1, keepdims=True)
    return np.concatenate([xy * scale[:, None, None], xyz[..., 2:] / size], axis=-1)


def _turned_onto(points: Floats, target: Floats) -> F64:
    """Rotations (t, 3, 3) of palms onto palms."""
    palm = [0, 1, *KNUCKLES]
    a, b = points[:, palm], target[:, palm]
    a, b = a - a.mean(1, keepdims=True), b - b.mean(1, keepdims=True)
    return nearest_rotation(np.einsum("tpa,tpb->tab", b, a))
