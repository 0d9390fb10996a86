"""The error that is left when a body may be moved, turned and scaled as a whole."""

from __future__ import annotations

import numpy as np

from ...core.data.arrays import F64, Floats


def aligned_error(xyz: Floats, truth: Floats) -> F64:
    """Distances (..., k) after the best similarity of each body (..., k, 3) (Umeyama, 1991)."""
    a = xyz - xyz.mean(-2, keepdims=True)
    b = truth - truth.mean(-2, keepdims=True)
    U, S, Vt = np.linalg.svd(np.swapaxes(a, -1, -2) @ b)
    sign = np.ones_like(S)
    sign[..., 2] = np.sign(np.linalg.det(U @ Vt))
    R = (U * sign[..., None, :]) @ Vt
    scale = (S * sign).sum(-1) / (a**2).sum((-1, -2))
    return np.linalg.norm(scale[..., None, None] * (a @ R) - b, axis=-1)
