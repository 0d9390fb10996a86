"""Rotations as three angles about the axes, in any of the six orders.

An order such as "ZXY" is the product of the matrices, Rz Rx Ry: what BVH files call their channels.
Blender names its modes the other way round: its "XYZ" is the product "ZYX".
"""

from __future__ import annotations

from typing import Final, cast

import numpy as np

from ..data.arrays import F64, Floats

ORDERS: Final = ("XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")
_LOCKED: Final = 1 - 1e-9  # sine from which two axes are one, to rounding


def euler_from_matrix(R: Floats, order: str) -> F64:
    """Matrices (..., 3, 3) to angles (..., 3) in radians, in the order of the product."""
    i, j, k, sign = _axes(order)
    sine = np.clip(sign * R[..., i, k], -1.0, 1.0)
    middle = np.arcsin(sine)
    # With the middle axis at a right angle only the sum of the others is known: all to the first.
    locked = np.abs(sine) > _LOCKED
    first = np.where(
        locked,
        np.arctan2(sign * R[..., k, j], R[..., j, j]),
        np.arctan2(-sign * R[..., j, k], R[..., k, k]),
    )
    last = np.where(locked, 0.0, np.arctan2(-sign * R[..., i, j], R[..., i, i]))
    return np.stack([first, middle, last], axis=-1)


def matrix_from_euler(angles: Floats, order: str) -> F64:
    """Angles (..., 3) in radians, in the order of the product, to matrices (..., 3, 3)."""
    a, b, c = (
        rotation_about(axis, angles[..., n]) for n, axis in enumerate("XYZ".index(x) for x in order)
    )
    return a @ b @ c


def rotation_about(axis: int, angle: Floats) -> F64:
    """Rotations (..., 3, 3) by ``angle`` (...) radians about the coordinate axis 0, 1 or 2."""
    c, s = np.cos(angle), np.sin(angle)
    R = np.zeros((*np.shape(angle), 3, 3))
    j, k = (axis + 1) % 3, (axis + 2) % 3
    R[..., axis, axis] = 1.0
    R[..., j, j], R[..., j, k], R[..., k, j], R[..., k, k] = c, -s, s, c
    return R


def continuous_eulers(angles: Floats) -> F64:
    """Choose, along axis 0 of ``angles`` (t, ..., 3), the spelling nearest to the frame before.

    Every rotation has two spellings within a turn, (a, b, c) and (a + pi, pi - b, c + pi), each
    with any number of whole turns.
    """
    out = np.array(angles, np.float64)
    for t in range(1, len(out)):
        a, b, c = np.moveaxis(out[t], -1, 0)
        both = np.stack([out[t], np.stack([a + np.pi, np.pi - b, c + np.pi], -1)])
        turns = cast(F64, np.round((both - out[t - 1]) / (2 * np.pi)))
        both -= 2 * np.pi * turns
        away = np.abs(both - out[t - 1]).sum(-1)
        out[t] = np.where((away[1] < away[0])[..., None], both[1], both[0])
    return out


def nearest_eulers(angles: Floats, order: str, like: Floats) -> F64:
    """Of all spellings of ``angles`` (t, 3) those nearest to ``like`` (t, 3), row by row.

    Columns are the axes x, y, z, ``order`` is Blender's, such as "ZXY": its middle letter is the
    axis that folds.
    """
    middle = "XYZ".index(order[1])
    other = np.array(angles, np.float64) + np.pi
    other[:, middle] = np.pi - angles[:, middle]
    both = np.stack([np.array(angles, np.float64), other])
    turns: F64 = np.round((both - like) / (2 * np.pi))
    both -= 2 * np.pi * turns
    away: F64 = np.abs(both - like).sum(-1)
    nearest: F64 = both[0]
    nearest[away[1] < away[0]] = both[1][away[1] < away[0]]
    return nearest


def _axes(order: str) -> tuple[int, int, int, float]:
    i, j, k = ("XYZ".index(axis) for axis in order)
    return i, j, k, 1.0 if (j - i) % 3 == 1 else -1.0
