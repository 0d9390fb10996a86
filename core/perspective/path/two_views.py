"""How one camera stands to another, from points that both see, and where such points are.

The distance of points from their epipolar lines (Sampson's) is made small from many starts at once,
which needs no eight points, and holds for points on one plane, where linear methods fail (Hartley
and Zisserman, Multiple View Geometry, chapters 11 and 12).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, cast

import numpy as np

from ...data.arrays import F64, Bools, Floats, check_fields, of_shape
from ...geometry.rotations import exp_so3, hat, log_so3, nearest_rotation, normalize

_ROUNDS: Final = 20  # damped Gauss-Newton steps; by hand
_STEP: Final = 1e-6
"""Radians by which derivatives are taken."""
_TRIED: Final = 6
"""Best of all starts whose points are placed; by hand."""
_NEAR: Final = 1e-6  # depth, over the baseline, up to which a point isn't in front; by hand


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """From one camera's axes to another's: ``R`` (3, 3), and ``t`` (3,) of length 1.

    ``cost`` is the mean robust squared distance from epipolar lines in sigmas, ``front`` the share
    of points before both cameras.
    """

    R: F64 = field(metadata=of_shape(3, 3))
    t: F64 = field(metadata=of_shape(3))
    cost: float
    front: float

    def __post_init__(self) -> None:
        check_fields(self)


def turn_of_rays(a: Floats, b: Floats, sigma: float, start: Floats | None = None) -> F64:
    """The rotation (3, 3) that takes rays ``a`` (n, 3) to ``b``, those off by ``sigma`` weighed
    less: Kabsch's, iteratively reweighted."""
    w = np.ones(len(a))
    if start is not None:
        w = 1 / (1 + (np.linalg.norm(a @ start.T - b, axis=1) / sigma) ** 2)
    turn: F64 = np.eye(3)
    for _ in range(8):
        turn = np.asarray(nearest_rotation((b * w[:, None]).T @ a), np.float64)
        w = 1 / (1 + (np.linalg.norm(a @ turn.T - b, axis=1) / sigma) ** 2)
    return turn


def relative_pose(a: Floats, b: Floats, sigma: float, turn: Floats) -> Pose:
    """The likeliest pose of a camera that sees points at ``b`` (n, 2) as x/z, y/z, to one that sees
    them at ``a`` (n, 2); off by ``sigma``. ``turn`` (3, 3) is about how it is turned."""
    at, bt = (np.concatenate([x, np.ones((len(x), 1))], axis=1) for x in (a, b))
    ways = _directions()
    turns = np.stack([turn, np.eye(3), exp_so3(0.5 * log_so3(turn))])
    pose = np.repeat(turns, len(ways), axis=0)
    t = np.tile(ways, (len(turns), 1))
    damping = np.full(len(pose), 1e-3)
    cost = _cost(pose, t, at, bt, sigma)
    for _ in range(_ROUNDS):
        r, J = _linear(pose, t, at, bt)
        w = 1 / (1 + (r / sigma) ** 2)
        H = np.einsum("hna,hn,hnb->hab", J, w, J)
        g = -np.einsum("hna,hn->ha", J, w * r)
        index = np.arange(5)
        H[:, index, index] *= 1 + damping[:, None]
        H[:, index, index] += 1e-12
        step = cast(F64, np.linalg.solve(H, g[..., None])[..., 0])
        step *= np.minimum(1.0, 0.5 / np.maximum(np.linalg.norm(step, axis=1), 1e-9))[:, None]
        pose1, t1 = _moved(pose, t, step)
        new = _cost(pose1, t1, at, bt, sigma)
        better = new < cost
        pose = np.where(better[:, None, None], pose1, pose)
        t = np.where(better[:, None], t1, t)
        cost = np.where(better, new, cost)
        damping = np.clip(np.where(better, damping / 5, damping * 5), 1e-7, 1e4)
    poses = list[Pose]()
    for h in np.argsort(cost, kind="stable")[:_TRIED]:
        for sign in (1.0, -1.0):
            both = np.stack([np.eye(3), pose[h]]), np.stack([np.zeros(3), sign * t[h]])
            X = triangulated(*both, np.stack([a, b], axis=1))
            front = float(in_front(*both, X).all(1).mean())
            poses.append(Pose(pose[h], sign * t[h], float(cost[h]), front))
    # Of poses that fit alike, the one with the points before both cameras.
    return min(poses, key=lambda one: one.cost + 4 * (1 - one.front))


def triangulated(R: Floats, t: Floats, xy: Floats) -> F64:
    """Points (n, 3) that cameras ``R`` (k, 3, 3), ``t`` (k, 3) all see at ``xy`` (n, k, 2)."""
    P = np.concatenate([R, t[:, :, None]], axis=2)
    rows = xy[..., None] * P[None, :, None, 2] - P[None, :, :2]
    A = rows.reshape(len(xy), -1, 4)
    _, vectors = np.linalg.eigh(np.einsum("nra,nrb->nab", A, A))
    X = vectors[..., 0]
    w = np.where(np.abs(X[:, 3]) < 1e-12, 1e-12, X[:, 3])
    return X[:, :3] / w[:, None]


def in_front(R: Floats, t: Floats, X: Floats) -> Bools:
    """Whether (n, k) points ``X`` (n, 3) lie before the cameras."""
    return (np.einsum("kb,nb->nk", R[:, 2], X) + t[:, 2]) > _NEAR


def _directions() -> F64:
    """Directions (13, 3) over half a sphere: along axes, edges and corners of a cube."""
    grid = np.stack(np.meshgrid(*[[-1.0, 0.0, 1.0]] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    return normalize(grid[14:])


def _tangents(t: Floats) -> tuple[F64, F64]:
    """Two unit vectors (h, 3) across directions ``t`` (h, 3)."""
    other = np.where(np.abs(t[:, :1]) < 0.7, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    e1 = normalize(np.cross(t, other))
    return e1, np.cross(t, e1)


def _moved(R: Floats, t: Floats, x: Floats) -> tuple[F64, F64]:
    e1, e2 = _tangents(t)
    return exp_so3(x[:, :3]) @ R, normalize(t + x[:, 3:4] * e1 + x[:, 4:] * e2)


def _sampson(R: Floats, t: Floats, a: Floats, b: Floats) -> F64:
    """Signed distances (h, n) from epipolar lines, in the unit of ``a`` and ``b`` (n, 3)."""
    E = hat(t) @ R
    Ea, Eb = a @ np.swapaxes(E, 1, 2), b @ E
    top = (b * Ea).sum(-1)
    return top / np.sqrt((Ea[..., :2] ** 2).sum(-1) + (Eb[..., :2] ** 2).sum(-1) + 1e-18)


def _linear(R: Floats, t: Floats, a: Floats, b: Floats) -> tuple[F64, F64]:
    r = _sampson(R, t, a, b)
    J = np.empty((*r.shape, 5))
    for k in range(5):
        x = np.zeros((len(R), 5))
        x[:, k] = _STEP
        J[..., k] = (_sampson(*_moved(R, t, x), a, b) - r) / _STEP
    return r, J


def _cost(R: Floats, t: Floats, a: Floats, b: Floats, sigma: float) -> F64:
    return np.log1p((_sampson(R, t, a, b) / sigma) ** 2).mean(-1)
