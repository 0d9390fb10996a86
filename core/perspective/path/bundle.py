"""Bundle adjustment: cameras and points that explain where the points were seen, all at once.

Triggs et al., Bundle adjustment, a modern synthesis, 1999: Gauss-Newton with Levenberg's damping,
the points eliminated (Schur complement), residuals weighed as by a Cauchy distribution, so that
what moves by itself or was followed wrongly has little say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, cast

import numpy as np

from ...data.arrays import F64, I64, Bools, Floats, check_fields, of_shape
from ...geometry.rotations import exp_so3, hat
from .chained import Chains

CAMERA: Final = 7
"""Numbers of a camera: rotation, translation, logarithm of the focal length."""
NEAR: Final = 1e-3
"""Depth up to which a point counts as behind the camera."""
_BEHIND: Final = 20.0
"""Residual, in sigmas, that such a point has."""
_ZOOM_A_FRAME: Final = 0.004
"""Usual change of a zooming lens' focal length from frame to frame, in the logarithm; by hand."""
_LEAST_DOUBT: Final = 0.003
"""No lens is known better than by this share; by hand."""
_DONE: Final = 1e-5
"""Share by which a round must better the cost to be followed by another; by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """m sightings: ``camera`` (m,) and ``point`` (m,) say who saw what, ``xy`` (m, 2) where.

    Pixels about the picture's middle; ``sigma`` pixels by which points are usually off, which says
    how much sightings count beside what is known beforehand. ``slip`` (m, 2, 2) are the pixels
    (second axis) by which each is seen elsewhere where a picture is read along x or y (last axis)
    at one unit of ``Rig.skew``; None where it is read at once. ``chains`` says how errors last from
    one sighting of a point to the next, None where they are chance alone; ``sigma`` is then that
    of what is new.
    """

    camera: I64 = field(metadata=of_shape("m"))
    point: I64 = field(metadata=of_shape("m"))
    xy: F64 = field(metadata=of_shape("m", 2))
    sigma: float
    slip: F64 | None = field(default=None, metadata=of_shape("m", 2, 2))
    chains: Chains | None = None

    def __post_init__(self) -> None:
        check_fields(self)

    def only(self, keep: Bools) -> Views:
        """The sightings that ``keep`` (m,) says, not chained."""
        slip = None if self.slip is None else self.slip[keep]
        return Views(self.camera[keep], self.point[keep], self.xy[keep], self.sigma, slip)


@dataclass(frozen=True, slots=True, eq=False)
class Rig:
    """k cameras, ``R`` (k, 3, 3) and ``t`` (k, 3) from the scene's axes to theirs, ``log_focal``
    (k,), and the scene's points ``X`` (n, 3), NaN where unknown.

    ``skew`` (2,) is how long pictures are read along x and y, see ``Views.slip``."""

    R: F64 = field(metadata=of_shape("k", 3, 3))
    t: F64 = field(metadata=of_shape("k", 3))
    log_focal: F64 = field(metadata=of_shape("k"))
    X: F64 = field(metadata=of_shape("n", 3, has_gaps=True))
    skew: F64 = field(default_factory=lambda: np.zeros(2), metadata=of_shape(2))

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def focal(self) -> F64:
        """Focal lengths (k,) in pixels."""
        return np.exp(self.log_focal)

    @property
    def centers(self) -> F64:
        """Where the cameras stand, (k, 3)."""
        return -np.einsum("kba,kb->ka", self.R, self.t)


@dataclass(frozen=True, slots=True, eq=False)
class Freedom:
    """What may change: ``moves`` translations, ``zooms`` every camera's focal length by itself,
    ``focal_doubt`` the share by which the common one may be wrong (0 = it is held). ``frames`` (k,)
    are the cameras' places in time. ``skews``: so may the rig's ``skew``, of views with ``slip``.
    """

    moves: bool
    zooms: bool
    log_focal: float
    focal_doubt: float
    frames: F64 = field(metadata=of_shape("k"))
    skews: bool = False

    def __post_init__(self) -> None:
        check_fields(self)


def residuals(views: Views, rig: Rig) -> tuple[F64, F64]:
    """Pixels (m, 2) by which points are off, and the points in the axes of who saw them (m, 3)."""
    Y = np.einsum("mab,mb->ma", rig.R[views.camera], rig.X[views.point]) + rig.t[views.camera]
    z = np.where(Y[:, 2] > NEAR, Y[:, 2], 1.0)
    off = views.xy - rig.focal[views.camera, None] * Y[:, :2] / z[:, None]
    if views.slip is not None:
        off -= views.slip @ rig.skew
    far = _BEHIND * views.sigma
    return np.where(Y[:, 2:] > NEAR, off, far), Y


def adjusted(views: Views, rig: Rig, free: Freedom, rounds: int = 12) -> Rig:
    """``rig`` with everything that is ``free`` at the least cost near it; all its points known."""
    column = _columns(len(rig.R), free)
    damping, before = 1e-3, cost(views, rig, free)
    for _ in range(rounds):
        system = _System(views, rig, free, column)
        while True:
            there = system.step(damping)
            after = cost(views, there, free)
            if after < before:
                break
            damping *= 6
            if damping > 1e5:
                return rig
        rig, damping = there, max(damping / 5, 1e-7)
        is_done = before - after < _DONE * before
        before = after
        if is_done:
            break
    return rig


def _columns(count: int, free: Freedom) -> I64:
    """Column (k, 7) of every camera's numbers in the system; those that are held have the last.

    (k, 9) with the two of the skew, which all cameras share, where that may change."""
    held = CAMERA * count
    column = np.full((count, CAMERA), held)
    column[1:, :3] = 0
    column[1:, 3:6] = 0 if free.moves else held
    is_focal_free = free.zooms or free.focal_doubt > 0
    column[:, 6] = 0 if is_focal_free else held
    used = column == 0
    if not free.zooms:
        used[1:, 6] = False
    numbered = np.where(used, np.cumsum(used).reshape(used.shape) - 1, held)
    if not free.zooms and is_focal_free:
        numbered[:, 6] = numbered[0, 6]
    size = int(used.sum())
    if not free.skews:
        return np.where(numbered == held, size, numbered)
    both = np.tile(size + np.arange(2), (count, 1))
    return np.concatenate([np.where(numbered == held, size + 2, numbered), both], axis=1)


class _System:
    """The normal equations about a rig, with the points eliminated on demand."""

    def __init__(self, views: Views, rig: Rig, free: Freedom, column: I64) -> None:
        self._rig, self._free, self._column = rig, free, column
        n, size = len(rig.X), int(column.max()) + 1
        r, Y = residuals(views, rig)
        of_camera, Jp = jacobians(views, rig, Y)
        if free.skews and views.slip is not None:
            of_camera = np.concatenate([of_camera, views.slip], axis=2)
        col, is_before = column[views.camera], Y[:, 2] > NEAR
        if (chains := views.chains) is not None:
            own, part = chains.own[:, None, None], chains.part[:, None, None]
            earlier = -part * of_camera[chains.before]
            of_camera = np.concatenate([own * of_camera, earlier], axis=2)
            col = np.concatenate([col, col[chains.before]], axis=1)
            r, Jp = chains.new_of(r), chains.new_of(Jp)
            is_before &= is_before[chains.before]
        J: F64 = of_camera
        w = is_before / (1 + (r**2).sum(1) / views.sigma**2)
        Jw, Jpw = J * w[:, None, None], Jp * w[:, None, None]
        pair = col[:, :, None] * size + col[:, None]
        H = _sum(pair, np.einsum("mka,mkb->mab", Jw, J), size * size).reshape(size, size)
        g = _sum(col, np.einsum("mka,mk->ma", Jw, r), size)
        of_point = 3 * views.point[:, None] + np.arange(3)
        square = 9 * views.point[:, None] + np.arange(9)
        self.V = _sum(square, np.einsum("mka,mkb->mab", Jpw, Jp), 9 * n).reshape(n, 3, 3)
        self.gp = _sum(of_point, np.einsum("mka,mk->ma", Jpw, r), 3 * n).reshape(n, 3)
        cross = col[:, :, None] * (3 * n) + of_point[:, None]
        E = _sum(cross, np.einsum("mka,mkb->mab", Jw, Jp), size * 3 * n)
        # The last row and column are those of what is held.
        self.E, self.H, self.g = E.reshape(size, 3 * n)[:-1], H[:-1, :-1], g[:-1]
        self._add_priors(views.sigma**2)

    def _add_priors(self, unit: float) -> None:
        """What is known of focal lengths beforehand; ``unit`` square pixels count as 1."""
        free, column = self._free, self._column[:, 6]
        if column[0] >= len(self.g):
            return
        k, log_focal = len(column), self._rig.log_focal
        share = 1 / k if free.zooms else 1.0
        at = column if free.zooms else column[:1]
        if free.focal_doubt > 0:
            weight = unit / max(free.focal_doubt, _LEAST_DOUBT) ** 2
            self.g[at] -= weight * share * (log_focal.mean() - free.log_focal)
            self.H[np.ix_(at, at)] += weight * share**2
        if free.zooms:
            weight = unit * _zoom_weights(free.frames)
            B = np.diff(np.eye(k), axis=0)
            self.H[np.ix_(at, at)] += (B.T * weight) @ B
            self.g[at] -= (B.T * weight) @ (B @ log_focal)

    def step(self, damping: float) -> Rig:
        """The rig one damped step on."""
        rig, n = self._rig, len(self.V)
        trace = np.einsum("naa->n", self.V)
        damped: F64 = self.V + (damping * trace + 1e-9)[:, None, None] * np.eye(3)
        V = cast(F64, np.linalg.inv(damped))
        of_points = self.E.reshape(len(self.E), n, 3).transpose(1, 0, 2) @ V
        EV: F64 = of_points.transpose(1, 0, 2).reshape(len(self.E), 3 * n)
        A: F64 = self.H - EV @ self.E.T
        index = np.arange(len(A))
        A[index, index] += damping * self.H[index, index] + 1e-9
        x = cast(F64, np.linalg.solve(A, self.g - EV @ self.gp.ravel()))
        pull: F64 = self.gp - (self.E.T @ x).reshape(n, 3)
        dX = np.einsum("nab,nb->na", V, pull)
        move = np.append(x, 0.0)[self._column]
        return Rig(
            exp_so3(move[:, :3]) @ rig.R,
            rig.t + move[:, 3:6],
            rig.log_focal + np.clip(move[:, 6], -0.2, 0.2),
            rig.X + dX,
            rig.skew + move[0, CAMERA:] if self._free.skews else rig.skew,
        )


def jacobians(views: Views, rig: Rig, Y: Floats) -> tuple[F64, F64]:
    """Of pixels by the camera's seven numbers (m, 2, 7), and by the point (m, 2, 3)."""
    focal, z = rig.focal[views.camera], np.where(Y[:, 2] > NEAR, Y[:, 2], 1.0)
    D = np.zeros((len(Y), 2, 3))
    D[:, 0, 0] = D[:, 1, 1] = focal / z
    D[:, :, 2] = -focal[:, None] * Y[:, :2] / z[:, None] ** 2
    turned = Y - rig.t[views.camera]
    zoom = focal[:, None] * Y[:, :2] / z[:, None]
    return np.concatenate([-D @ hat(turned), D, zoom[..., None]], axis=2), D @ rig.R[views.camera]


def cost(views: Views, rig: Rig, free: Freedom) -> float:
    """What ``adjusted`` makes small, in square pixels: of sightings and of what is free."""
    r, _ = residuals(views, rig)
    if views.chains is not None:
        r = views.chains.new_of(r)
    total = float(np.log1p((r**2).sum(1) / views.sigma**2).sum())
    if free.focal_doubt > 0:
        doubt = max(free.focal_doubt, _LEAST_DOUBT)
        total += ((float(rig.log_focal.mean()) - free.log_focal) / doubt) ** 2
    if free.zooms:
        total += float((_zoom_weights(free.frames) * np.diff(rig.log_focal) ** 2).sum())
    return views.sigma**2 * total


def _zoom_weights(frames: Floats) -> F64:
    return 1 / (_ZOOM_A_FRAME**2 * np.maximum(np.diff(frames), 1.0))


def _sum(index: I64, values: Floats, size: int) -> F64:
    return np.bincount(index.ravel(), values.ravel(), size).astype(np.float64)
