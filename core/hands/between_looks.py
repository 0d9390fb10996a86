"""Hands in frames that nobody looked at, between two that somebody did."""

from __future__ import annotations

import numpy as np

from ..data.arrays import F32, I32
from ..data.hand_points import HANDS_SKELETON, POINTS, SIDES

_POINTS_OF_BOTH = len(HANDS_SKELETON)
NUMBERS = _POINTS_OF_BOTH * 6 + 1
"""Of a row: pixels, scores and metres of both hands' points, then how sure the better hand is."""


def nobody_looked() -> F32:
    """The row of such a frame: its scores are NaN until ``led``."""
    row = np.zeros(NUMBERS, np.float32)
    row[2 * _POINTS_OF_BOTH : 3 * _POINTS_OF_BOTH] = np.nan
    return row


def led(told: F32, frames: I32, step: int) -> F32:
    """Rows ``told`` (t, ``NUMBERS``) of ``frames`` (t,), those that nobody looked at filled.

    They lie on the straight way from look to look where both saw the hand, are empty where either
    didn't, and as the last look up to ``step`` frames after it.
    """
    out = told.copy()
    n = _POINTS_OF_BOTH
    for k in range(len(SIDES)):
        own = np.arange(k * POINTS, (k + 1) * POINTS)
        xy = (2 * own[:, None] + np.arange(2)).ravel()
        xyz = 3 * n + (3 * own[:, None] + np.arange(3)).ravel()
        columns = np.concatenate([xy, 2 * n + own, xyz])
        looked = np.flatnonzero(np.isfinite(told[:, 2 * n + own[0]])).astype(np.int32)
        for i in np.flatnonzero(np.isnan(told[:, 2 * n + own[0]])):
            out[np.ix_([i], columns)] = _between(told[:, columns], frames, looked, int(i), step)
    out[:, -1] = out[:, 2 * n : 3 * n].max(1)
    return out


def _between(rows: F32, frames: I32, looked: I32, i: int, step: int) -> F32:
    """One hand's numbers (c,) in row ``i``."""
    at = int(np.searchsorted(looked, i))
    score = slice(2 * POINTS, 3 * POINTS)
    near = [int(j) for j in looked[max(at - 1, 0) : at + 1] if abs(frames[j] - frames[i]) <= step]
    if not near or not all((rows[j, score] > 0).all() for j in near):
        return np.zeros(rows.shape[1], np.float32)
    first, last = near[0], near[-1]
    if first == last:
        return rows[first]
    share = float((frames[i] - frames[first]) / (frames[last] - frames[first]))
    return np.asarray((1 - share) * rows[first] + share * rows[last], np.float32)
