"""The floor and the camera's tilt, from where feet stand and how bodies are upright."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..arrays import F64, Floats
from ..rotations import normalize
from . import points
from .contacts import spans

_CAMERA_UP: Final = np.array([0.0, -1.0, 0.0])
_CAMERA_UP_WEIGHT: Final = 0.3
"""People hold cameras level more often than bodies are upright; it counts as a third of a body."""
_TILT_SIGMA: Final = 0.10
"""Radians by which the floor may differ from what bodies say before feet must insist."""
_FOOT_SIGMA_M: Final = 0.06
_SOLE_M: Final = 0.02
"""BlazePose's heel and toe lie on the skin, this much above the floor."""
_LOWEST: Final = 5.0

_HEELS_TOES: Final = tuple(foot[1:] for foot in points.FEET)


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The plane ``normal . x = offset`` in camera space; ``normal`` (3,) points up, metres.

    ``is_measured`` is False when no foot was seen standing and the floor is where the lowest feet
    were.
    """

    normal: F64
    offset: float
    is_measured: bool

    def height(self, X: Floats) -> Floats:
        """Heights (...) of camera-space points (..., 3) over the floor."""
        return X @ self.normal - self.offset


def find_ground(bodies: Sequence[Floats], contacts: Sequence[Floats]) -> Ground:
    """Fit one floor to all: ``bodies`` each (t, 19, 3) camera space, ``contacts`` each (t, 2).

    Robust least squares over one mean position per planted foot, with the bodies' upright direction
    as the prior of the normal, so that a person who never leaves the spot still gets a level floor.
    """
    up = _upright(bodies)
    feet = np.array([f for X, c in zip(bodies, contacts, strict=True) for f in _plants(X, c)])
    if len(feet) == 0:
        lowest = np.concatenate([(X[:, list(f)] @ up).min(1) for X in bodies for f in _HEELS_TOES])
        return Ground(up, float(np.percentile(lowest, _LOWEST)) - _SOLE_M, is_measured=False)
    normal, offset = _fit_plane(feet, up)
    return Ground(normal, offset - _SOLE_M, is_measured=True)


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


def _plants(X: Floats, contacts: Floats) -> list[F64]:
    """Mean heel-and-toe position (3,) of every stand of every foot."""
    out: list[F64] = []
    for side, foot in enumerate(_HEELS_TOES):
        for start, stop in spans(contacts[:, side] > 0.5):
            out.append(np.median(X[start:stop, list(foot)].mean(1), axis=0))
    return out


def _fit_plane(feet: Floats, up: Floats) -> tuple[F64, float]:
    e1 = normalize(np.cross(up, [1.0, 0.0, 0.0]))
    e2 = np.cross(up, e1)
    centre = feet.mean(0)
    # height = up.p + a e1.p + b e2.p - d = 0 around the centre: linear in (a, b, d).
    rows = np.stack([(feet - centre) @ e1, (feet - centre) @ e2, -np.ones(len(feet))], axis=-1)
    target = -((feet - centre) @ up)
    prior = np.diag([_TILT_SIGMA**-2, _TILT_SIGMA**-2, 1e-9])
    w = np.full(len(feet), _FOOT_SIGMA_M**-2)
    solution = np.zeros(3)
    for _ in range(6):
        A = (rows * w[:, None]).T @ rows + prior
        solution = np.linalg.solve(A, rows.T @ (w * target))
        residual = (rows @ solution - target) / _FOOT_SIGMA_M
        w = _FOOT_SIGMA_M**-2 / (1 + residual**2 / 4)
    normal = normalize(up + solution[0] * e1 + solution[1] * e2)
    # Refit the offset with the final normal: feet near the floor decide, raised ones don't.
    height = feet @ normal
    offset = float((w * height).sum() / w.sum())
    return normal, offset


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
