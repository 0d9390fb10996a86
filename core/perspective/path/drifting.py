"""Points that creep away from where they were first seen.

Followed from picture to picture, a point's errors add up: a corner slides along an edge, a contour
before a wall takes the wall along. What it is off by in one picture it is off by, nearly, in the
next; where errors are chance alone it isn't. A lens that zooms while it is carried is told by
fractions of a pixel over seconds, which creeping takes for its own.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data.arrays import Bools, Floats
from .bundle import Rig, Views, residuals

_GRID: Final = 1 - np.geomspace(0.03, 1.0, 25)
"""Shares that are tried, to the next frame; with more a point's place would hardly count."""
_LASTING: Final = 0.5
"""Share below which errors are taken for chance; by hand."""
_FEWEST: Final = 100
"""Pairs of sightings that tell a share at least; by hand."""
_CREEPING: Final = 4.0
"""Times the usual square of what a point is off by beyond which it creeps more than others."""


def lasting_share(views: Views, rig: Rig, frames: Floats) -> float:
    """What share of what points are off by is left after a frame, 0 where that is chance alone.

    ``frames`` (k,) are those of the cameras of ``rig``; sightings of its unknown points aren't
    asked. Of all shares the one that leaves least new (Hildreth and Lu, Demand relations with
    autocorrelated disturbances, 1960), by the median.
    """
    views = views.only(np.isfinite(rig.X[views.point, 0]))
    order = np.lexsort((views.camera, views.point))
    off, point = residuals(views, rig)[0][order], views.point[order]
    at = frames[views.camera[order]]
    same = point[1:] == point[:-1]
    if same.sum() < _FEWEST:
        return 0.0
    gap, now, before = np.diff(at)[same], off[1:][same], off[:-1][same]
    new = [_typical(now - (share**gap)[:, None] * before) for share in _GRID]
    share = float(_GRID[int(np.argmin(new))])
    return share if share >= _LASTING else 0.0


def steady_points(views: Views, rig: Rig) -> Bools:
    """Which points of ``rig`` (n,) don't creep much more than most; not those that are unknown."""
    known = np.isfinite(rig.X[:, 0])
    here = views.only(known[views.point])
    square = (residuals(here, rig)[0] ** 2).sum(1)
    count = np.bincount(here.point, minlength=len(known))
    mean = np.bincount(here.point, square, len(known)) / np.maximum(count, 1)
    known &= count > 0
    return known & (mean <= _CREEPING * np.median(mean[known])) if known.any() else known


def _typical(differences: Floats) -> float:
    """Square pixels of differences (n, 2), whatever a few of them are."""
    return float(np.median((differences**2).sum(1)))
