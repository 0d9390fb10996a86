"""How well a rig explains what was seen of a shot, and what of it may change."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data.arrays import F64
from .bundle import Freedom, Rig, Views, residuals
from .shot import Seen

SIGMA: Final = 1 / 640
"""Of the picture's longer side: points that are followed are off by a pixel of a small picture."""
ZOOMED: Final = 0.05
"""Share by which the focal length changes in a zoom; by hand."""
PLAIN: Final = 0.65
"""Share of sightings that agree with the simpler model for it to be taken."""
WORSE: Final = 0.02
"""By what share fewer sightings may agree with a path that was refined."""
NEARBY: Final = 1.5
"""Sigmas within which a sighting agrees with a model."""
_LIKELY: Final = 2.5
"""Doubts by which a focal length may differ from what was expected; by hand."""
_LEAST_DOUBT: Final = 0.05
"""Of a focal length that is expected, however it is told; by hand."""
_ZOOM_DOUBT: Final = 0.22
"""By what share a zoom's mean focal length may differ from one that was told somewhere in it."""


def free_of(seen: Seen, frames: F64, *, zooms: bool) -> Freedom:
    """What of a carried camera may change."""
    doubt = max(seen.focal_doubt, _ZOOM_DOUBT) if zooms else seen.focal_doubt
    return Freedom(True, zooms, float(np.log(seen.focal)), doubt, frames)


def share_of(views: Views, rig: Rig) -> float:
    """Share of the sightings that agree with the rig; those of unknown points don't."""
    known = np.isfinite(rig.X[views.point, 0])
    r, Y = residuals(views.only(known), rig)
    good = (np.linalg.norm(r, axis=1) < NEARBY * views.sigma) & (Y[:, 2] > 0)
    return float(good.sum()) / max(len(views.xy), 1)


def off_of(views: Views, rig: Rig) -> float:
    """Median distance of sightings from where the rig has their points, in sigmas."""
    known = np.isfinite(rig.X[views.point, 0])
    r, _ = residuals(views.only(known), rig)
    return float(np.median(np.linalg.norm(r, axis=1))) / views.sigma


def is_likely(rig: Rig, seen: Seen) -> bool:
    """Whether one of its focal lengths is about what was expected; it may be any of a zoom's."""
    expected = float(np.log(seen.focal))
    low, high = float(rig.log_focal.min()), float(rig.log_focal.max())
    off = max(low - expected, expected - high, 0.0)
    return off < _LIKELY * max(seen.focal_doubt, _LEAST_DOUBT)
