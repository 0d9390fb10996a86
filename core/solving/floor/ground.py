"""The floor and the camera's tilt, from where feet stand and how bodies are upright."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, cast

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, Floats, check_fields, of_shape
from ...geometry.rotations import normalize
from ...perspective.manhattan import ManhattanAxes
from .contacts import spans

_CAMERA_UP: Final = np.array([0.0, -1.0, 0.0])
_CAMERA_UP_WEIGHT: Final = 0.3
"""People hold cameras level more often than bodies are upright; it counts as a third of a body."""
_TILT_SIGMA: Final = 0.07
"""Radians by which the floor may differ from what bodies say before feet must insist."""
_SAME_WAY: Final = np.cos(np.radians(10.0))
"""Bodies are upright to four degrees or so: lines whose up is farther off tell something else."""
_FOOT_SIGMA_M: Final = 0.06
"""Metres by which a standing foot may lie off the plane, one standard deviation; by hand."""
_SOLE_M: Final = 0.02
"""BlazePose's heel and toe lie on the skin, this much above the floor."""
_LOWEST: Final = 5.0
"""Percentile of the feet's heights that is the floor where nobody was seen to stand; by hand."""
_MOST_PLANTS: Final = 6.0
"""Depth errors last: many stands of one person say no more about the floor than these few."""

_HEELS_TOES: Final = tuple(foot[1:] for foot in points.FEET)


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The plane ``normal . x = offset`` in camera space; ``normal`` (3,) points up, metres.

    ``is_measured`` is False when no foot was seen standing and the floor is where the lowest feet
    were.
    """

    normal: F64 = field(metadata=of_shape(3))
    offset: float
    is_measured: bool

    def __post_init__(self) -> None:
        check_fields(self)

    def height(self, X: Floats) -> Floats:
        """Heights (...) of camera-space points (..., 3) over the floor."""
        return X @ self.normal - self.offset


def find_grounds(
    bodies: Sequence[Floats], contacts: Sequence[Floats], scene: ManhattanAxes | None = None
) -> list[Ground]:
    """A floor for everybody: ``bodies`` each (t, 19, 3) camera space, ``contacts`` each (t, 2).

    All floors are parallel, and each person has their own level: one may stand on a roof, and one
    camera never knows people's distances well enough to compare them. Robust least squares over the
    mean position of every planted foot, with the bodies' upright direction as the prior of the
    normal, so that a person who never leaves the spot still gets a level floor. Where the straight
    lines of the ``scene`` tell up, and bodies don't contradict, they are the prior instead.
    """
    up, sigma = _upright(bodies), _TILT_SIGMA
    if scene is not None:
        along = scene.axes @ up
        nearest = int(np.abs(along).argmax())
        if abs(along[nearest]) > _SAME_WAY:
            up, sigma = scene.axes[nearest] * np.sign(along[nearest]), scene.tilt_sigma
    feet = [_plants(X, c) for X, c in zip(bodies, contacts, strict=True)]
    normal = _fit_normal(feet, up, sigma)
    out: list[Ground] = []
    for X, plants in zip(bodies, feet, strict=True):
        if len(plants):
            level = float(np.median(plants @ normal))
        else:
            lowest = np.concatenate([(X[:, list(foot)] @ normal).min(1) for foot in _HEELS_TOES])
            level = float(np.percentile(lowest, _LOWEST))
        out.append(Ground(normal, level - _SOLE_M, is_measured=len(plants) > 0))
    return out


def _upright(bodies: Sequence[Floats]) -> F64:
    """Mean up direction of trunks and legs, those that are in line counting most."""
    total = _CAMERA_UP * _CAMERA_UP_WEIGHT
    for X in bodies:
        shoulders, hips, ankles = X[:, 0:2].mean(1), X[:, 6:8].mean(1), X[:, 10:12].mean(1)
        trunk, legs = normalize(shoulders - hips), normalize(hips - ankles)
        straight = np.clip((trunk * legs).sum(-1), 0, 1) ** 4
        share = straight.sum() + 1e-6
        total = total + normalize((straight[:, None] * (trunk + legs)).sum(0)) * min(share, 1.0)
    return normalize(total)


def _plants(X: Floats, contacts: Floats) -> F64:
    """Mean heel-and-toe position (n, 3) of every stand of every foot."""
    out: list[F64] = []
    for side, foot in enumerate(_HEELS_TOES):
        for start, stop in spans(contacts[:, side] > 0.5):
            out.append(cast(F64, np.median(X[start:stop, list(foot)].mean(1), axis=0)))
    return np.array(out).reshape(-1, 3)


def _fit_normal(feet: Sequence[Floats], up: Floats, sigma: float) -> F64:
    """The common normal (3,) of everybody's planted feet, each (n, 3).

    It lies within about ``sigma`` radians of ``up``.
    """
    e1 = normalize(np.cross(up, [1.0, 0.0, 0.0]))
    e2 = np.cross(up, e1)
    rows, target, person = list[F64](), list[F64](), list[F64]()
    for plants in feet:
        if len(plants) > 1:
            centred = plants - np.median(plants, axis=0)
            rows.append(np.stack([centred @ e1, centred @ e2], axis=-1))
            target.append(-centred @ up)
            person.append(np.full(len(plants), min(1.0, _MOST_PLANTS / len(plants))))
    if not rows:
        return up
    A, b, share = np.concatenate(rows), np.concatenate(target), np.concatenate(person)
    tilt = np.zeros(2)
    w = share / _FOOT_SIGMA_M**2
    for _ in range(6):
        tilt = np.linalg.solve((A * w[:, None]).T @ A + np.eye(2) / sigma**2, A.T @ (w * b))
        residual = (A @ tilt - b) / _FOOT_SIGMA_M
        w = share / _FOOT_SIGMA_M**2 / (1 + residual**2 / 4)
    return normalize(up + tilt[0] * e1 + tilt[1] * e2)


def world_from_ground(ground: Ground, origin: Floats) -> F64:
    """``T_world_camera`` (4, 4): Z up off the floor, the camera looking along +Y.

    The world's origin is the floor under ``origin`` (3,), a camera-space point.
    """
    z = ground.normal
    forward = np.array([0.0, 0.0, 1.0])
    if abs(forward @ z) > 0.999:
        forward = np.array([0.0, -1.0, 0.0])
    y = normalize(forward - (forward @ z) * z)
    R = np.stack([np.cross(y, z), y, z])
    foot = origin - ground.height(origin) * z
    T = np.eye(4)
    T[:3, :3] = R
    T[:3, 3] = -R @ foot
    return T
