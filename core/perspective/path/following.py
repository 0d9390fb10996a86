"""How one shot's camera moves: the simplest model that explains its points."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ...data.arrays import F64, I64, Bools
from ...geometry.inbetween import rotations_between, straight_through
from ...geometry.rotations import nearest_rotation
from .agreeing import NEARBY, PLAIN, SIGMA, WORSE, ZOOMED, free_of, is_likely, off_of, share_of
from .bundle import Freedom, Rig, Views, adjusted, residuals
from .growing import grow, turned_only
from .keyframes import chosen_points, key_frames
from .placing import cameras_from, points_from
from .refining import closer_keys, refined
from .rolling import reading, slips_of
from .shot import Seen, ShotPath
from .tripod.turning import Tripod, fit_tripod, simplest, tripods_reading
from .tripod.windows import fit_windows

_SHARP: Final = 0.3
"""Sigmas by which sightings are off from a model that leaves nothing to explain."""
_BETTER: Final = 0.5
"""What of a tripod's residuals a carried camera must leave: as points on one plane are explained by
a zoom and by a path, and noise by whatever has more numbers, a little better proves nothing."""
_CARRIED: Final = 0.7
"""And with a carried camera: where fewer do, what is seen is no scene that stands still."""
_ZOOM_GAIN: Final = 0.75
"""What of its residuals a carried camera must leave that zooms as well; else it doesn't."""
_FITS: Final = 0.15
"""Sigmas by which sightings are off from a carried camera that needs no zoom; by hand."""
_FEWEST: Final = 8
"""Points that place a frame; with fewer the path is bridged. By hand."""
_PRUNED: Final = 3.0
"""Sigmas beyond which a sighting is left out; by hand."""
_ROUNDS: Final = 40
"""Of an adjustment at most: focal lengths come in last."""


def follow_shot(seen: Seen, *, prefers_carried: bool = False) -> ShotPath | None:
    """The path of a shot's camera; None where no model explains what was seen.

    ``prefers_carried`` asks for no simpler model where a carried camera explains it.
    """
    sigma = SIGMA * seen.longer_px
    keys = key_frames(seen.look, seen.point, seen.xy, seen.longer_px)
    if len(keys) < 2:
        return None
    views, numbers = _key_views(seen, keys, sigma)
    if len(views.xy) < 4 * len(keys):
        return None
    log_focal = float(np.log(seen.focal))
    frames = seen.frames[keys].astype(np.float64)
    start = turned_only(views, frames, log_focal, len(numbers))
    tripods = [fit_tripod(views, start, seen, frames, zooms=zooms) for zooms in (False, True)]
    skew = None if prefers_carried else tripods_reading(seen, views, keys, numbers, tripods)
    if skew is not None:
        return _read_at_once(seen, skew)
    plain = simplest(tripods, views, seen, frames)
    if plain is not None and off_of(views, plain.rig) < _SHARP and not prefers_carried:
        return _of_tripod(seen, keys, numbers, plain)
    window = None if prefers_carried else fit_windows(views, len(keys), len(numbers))
    if window is not None and window.share > PLAIN and window.off < _SHARP:
        cut = tripods[int(window.zoom > 1 + ZOOMED)]
        return _every_look(seen, keys, cut.rig, numbers, cut.model)
    carried = _carried(views, [start, tripods[1].rig], seen, frames)
    if carried is None or share_of(views, carried) < _CARRIED:
        carried = None
    if plain is not None and (
        carried is None
        or not (prefers_carried or off_of(views, carried) < _BETTER * off_of(views, plain.rig))
    ):
        return _of_tripod(seen, keys, numbers, plain)
    if carried is None:
        return None
    path = _every_look(seen, keys, carried, numbers, "carried")
    return _refined(seen, keys, path) if path.agree >= _CARRIED else None


def _of_tripod(seen: Seen, keys: I64, numbers: I64, found: Tripod) -> ShotPath:
    """The path of a camera that stands, with its lens where turning tells that."""
    path = _every_look(seen, keys, found.rig, numbers, found.model)
    return replace(path, focal_doubt=found.focal_doubt)


def _read_at_once(seen: Seen, skew: F64) -> ShotPath | None:
    """``follow_shot`` where it is known how pictures are read."""
    xy = seen.xy - slips_of(seen) @ skew
    path = follow_shot(replace(seen, xy=xy, is_read_at_once=True))
    return path and replace(path, skew=skew)


def _key_views(seen: Seen, keys: I64, sigma: float) -> tuple[Views, I64]:
    """Sightings in the key frames, of the points worth adjusting, and these points' numbers."""
    at = np.full(int(seen.look.max()) + 1, -1)
    at[keys] = np.arange(len(keys))
    camera = at[seen.look]
    rows = camera >= 0
    numbers = chosen_points(camera[rows], seen.point[rows], len(keys))
    rows &= np.isin(seen.point, numbers)
    point = np.searchsorted(numbers, seen.point[rows])
    return Views(camera[rows], point, seen.xy[rows], sigma), numbers


def _carried(views: Views, starts: list[Rig], seen: Seen, frames: F64) -> Rig | None:
    """The adjusted rig of a camera that is carried, and zooms if it must.

    ``starts`` only turn: the first keeps its focal length, the second's zoom.
    """
    best: Rig | None = None
    for start, zooms in zip(starts, (False, True), strict=True):
        if zooms and np.ptp(start.log_focal) <= ZOOMED:
            continue
        rig = _grown(views, start, seen, frames, zooms=zooms)
        if rig is None:
            continue
        if best is None or (
            off_of(views, rig) < _ZOOM_GAIN * off_of(views, best)
            and np.ptp(rig.log_focal) > ZOOMED
            and is_likely(rig, seen)
        ):
            best = rig
        if off_of(views, best) < _FITS:
            break
    return best


def _grown(views: Views, start: Rig, seen: Seen, frames: F64, *, zooms: bool) -> Rig | None:
    grown = grow(views, start)
    if grown is None or grown.placed.sum() < max(2, 0.5 * len(frames)):
        return None
    rig = _bridged(grown.rig, ~grown.placed)
    known = np.isfinite(rig.X[:, 0])
    numbers = np.flatnonzero(known)
    if len(numbers) < _FEWEST:
        return None
    here = views.only(known[views.point] & grown.placed[views.camera])
    here = replace(here, point=np.searchsorted(numbers, here.point))
    part = _twice(here, replace(rig, X=rig.X[numbers]), free_of(seen, frames, zooms=zooms))
    X = np.full_like(rig.X, np.nan)
    X[numbers] = part.X
    rig = replace(part, X=X)
    more, spread = points_from(views, rig)
    return replace(rig, X=np.where(np.isfinite(X) | ~(spread[:, None] > 0.002), X, more))


def _twice(views: Views, rig: Rig, free: Freedom) -> Rig:
    """Adjusted, what is far off left out, and adjusted again."""
    rig = adjusted(views, rig, free, _ROUNDS)
    r, Y = residuals(views, rig)
    good = (np.linalg.norm(r, axis=1) < _PRUNED * views.sigma) & (Y[:, 2] > 0)
    return adjusted(views.only(good), rig, free, _ROUNDS)


def _every_look(seen: Seen, keys: I64, rig: Rig, numbers: I64, model: str) -> ShotPath:
    """All looks placed among the key frames, by the points that these know."""
    moves = model == "carried"
    zooms = bool(np.ptp(rig.log_focal) > 1e-9)
    every = np.arange(len(seen.frames), dtype=np.float64)
    at = keys.astype(np.float64)
    R = rotations_between(at, rig.R, every)
    center = straight_through(at, rig.centers, every)
    log_focal = straight_through(at, rig.log_focal, every)
    row = np.searchsorted(numbers, seen.point)
    row = np.clip(row, 0, len(numbers) - 1)
    known = (numbers[row] == seen.point) & np.isfinite(rig.X[row, 0])
    views = Views(seen.look[known], row[known], seen.xy[known], SIGMA * seen.longer_px)
    whole = Rig(R, -np.einsum("kab,kb->ka", R, center), log_focal, rig.X)
    for _ in range(2):
        whole = cameras_from(views, whole, moves=moves, zooms=zooms)
        if moves:
            X, spread = points_from(views, whole)
            better = np.isfinite(X).all(1) & (spread > 1e-3)
            whole = replace(whole, X=np.where(better[:, None], X, whole.X))
    r, _ = residuals(views, whole)
    good = np.linalg.norm(r, axis=1) < NEARBY * views.sigma
    held = np.bincount(views.camera, good, len(every)) < _FEWEST
    whole = _bridged(whole, held)
    whole = replace(whole, R=nearest_rotation(whole.R))
    return ShotPath(
        model, seen.frames, whole.R, whole.centers, whole.focal, held, float(good.mean())
    )


def _refined(seen: Seen, keys: I64, path: ShotPath) -> ShotPath:
    """A carried camera's path from more key frames and points as precise as they are, if that
    explains as much as ``path`` does; pictures that are read row by row put right."""
    t = -np.einsum("kab,kb->ka", path.R, path.centers)
    nowhere = np.full((int(seen.point.max()) + 1, 3), np.nan)
    whole = Rig(path.R, t, np.log(path.focal), nowhere)
    zooms = bool(np.ptp(whole.log_focal) > 1e-9)
    keys = closer_keys(keys, zooms=zooms)
    free = free_of(seen, seen.frames[keys].astype(np.float64), zooms=zooms)
    seen, skew = _unskewed(seen, whole, keys, free)
    rig = refined(_looks(seen), whole, keys, free)
    if rig is None:
        return path
    finer = _every_look(seen, keys, rig, np.arange(len(nowhere)), path.model)
    return replace(finer, skew=skew) if finer.agree > path.agree - WORSE else path


def _unskewed(seen: Seen, whole: Rig, keys: I64, free: Freedom) -> tuple[Seen, F64 | None]:
    """``seen`` as if its pictures were read at once, and their skew, None where they are."""
    if seen.is_read_at_once:
        return seen, None
    slip = slips_of(seen)
    skew = reading(replace(_looks(seen), slip=slip), whole, keys, free)
    return (seen, None) if skew is None else (replace(seen, xy=seen.xy - slip @ skew), skew)


def _looks(seen: Seen) -> Views:
    return Views(seen.look, seen.point, seen.xy, SIGMA * seen.longer_px)


def _bridged(rig: Rig, held: Bools) -> Rig:
    """Cameras that saw too little, (k,), lie between their neighbours."""
    if not held.any() or held.all():
        return rig
    at, every = np.flatnonzero(~held).astype(float), np.arange(len(held), dtype=float)
    R = rotations_between(at, rig.R[~held], every)
    center = straight_through(at, rig.centers[~held], every)
    log_focal = straight_through(at, rig.log_focal[~held], every)
    return Rig(R, -np.einsum("kab,kb->ka", R, center), log_focal, rig.X)
