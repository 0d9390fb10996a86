"""Joints where the rays of several cameras meet, and one camera's body carried on in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..data import solver_points as points
from ..data.arrays import F64, Floats
from ..geometry.smoothing import interpolate_columns
from ..solving.evidence.other_views import OtherView
from .rig import Rig
from .sightings import HIPS, Sample, other_view

_ROUNDS: Final = 8
"""Rounds of reweighting; by hand."""
_PICTURE: Final = 0.024
"""Of a landmark, as a share of the body's radius, as ``Sigmas.picture``."""
_SEEN: Final = 0.1
"""Score over which a view's ray of a joint counts as one of two; by hand."""
_ABOUT_M: Final = 0.5
"""Metres by which one view's distance of somebody is off, who may be smaller than it knows."""
_NEAREST_M: Final = 0.5
"""Metres before the lens within which no point is weighed as nearer; by hand."""
_FAR: Final = 4.0
"""Squared residuals beyond this lose their say; by hand."""


def meeting_points(own: OtherView, others: Sequence[OtherView], near: Floats | None = None) -> F64:
    """Where rays meet, (t, 19, 3) in the axes of ``own``; NaN for points that fewer than two see.
    With ``near`` (t, 19, 3) all are about there, as far as rays don't tell.

    Linear triangulation, reweighted by distance so that errors are those in the pictures, and
    robust (Hartley and Zisserman, Multiple view geometry, 12.2).
    """
    views = [own, *others]
    n = len(own.xy)
    R = np.stack([np.broadcast_to(v.R, (n, 3, 3)) for v in views])
    t = np.stack([np.broadcast_to(v.t, (n, 3)) for v in views])
    xy, score = np.stack([v.xy for v in views]), np.stack([v.weight for v in views])
    sigma = _PICTURE * np.stack([v.radius for v in views])[..., None]
    rows = R[:, :, None, :2] - xy[..., None] * R[:, :, None, 2:]
    away = t[:, :, None, :2] - xy * t[:, :, None, 2:]
    z, share = np.full(score.shape, 3.0), np.ones(score.shape)
    least = 1e-9 if near is None else _ABOUT_M**-2
    points_at: F64 = np.zeros((*score.shape[1:], 3))
    for _ in range(_ROUNDS):
        w = score * share / (z * sigma) ** 2
        H = np.einsum("ntj,ntjka,ntjkb->tjab", w, rows, rows, optimize=True) + least * np.eye(3)
        g = -np.einsum("ntj,ntjka,ntjk->tja", w, rows, away, optimize=True)
        if near is not None:
            g = g + least * near
        points_at = np.asarray(np.linalg.solve(H, g[..., None])[..., 0], np.float64)
        Y = np.einsum("ntab,tjb->ntja", R, points_at) + t[:, :, None]
        z = np.maximum(Y[..., 2], _NEAREST_M)
        r2 = ((Y[..., :2] / z[..., None] - xy) ** 2).sum(-1) / sigma**2
        share = 1 / (1 + r2 / _FAR) ** 2
    if near is not None:
        return points_at
    points_at[(score > _SEEN).sum(0) < 2] = np.nan
    return points_at


def met_about(seen: Sequence[tuple[int, Sample]], rig: Rig, near: Floats) -> F64:
    """Where the rays of several cameras of the ``rig``, each by its number, meet about ``near``
    (t, 19, 3), in the axes of the first of all."""
    first, *others = [
        other_view(one, *rig.seen_from(c, one.way), float(rig.focal[c])) for c, one in seen
    ]
    return meeting_points(first, others, near)


def carried_on(meeting: F64, body: Floats) -> F64:
    """``meeting`` (t, 19, 3) with its holes filled by one view's ``body`` (t, 19, 3).

    Where rays of some joints meet, the others are where the body has them from there, as far off as
    they were before and after. Where none meet the body is taken as it is: what was off turns with
    the body, and would be wrong soon.
    """
    known = np.isfinite(meeting[..., 0])
    whole = np.flatnonzero(known.any(1))
    out: F64 = np.array(body, np.float64)
    if not len(whole):
        return out
    off = meeting - body
    mean = np.array([off[i, known[i]].mean(0) for i in whole])
    for p in range(points.COUNT):
        at = known[whole, p]
        shift = mean
        if at.any():
            own = off[whole[at], p] - mean[at]
            shift = mean + interpolate_columns(whole, whole[at], own)
        out[whole, p] += shift
    return out


def body_in_focus(X: Floats, focal: float, size: float) -> F64:
    """A body ``X`` (t, 19, 3) in camera axes, ``size`` times as large and seen alike by a camera
    with ``focal`` times the focal length."""
    hips = X[:, HIPS].mean(1, keepdims=True)
    return np.asarray((X - hips) * size + hips * size * [1.0, 1.0, focal], np.float64)
