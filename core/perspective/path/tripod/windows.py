"""Pictures that were cut out of larger ones: a window that wanders is no camera that is carried.

A stabiliser or an editor moves and scales the picture as a whole. So does a camera that is carried
along a wall it looks straight at; where nothing but that would explain what is seen, the simpler
cause is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ....data.arrays import F64, I64
from ..bundle import Views

_ROUNDS: Final = 40  # of turns between points and windows; by hand
_FEWEST: Final = 3
"""Points that tell a window's place and size at least."""


@dataclass(frozen=True, slots=True)
class Windows:
    """How well wandering windows explain sightings: the median distance ``off`` in sigmas, the
    ``share`` within 1.5 of them, and by what factor the windows' sizes differ."""

    off: float
    share: float
    zoom: float


def fit_windows(views: Views, cameras: int, points: int) -> Windows:
    """Windows of every camera's picture, each moved and scaled, in which points stand still."""
    size, place = np.ones(cameras), np.zeros((cameras, 2))
    at = np.full((points, 2), np.nan)
    order = np.argsort(views.camera, kind="stable")
    edges = np.searchsorted(views.camera[order], np.arange(cameras + 1))
    # One picture after the other, by the points known so far.
    for k in range(cameras):
        rows = order[edges[k] : edges[k + 1]]
        known = rows[np.isfinite(at[views.point[rows], 0])]
        if k:
            size[k], place[k] = _window(
                at[views.point[known]], views.xy[known], views.sigma, size[k - 1], place[k - 1]
            )
        new = rows[~np.isfinite(at[views.point[rows], 0])]
        at[views.point[new]] = (views.xy[new] - place[k]) / size[k]
    for _ in range(_ROUNDS):
        off = views.xy - _seen(views, at, size, place)
        w = 1 / (1 + (off**2).sum(1) / views.sigma**2)
        back = (views.xy - place[views.camera]) / size[views.camera, None]
        total = np.maximum(np.bincount(views.point, w, points), 1e-9)
        at = np.stack([np.bincount(views.point, w * c, points) / total for c in back.T], axis=-1)
        for k in range(1, cameras):
            rows = order[edges[k] : edges[k + 1]]
            size[k], place[k] = _window(
                at[views.point[rows]], views.xy[rows], views.sigma, size[k], place[k]
            )
    off = np.linalg.norm(views.xy - _seen(views, at, size, place), axis=1) / views.sigma
    return Windows(float(np.median(off)), float((off < 1.5).mean()), float(size.max() / size.min()))


def _seen(views: Views, at: F64, size: F64, place: F64) -> F64:
    camera: I64 = views.camera
    return size[camera, None] * at[views.point] + place[camera]


def _window(a: F64, b: F64, sigma: float, size: float, place: F64) -> tuple[float, F64]:
    """Size and place that take points ``a`` (n, 2) to ``b``, reweighted about those before."""
    if len(a) < _FEWEST:
        return size, place
    for _ in range(3):
        w = 1 / (1 + ((b - size * a - place) ** 2).sum(1) / sigma**2)
        w = w / w.sum()
        mean_a, mean_b = w @ a, w @ b
        spread = float(w @ ((a - mean_a) ** 2).sum(1))
        if spread < 1e-9:
            return size, place
        size = float(w @ ((a - mean_a) * (b - mean_b)).sum(1)) / spread
        size = float(np.clip(size, 0.05, 20.0))
        place = mean_b - size * mean_a
    return size, place
