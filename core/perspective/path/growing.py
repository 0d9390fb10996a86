"""The first guess of a carried camera's path: two frames, then their neighbours, one by one.

The usual order of structure from motion (Snavely, Seitz and Szeliski, Photo tourism, 2006): two
frames far apart that share many points, points where their rays meet, the next frame from points
that are known, new points as they come, and all of it adjusted now and then.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

import numpy as np

from ...data.arrays import F64, I64, Bools, check_fields, of_shape
from ...geometry.rotations import exp_so3, log_so3, normalize
from .bundle import Freedom, Rig, Views, adjusted, residuals
from .placing import cameras_from, points_from
from .two_views import relative_pose, turn_of_rays

_SHARED: Final = 14
"""Points that two first frames must share; by hand."""
_ENOUGH: Final = 8
"""Known points from which a frame is placed; by hand."""
_MOST_APART: Final = 40.0
"""Sigmas of parallax beyond which two first frames aren't better for more of it; by hand."""
_PAIRS: Final = 3
"""First pairs that are tried before the best fit counts; by hand."""
_SPREAD: Final = np.radians(0.4)
"""Points whose rays are less far apart are too uncertain to start with; by hand."""
_OFF: Final = 4.0
"""Sigmas by which a placed point may be off in the median."""
_ADJUSTED_EVERY: Final = 6
"""Frames after which all is adjusted; by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Grown:
    """The rig and which cameras (k,) of it could be placed."""

    rig: Rig
    placed: Bools = field(metadata=of_shape("k"))

    def __post_init__(self) -> None:
        check_fields(self)


def turned_only(views: Views, frames: F64, log_focal: float, points: int) -> Rig:
    """A camera that only turns, frame by frame; points lie at distance 1."""
    focal = float(np.exp(log_focal))
    rays = np.concatenate([views.xy / focal, np.ones((len(views.xy), 1))], axis=1)
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    k = len(frames)
    R = np.tile(np.eye(3), (k, 1, 1))
    rows = _rows(views, k)
    for i in range(1, k):
        a, b = shared(views, rows[i - 1], rows[i])
        turn = np.eye(3)
        if len(a) >= 3:
            turn = turn_of_rays(rays[a], rays[b], views.sigma / focal)
        R[i] = turn @ R[i - 1]
    way = np.zeros((points, 3))
    np.add.at(way, views.point, np.einsum("mba,mb->ma", R[views.camera], rays))
    return Rig(R, np.zeros((k, 3)), np.full(k, log_focal), normalize(way))


def grow(views: Views, turned: Rig) -> Grown | None:
    """Cameras and points of one that is carried; None where no two frames tell of it.

    ``turned`` is about how they look, were they only turned; its focal lengths are held.
    """
    rows = _rows(views, len(turned.R))
    best: tuple[float, Grown] | None = None
    for a, b in _first_pairs(views, rows, turned):
        grown = _grown_from(views, rows, turned, a, b)
        if grown is None:
            continue
        here = views.only(grown.placed[views.camera] & np.isfinite(grown.rig.X[views.point, 0]))
        r, _ = residuals(here, grown.rig)
        fits = (np.linalg.norm(r, axis=1) < 1.5 * views.sigma).sum() / len(views.xy)
        if best is None or fits > best[0]:
            best = float(fits), grown
        if best[0] > 0.8:
            break
    return None if best is None else best[1]


def shared(views: Views, a: I64, b: I64) -> tuple[I64, I64]:
    """The rows among ``a`` and among ``b`` of sightings of the same points."""
    _, i, j = np.intersect1d(
        views.point[a], views.point[b], assume_unique=True, return_indices=True
    )
    return a[i], b[j]


def _rows(views: Views, count: int) -> list[I64]:
    order = np.argsort(views.camera, kind="stable")
    edges = np.searchsorted(views.camera[order], np.arange(count + 1))
    return [order[a:b] for a, b in pairwise(edges)]


def _first_pairs(views: Views, rows: list[I64], turned: Rig) -> list[tuple[int, int]]:
    """Pairs of frames with much parallax and many points in common, the best first."""
    k, focal = len(rows), float(np.median(turned.focal))
    own = turned.focal[views.camera, None]
    rays = np.concatenate([views.xy / own, np.ones((len(views.xy), 1))], axis=1)
    found: list[tuple[float, int, int]] = []
    step = max(1, k // 14)
    for i in range(0, k, step):
        for j in range(i + 1, k, max(1, step // 2)):
            a, b = shared(views, rows[i], rows[j])
            if len(a) < _SHARED:
                continue
            turn = turn_of_rays(
                rays[a] / np.linalg.norm(rays[a], axis=1, keepdims=True),
                rays[b] / np.linalg.norm(rays[b], axis=1, keepdims=True),
                3 * views.sigma / focal,
            )
            seen = rays[a] @ turn.T
            off = np.linalg.norm(seen[:, :2] / seen[:, 2:] - rays[b, :2], axis=1) * focal
            apart = min(float(np.median(off)) / views.sigma, _MOST_APART)
            found.append((apart * min(len(a), 90) ** 0.5, i, j))
    found.sort(reverse=True)
    out: list[tuple[int, int]] = []
    for _, i, j in found:
        if all(abs(i - p) + abs(j - q) > k // 6 for p, q in out):
            out.append((i, j))
        if len(out) == _PAIRS:
            break
    return out


def _grown_from(views: Views, rows: list[I64], turned: Rig, a: int, b: int) -> Grown | None:
    k, focal = len(rows), turned.focal
    i, j = shared(views, rows[a], rows[b])
    turn = turned.R[b] @ turned.R[a].T
    seen = views.xy[i] / focal[a], views.xy[j] / focal[b]
    pose = relative_pose(*seen, views.sigma / float(focal[a]), turn)
    if pose.front < 0.5:
        return None
    R, t = turned.R.copy(), np.zeros((k, 3))
    R[a], R[b], t[b] = np.eye(3), pose.R, pose.t
    rig = Rig(R, t, turned.log_focal, np.full_like(turned.X, np.nan))
    placed = np.zeros(k, bool)
    placed[[a, b]] = True
    rig = _with_points(views, rig, placed)
    since = 0
    while not placed.all():
        next_one = _next(views, rows, rig, placed)
        if next_one is None:
            break
        rig = _with_camera(views, rows, rig, placed, next_one, turned)
        placed[next_one] = True
        since += 1
        if since % 2 == 0:
            rig = _with_points(views, rig, placed)
        if since % _ADJUSTED_EVERY == 0:
            rig = _adjusted(views, rig, placed, 4)
    rig = _with_points(views, rig, placed)
    return Grown(_adjusted(views, rig, placed, 6), placed)


def _next(views: Views, rows: list[I64], rig: Rig, placed: Bools) -> int | None:
    """The frame nearest to those that are placed which sees enough known points."""
    done = np.flatnonzero(placed)
    away = np.abs(np.arange(len(rows))[:, None] - done).min(1)
    for i in np.argsort(away + np.where(placed, 10 * len(rows), 0), kind="stable"):
        if placed[i]:
            return None
        if np.isfinite(rig.X[views.point[rows[i]], 0]).sum() >= _ENOUGH:
            return int(i)
    return None


def _with_camera(
    views: Views, rows: list[I64], rig: Rig, placed: Bools, i: int, turned: Rig
) -> Rig:
    """``rig`` with camera ``i`` where its known points say, from where its neighbours are."""
    done = np.flatnonzero(placed)
    by_nearness = done[np.argsort(np.abs(done - i), kind="stable")]
    near = int(by_nearness[0])
    turn = turned.R[i] @ turned.R[near].T
    starts = [(rig.R[near], rig.t[near]), (turn @ rig.R[near], turn @ rig.t[near])]
    if len(by_nearness) > 1 and (second := int(by_nearness[1])) != near:
        share = (i - near) / (near - second)
        ahead = rig.R[near] @ exp_so3(share * log_so3(rig.R[second].T @ rig.R[near]))
        center = rig.centers[near] + share * (rig.centers[near] - rig.centers[second])
        starts.append((ahead, -ahead @ center))
    at = views.only(np.isin(np.arange(len(views.xy)), rows[i]))
    count = len(starts)
    m = len(at.xy)
    each = replace(
        at,
        camera=np.repeat(np.arange(count), m),
        point=np.tile(at.point, count),
        xy=np.tile(at.xy, (count, 1)),
    )
    tried = Rig(
        np.array([R for R, _ in starts]),
        np.array([t for _, t in starts]),
        np.full(count, rig.log_focal[i]),
        rig.X,
    )
    tried = cameras_from(each, tried, moves=True, zooms=False, rounds=15)
    known = each.only(np.isfinite(rig.X[each.point, 0]))
    r, _ = residuals(known, tried)
    cost = np.bincount(known.camera, np.log1p((r**2).sum(1) / views.sigma**2), count)
    best = int(cost.argmin())
    R, t = rig.R.copy(), rig.t.copy()
    R[i], t[i] = tried.R[best], tried.t[best]
    return replace(rig, R=R, t=t)


def _with_points(views: Views, rig: Rig, placed: Bools) -> Rig:
    """``rig`` with points that placed cameras see from well apart and agree on; others unknown."""
    here = views.only(placed[views.camera])
    X, spread = points_from(here, rig)
    guess = replace(rig, X=np.nan_to_num(X))
    r, Y = residuals(here, guess)
    off = np.linalg.norm(r, axis=1) / views.sigma
    n = len(X)
    count = np.maximum(np.bincount(here.point, minlength=n), 1)
    bad = np.bincount(here.point, (off > _OFF) | (Y[:, 2] <= 0), n) / count
    good = (spread > _SPREAD) & (bad < 0.5)
    # What was known stays: its rays may be near to each other in the latest frames alone.
    good |= np.isfinite(rig.X[:, 0]) & (bad < 0.5) & np.isfinite(spread)
    return replace(rig, X=np.where(good[:, None], X, np.nan))


def _adjusted(views: Views, rig: Rig, placed: Bools, rounds: int) -> Rig:
    """The placed cameras and known points adjusted, focal lengths held."""
    known = np.isfinite(rig.X[:, 0])
    if known.sum() < _ENOUGH:
        return rig
    here = views.only(placed[views.camera] & known[views.point])
    cameras, points = np.flatnonzero(placed), np.flatnonzero(known)
    at = np.zeros(len(placed), np.int64)
    at[cameras] = np.arange(len(cameras))
    of = np.zeros(len(known), np.int64)
    of[points] = np.arange(len(points))
    here = replace(here, camera=at[here.camera], point=of[here.point])
    part = Rig(rig.R[cameras], rig.t[cameras], rig.log_focal[cameras], rig.X[points])
    free = Freedom(True, False, float(rig.log_focal[0]), 0.0, cameras.astype(np.float64))
    part = adjusted(here, part, free, rounds)
    R, t, X = rig.R.copy(), rig.t.copy(), rig.X.copy()
    R[cameras], t[cameras], X[points] = part.R, part.t, part.X
    return replace(rig, R=R, t=t, X=X)
