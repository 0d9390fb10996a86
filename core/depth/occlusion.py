"""Which surfaces a solved body, and its neighbours, show the camera on the rays to points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..data import solver_points as points
from ..data.arrays import F64, Floats, check_fields, of_shape
from ..geometry.rotations import normalize

_REFERENCE_M: Final = 1.7
"""Stature in metres that the capsules' radii are given for."""


def _named(*capsules: tuple[str, str, float]) -> tuple[tuple[int, int, float], ...]:
    return tuple((points.POINTS.index(a), points.POINTS.index(b), r) for a, b, r in capsules)


_CAPSULES: Final = (
    *((a, b, 0.055) for a, b in points.LIMB_BONES),
    *_named(
        ("left_shoulder", "left_hip", 0.10),
        ("right_shoulder", "right_hip", 0.10),
        ("left_shoulder", "right_shoulder", 0.08),
        ("left_hip", "right_hip", 0.11),
        ("left_ear", "right_ear", 0.09),
        ("left_heel", "left_foot_index", 0.04),
        ("right_heel", "right_foot_index", 0.04),
    ),
)
"""Both ends and the radius in metres of a body 1.7 m tall; its middle is one more."""
_MIDDLE_M: Final = 0.12
"""Metres from the trunk's middle to its skin, at that stature; by hand."""
FORWARD_M: Final = 0.03
"""The trunk's middle lies this far before the line from shoulders to hips."""


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """A solved person as capsules: ``X`` (t, 19, 3) camera metres, NaN where they aren't."""

    X: F64 = field(metadata=of_shape(None, points.COUNT, 3, has_gaps=True))
    stature_m: float

    def __post_init__(self) -> None:
        check_fields(self)

    def capsules(self) -> list[tuple[frozenset[int], F64, F64, float]]:
        """(joints it belongs to, start (t, 3), end (t, 3), radius) of each."""
        girth = self.stature_m / _REFERENCE_M
        out = [
            (frozenset((a, b)), self.X[:, a], self.X[:, b], radius * girth)
            for a, b, radius in _CAPSULES
        ]
        belly = trunk_forward(self.X) * FORWARD_M
        ends = self.X[:, 0:2].mean(1) + belly, self.X[:, 6:8].mean(1) + belly
        return [*out, (frozenset(), *ends, _MIDDLE_M * girth)]


def trunk_forward(X: Floats) -> F64:
    """Where (t, 3) the trunks of bodies (t, 19, 3) face."""
    left = X[:, 0] - X[:, 1] + X[:, 6] - X[:, 7]
    return normalize(np.cross(left, X[:, 0:2].mean(1) - X[:, 6:8].mean(1)))


def covering_depth(
    body: Body,
    others: Sequence[Body],
    places: Floats,
    own: Sequence[frozenset[int]],
) -> F64:
    """Camera z (t, s) of the nearest surface on the rays to ``places`` (t, s, 3), or infinity.

    ``own`` (s): the joints that a place belongs to; capsules of ``body`` that hold one of them are
    no cover.
    """
    rays = places[..., :2] / places[..., 2:]
    out = np.full(places.shape[:2], np.inf)
    for joints, start, end, radius in body.capsules():
        columns = np.array([not (joints & mine) for mine in own])
        front = _front(rays[:, columns], start, end, radius)
        out[:, columns] = np.minimum(out[:, columns], front)
    for other in others:
        for _, start, end, radius in other.capsules():
            out = np.minimum(out, _front(rays, start, end, radius))
    return out


def _front(rays: Floats, start: Floats, end: Floats, radius: float) -> F64:
    """z (t, s) of a capsule's front on rays (t, s, 2), infinite where they pass it by."""
    with np.errstate(invalid="ignore", divide="ignore"):
        a, b = (p[:, None, :2] / np.maximum(p[:, None, 2:], 0.1) for p in (start, end))
        along = b - a
        share = ((rays - a) * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-12)
        share = np.clip(share, 0.0, 1.0)
        z = (1 - share) * start[:, None, 2] + share * end[:, None, 2]
        away = np.linalg.norm(rays - a - share[..., None] * along, axis=-1) * z
        bulge = np.sqrt(np.maximum(radius**2 - away**2, 0.0))
        hit = (away < radius) & (z - bulge > 0)
    return np.where(hit, z - bulge, np.inf)
