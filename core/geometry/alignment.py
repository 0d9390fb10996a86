"""Point sets brought onto each other by a similarity: Procrustes analysis."""

from __future__ import annotations

import numpy as np

from ..data.arrays import F64, Floats
from .rotations import nearest_rotation


def align_similarity(xyz: Floats, target: Floats) -> F64:
    """Point sets ``xyz`` (..., k, 3) moved, turned and scaled onto ``target`` (..., k, 3).

    Least squares over each set by itself, reflections excluded (Umeyama, 1991). Where all points
    of a set coincide no scale exists and the result is NaN.
    """
    mean = target.mean(-2, keepdims=True)
    a, b = xyz - xyz.mean(-2, keepdims=True), target - mean
    turned = a @ np.swapaxes(nearest_rotation(np.swapaxes(b, -1, -2) @ a), -1, -2)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = (turned * b).sum((-2, -1)) / (a**2).sum((-2, -1))
    return scale[..., None, None] * turned + mean


def aligned_error(xyz: Floats, target: Floats) -> F64:
    """Distances (..., k) that ``align_similarity`` leaves, in the points' unit."""
    return np.linalg.norm(align_similarity(xyz, target) - target, axis=-1)
