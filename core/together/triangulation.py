"""Joints where the rays of several cameras meet, and one camera's body carried on in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..data import solver_points as points
from ..data.arrays import F64, Floats
from ..geometry.smoothing import interpolate_columns
from ..solving.evidence.other_views import OtherView

_ROUNDS: Final = 8
"""Rounds of reweighting; by hand."""
_PICTURE: Final = 0.024
"""Of a landmark, as a share of the body's radius, as ``Sigmas.picture``."""
_SEEN: Final = 0.1
"""Score over which a view's ray of a joint counts as one of two; by hand."""
_NEAREST_M: Final = 0.5
_FAR: Final = 4.0
"""Squared residuals beyond this lose their say; by hand."""


def meeting_points(own: OtherView, others: Sequence[OtherView]) -> F64:
    """Where rays meet, (t, 19, 3) in the axes of ``own``; NaN for points that fewer than two see.

    Linear triangulation, reweighted by distance so that errors are those in the pictures, and
    robust (Hartley and Zisserman, Multiple view geometry, 12.2).
    """
    views = [own, *others]
    R, t = np.stack([v.R for v in views]), np.stack([v.t for v in views])
    xy, score = np.stack([v.xy for v in views]), np.stack([v.score for v in views])
    sigma = _PICTURE * np.stack([v.radius for v in views])[..., None]
    rows = R[:, None, None, :2] - xy[..., None] * R[:, None, None, 2:]
    away = t[:, None, None, :2] - xy * t[:, None, None, 2:]
    z, share = np.full(score.shape, 3.0), np.ones(score.shape)
    X = np.zeros((*score.shape[1:], 3))
    for _ in range(_ROUNDS):
        w = score * share / (z * sigma) ** 2
        H = np.einsum("ntj,ntjka,ntjkb->tjab", w, rows, rows, optimize=True) + 1e-9 * np.eye(3)
        g = -np.einsum("ntj,ntjka,ntjk->tja", w, rows, away, optimize=True)
        X = np.linalg.solve(H, g[..., None])[..., 0]
        Y = np.einsum("nab,tjb->ntja", R, X) + t[:, None, None]
        z = np.maximum(Y[..., 2], _NEAREST_M)
        r2 = ((Y[..., :2] / z[..., None] - xy) ** 2).sum(-1) / sigma**2
        share = 1 / (1 + r2 / _FAR) ** 2
    X[(score > _SEEN).sum(0) < 2] = np.nan
    return X


def carried_on(meeting: F64, own: Floats) -> F64:
    """``meeting`` (t, 19, 3) with its holes filled by one view's body ``own`` (t, 19, 3), moved as
    the joint itself is off before and after. Bodies are brought to one size first."""
    t = len(own)
    known = np.isfinite(meeting[..., 0])
    if not known.any():
        return np.array(own, np.float64)
    body = own * _size_of(meeting, known, own)
    grid = np.arange(t, dtype=np.int64)
    out = meeting.copy()
    whole = known.any(1)
    mean = np.array([(meeting - body)[i, known[i]].mean(0) for i in np.flatnonzero(whole)])
    middle = interpolate_columns(grid, grid[whole], mean)
    for p in range(points.COUNT):
        at = known[:, p]
        if at.any():
            off = interpolate_columns(grid, grid[at], (meeting - body)[at, p])
            out[~at, p] = (body[:, p] + off)[~at]
        else:
            out[:, p] = body[:, p] + middle
    return out


def _size_of(meeting: F64, known: Floats, own: Floats) -> float:
    """How much larger limbs are where rays meet than in ``own``."""
    ratios: list[float] = []
    for a, b in points.LIMB_BONES:
        at = known[:, a] & known[:, b]
        if at.any():
            true = np.median(np.linalg.norm(meeting[at, a] - meeting[at, b], axis=-1))
            ratios.append(float(true / np.median(np.linalg.norm(own[at, a] - own[at, b], axis=-1))))
    return float(np.median(ratios)) if ratios else 1.0
