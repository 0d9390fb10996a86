"""Where a body of known shape must stand so that the picture shows it where it was seen."""

from __future__ import annotations

from typing import cast

import numpy as np

from ...data.arrays import F64, Floats


def root_translation(xyz: Floats, xy: Floats, weight: Floats, rounds: int = 4) -> F64:
    """Translation (t, 3) per frame that best explains ``xy`` by ``xyz``.

    ``xyz`` (t, p, 3) metres in camera axes, ``xy`` (t, p, 2) as x/z, y/z, ``weight`` (t, p). Each
    point gives two equations that are linear in the translation; iteratively reweighted so that a
    wrong limb doesn't move the person (Cauchy weights at twice the median residual).
    """
    u, v = xy[..., 0], xy[..., 1]
    du = u * xyz[..., 2] - xyz[..., 0]
    dv = v * xyz[..., 2] - xyz[..., 1]
    base = weight + 1e-9
    w = base
    shift = np.zeros((len(xyz), 3))
    for _ in range(rounds):
        w2 = w * w
        s, su, sv = w2.sum(1), (w2 * u).sum(1), (w2 * v).sum(1)
        suv = (w2 * (u * u + v * v)).sum(1)
        zero = np.zeros_like(s)
        A = np.stack(
            [
                np.stack([s, zero, -su], -1),
                np.stack([zero, s, -sv], -1),
                np.stack([-su, -sv, suv], -1),
            ],
            axis=-2,
        )
        b = np.stack(
            [(w2 * du).sum(1), (w2 * dv).sum(1), -(w2 * (u * du + v * dv)).sum(1)], axis=-1
        )
        damping = np.eye(3) * (1e-9 * s[:, None, None] + 1e-12)
        shift = cast(F64, np.linalg.solve(A + damping, b[..., None])[..., 0])
        r = np.hypot(
            shift[:, None, 0] - u * shift[:, None, 2] - du,
            shift[:, None, 1] - v * shift[:, None, 2] - dv,
        )
        scale = 2 * np.median(r, axis=1, keepdims=True) + 1e-6
        w = base / (1 + (r / scale) ** 2)
    return shift
