"""Fuses the detector's limbs in the picture with the landmark networks'."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, Bools, Floats
from ...geometry.smoothing import interpolate_columns
from .evidence import Evidence

_BELIEVED: Final = 0.25
"""Of the body's radius: a limb further from where the landmark networks have it is another's."""
_DOUBTED: Final = 0.15
"""The same for people whom a border cuts off, at which the detector counts a third of what it says
of itself: of such people it is less honest. Four cut clips (none that judges half figures) gain
0.1 mm."""
_SEEN_SCORE: Final = 0.05
"""Score over which a landmark network sees a point at all; by hand."""
_CORNER: Final = 3e-5
"""x/z per frame squared: single-precision pixels on a straight line bend less."""


def fuse_detector(evidence: Evidence) -> Evidence:
    """``evidence`` with limbs moved towards the detector's, by both networks' scores.

    The detector looks every few frames and its keypoints are joined by straight lines, which a fast
    limb doesn't follow. So only where it looked is it compared with the landmark networks, and the
    difference is what goes on in between.
    """
    limbs = slice(0, points.LIMBS)
    at = np.flatnonzero(frames_looked_at(evidence.detected_xy))
    difference = (evidence.detected_xy - evidence.xy[:, limbs])[at]
    far = np.linalg.norm(difference, axis=-1) / evidence.radius[at, None]
    own = evidence.score[at, limbs]
    believed = (far < _BELIEVED).astype(np.float64)
    if evidence.cut is not None:
        believed += evidence.cut[at, None] * (np.exp(-((far / _DOUBTED) ** 2)) - believed)
    theirs = evidence.detected_score[at] * believed * (own > _SEEN_SCORE)
    if evidence.drawn_in is not None:
        theirs *= ~evidence.drawn_in[at]
    share = theirs / (theirs + own + 1e-3)
    shift = (share[..., None] * difference).reshape(len(at), -1)
    frames = np.arange(len(evidence), dtype=np.int64)
    between = interpolate_columns(frames, at, shift)
    xy: F64 = evidence.xy.copy()
    xy[:, limbs] += between.reshape(len(evidence), points.LIMBS, 2)
    return replace(evidence, xy=xy)


def frames_looked_at(xy: Floats) -> Bools:
    """(t,) where straight lines through ``xy`` (t, p, 2) have corners; both ends count as such."""
    out = np.ones(len(xy), bool)
    out[1:-1] = np.abs(np.diff(xy, n=2, axis=0)).max((1, 2)) > _CORNER
    return out
