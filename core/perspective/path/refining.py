"""A path adjusted once more, by how precisely its points turned out to be followed.

Until a path is known a pixel is allowed for, as points may be followed badly and scenes move. Most
are followed five to ten times as precisely; weighed by what is left over, sightings say what a
pixel hides: above all how long the lens of a camera is that zooms while it is carried. Points that
creep away meanwhile say from picture to picture what is new in them.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Final

import numpy as np

from ...data.arrays import F64, I64
from .bundle import CAMERA, NEAR, Freedom, Rig, Views, adjusted, residuals
from .chained import chains_of
from .drifting import lasting_share, steady_points
from .keyframes import MOST_KEYS, chosen_points
from .placing import points_from

SIGMAS: Final = 1.8
"""Of the median distance that is left: where sightings begin to lose their say. By hand."""
LEAST: Final = 0.1
"""Of the sigma before that is left at least: points followed better are as wrong as that in ways
that aren't chance. By hand."""
_PRUNED: Final = 3.0
"""Sigmas of before beyond which a sighting is left out; by hand."""
_ROUNDS: Final = 60
"""At most; a long lens far away and a short one nearby differ little, so many are needed."""
_SPACING: Final = 4
"""Looks from one adjusted camera to the next at most; by hand."""
_ZOOM_SPACING: Final = 2
"""The same of one that zooms, which every look's errors say more of; by hand."""
_CHAINED: Final = 2
"""Times that a path is adjusted to points that creep, each by what the last left over; by hand."""
_FEWEST: Final = 8
"""Points that tell a path; by hand."""
_SPREAD: Final = 1e-3
"""Radians that rays to a point must be apart for it to say where it is."""


def closer_keys(keys: I64, *, zooms: bool = False) -> I64:
    """Key frames (k,) with others between them where they lie far apart."""
    spacing = max(_ZOOM_SPACING if zooms else _SPACING, -(-int(keys[-1] - keys[0]) // MOST_KEYS))
    out: list[int] = []
    for a, b in pairwise(keys.tolist()):
        count = -(-(b - a) // spacing)
        out += [a + (b - a) * i // count for i in range(count)]
    return np.array([*out, int(keys[-1])], np.int64)


def refined(looks: Views, whole: Rig, keys: I64, free: Freedom) -> Rig | None:
    """The cameras of ``keys`` (k,) adjusted about those of ``whole``, which are those of all looks,
    and the scene's points as they see them, NaN where they don't; None where that are too few.

    ``looks`` are all sightings; ``free`` is what may change of the keys' cameras.
    """
    seen, start = of_keys(looks, whole, keys)
    rig = _from_best(seen, start, free)
    if rig is None:
        return None
    rig = _placed(seen, rig, whole.X)
    for _ in range(_CHAINED):
        lasting = lasting_share(seen, rig, free.frames)
        if not lasting:
            break
        steady = seen.only(steady_points(seen, rig)[seen.point])
        finer = _from_best(steady, rig, free, lasting)
        if finer is None:
            break
        rig = _placed(seen, finer, whole.X)
    return rig


def of_keys(looks: Views, whole: Rig, keys: I64) -> tuple[Views, Rig]:
    """What the looks ``keys`` (k,) see of ``looks``, and their cameras of ``whole``."""
    at = np.full(len(whole.R), -1, np.int64)
    at[keys] = np.arange(len(keys))
    here = looks.only(at[looks.camera] >= 0)
    rig = replace(whole, R=whole.R[keys], t=whole.t[keys], log_focal=whole.log_focal[keys])
    return replace(here, camera=at[here.camera]), rig


def seen_longest(seen: Views, start: Rig) -> tuple[Views, Rig]:
    """The sightings of the points seen longest, numbered anew, and ``start`` with room for them."""
    chosen = chosen_points(seen.camera, seen.point, len(start.R))
    part = seen.only(np.isin(seen.point, chosen))
    part = replace(part, point=np.searchsorted(chosen, part.point))
    return part, replace(start, X=np.empty((len(chosen), 3)))


def _from_best(seen: Views, start: Rig, free: Freedom, lasting: float = 0.0) -> Rig | None:
    """Cameras from ``start`` by the points seen longest, by sightings as precise as they turn out
    to be, of whose errors a share is ``lasting`` to the next frame."""
    placed = as_precise(*seen_longest(seen, start))
    if placed is None:
        return None
    views, rig = placed
    if lasting:
        views = _chained(views, rig, free, lasting)
    return adjusted(views, rig, free, _ROUNDS)


def _chained(views: Views, rig: Rig, free: Freedom, lasting: float) -> Views:
    """``views`` chained, with the sigma of what is new in them."""
    chains = chains_of(views.point, free.frames[views.camera], lasting)
    new = np.linalg.norm(chains.new_of(residuals(views, rig)[0]), axis=1)
    least = LEAST * views.sigma
    return replace(views, chains=chains, sigma=max(SIGMAS * float(np.median(new)), least))


def _placed(seen: Views, rig: Rig, like: F64) -> Rig:
    """``rig`` with all points, as many as ``like`` (n, 3), that its cameras place."""
    X, spread = points_from(seen, replace(rig, X=like))
    return replace(rig, X=np.where(spread[:, None] > _SPREAD, X, np.nan))


def as_precise(views: Views, start: Rig) -> tuple[Views, Rig] | None:
    """The sightings of points that the cameras of ``start`` place, without what is far off and with
    the sigma that is left over, and ``start`` with those points; None where that are too few."""
    X, spread = points_from(views, start)
    known: I64 = np.flatnonzero(np.isfinite(X[:, 0]) & (spread > _SPREAD))
    if len(known) < _FEWEST:
        return None
    here = views.only(np.isin(views.point, known))
    here = replace(here, point=np.searchsorted(known, here.point))
    rig = replace(start, X=X[known])
    r, Y = residuals(here, rig)
    off = np.linalg.norm(r, axis=1)
    good = (off < _PRUNED * views.sigma) & (Y[:, 2] > NEAR)
    if good.sum() < 2 * CAMERA * len(start.R):
        return None
    sigma = float(np.clip(SIGMAS * np.median(off[good]), LEAST * views.sigma, views.sigma))
    return replace(here.only(good), sigma=sigma), rig
