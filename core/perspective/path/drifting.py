"""Points that creep away from where they were first seen, cut into pieces that haven't yet.

Followed from picture to picture, a point's errors add up: a corner slides along an edge, a contour
before a wall takes the wall along. Residuals of one sighting and a later one of the same point then
differ the more, the longer it is between them; where errors are chance alone they don't. A lens
that zooms while it is carried is told by fractions of a pixel over seconds, which creeping takes
for its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ...data.arrays import F64, I64, Floats
from .bundle import Rig, Views, residuals

_GROWN: Final = 4.0
"""Times the difference between neighbouring sightings from which on a point has crept away: 1 where
errors are chance alone. At 2.5 pieces are too short to tell a lens (14 % off for 2.3)."""
_SHORTEST: Final = 15
"""Looks of a piece at least: shorter ones tell too little of where their point is; by hand."""
_LAGS: Final = 40
"""Sightings apart up to which residuals are compared; by hand."""
_FEWEST: Final = 100
"""Pairs of sightings that tell a difference at least; by hand."""


def steady_looks(views: Views, rig: Rig, looks: I64) -> int | None:
    """For how many looks points are followed before they have crept away, None where they don't.

    ``looks`` (k,) says which of the shot's looks are the cameras of ``rig``; sightings of its
    unknown points aren't asked.
    """
    views = views.only(np.isfinite(rig.X[views.point, 0]))
    order = np.lexsort((views.camera, views.point))
    off, point = residuals(views, rig)[0][order], views.point[order]
    at = looks[views.camera[order]]
    first = 0.0
    for lag in range(1, _LAGS):
        same = point[lag:] == point[:-lag]
        if same.sum() < _FEWEST:
            return None
        differ = _typical(off[lag:][same] - off[:-lag][same])
        first = first or differ
        if differ > _GROWN * first:
            return max(round(float((at[lag:] - at[:-lag])[same].mean())), _SHORTEST)
    return None


def in_pieces(views: Views, looks: I64, length: int) -> Views:
    """``views`` with a point of its own for every ``length`` looks of one; ``looks`` as above."""
    at = looks[views.camera]
    begun = np.full(int(views.point.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(begun, views.point, at)
    piece = (at - begun[views.point]) // length
    most = int(piece.max()) + 1
    _, number = np.unique(views.point * most + piece, return_inverse=True)
    return replace(views, point=number.astype(np.int64))


def _typical(differences: Floats) -> float:
    """Square pixels of differences (n, 2), whatever a few of them are."""
    squares: F64 = (differences**2).sum(1)
    return float(np.median(squares))
