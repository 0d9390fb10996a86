"""Means over what several networks saw of one person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ...data.arrays import F32, F64, Bools, Floats
from ...data.observations import PassWorth

_LEAST_SCORE: Final = 1e-3
"""Added to every score, so that a mean over networks that see nothing exists."""
_FURTHER: Final = 0.5
"""What a network's second look counts beside its first and other networks': one in the mirror
steadies renders, but moves real people's limbs alike (docs/notebook/speed.md)."""


def mean_worth(worth: Sequence[PassWorth]) -> PassWorth:
    """What the mean over passes of such ``worth`` is worth."""
    sigmas = np.array([one.sigma_3d for one in worth if one.has_3d] or [1.0])
    precise = [one.sigma_2d for one in worth if one.is_precise] or [one.sigma_2d for one in worth]
    return PassWorth(
        "mean",
        is_precise=True,
        has_3d=any(one.has_3d for one in worth),
        sigma_3d=float(np.mean(sigmas**-2.0) ** -0.5),
        # Networks of usual errors beside others make these usual too.
        sigma_2d=float(np.mean(precise)) if all(precise) else 0.0,
    )


def by_worth(weight: Floats, worth: Sequence[PassWorth]) -> Floats:
    """Weights (n, t) of n passes' 3D, those whose errors are smaller by as much more."""
    return weight * np.array([one.sigma_3d**-2.0 for one in worth])[:, None]


def opinions(worth: Sequence[PassWorth]) -> F64:
    """What each of n looks counts, (n, 1): all alike, but for a network's further ones, as in the
    mirror, where another network looked too."""
    networks = [one.network for one in worth]
    if len(set(networks)) == 1:
        return np.ones((len(worth), 1))
    is_first = [network not in networks[:i] for i, network in enumerate(networks)]
    return np.where(is_first, 1.0, _FURTHER)[:, None]


def told_3d(told: Bools, shows_3d: Bools) -> Bools:
    """Whose 3D counts (n, t): networks without any have no say where another has some."""
    if not shows_3d.any():
        return told
    spatial = told & shows_3d[:, None]
    return spatial | (shows_3d[:, None] & ~spatial.any(0))


def mean(values: list[F32], weight: Floats) -> F32:
    """Mean over networks of (t, ...) each, where ``weight`` (n, t) says."""
    share = (weight / weight.sum(0)).astype(np.float32)
    return np.einsum("nt...,nt->t...", np.stack(values), share)


def mean_by_score(values: list[F32], score: list[F32], weight: Floats) -> F32:
    """Mean over networks of (t, p, 2) each: where one of them is sure of a point, it is asked."""
    share = weight[:, :, None] * (np.stack(score) + _LEAST_SCORE)
    share = (share / share.sum(0)).astype(np.float32)
    return np.einsum("ntp,ntpc->tpc", share, np.stack(values))
