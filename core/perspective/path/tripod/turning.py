"""A camera that only turns, and perhaps zooms: the simplest model, how it reads, and its lens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ....data.arrays import F64, I64
from ..agreeing import PLAIN, WORSE, ZOOMED, free_of, is_likely, off_of, share_of
from ..bundle import Freedom, Rig, Views, adjusted, cost, residuals
from ..refining import LEAST, SIGMAS
from ..rolling import slips_of, turned_reading
from ..shot import Seen
from .windows import fit_windows

_PRUNED: Final = 3.0
"""Sigmas beyond which a sighting is left out; by hand."""
_ROUNDS: Final = 40
"""Of an adjustment at most; by hand."""
_LOOSE: Final = 2.0
"""Doubt about the focal length while it is asked what turning tells of it; by hand."""
_TRIED_ROUNDS: Final = 12  # by hand
_TRIED: Final = 0.07
"""Longer focal length, in the logarithm, that is tried to see how much worse it is; by hand."""
_HELD: Final = 1e-4
"""Share by which a zoom's mean focal length may give way while it is held; by hand."""
_LEAST_DOUBT: Final = 0.04
"""Share by which a told focal length may be wrong at least: 0.035 in a hand that sways by 5 cm, and
0.09 through a wide lens that bends lines."""
_TOLD: Final = 0.5
"""What of the doubt before turning must leave to tell a focal length; by hand."""
_EXACT: Final = 0.15
"""Sigmas by which sightings are off from a camera that turns whose lens is as long as nobody
expects: else it may be carried. By hand."""
_NO_WINDOW: Final = 0.8
"""What of a wandering window's residuals turning must leave, or it is one; by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Tripod:
    """A ``rig`` whose cameras stand in one place, its ``model`` as of ``ShotPath``, whether it
    ``explains`` what was seen, and with a lens that is likely; ``focal_doubt`` as of ``ShotPath``.
    """

    model: str
    rig: Rig
    explains: bool
    is_plausible: bool
    focal_doubt: float | None = None


def fit_tripod(views: Views, start: Rig, seen: Seen, frames: F64, *, zooms: bool) -> Tripod:
    """A camera that turns, and perhaps zooms, and whether that explains most sightings."""
    rig = adjusted(views, start, turning(seen, frames, zooms=zooms), 14)
    zoomed = float(np.ptp(rig.log_focal)) > ZOOMED
    explains = share_of(views, rig) > PLAIN and zoomed == zooms
    return Tripod("zooms" if zooms else "turns", rig, explains, explains and is_likely(rig, seen))


def simplest(tripods: Sequence[Tripod], views: Views, seen: Seen, frames: F64) -> Tripod | None:
    """The simpler tripod that explains what was seen, as ``sharpened``; None where none does with a
    lens that is likely, or that it tells."""
    plain = next((one for one in tripods if one.is_plausible), None)
    if plain is not None:
        return sharpened(views, plain, seen, frames)
    strange = next((one for one in tripods if one.explains), None)
    found = None if strange is None else sharpened(views, strange, seen, frames)
    is_told = found is not None and found.focal_doubt is not None
    return found if found and is_told and off_of(views, found.rig) < _EXACT else None


def turning(seen: Seen, frames: F64, *, zooms: bool) -> Freedom:
    """What of a tripod's camera may change."""
    return replace(free_of(seen, frames, zooms=zooms), moves=False)


def tripods_reading(
    seen: Seen, views: Views, keys: I64, numbers: I64, tripods: list[Tripod]
) -> F64 | None:
    """How pictures are read, told by the tripod that explains most; None where it is no tripod's
    or they are read at once."""
    if seen.is_read_at_once:
        return None
    zooms = int(share_of(views, tripods[1].rig) > share_of(views, tripods[0].rig) + WORSE)
    rows = np.isin(seen.look, keys) & np.isin(seen.point, numbers)
    slip = slips_of(seen)[rows]
    free = turning(seen, seen.frames[keys].astype(np.float64), zooms=bool(zooms))
    return turned_reading(replace(views, slip=slip), tripods[zooms].rig, free)


def sharpened(views: Views, found: Tripod, seen: Seen, frames: F64) -> Tripod:
    """The tripod adjusted by how precisely its points turned out to be followed, with the doubt of
    its focal length, if turning tells that; else as it is.

    The longer the lens, the less a picture's sides turn away as its middle goes by: to tell that
    takes tenths of a pixel. A window that wanders over a picture looks as the longest of lenses.
    """
    zooms = found.model == "zooms"
    free = replace(turning(seen, frames, zooms=zooms), focal_doubt=_LOOSE)
    rig = adjusted(_as_precise(views, found.rig), found.rig, free, _ROUNDS)
    # Only now is it known how precisely points were followed.
    here = _as_precise(views, rig)
    rig = adjusted(here, rig, free, _ROUNDS)
    longer = rig.log_focal + _TRIED
    held = replace(free, log_focal=float(longer.mean()), focal_doubt=_HELD if zooms else 0.0)
    other = adjusted(here, replace(rig, log_focal=longer), held, _TRIED_ROUNDS)
    worse = cost(here, other, held) - cost(here, rig, replace(free, focal_doubt=0.0))
    doubt = max(_TRIED / math.sqrt(max(worse / here.sigma**2, 1e-9)), _LEAST_DOUBT)
    window = fit_windows(views, len(rig.R), len(rig.X))
    is_told = doubt < _TOLD * seen.focal_doubt and off_of(views, rig) < _NO_WINDOW * window.off
    return replace(found, rig=rig, focal_doubt=doubt) if is_told else found


def _as_precise(views: Views, rig: Rig) -> Views:
    """Sightings without what is far off, with the sigma that the tripod leaves."""
    off = np.linalg.norm(residuals(views, rig)[0], axis=1)
    sigma = float(np.clip(SIGMAS * np.median(off), LEAST * views.sigma, views.sigma))
    return replace(views.only(off < _PRUNED * views.sigma), sigma=sigma)
