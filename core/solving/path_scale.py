"""Metres of a carried camera's path, from the people in it: feet that stand don't move.

Pictures tell a path but for its size. People's size is known about, and so where they are before
the camera in metres; only at one size of its path do their standing feet stay where they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..data import solver_points as points
from ..data.arrays import F64, Bools, Floats, check_fields, of_shape
from ..geometry.rotations import normalize

_LAG_S: Final = 0.1
"""Seconds over which feet's ways are looked at; by hand."""
_ALONG: Final = 0.35
"""What feet do along the view counts so much of what they do across it: depth is noisy."""
_NOISE_MPS: Final = 0.1
"""Speed that standing feet have by noise; by hand."""
_DRAGGED: Final = 0.05
"""Share of the body's own way that its standing feet seem to go along: smoothing and networks draw
them after it (0.03 to 0.09 on seven rendered clips, whichever way the camera went)."""
_DRAGGED_ALONG: Final = 0.15
"""The same along the view, where networks draw a step short: of somebody who walks towards the
camera or away from it feet swing 0.72 to 0.91 times as far before and behind the hips as they do.
"""
_SCORE: Final = 0.15
"""Score over which a foot is seen; by hand."""
_HIPS: Final = [points.POINTS.index(f"{side}_hip") for side in ("left", "right")]
_LENGTHS_M: Final = (0.03, 60.0)
"""Between these lengths of a path the true one is sought, for every ten seconds."""
_STEPS: Final = 220  # sizes tried, even in the logarithm; by hand
_FINER: Final = 6  # times as fine are those about the best; by hand
_GAIN: Final = 1.25
"""Times slower must the slower foot be at the best size than without any path: else nobody's feet
tell it."""
_FEWEST: Final = 10
"""Frames that tell a size at least; by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Walker:
    """Somebody's feet before a carried camera, t frames: ``feet`` (t, 2, 2, 3) heel and toe of the
    left and right one and ``hips`` (t, 3), in axes that don't turn, from the camera; ``view``
    (t, 3) where it sees the person; ``centers`` (t, 3) its path, of any size; ``seen`` (t, 2)."""

    feet: F64 = field(metadata=of_shape("t", 2, 2, 3))
    hips: F64 = field(metadata=of_shape("t", 3))
    view: F64 = field(metadata=of_shape("t", 3))
    centers: F64 = field(metadata=of_shape("t", 3))
    seen: Bools = field(metadata=of_shape("t", 2))
    fps: float

    def __post_init__(self) -> None:
        check_fields(self)


def walker(X: Floats, score: Floats, origin: Floats, centers: Floats, fps: float) -> Walker:
    """``X`` (t, 19, 3) as solved for a camera at ``origin`` (t, 3), ``score`` (t, 19)."""
    from_camera = X - origin[:, None]
    feet = from_camera[:, [list(foot[1:]) for foot in points.FEET]]
    seen = np.stack([score[:, foot].max(1) > _SCORE for foot in points.FEET], axis=-1)
    hips = from_camera[:, _HIPS].mean(1)
    return Walker(feet, hips, normalize(from_camera.mean(1)), centers, seen, fps)


@dataclass(frozen=True, slots=True)
class PathScale:
    """Metres per unit of a path; ``is_told`` is False where no foot stood that could tell."""

    factor: float
    is_told: bool


def path_scale(walkers: Sequence[Walker]) -> PathScale:
    """The size of a path at which the slower foot of everybody is slowest, in the mean."""
    told = [one for one in walkers if _frames(one) >= _FEWEST]
    longest = max(
        (float(np.linalg.norm(np.diff(one.centers, axis=0), axis=1).sum()) for one in walkers),
        default=0.0,
    )
    if not told or longest <= 0:
        return PathScale(1.0 / longest if longest > 0 else 1.0, is_told=False)
    seconds = max(len(one.feet) / one.fps for one in told)
    low, high = (np.log(m * max(seconds / 10, 0.2) / longest) for m in _LENGTHS_M)
    grid: F64 = np.linspace(low, high, _STEPS, dtype=np.float64)
    cost = _costs(told, np.exp(grid))
    best = int(cost.argmin())
    step = float(grid[1] - grid[0])
    fine: F64 = grid[best] + step * np.linspace(-1, 1, 2 * _FINER + 1)
    finer = _costs(told, np.exp(fine))
    factor = float(np.exp(fine[int(finer.argmin())]))
    gain = float(_costs(told, np.zeros(1))[0] / finer.min())
    if gain < _GAIN or best in (0, _STEPS - 1):
        limits = float(np.exp(low)), float(np.exp(high))
        return PathScale(float(np.clip(_by_inertia(walkers), *limits)), is_told=False)
    return PathScale(factor, is_told=True)


def _lag(one: Walker) -> int:
    return max(1, round(_LAG_S * one.fps))


def _frames(one: Walker) -> int:
    k = _lag(one)
    return int((one.seen[k:] & one.seen[:-k]).any(1).sum())


def _costs(walkers: Sequence[Walker], factors: Floats) -> F64:
    """Mean speed of the slower foot, m/s, for every factor (n,)."""
    total, count = np.zeros(len(factors)), 0
    for one in walkers:
        k = _lag(one)
        known = one.seen[k:] & one.seen[:-k]
        rows = known.any(1)
        body = (one.hips[k:] - one.hips[:-k])[rows]
        feet = (one.feet[k:] - one.feet[:-k])[rows]
        path = (one.centers[k:] - one.centers[:-k])[rows]
        view = one.view[k:][rows]
        for i, factor in enumerate(factors):
            step = factor * path
            drawn = _DRAGGED * (body + step)
            moved = feet + (step - drawn)[:, None, None]
            along = np.einsum("tfpa,ta->tfp", moved, view)
            square = (moved**2).sum(-1) - along**2
            more = np.einsum("ta,ta->t", body + step, view) * (_DRAGGED_ALONG - _DRAGGED)
            square += (_ALONG * (along - more[:, None, None])) ** 2
            # A foot rolls: its heel stands first, then its toe.
            speed = np.sqrt(np.maximum(square, 0)).min(-1) * one.fps / k
            speed = np.where(known[rows], speed, np.inf).min(1)
            total[i] += np.hypot(speed, _NOISE_MPS).sum()
        count += int(rows.sum())
    return total / max(count, 1)


def _by_inertia(walkers: Sequence[Walker]) -> float:
    """The size at which people's own ways change speed least: they don't shake with the camera."""
    above, below = 0.0, 0.0
    for one in walkers:
        k = _lag(one)
        if len(one.feet) <= 2 * k:
            continue
        a, c = (v[2 * k :] - 2 * v[k:-k] + v[: -2 * k] for v in (one.hips, one.centers))
        above -= float((a * c).sum())
        below += float((c * c).sum())
    return max(above / below, 1e-6) if below > 0 else 1.0
