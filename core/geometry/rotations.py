"""Rotations as matrices, quaternions (w x y z) and rotation vectors, over any batch axes.

Source of the formulas: Sola, Deray, Atchuthan, "A micro Lie theory for state estimation in
robotics" (2018), appendix B.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..data.arrays import Floats

_AT_ONCE: Final = 1 << 16  # matrices, which bounds memory; by hand


def normalize(v: Floats, eps: float = 1e-9) -> Floats:
    """Return ``v`` (..., n) scaled to unit length; vectors shorter than ``eps`` shrink to zero."""
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), eps)


def exp_so3(rotvec: Floats) -> Floats:
    """Rotation vectors (..., 3) in radians to matrices (..., 3, 3), exact near zero."""
    angle = np.linalg.norm(rotvec, axis=-1)[..., None, None]
    skew = hat(rotvec)
    small = angle < 1e-6
    safe = np.where(small, 1.0, angle)
    a = np.where(small, 1.0 - angle**2 / 6, np.sin(safe) / safe)
    b = np.where(small, 0.5 - angle**2 / 24, (1 - np.cos(safe)) / safe**2)
    return np.eye(3) + a * skew + b * (skew @ skew)


def log_so3(R: Floats) -> Floats:
    """Matrices (..., 3, 3) to rotation vectors (..., 3) with angles in [0, pi]."""
    return rotvec_from_quat(quat_from_matrix(R))


def hat(v: Floats) -> Floats:
    """Vectors (..., 3) to the skew matrices (..., 3, 3) of their cross product."""
    out = np.zeros((*v.shape, 3), dtype=v.dtype)
    out[..., 0, 1], out[..., 0, 2] = -v[..., 2], v[..., 1]
    out[..., 1, 0], out[..., 1, 2] = v[..., 2], -v[..., 0]
    out[..., 2, 0], out[..., 2, 1] = -v[..., 1], v[..., 0]
    return out


def matrix_from_quat(q: Floats) -> Floats:
    """Unit quaternions (..., 4) to matrices (..., 3, 3)."""
    w, x, y, z = np.moveaxis(q, -1, 0)
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    )
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def quat_from_matrix(R: Floats) -> Floats:
    """Matrices (..., 3, 3) to unit quaternions (..., 4) with w >= 0.

    Each of the four components in turn can be the well-conditioned pivot; the largest is taken
    (Shepperd, 1978).
    """
    if R.size > 9 * _AT_ONCE:
        flat = R.reshape(-1, 3, 3)
        parts = range(0, len(flat), _AT_ONCE)
        quats = np.concatenate([quat_from_matrix(flat[i : i + _AT_ONCE]) for i in parts])
        return quats.reshape(*R.shape[:-2], 4)
    m00, m11, m22 = R[..., 0, 0], R[..., 1, 1], R[..., 2, 2]
    squares = np.stack(
        [m00 + m11 + m22, m00 - m11 - m22, m11 - m00 - m22, m22 - m00 - m11], axis=-1
    )
    pivot = np.argmax(squares, axis=-1)
    p = np.sqrt(np.maximum(1 + np.take_along_axis(squares, pivot[..., None], -1)[..., 0], 1e-30))
    xy, xz, yz = (
        R[..., 0, 1] + R[..., 1, 0],
        R[..., 0, 2] + R[..., 2, 0],
        R[..., 1, 2] + R[..., 2, 1],
    )
    wx, wy, wz = (
        R[..., 2, 1] - R[..., 1, 2],
        R[..., 0, 2] - R[..., 2, 0],
        R[..., 1, 0] - R[..., 0, 1],
    )
    pp = p * p
    table = np.stack(
        [
            np.stack([pp, wx, wy, wz], -1),
            np.stack([wx, pp, xy, xz], -1),
            np.stack([wy, xy, pp, yz], -1),
            np.stack([wz, xz, yz, pp], -1),
        ],
        axis=-2,
    )
    q = np.take_along_axis(table, pivot[..., None, None], -2)[..., 0, :] / (2 * p[..., None])
    q = np.where(q[..., :1] < 0, -q, q)
    return normalize(q)


def rotvec_from_quat(q: Floats) -> Floats:
    """Unit quaternions (..., 4) to rotation vectors (..., 3) with angles in [0, pi]."""
    q = np.where(q[..., :1] < 0, -q, q)
    sine = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, q[..., :1])
    return q[..., 1:] * np.where(sine > 1e-8, angle / np.maximum(sine, 1e-8), 2.0)


def multiply_quats(a: Floats, b: Floats) -> Floats:
    """Hamilton product of quaternions (..., 4): the rotation b, then a."""
    aw, ax, ay, az = np.moveaxis(a, -1, 0)
    bw, bx, by, bz = np.moveaxis(b, -1, 0)
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=-1,
    )


def continuous_quats(q: Floats) -> Floats:
    """Flip signs along axis 0 of ``q`` (t, ..., 4) so that neighbours lie in one hemisphere."""
    if len(q) < 2:
        return q
    is_flipped = np.einsum("...k,...k->...", q[1:], q[:-1]) < 0
    if not is_flipped.any():
        return q.copy()
    flips = np.where(is_flipped, -1.0, 1.0)
    signs = np.concatenate([np.ones_like(flips[:1]), np.cumprod(flips, axis=0)])
    return q * signs[..., None].astype(q.dtype)


def slerp(a: Floats, b: Floats, share: Floats | float) -> Floats:
    """Spherical interpolation of quaternions (..., 4) by ``share`` in [0, 1], the short way."""
    dot = (a * b).sum(-1, keepdims=True)
    b = np.where(dot < 0, -b, b)
    angle = np.arccos(np.clip(np.abs(dot), 0.0, 1.0))
    share = np.asarray(share)[..., None]
    sine = np.sin(angle)
    near = sine < 1e-6
    safe = np.where(near, 1.0, sine)
    wa = np.where(near, 1 - share, np.sin((1 - share) * angle) / safe)
    wb = np.where(near, share, np.sin(share * angle) / safe)
    return normalize(wa * a + wb * b)


def swing_between(a: Floats, b: Floats) -> Floats:
    """The smallest rotation (..., 3, 3) that turns unit vectors ``a`` (..., 3) onto ``b``.

    Opposite vectors have no smallest rotation: half a turn about some perpendicular axis is given.
    """
    cosine = (a * b).sum(-1)[..., None, None]
    axis = np.cross(a, b)
    helper = np.where(np.abs(a[..., :1]) < 0.9, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    perpendicular = normalize(np.cross(a, helper))
    half_turn = 2 * perpendicular[..., :, None] * perpendicular[..., None, :] - np.eye(3)
    skew = hat(axis)
    safe = np.maximum(1 + cosine, 1e-9)
    return np.where(cosine < -1 + 1e-7, half_turn, np.eye(3) + skew + skew @ skew / safe)


def nearest_rotation(M: Floats) -> Floats:
    """The rotations nearest to matrices (..., 3, 3): of sums of rotations their mean, of sums of
    products ``want have^T`` of vectors what turns ``have`` onto ``want`` best (Kabsch 1976)."""
    U, _, Vt = np.linalg.svd(M)
    sign = np.ones(M.shape[:-1])
    sign[..., 2] = np.sign(np.linalg.det(U @ Vt))
    return (U * sign[..., None, :]) @ Vt


def frame_from_axes(primary: Floats, secondary: Floats) -> Floats:
    """Right-handed frames (..., 3, 3), columns x y z: y along ``primary``, x towards ``secondary``.

    ``secondary`` is made perpendicular to ``primary``; it must not be parallel to it.
    """
    y = normalize(primary)
    x = normalize(secondary - (secondary * y).sum(-1, keepdims=True) * y)
    return np.stack([x, y, np.cross(x, y)], axis=-1)


def mean_rotation(R: Floats, share: Floats) -> Floats:
    """Rotations (t, ..., 3, 3), the mean of n sources' (n, t, ..., 3, 3) by ``share`` (n, t, ...).

    Of quaternions, which for turns that lie near each other is the mean that the chordal distance
    asks for (Markley et al., Averaging quaternions, 2007).
    """
    quats = quat_from_matrix(R)
    most = np.take_along_axis(quats, share.argmax(0)[None, ..., None], axis=0)
    quats = np.where((quats * most).sum(-1, keepdims=True) < 0, -quats, quats)
    return matrix_from_quat(normalize((quats * share[..., None]).sum(0)))
