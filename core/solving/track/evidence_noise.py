"""How precise the evidence is, from how well its two halves agree.

What networks see in the picture and what they say of 3D come from separate outputs. Where both tell
of one and the same body, nothing needs to be smoothed away and no table of average people need be
asked; where they contradict each other, at least one of them errs by as much.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ...data import solver_points as points
from ..evidence.evidence import Evidence
from .terms import Sigmas
from .track import points_as_seen

_USUAL: Final = 0.012
"""Of the body's radius. Real detections disagree by 0.015 and more (docs/notebook/solve.md), for
which ``Sigmas`` are made; only below do they tighten."""
_LEAST: Final = 0.1
"""The smallest share: the solve is never told to trust evidence more; by hand."""
_SCORE: Final = 0.3
"""Score over which a point is certain enough to be compared; by hand."""
_NEAREST_M: Final = 0.3
"""Metres before the lens within which no point is projected; by hand."""


def disagreement(evidence: Evidence) -> float:
    """Median distance between the limbs' 2D and their 3D put where it fits the picture best, as a
    share of the body's radius; NaN where no network told any 3D or nothing was seen."""
    limbs = slice(0, points.LIMBS)
    certain = (evidence.score[:, limbs] > _SCORE) & evidence.seen[:, None]
    if not (evidence.shows_3d and certain.any()):
        return float("nan")
    X = points_as_seen(evidence)[:, limbs]
    away = X[..., :2] / np.maximum(X[..., 2:], _NEAREST_M) - evidence.xy[:, limbs]
    distance = np.linalg.norm(away, axis=-1) / np.maximum(evidence.radius[:, None], 1e-9)
    return float(np.median(distance[certain]))


def precision(evidence: Evidence) -> float:
    """The evidence's errors as a share of what ``Sigmas`` expect, from ``_LEAST`` to 1."""
    share = disagreement(evidence) / _USUAL
    return float(np.clip(share, _LEAST, 1.0)) if np.isfinite(share) else 1.0


def tightened(sigmas: Sigmas, share: float) -> Sigmas:
    """``sigmas`` of evidence whose errors are only ``share`` of the usual ones; what is known of
    bodies and motion stays as it is."""
    return replace(
        sigmas,
        picture=sigmas.picture * share,
        direction_xy=sigmas.direction_xy * share,
        direction_z=sigmas.direction_z * share,
    )
