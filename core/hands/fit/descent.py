"""Levenberg-Marquardt steps of a hand's angles and rotation, every frame by itself.

A finger's angles move its last three points and no others, so the normal equations are a block for
each finger beside the rotation's, and what the points' middle, which is taken off, couples.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, cast

import numpy as np

from ...data.arrays import F64, I64, Bools, check_fields, of_shape
from ...data.hand_points import POINTS
from ...data.profiling.side_by_side import side_by_side
from ...geometry.rotations import exp_so3, hat, log_so3
from ..habits import prior_cost, prior_equations
from ..model import ANGLES, Hand, PosedHand, pose_hand

_D: Final = np.pi / 180
_PRIOR_SIGMA: Final = 14 * _D
"""How near a frame's angles stay to the smoothed ones."""
_TURN_SIGMA: Final = 12 * _D
"""The same of the hand's rotation."""
_FRAMES_AT_ONCE: Final = 256
"""Frames whose equations are held at once; none leans on another."""
_ARRIVED: Final = 1e-4  # radians: a step of 0.01 mm at a finger's end
_WORTH_LEAVING: Final = 0.75
"""Share of the frames below which those that arrived are left out of the next step; by hand."""
_LONGEST_STEP: Final = 25 * _D
_LONGEST_TURN: Final = 0.6  # radians a step; by hand
_FINGERS: Final = np.array([range(2 + 4 * finger, 5 + 4 * finger) for finger in range(5)])
"""The three points (5, 3) that each finger's angles move."""
_STILL: Final = np.array([p for p in range(POINTS) if p not in _FINGERS])
"""Those that no angle moves."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """``target`` (t, 21, 3) and its ``weight`` (t, 21, 3); what each frame is drawn to over time:
    ``angles`` (t, 20) and ``turn`` (t, 3, 3), with ``pull`` 0 or 1."""

    hand: Hand
    target: F64 = field(metadata=of_shape("t", POINTS, 3))
    weight: F64 = field(metadata=of_shape("t", POINTS, 3))
    angles: F64 = field(metadata=of_shape("t", ANGLES))
    turn: F64 = field(metadata=of_shape("t", 3, 3))
    pull: float

    def __post_init__(self) -> None:
        check_fields(self)

    def cut(self, part: I64 | Bools) -> Problem:
        """The same of some frames."""
        names = ("target", "weight", "angles", "turn")
        return replace(self, **{name: getattr(self, name)[part] for name in names})


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    angles: F64 = field(metadata=of_shape("t", 5, 4))
    turn: F64 = field(metadata=of_shape("t", 3, 3))
    posed: PosedHand
    residual: F64 = field(metadata=of_shape("t", POINTS, 3))
    cost: F64 = field(metadata=of_shape("t"))

    def __post_init__(self) -> None:
        check_fields(self)

    def cut(self, part: Bools) -> _State:
        """The same of some frames."""
        posed = PosedHand(self.posed.points[part], self.posed.slopes[part])
        rows = self.angles[part], self.turn[part], posed, self.residual[part], self.cost[part]
        return _State(*rows)


def descend(problem: Problem, angles: F64, turn: F64, steps: int) -> tuple[F64, F64]:
    """Angles (t, 5, 4) and turns (t, 3, 3) after so many steps from those given; frames in which no
    point counts stay where they are."""
    out_angles, out_turn = angles.copy(), turn.copy()
    seen = np.flatnonzero(problem.weight.any(axis=(1, 2)))

    def work(first: int) -> None:
        part = seen[first : first + _FRAMES_AT_ONCE]
        here = problem.cut(part)
        out_angles[part], out_turn[part] = _descend_part(here, angles[part], turn[part], steps)

    side_by_side(work, range(0, len(seen), _FRAMES_AT_ONCE))
    return out_angles, out_turn


def _descend_part(problem: Problem, angles: F64, turn: F64, steps: int) -> tuple[F64, F64]:
    out_angles, out_turn = np.empty_like(angles), np.empty_like(turn)
    rows = np.arange(len(angles), dtype=np.int64)
    state = _state(problem, angles, turn)
    damping, moves = np.ones(len(rows)), np.ones(len(rows), bool)
    diagonal = np.arange(ANGLES + 3)
    for _ in range(steps):
        H, g = normal_equations(problem, state.turn, state.posed, state.residual, state.angles)
        H[:, diagonal, diagonal] += damping[:, None] * (H[:, diagonal, diagonal] + 1e-6)
        step = -cast(F64, np.linalg.solve(H, g[..., None])[..., 0])
        by = np.clip(step[:, :ANGLES], -_LONGEST_STEP, _LONGEST_STEP).reshape(-1, 5, 4)
        turned = exp_so3(np.clip(step[:, ANGLES:], -_LONGEST_TURN, _LONGEST_TURN)) @ state.turn
        tried = _state(problem, state.angles + by, turned)
        better = moves & (tried.cost < state.cost)
        _take(better, tried, state)
        damping = np.where(better, damping * 0.3, np.minimum(damping * 4, 1e4))
        moves &= np.abs(step).max(1) > _ARRIVED
        if not moves.any():
            break
        if moves.mean() < _WORTH_LEAVING:
            out_angles[rows], out_turn[rows] = state.angles, state.turn
            problem, state = problem.cut(moves), state.cut(moves)
            rows, damping, moves = rows[moves], damping[moves], moves[moves]
    out_angles[rows], out_turn[rows] = state.angles, state.turn
    return out_angles, out_turn


def _take(better: np.ndarray, tried: _State, state: _State) -> None:
    """Put the frames of ``tried`` that are ``better`` into ``state``."""
    pairs = (
        (tried.angles, state.angles),
        (tried.turn, state.turn),
        (tried.posed.points, state.posed.points),
        (tried.posed.slopes, state.posed.slopes),
        (tried.residual, state.residual),
        (tried.cost, state.cost),
    )
    for new, old in pairs:
        np.copyto(old, new, where=better.reshape(-1, *([1] * (old.ndim - 1))))


def _state(problem: Problem, angles: F64, turn: F64) -> _State:
    posed = pose_hand(problem.hand, angles)
    points = posed.points @ turn.transpose(0, 2, 1)
    residual = (points - points.mean(1, keepdims=True) - problem.target) * problem.weight
    # Pseudo-Huber: beyond a standard deviation a point counts by its distance alone.
    cost = 2 * (np.sqrt(1 + residual**2) - 1).sum((1, 2))
    pull = problem.pull / _PRIOR_SIGMA
    cost += prior_cost(angles.reshape(-1, ANGLES), problem.angles, pull)
    if problem.pull:
        away = log_so3(problem.turn @ turn.transpose(0, 2, 1)) / _TURN_SIGMA
        cost += (away**2).sum(1)
    return _State(angles.copy(), turn.copy(), posed, residual, cost)


def normal_equations(
    problem: Problem, turn: F64, posed: PosedHand, residual: F64, angles: F64
) -> tuple[F64, F64]:
    """(t, 23, 23) and (t, 23) of a Gauss-Newton step from a hand so turned and ``posed``, at
    ``residual`` (t, 21, 3): angles, then a turn in the points' axes."""
    t, n = len(turn), ANGLES + 3
    back = turn.transpose(0, 2, 1)
    robust = (1 + residual**2) ** -0.25
    weight = problem.weight * robust
    w2, pull = weight**2, weight * residual * robust
    # J of a point: its finger's four angles, then the turn; (t, 5, 3 x 3, 7), (t, 6 x 3, 3).
    spin = -hat(posed.points @ back)
    slopes = (posed.slopes.reshape(t, -1, 3) @ back).reshape(t, 5, 4, 9)
    own = np.concatenate([slopes.swapaxes(2, 3), spin[:, _FINGERS].reshape(t, 5, 9, 3)], axis=-1)
    weighed = own * w2[:, _FINGERS].reshape(t, 5, 9, 1)
    blocks = weighed.swapaxes(2, 3) @ own
    still = spin[:, _STILL].reshape(t, -1, 3)
    rest = (still * w2[:, _STILL].reshape(t, -1, 1)).swapaxes(1, 2) @ still
    fingers_pull = (pull[:, _FINGERS].reshape(t, 5, 1, 9) @ own)[:, :, 0]
    H, g = np.zeros((t, n, n)), np.zeros((t, n))
    for finger in range(5):
        at, block = slice(4 * finger, 4 * finger + 4), blocks[:, finger]
        H[:, at, at] = block[:, :4, :4]
        H[:, at, ANGLES:] = block[:, :4, 4:]
        H[:, ANGLES:, at] = block[:, 4:, :4]
        g[:, at] = fingers_pull[:, finger, :4]
    H[:, ANGLES:, ANGLES:] = blocks[:, :, 4:, 4:].sum(1) + rest
    g[:, ANGLES:] = fingers_pull[:, :, 4:].sum(1)
    g[:, ANGLES:] += (pull[:, _STILL].reshape(t, 1, -1) @ still)[:, 0]
    _take_middle_off(H, g, slopes, weighed, spin, w2, pull)
    _add_priors(problem, turn, angles, H, g)
    return H, g


def _take_middle_off(
    H: F64, g: F64, slopes: F64, weighed: F64, spin: F64, w2: F64, pull: F64
) -> None:
    """The points' middle moves with all of them: J - m instead of J in every row."""
    t, n = g.shape
    m, s = np.empty((t, 3, n)), np.empty((t, 3, n))
    by_axis = slopes.reshape(t, 5, 4, 3, 3).sum(3) / POINTS
    m[:, :, :ANGLES] = by_axis.transpose(0, 3, 1, 2).reshape(t, 3, ANGLES)
    m[:, :, ANGLES:] = spin.mean(1)
    angles = weighed[..., :4].reshape(t, 5, 3, 3, 4).sum(2)
    s[:, :, :ANGLES] = angles.transpose(0, 2, 1, 3).reshape(t, 3, ANGLES)
    s[:, :, ANGLES:] = (spin * w2[..., None]).sum(1)
    half = s - 0.5 * w2.sum(1)[:, :, None] * m
    cross = m.swapaxes(1, 2) @ half
    np.subtract(H, cross + cross.swapaxes(1, 2), out=H)
    np.subtract(g, (pull.sum(1)[:, None] @ m)[:, 0], out=g)


def _add_priors(problem: Problem, turn: F64, angles: F64, H: F64, g: F64) -> None:
    """What hands do, and what the frame is drawn to."""
    weight = problem.pull / _PRIOR_SIGMA
    of_angles, slope = prior_equations(angles.reshape(-1, ANGLES), problem.angles, weight)
    H[:, :ANGLES, :ANGLES] += of_angles
    g[:, :ANGLES] += slope
    if problem.pull:
        away = log_so3(problem.turn @ turn.transpose(0, 2, 1)) / _TURN_SIGMA**2
        H[:, ANGLES:, ANGLES:] += np.eye(3) / _TURN_SIGMA**2
        g[:, ANGLES:] -= away
