"""A first guess of where cameras stand: each one knows which way is up, so only a yaw and a place
are left to be found, and people tell both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..data.arrays import F64, Floats
from ..geometry.rotations import exp_so3, normalize
from .sightings import HIPS, Viewpoint

_ROUNDS = 8
"""Rounds of reweighting in which frames that disagree lose their say; by hand."""
Group = tuple[int | None, ...]
"""One person: which of the people of every view they are, None where a view doesn't show them."""


def level_axes(up: Floats) -> F64:
    """Rotation (3, 3) from a camera's axes to axes of its own with z along ``up`` (3,)."""
    across = np.array([1.0, 0.0, 0.0])
    if abs(up[0]) > 0.9:
        across = np.array([0.0, 0.0, 1.0])
    x = normalize(across - (across @ up) * up)
    return np.stack([x, np.cross(up, x), up])


def place_camera(
    first: Viewpoint, other: Viewpoint, groups: Sequence[tuple[int, int]], shift_s: float
) -> tuple[F64, F64] | None:
    """``R`` (3, 3) and ``t`` (3,) from the axes of ``first`` to those of ``other``.

    ``groups`` are people of the first and of the other view who are the same. Yaw is that which
    turns one view's bodies about their hips onto the other's (Procrustes in the plane, robust over
    frames), the place the median of the hips. None where no frame shows anybody in both.
    """
    own, theirs, weight = list[F64](), list[F64](), list[F64]()
    for i, j in groups:
        a, b = first.people[i], other.people[j]
        there = b.at(a.time_s + shift_s)
        both = (a.at(a.time_s).is_seen * there.is_seen) > 0
        own.append(a.X[both])
        theirs.append(there.X[both])
        weight.append(np.minimum(a.score, there.score)[both].mean(1))
    A, B, sure = np.concatenate(own), np.concatenate(theirs), np.concatenate(weight)
    if not len(A):
        return None
    level, other_level = level_axes(first.up), level_axes(other.up)
    hips, other_hips = A[:, HIPS].mean(1, keepdims=True), B[:, HIPS].mean(1, keepdims=True)
    p, q = (A - hips) @ level.T, (B - other_hips) @ other_level.T
    share = np.ones(len(p))
    turn = np.eye(3)
    for _ in range(_ROUNDS):
        w = sure * share
        sine = ((p[..., 0] * q[..., 1] - p[..., 1] * q[..., 0]).sum(1) * w).sum()
        cosine = ((p[..., 0] * q[..., 0] + p[..., 1] * q[..., 1]).sum(1) * w).sum()
        turn = exp_so3(np.array([0.0, 0.0, np.arctan2(sine, cosine)]))
        error = np.linalg.norm(p @ turn.T - q, axis=-1).mean(1)
        share = 1 / (1 + (error / (np.median(error) + 1e-9)) ** 2)
    R = other_level.T @ turn @ level
    t = np.median((other_hips - hips @ R.T)[:, 0], axis=0)
    return np.asarray(R, np.float64), np.asarray(t, np.float64)
