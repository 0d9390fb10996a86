"""Which surface of a solved body, or of a neighbour's, lies before a point in the picture."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..arrays import F64, Floats
from ..solving import points

_CAPSULES: Final = (
    *((a, b, 0.06) for a, b in points.LIMB_BONES),
    *((a, b, 0.12) for a, b in points.TRUNK_BONES),
    (*points.GIRDLE_BONES[0], 0.12),
    (*points.GIRDLE_BONES[1], 0.11),
    (13, 14, 0.10),
)
"""Both ends and the radius in metres of a body 1.7 m tall."""
_REFERENCE_M: Final = 1.7
_TRUNK_FIRST: Final = len(points.LIMB_BONES)


def covering_depth(X: Floats, others: tuple[Floats, ...], stature_m: float) -> F64:
    """Camera z (t, 19) of the nearest surface before each point, infinite where there is none.

    ``X`` (t, 19, 3) and ``others``, each (t, 19, 3) or NaN, in camera metres. A point's own bones
    don't count, nor does the trunk for the joints it carries.
    """
    out = np.full(X.shape[:2], np.inf)
    girth = stature_m / _REFERENCE_M
    for number, (a, b, radius) in enumerate(_CAPSULES):
        z = _front(X, X[:, a], X[:, b], radius * girth)
        own = {a, b} | (_carried() if number >= _TRUNK_FIRST else set())
        z[:, sorted(own)] = np.inf
        out = np.minimum(out, z)
    for other in others:
        for a, b, radius in _CAPSULES:
            out = np.minimum(out, _front(X, other[:, a], other[:, b], radius * girth))
    return out


def _carried() -> set[int]:
    return {0, 1, 6, 7, 12, 13, 14}


def _front(X: Floats, start: Floats, end: Floats, radius: float) -> F64:
    """z (t, p) of a capsule's front on the rays to points, infinite where they pass it by."""
    with np.errstate(invalid="ignore", divide="ignore"):
        target = X[..., :2] / X[..., 2:]
        a, b = start[:, None, :2] / start[:, None, 2:], end[:, None, :2] / end[:, None, 2:]
        along = b - a
        share = ((target - a) * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-12)
        share = np.clip(share, 0.0, 1.0)
        z = (1 - share) * start[:, None, 2] + share * end[:, None, 2]
        away = np.linalg.norm(target - a - share[..., None] * along, axis=-1) * z
        bulge = np.sqrt(np.maximum(radius**2 - away**2, 0.0))
        hit = (away < radius) & (z - bulge > 0)
    return np.where(hit, z - bulge, np.inf)
