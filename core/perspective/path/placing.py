"""Points from known cameras, and cameras from known points, many at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ...data.arrays import F64, I64, Floats
from ...geometry.rotations import exp_so3
from .bundle import NEAR, Rig, Views, jacobians, residuals

_REWEIGHTED: Final = 3
"""Rounds in which points are placed; by hand."""
_FOCAL_SIGMA: Final = 0.02
"""By what share a zooming lens' focal length between two key frames may lie off the curve through
them; by hand."""


def points_from(views: Views, rig: Rig) -> tuple[F64, F64]:
    """Every point of ``views`` (n, 3) where the rays to it meet best, and how far apart (n,) in
    radians those rays are, root mean square; NaN where fewer than two cameras see it.

    The number of points is that of ``rig.X``, whose values are not asked.
    """
    n = len(rig.X)
    ray = np.concatenate([views.xy / rig.focal[views.camera, None], np.ones((len(views.xy), 1))], 1)
    ray = np.einsum("mba,mb->ma", rig.R[views.camera], ray)
    ray /= np.linalg.norm(ray, axis=1, keepdims=True)
    eye = rig.centers[views.camera]
    across = np.eye(3) - ray[:, :, None] * ray[:, None]
    w = np.ones(len(ray))
    count = np.bincount(views.point, minlength=n)
    X = np.full((n, 3), np.nan)
    spread = np.full(n, np.nan)
    known = count >= 2
    for k in range(_REWEIGHTED):
        A = _sum(views.point, w[:, None, None] * across, n)
        b = _sum(views.point, w[:, None] * np.einsum("mab,mb->ma", across, eye), n)
        total = np.bincount(views.point, w, n)
        A[known] += 1e-9 * total[known, None, None] * np.eye(3)
        X[known] = np.linalg.solve(A[known], b[known][..., None])[..., 0]
        if k == 0:
            smallest = np.linalg.eigvalsh(A[known] / total[known, None, None])[:, 0]
            spread[known] = np.sqrt(np.maximum(smallest, 0.0))
        # A ray's distance in metres counts by the angle that it is.
        away = np.linalg.norm(X[views.point] - eye, axis=1)
        off = np.linalg.norm(np.einsum("mab,mb->ma", across, X[views.point] - eye), axis=1)
        px = off / np.maximum(away, 1e-9) * rig.focal[views.camera]
        w = 1 / (np.maximum(away, 1e-9) ** 2 * (1 + (px / views.sigma) ** 2))
        w = np.where(np.isfinite(w), w, 0.0)
        known = known & (np.bincount(views.point, w, n) > 0)
    return X, spread


def cameras_from(views: Views, rig: Rig, *, moves: bool, zooms: bool, rounds: int = 10) -> Rig:
    """``rig`` with every camera where it sees the rig's points best; none of them moves a point.

    Without ``moves`` cameras only turn; with ``zooms`` every focal length changes about what it
    is. Starts at ``rig``; cameras that see nothing stay.
    """
    known = np.isfinite(rig.X[views.point, 0])
    views = views.only(known)
    k = len(rig.R)
    usual = rig.log_focal
    damping = np.full(k, 1e-4)
    cost = _costs(views, rig, usual, zooms)
    used = [*range(3), *(range(3, 6) if moves else ()), *((6,) if zooms else ())]
    for _ in range(rounds):
        whole, pull = _normal(views, rig, usual, zooms)
        H, g = whole[:, used][:, :, used], pull[:, used]
        index = np.arange(len(used))
        H[:, index, index] *= 1 + damping[:, None]
        H[:, index, index] += 1e-9
        x = np.zeros((k, 7))
        x[:, used] = np.linalg.solve(H, g[..., None])[..., 0]
        there = replace(
            rig,
            R=exp_so3(x[:, :3]) @ rig.R,
            t=rig.t + x[:, 3:6],
            log_focal=rig.log_focal + np.clip(x[:, 6], -0.2, 0.2),
        )
        new = _costs(views, there, usual, zooms)
        better = new < cost
        rig = replace(
            rig,
            R=np.where(better[:, None, None], there.R, rig.R),
            t=np.where(better[:, None], there.t, rig.t),
            log_focal=np.where(better, there.log_focal, rig.log_focal),
        )
        cost = np.where(better, new, cost)
        damping = np.clip(np.where(better, damping / 5, damping * 8), 1e-7, 1e6)
    return rig


def _costs(views: Views, rig: Rig, usual: Floats, zooms: bool) -> F64:
    """Of every camera (k,)."""
    r, _ = residuals(views, rig)
    each = views.sigma**2 * np.log1p((r**2).sum(1) / views.sigma**2)
    cost = np.bincount(views.camera, each, len(rig.R)).astype(np.float64)
    return cost + ((rig.log_focal - usual) / _FOCAL_SIGMA) ** 2 if zooms else cost


def _normal(views: Views, rig: Rig, usual: Floats, zooms: bool) -> tuple[F64, F64]:
    """Normal equations (k, 7, 7) and (k, 7) of every camera by itself."""
    r, Y = residuals(views, rig)
    w = (Y[:, 2] > NEAR) / (1 + (r**2).sum(1) / views.sigma**2)
    J, _ = jacobians(views, rig, Y)
    Jw = J * w[:, None, None]
    k = len(rig.R)
    H = _sum(views.camera, np.einsum("mka,mkb->mab", Jw, J), k)
    g = _sum(views.camera, np.einsum("mka,mk->ma", Jw, r), k)
    if zooms:
        H[:, 6, 6] += 1 / _FOCAL_SIGMA**2
        g[:, 6] -= (rig.log_focal - usual) / _FOCAL_SIGMA**2
    return H, g


def _sum(index: I64, values: Floats, size: int) -> F64:
    """Sums (size, ...) of ``values`` (m, ...) by ``index`` (m,)."""
    flat = values.reshape(len(values), -1)
    columns = flat.shape[1]
    at = index[:, None] * columns + np.arange(columns)
    total = np.bincount(at.ravel(), flat.ravel(), size * columns).astype(np.float64)
    return total.reshape(size, *values.shape[1:])
