"""Symmetric block-pentadiagonal systems whose off-diagonal blocks are diagonal.

That is what a track gives: dense blocks couple the coordinates of one frame, and accelerations
couple each coordinate with itself one and two frames on. Cost is linear in frames, one inverse
and two products of n x n blocks a frame. (Blender has no SciPy, whose banded solver would do.)
"""

from __future__ import annotations

import numpy as np

from ...data.arrays import F64


def solve_pentadiagonal(
    blocks: F64, first: F64, second: F64, rhs: F64, *, overwrites: bool = False
) -> F64:
    """Solve A x = b by block elimination, A = L D L^T; returns x (t, n).

    ``blocks`` (t, n, n) the diagonal blocks; ``first`` (t, n) couples frame i and i + 1 (its last
    row is not read), ``second`` (t, n) couples i and i + 2; ``rhs`` (t, n). With ``overwrites`` the
    blocks are lost, which saves their memory once.
    Raises numpy.linalg.LinAlgError when a pivot is not positive.
    """
    t, n = rhs.shape
    inverse = blocks if overwrites else np.empty((t, n, n))
    # L's block (i, i - 1) is one[i]; block (i, i - 2) is the diagonal ``second`` times an inverse,
    # which leaves two products of n x n blocks and one inverse a frame.
    one = np.zeros((t, n, n))
    y = np.empty((t, n))
    diagonal = np.arange(n, dtype=np.int64)
    for i in range(t):
        pivot, residual = blocks[i], rhs[i]
        if i > 0:
            coupling = np.zeros((n, n))
            if i > 1:
                c = second[i - 2]
                np.multiply(one[i - 1].T, -c[:, None], out=coupling)
                pivot = pivot - c[:, None] * inverse[i - 2] * c
                residual = residual - c * (inverse[i - 2] @ y[i - 2])
            coupling[diagonal, diagonal] += first[i - 1]
            np.matmul(coupling, inverse[i - 1], out=one[i])
            pivot = pivot - one[i] @ coupling.T
            residual = residual - one[i] @ y[i - 1]
        inverse[i] = _inverse(pivot)
        y[i] = residual
    x = np.empty((t, n))
    for i in range(t - 1, -1, -1):
        x[i] = inverse[i] @ y[i]
        if i + 1 < t:
            x[i] -= one[i + 1].T @ x[i + 1]
        if i + 2 < t:
            x[i] -= inverse[i] @ (second[i] * x[i + 2])
    return x


def _inverse(pivot: F64) -> F64:
    """Of a symmetric positive definite block, exactly symmetric."""
    out = np.linalg.inv(pivot)
    if not (np.diagonal(out) > 0).all():
        raise np.linalg.LinAlgError("the system is not positive definite")
    return (out + out.T) / 2


def acceleration_bands(weight: F64, t: int) -> tuple[F64, F64, F64]:
    """Diagonal, first and second off-diagonal (t, n) of D'WD with second differences D.

    ``weight`` (max(t - 2, 0), n): row i weighs x[i] - 2 x[i + 1] + x[i + 2].
    """
    diagonal, first, second = np.zeros((3, t, weight.shape[1]))
    if t >= 3:
        diagonal[:-2] += weight
        diagonal[1:-1] += 4 * weight
        diagonal[2:] += weight
        first[:-2] -= 2 * weight
        first[1:-1] -= 2 * weight
        second[:-2] += weight
    return diagonal, first, second
