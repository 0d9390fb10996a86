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
from ..geometry.rotations import (
    continuous_quats,
    exp_so3,
    hat,
    log_so3,
    matrix_from_quat,
    nearest_rotation,
    normalize,
    quat_from_matrix,
)
from ..geometry.smoothing import smooth_weighted
from .model import ANGLES, Hand, PosedHand, pose_hand

_D = np.pi / 180
LEAST: Final[F64] = np.array([[-25, -35, -10, -10]] + [[-22, -20, -3, -5]] * 4) * _D
MOST: Final[F64] = np.array([[45, 40, 60, 80]] + [[22, 92, 108, 75]] * 4) * _D
"""What fingers can do, in radians: ranges of the American Academy of Orthopaedic Surgeons (Joint
Motion, 1965), the thumb's base as the free body's has it."""
RELAXED: Final[F64] = (
    np.array(
        [[8, 2, 18, 18], [0, 18, 28, 14], [0, 24, 32, 16], [0, 28, 34, 16], [0, 32, 36, 18]]
    )
    * _D
)
"""Of a hand that does nothing; by hand."""
_SPREAD: Final[F64] = np.array([[18, 18, 25, 30]] + [[9, 38, 42, 30]] * 4) * _D
"""How far hands go from that, a standard deviation; by hand."""
_RELAXED_WEIGHT: Final = 0.55
_BEYOND: Final = 3 * _D
"""How far beyond a limit an angle goes, a standard deviation."""
_END_SHARE: Final = 0.6
"""The end joint bends with the middle one: one tendon pulls both."""
_END_SIGMA: Final = 14 * _D
_NEIGHBOUR_SIGMA: Final = 45 * _D
"""By how much the middle joints of neighbouring fingers differ."""
_XY_M: Final = 0.010
_Z_M: Final = 0.012
"""How well the network's points lie across and along the view, standard deviations: about alike.
Trusting depth much less, as one would, made flexions worse by 7 degrees."""
_POINT_WEIGHT: Final[F64] = np.array([1.0, 0.7, 0.9, 1, 0.9] + [1.3, 1, 1, 1] * 4)
_DATA_WEIGHT: Final = 0.8
"""Of all points together: their errors go together."""
_PRIOR_SIGMA: Final = 14 * _D
"""How near a frame's angles stay to the smoothed ones."""
_TURN_SIGMA: Final = 12 * _D
"""The same of the hand's rotation."""
_STIFF: Final = 1.5
"""Strength of the smoother against a sure frame's weight, at 30 frames a second."""
_TURN_STIFF: Final = 0.7
_ROBUST_ROUNDS: Final = 5
_ODD_TURN: Final = 25 * _D
"""Frames that are turned by more than this against those around them are taken for mistakes."""
_THUMB_M: Final = 0.008
"""Metres of the thumb's height over the palm that make its side likely; by hand."""
_EXPECTED_SIGMA: Final = 60 * _D
"""How far the body's landmarks have a palm turned from how it is; 45 degrees on the mean."""
_STEPS: Final = (10, 6, 6)
"""Levenberg-Marquardt steps of every round."""
_LONGEST_STEP: Final = 25 * _D
_SIZES: Final = (0.75, 1.4)
"""Hands are at least and at most so large, against the body's own."""
_FROM: Final = 0.1
"""Chance of a hand from which its points count at all."""


@dataclass(frozen=True, slots=True, eq=False)
class HandPoints:
    """What was seen of a left hand, or a right one in a mirror, looking straight at it.

    ``xy`` (t, 21, 2) picture coordinates x/z and y/z; ``xyz_m`` (t, 21, 3) metres around the
    middle; ``score`` (t,) the chance that it is one, 0 where nothing was seen.
    """

    xy: F64 = field(metadata=of_shape("t", POINTS, 2))
    xyz_m: F64 = field(metadata=of_shape("t", POINTS, 3))
    score: F64 = field(metadata=of_shape("t"))

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


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    angles: F64
    turn: F64
    posed: PosedHand
    residual: F64
    cost: F64


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """``target`` (t, 21, 3) and its ``weight`` (t, 21, 3); what each frame is drawn to over time:
    ``angles`` (t, 20) and ``turn`` (t, 3, 3), with ``pull`` 0 or 1."""

    hand: Hand
    target: F64
    weight: F64
    angles: F64
    turn: F64
    pull: float


def fit_hand(
    hand: Hand, seen: HandPoints, trust: Floats, expected: Floats, fps: float
) -> HandFit:
    """Fit ``hand`` to what was ``seen``; ``trust`` (t,) in [0, 1] of each frame.

    ``expected`` (t, 3, 3) is how the body's landmarks have it turned: they err by 45 degrees, but
    they hardly ever turn it round.
    """
    t = len(seen)
    has = seen.score > _FROM
    size = _size_of(hand, seen, has)
    angles = np.repeat(RELAXED[None], t, axis=0)
    share = np.where(has, np.sqrt(np.clip(seen.score, 0.02, 1)), 0.0)
    weight = np.broadcast_to(_POINT_WEIGHT[:, None] / [_XY_M, _XY_M, _Z_M], (t, POINTS, 3))
    weight = weight * (_DATA_WEIGHT * share)[:, None, None]
    target = _placed(seen, size, _scale_of(seen, seen.xyz_m / size))
    start = pose_hand(hand, angles).points
    turn = _turned_onto(start, target)
    problem = _Problem(hand, target, weight, angles.reshape(t, ANGLES), turn, 0.0)
    trust = np.where(has, trust, 0.0) * _of_this_side(seen)
    smooth, turns, kept = angles.reshape(t, ANGLES), turn, trust
    for steps in _STEPS:
        angles, turn = _descend(problem, angles, turn, steps)
        believed = trust / (1 + (_between(turn, expected) / _EXPECTED_SIGMA) ** 2) ** 2
        smooth, turns, kept = _smoothed(angles, turn, believed, fps)
        # Who was turned round begins anew from how the hand is turned before and after.
        is_odd = (_between(turn, turns) > _ODD_TURN)[:, None, None]
        turn = np.where(is_odd, turns, turn)
        angles = np.where(is_odd, smooth.reshape(t, 5, 4), angles)
        points = pose_hand(hand, smooth.reshape(t, 5, 4)).points @ turns.transpose(0, 2, 1)
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


def _size_of(hand: Hand, seen: HandPoints, has: Bools) -> float:
    """How large the hand is against the body's own: one number a clip."""
    own = float(np.linalg.norm(hand.points[list(KNUCKLES)], axis=-1).mean())
    if not has.any():
        return 1.0
    palms = seen.xyz_m[:, list(KNUCKLES)] - seen.xyz_m[:, :1]
    length = float(np.median(np.linalg.norm(palms, axis=-1).mean(1)[has]))
    return float(np.clip(length / own, *_SIZES))


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


def _descend(problem: _Problem, angles: F64, turn: F64, steps: int) -> tuple[F64, F64]:
    t = len(angles)
    state = _state(problem, angles, turn)
    damping = np.ones(t)
    for _ in range(steps):
        H, g = _normal_equations(problem, state)
        diagonal = np.einsum("tii->ti", H) + 1e-6
        damped = H + damping[:, None, None] * (np.eye(ANGLES + 3) * diagonal[:, None])
        step = -np.linalg.solve(damped, g[..., None])[..., 0]
        by = np.clip(step[:, :ANGLES], -_LONGEST_STEP, _LONGEST_STEP).reshape(t, 5, 4)
        tried = _state(
            problem, state.angles + by, exp_so3(np.clip(step[:, ANGLES:], -0.6, 0.6)) @ state.turn
        )
        better = tried.cost < state.cost
        state = _chosen(better, tried, state)
        damping = np.where(better, damping * 0.3, np.minimum(damping * 4, 1e4))
    return state.angles, state.turn


def _chosen(better: Bools, tried: _State, state: _State) -> _State:
    def pick(a: F64, b: F64) -> F64:
        return np.where(better.reshape(-1, *([1] * (a.ndim - 1))), a, b)

    return _State(
        pick(tried.angles, state.angles),
        pick(tried.turn, state.turn),
        PosedHand(
            pick(tried.posed.points, state.posed.points),
            pick(tried.posed.slopes, state.posed.slopes),
        ),
        pick(tried.residual, state.residual),
        pick(tried.cost, state.cost),
    )


def _state(problem: _Problem, angles: F64, turn: F64) -> _State:
    posed = pose_hand(problem.hand, angles)
    points = posed.points @ turn.transpose(0, 2, 1)
    residual = (points - points.mean(1, keepdims=True) - problem.target) * problem.weight
    # Pseudo-Huber: beyond a standard deviation a point counts by its distance alone.
    data = 2 * (np.sqrt(1 + residual**2) - 1)
    prior = _priors(problem, angles.reshape(len(angles), ANGLES))[0]
    cost = data.sum((1, 2)) + (prior**2).sum(1)
    if problem.pull:
        away = log_so3(problem.turn @ turn.transpose(0, 2, 1)) / _TURN_SIGMA
        cost = cost + (away**2).sum(1)
    return _State(angles, turn, posed, residual, cost)


def _normal_equations(problem: _Problem, state: _State) -> tuple[F64, F64]:
    """(t, 23, 23) and (t, 23) of a Gauss-Newton step: angles, then a turn in the points' axes."""
    t = len(state.angles)
    J = np.zeros((t, POINTS, 3, ANGLES + 3))
    slopes = np.einsum("tab,tfkjb->tfjak", state.turn, state.posed.slopes)
    for finger in range(5):
        rows, columns = slice(2 + 4 * finger, 5 + 4 * finger), slice(4 * finger, 4 * finger + 4)
        J[:, rows, :, columns] = slopes[:, finger]
    points = state.posed.points @ state.turn.transpose(0, 2, 1)
    J[..., ANGLES:] = -hat(points)
    J -= J.mean(1, keepdims=True)
    robust = (1 + state.residual**2) ** -0.25
    J *= (problem.weight * robust)[..., None]
    flat = J.reshape(t, -1, ANGLES + 3)
    H = flat.transpose(0, 2, 1) @ flat
    g = np.einsum("tnk,tn->tk", flat, (state.residual * robust).reshape(t, -1))
    prior, slope = _priors(problem, state.angles.reshape(t, ANGLES))
    H[:, :ANGLES, :ANGLES] += slope.transpose(0, 2, 1) @ slope
    g[:, :ANGLES] += np.einsum("tnk,tn->tk", slope, prior)
    if problem.pull:
        away = log_so3(problem.turn @ state.turn.transpose(0, 2, 1)) / _TURN_SIGMA**2
        H[:, ANGLES:, ANGLES:] += np.eye(3) / _TURN_SIGMA**2
        g[:, ANGLES:] -= away
    return H, g


def _linear_prior() -> tuple[F64, F64]:
    """Rows (n, 20) and constants (n,): relaxed, end joints with middle ones, fingers together."""
    rows = [*(np.eye(ANGLES) * (_RELAXED_WEIGHT / _SPREAD.ravel())[:, None])]
    constants = [*(-RELAXED.ravel() * _RELAXED_WEIGHT / _SPREAD.ravel())]
    for finger in range(1, 5):
        row = np.zeros(ANGLES)
        row[4 * finger + 3], row[4 * finger + 2] = 1 / _END_SIGMA, -_END_SHARE / _END_SIGMA
        rows.append(row)
        constants.append(0.0)
    for finger in range(1, 4):
        row = np.zeros(ANGLES)
        row[4 * finger + 2], row[4 * finger + 6] = 1 / _NEIGHBOUR_SIGMA, -1 / _NEIGHBOUR_SIGMA
        rows.append(row)
        constants.append(0.0)
    return np.array(rows), np.array(constants)


_ROWS, _CONSTANTS = _linear_prior()


def _priors(problem: _Problem, angles: F64) -> tuple[F64, F64]:
    """Residuals (t, m) of what hands do, and their derivatives (t, m, 20)."""
    t, eye = len(angles), np.eye(ANGLES)
    low, high = LEAST.ravel() - angles, angles - MOST.ravel()
    beyond = (np.maximum(low, 0) + np.maximum(high, 0)) / _BEYOND
    side = ((high > 0).astype(float) - (low > 0)) / _BEYOND
    pull = problem.pull / _PRIOR_SIGMA
    residual = np.concatenate(
        [angles @ _ROWS.T + _CONSTANTS, beyond, (angles - problem.angles) * pull], axis=1
    )
    slope = np.concatenate(
        [
            np.broadcast_to(_ROWS, (t, *_ROWS.shape)),
            side[:, :, None] * eye,
            np.broadcast_to(eye * pull, (t, ANGLES, ANGLES)),
        ],
        axis=1,
    )
    return residual, slope


def _between(a: Floats, b: Floats) -> F64:
    """Angles (t,) in radians between rotations (t, 3, 3)."""
    cosine = (np.einsum("tab,tab->t", a, b) - 1) / 2
    return np.arccos(np.clip(cosine, -1, 1))


def _of_this_side(seen: HandPoints) -> F64:
    """How surely (t,) the points are a left hand's: its thumb lies on the palm's side.

    Where a hand is seen edge on, the network takes it for the other one in a good part of frames,
    and then everything that it tells is turned round.
    """
    wrist, xyz = seen.xyz_m[:, 0], seen.xyz_m
    fingers = normalize(xyz[:, 9] - wrist)
    across = xyz[:, 5] - xyz[:, 17]
    palm = normalize(np.cross(fingers, across))
    thumb = ((xyz[:, 2:5].mean(1) - wrist) * palm).sum(-1)
    return 1 / (1 + np.exp(-thumb / _THUMB_M))


def _smoothed(angles: F64, turn: F64, trust: Floats, fps: float) -> tuple[F64, F64, F64]:
    """Angles (t, 20) and rotations over time, each frame by its trust, and what is left of it:
    frames that are turned quite otherwise than those around them are taken for mistakes."""
    t = len(angles)
    stiff = (fps / 30) ** 4
    quats = continuous_quats(quat_from_matrix(turn))
    mean, kept = quats, np.asarray(trust, np.float64)
    for _ in range(_ROBUST_ROUNDS):
        weight = np.broadcast_to(kept[:, None] + 1e-3, quats.shape)
        # A frame of no weight may carry a sign over to the other side.
        quats = np.where((quats * mean).sum(-1, keepdims=True) < 0, -quats, quats)
        mean = normalize(smooth_weighted(quats, weight, _TURN_STIFF * stiff))
        away = 2 * np.arccos(np.clip(np.abs((quats * mean).sum(-1)), 0, 1))
        kept = trust / (1 + (away / _ODD_TURN) ** 2) ** 2
    flat = angles.reshape(t, ANGLES)
    weight = np.broadcast_to(kept[:, None] + 1e-3, flat.shape)
    smooth = np.clip(smooth_weighted(flat, weight, _STIFF * stiff), LEAST.ravel(), MOST.ravel())
    return smooth, matrix_from_quat(mean), kept
