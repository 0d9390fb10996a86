"""Symmetric block-pentadiagonal systems whose off-diagonal blocks are diagonal.

That is what a track gives: dense blocks couple the coordinates of one frame, and accelerations
couple each coordinate with itself one and two frames on. Cost is linear in frames, about five
products of n x n blocks a frame. (Blender has no SciPy, whose banded solver would do.)
"""

from __future__ import annotations

import numpy as np

from ..arrays import F64


def solve_pentadiagonal(blocks: F64, first: F64, second: F64, rhs: F64) -> F64:
    """Solve A x = b by block Cholesky; returns x (t, n).

    ``blocks`` (t, n, n) the diagonal blocks; ``first`` (t, n) couples frame i and i + 1 (its last
    row is not read), ``second`` (t, n) couples i and i + 2; ``rhs`` (t, n).
    Raises numpy.linalg.LinAlgError when A is not positive definite.
    """
    t, n = rhs.shape
    inverse = np.empty((t, n, n))
    # Row i of the factor L: lower[i] = [block (i, i-2) | block (i, i-1)], so that one product with
    # its own transpose (BLAS syrk) takes both from the diagonal.
    lower = np.zeros((t, n, 2 * n))
    y = np.empty((t, n))
    for i in range(t):
        two, one = lower[i, :, :n], lower[i, :, n:]
        residual = rhs[i]
        if i > 1:
            np.multiply(second[i - 2][:, None], inverse[i - 2].T, out=two)
            residual = residual - two @ y[i - 2]
        if i > 0:
            coupling = np.diag(first[i - 1])
            if i > 1:
                coupling = coupling - two @ lower[i - 1, :, n:].T
            np.matmul(coupling, inverse[i - 1].T, out=one)
            residual = residual - one @ y[i - 1]
        pivot = blocks[i] - lower[i] @ lower[i].T if i else blocks[0]
        inverse[i] = _inverse_of_lower(np.linalg.cholesky(pivot))
        y[i] = inverse[i] @ residual
    x = np.empty((t, n))
    for i in range(t - 1, -1, -1):
        residual = y[i]
        if i + 1 < t:
            residual = residual - lower[i + 1, :, n:].T @ x[i + 1]
        if i + 2 < t:
            residual = residual - lower[i + 2, :, :n].T @ x[i + 2]
        x[i] = inverse[i].T @ residual
    return x


def _inverse_of_lower(L: F64) -> F64:
    """Inverse of a lower triangle by halves: two small general inverses and two products."""
    n = len(L)
    if n <= 32:
        return np.asarray(np.linalg.inv(L), np.float64)
    h = n // 2
    out = np.zeros_like(L)
    out[:h, :h] = _inverse_of_lower(L[:h, :h])
    out[h:, h:] = _inverse_of_lower(L[h:, h:])
    out[h:, :h] = -out[h:, h:] @ (L[h:, :h] @ out[:h, :h])
    return out


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
