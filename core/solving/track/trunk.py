"""The shape of a trunk: how long its diagonals are, between shoulders and hips."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, Floats
from .bone_lengths import bone_lengths

_SQUARE_DEG: Final = 2.5
"""Spread, one standard deviation, of how far the line of the shoulders is off a right angle to the
trunk, over seconds and people (CMU, 1,016 windows; arms up or down bring no more of it)."""
_TOLD_DEG: Final = 4.5
"""By how much one camera's networks and lifter are off in that (renders, and clips with truth)."""
_KEPT: Final = _SQUARE_DEG**2 / (_SQUARE_DEG**2 + _TOLD_DEG**2)
_LEAST_M2: Final = 1e-4  # square metres, so that no root is taken of less than nothing; by hand


def trunk_diagonals(X: Floats, *, is_certain: bool) -> dict[points.Bone, float]:
    """Metres of each of ``TRUNK_BONES`` over the frames of ``X`` (t, 19, 3).

    Where somebody is seen from between ahead and aside, what is told of a trunk's lean, nearer to
    plumb than the truth, and what is told of the turn of its shoulders, nearer to the picture's
    plane, contradict each other: shoulders would stand askew on it for the whole clip. As they
    don't, diagonals take the means of what was found and of a right angle by their variances,
    unless the shape ``is_certain``, as several cameras see it or it was measured.
    """
    found = bone_lengths(X, points.TRUNK_BONES)
    lengths = found if is_certain else _squared(X, found)
    return dict(zip(points.TRUNK_BONES, lengths.tolist(), strict=True))


def _squared(X: Floats, found: Floats) -> F64:
    """``found`` (4,) with the shoulders' line nearer to a right angle to the trunk.

    With the trunk t, hips to shoulders, and the lines s of the shoulders and h of the hips, right
    to left, the squares of the sides |t + (s - h) / 2| and |t - (s - h) / 2| and of the diagonals
    |t + (s + h) / 2| and |t - (s + h) / 2| tell s . t.
    """
    sides, across = np.square(found[:2]), np.square(found[2:])
    askew = (sides[0] - sides[1] + across[0] - across[1]) / 4
    change = (_KEPT - 1) * askew * np.array([1.0, -1.0, 1.0, -1.0])
    return np.sqrt(np.maximum(np.concatenate([sides, across]) + change, _LEAST_M2))
