"""Holes in a track that somebody spends in the air: there gravity is the only witness."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data.arrays import F64, Bools, Floats
from ...geometry.ballistics import GRAVITY_MPS2
from .contacts import spans

_SHORTEST_S: Final = 0.1
"""Seconds of a hole at least: in shorter ones a parabola is a straight line; by hand."""
_LONGEST_S: Final = 1.2
"""Seconds of a hole at most: nobody falls for longer; by hand."""
_ENDS_S: Final = 0.07
"""Seconds beside a hole that tell place and speed: beyond them somebody may stand; by hand."""
_STANDS: Final = 0.5
"""Contact from which somebody isn't in the air."""
_MISS: Final = 0.6
"""A parabola must miss the ends by less than this share of what a straight line misses; by hand."""


def falls(X: Floats, seen: Bools, contacts: Floats, fps: float, up: Floats) -> F64 | None:
    """Accelerations (t, 3) m/s^2 of who is in free flight while unseen, zero elsewhere; None
    without any.

    ``X`` (t, 19, 3); ``contacts`` (t, 2); ``up`` (3,). The trunk's places before and after a hole
    must lie on a parabola rather than on a straight line.
    """
    out = np.zeros((len(X), 3))
    trunk = X[:, [0, 1, 6, 7]].mean(1)
    reach = max(2, round(_ENDS_S * fps))
    for start, stop in spans(~seen):
        length_s = (stop - start) / fps
        if not _SHORTEST_S <= length_s <= _LONGEST_S or start < reach or stop + reach > len(X):
            continue
        if contacts[start:stop].max() > _STANDS:
            continue
        rows = np.concatenate([np.arange(start - reach, start), np.arange(stop, stop + reach)])
        t = (rows - rows.mean()) / fps
        A = np.stack([np.ones_like(t), t], axis=-1)
        fallen = trunk[rows] + 0.5 * GRAVITY_MPS2 * (t**2)[:, None] * up
        free, straight = (_miss(A, values) for values in (fallen, trunk[rows]))
        if free < _MISS * straight:
            out[max(start - 1, 0) : stop + 1] = -GRAVITY_MPS2 * up
    return out if out.any() else None


def _miss(A: Floats, values: Floats) -> float:
    fit = np.linalg.lstsq(A, values, rcond=None)[0]
    return float(np.linalg.norm(values - A @ fit, axis=-1).mean())
