"""Pictures that are read row by row: what lies lower in one was seen later.

Most cameras, those of telephones above all, expose the last row up to a frame after the first
(Meingast, Geyer and Sastry, Geometric models of rolling-shutter cameras, 2005). A point that moves
through the picture is then seen where it was, or will be, when its row is read: by its speed times
how far the row is from the middle one. One number, how long reading takes, tells all of it; it is
found with the path, of which it explains what no path does. Telephones held upright read columns.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ...data.arrays import F64, I64, Floats
from .bundle import Freedom, Rig, Views, adjusted, cost, residuals
from .refining import LEAST, SIGMAS, as_precise, of_keys, seen_longest
from .shot import Seen

_NEXT: Final = 2.0
"""Frames from a sighting to the next, or as many as usual, up to which they tell a point's speed;
by hand."""
_ROUNDS: Final = 8  # of adjustment; by hand
_EXPLAINED: Final = 0.04
"""Share of what the path leaves unexplained that reading must explain to be believed: 0.11 to 0.27
in renders that were read so, 0.01 at most in the same read at once."""
_EXPLAINED_OF_TURNS: Final = 0.12
"""The same of cameras that only turn or zoom: 0.2 to 0.95 where pictures were read so, 0.03 at most
of those read at once, 0.054 of carried ones, before points that are known."""
_LONGEST: Final = 1.1
"""Frames that reading a whole picture takes at most, with some doubt."""
_SHORTEST: Final = 0.1
"""Frames below which it doesn't matter."""
_ASLANT: Final = 0.5
"""No picture is read aslant: by what share of its length reading may go the other way; by hand."""


def slips(point: I64, xy: Floats, frame: Floats, longer_px: float) -> F64:
    """By how many pixels sightings are off per frame that reading the picture's longer side takes.

    (m, 2, 2): along x and y of the picture where it is read along x, and where along y. ``point``
    (m,), ``xy`` (m, 2) pixels about the middle and ``frame`` (m,), in the order of time.
    """
    return speeds(point, xy, frame)[:, :, None] * (xy / longer_px)[:, None]


def slips_of(seen: Seen) -> F64:
    """``slips`` (m, 2, 2) of a shot's sightings."""
    return slips(seen.point, seen.xy, seen.frames[seen.look].astype(np.float64), seen.longer_px)


def speeds(point: I64, xy: Floats, frame: Floats) -> F64:
    """Pixels a frame (m, 2) by which points move: the mean of the step before and the one after."""
    order = np.lexsort((frame, point))
    step = np.diff(frame[order])
    joined = np.diff(point[order]) == 0
    if joined.any():  # of clips of many pictures a second only some are looked at
        joined &= step <= max(_NEXT, float(np.median(step[joined])))
    way = np.where(joined[:, None], np.diff(xy[order], axis=0) / np.maximum(step, 1)[:, None], 0.0)
    none, nothing = np.zeros((1, 2)), np.zeros(1)
    total = np.concatenate([way, none]) + np.concatenate([none, way])
    count = np.concatenate([joined, nothing]) + np.concatenate([nothing, joined])
    out = np.empty(total.shape)
    out[order] = total / np.maximum(count, 1)[:, None]
    return out


def reading(looks: Views, whole: Rig, keys: I64, free: Freedom) -> F64 | None:
    """Frames (2,) that reading the longer side would take along x and y; None where pictures are
    read at once as far as can be told.

    ``looks`` are all sightings with their slip, ``whole`` the cameras of all looks, ``keys`` (k,)
    those that are adjusted as far as ``free`` says.
    """
    placed = as_precise(*seen_longest(*of_keys(looks, whole, keys)))
    return None if placed is None else _believed(*placed, free, _EXPLAINED)


def turned_reading(views: Views, rig: Rig, free: Freedom) -> F64 | None:
    """The same of a camera that only turns or zooms, adjusted as ``rig`` to ``views``, which have
    their slip. What it doesn't explain may be a path, so reading must explain more of it, and leave
    as little as noise does."""
    off = np.linalg.norm(residuals(views, rig)[0], axis=1)
    sigma = float(np.clip(SIGMAS * np.median(off), LEAST * views.sigma, views.sigma))
    return _believed(replace(views, sigma=sigma), rig, free, _EXPLAINED_OF_TURNS)


def _believed(views: Views, start: Rig, free: Freedom, least: float) -> F64 | None:
    """The reading at which cameras near ``start`` explain most, if that are pictures as they are
    read, and it explains the share ``least`` of what is unexplained else."""
    start = adjusted(views, start, free, _ROUNDS)
    read = adjusted(views, start, replace(free, skews=True), _ROUNDS)
    before, after = cost(views, start, free), cost(views, read, free)
    frames, side = np.abs(read.skew), np.abs(views.xy).max(axis=0)
    main = int(np.argmax(frames))
    is_likely = (
        frames[main] > _SHORTEST
        and frames[main] * side[main] / side.max() < _LONGEST
        and frames[1 - main] < _ASLANT * frames[main]
    )
    if not is_likely or after > (1 - least) * before:
        return None
    skew = np.zeros(2)
    skew[main] = read.skew[main]
    return skew
