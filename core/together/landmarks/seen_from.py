"""From landmarks to the rays of joints, and how surely each is seen, by where one looks from.

Networks put shoulders, hips, ankles and the head's points elsewhere than a skeleton has its joints,
nearly the same in the body from all sides: with one camera that hides in what it can't see, with
several it is what is left. What the body itself hides is guessed, at scores of 1.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, Floats
from ...geometry.rotations import normalize
from .body_axes import MIRRORED, PARTS, body_axes, trunk_axes
from .tables import OFFSET_MM, SHARE, SPREAD

HEIGHT_M: Final = 1.7
"""Metres of the body whose millimetres the table holds."""
_USUAL_M: Final = 0.016
"""Of a landmark that is trusted as ``Sigmas.picture`` says, from in front; by hand."""
_TRUST: Final = (0.1, 2.0)
"""Least and most; by hand."""
_OFFSET_MM: Final = np.array([OFFSET_MM.get(part, np.zeros((3, 4))) for part in PARTS])
_TAKEN: Final = np.array([SHARE.get(part, 1.0) for part in PARTS])
_MIRROR: Final = np.stack([MIRRORED, np.ones(points.COUNT), np.ones(points.COUNT)], axis=-1)


def offset_terms(direction: Floats) -> F64:
    """(..., 4) what an offset depends on, for unit ``direction`` (..., 3) from a point to the
    camera in the part's axes."""
    return np.concatenate([np.ones_like(direction[..., :1]), direction], axis=-1)


def spread_terms(direction: Floats) -> F64:
    """(..., 7) what a spread depends on, for unit ``direction`` (..., 3) in the trunk's axes."""
    x, y, z = np.moveaxis(direction, -1, 0)
    return np.stack([np.ones_like(x), x, y, z, x * x - 1 / 3, z * z - 1 / 3, x * z], axis=-1)


def directions(X: Floats, axes: Floats) -> F64:
    """Unit vectors (t, 19, 3) from points ``X`` (t, 19, 3), camera axes, to the camera, in ``axes``
    (t, 19, 3, 3) and those of the right side mirrored."""
    return np.einsum("tpab,tpb->tpa", axes, normalize(-X)) * _MIRROR


def joint_rays(xy: Floats, X: Floats, height_m: float) -> F64:
    """``xy`` (t, 19, 2), x/z and y/z of landmarks, moved to where the joints are seen.

    ``X`` (t, 19, 3) is the body in the same camera's axes, ``height_m`` tall.
    """
    landmark = X + _off(X, height_m, _TAKEN)
    return np.asarray(xy - (landmark[..., :2] / landmark[..., 2:] - X[..., :2] / X[..., 2:]))


def meant_points(xyz_m: Floats, X: Floats, height_m: float) -> F64:
    """``xyz_m`` (t, 19, 3), joints in a camera's axes, moved to the points whose rays
    ``joint_rays`` gives: bones would else be told to end elsewhere than where rays meet.

    ``X`` and ``height_m`` as in ``joint_rays``.
    """
    return np.asarray(xyz_m + _off(X, height_m, 1 - _TAKEN))


def _off(X: Floats, height_m: float, share: Floats) -> F64:
    """Metres (t, 19, 3) by which ``share`` (19,) of the landmarks' offsets lies off joints."""
    axes = body_axes(X)
    told = np.einsum("pkf,tpf->tpk", _OFFSET_MM, offset_terms(directions(X, axes))) * _MIRROR
    told *= share[:, None] * height_m / HEIGHT_M / 1000
    return np.einsum("tpba,tpb->tpa", axes, told)


def trust(X: Floats) -> F64:
    """(t, 19) what a ray counts beside a usual one, as its spread's square has it."""
    axes = np.repeat(trunk_axes(X)[:, None], points.COUNT, axis=1)
    table = np.array([SPREAD[part] for part in PARTS])
    spread_m = np.exp(np.einsum("pf,tpf->tp", table, spread_terms(directions(X, axes)))) / 1000
    return np.clip((_USUAL_M / spread_m) ** 2, *_TRUST)
