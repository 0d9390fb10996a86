"""Leans parts of a body otherwise and leaves the picture alone: points go along lines of sight."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..data import solver_points as points
from ..data.arrays import F64, Floats
from ..geometry.rotations import normalize

_LEAST_AHEAD: Final = 0.3
"""Bounds how far a lean moves what is seen from above; by hand."""
STEEPEST_M: Final = 0.15
"""Metres of a trunk's upright part, the least whose lean is told; by hand."""
_SHOULDERS: Final = [points.POINTS.index(f"{side}_shoulder") for side in ("left", "right")]
_HIPS: Final = [points.POINTS.index(f"{side}_hip") for side in ("left", "right")]


def leaned(X: Floats, xyz: Floats, to_camera: Floats, up: Floats, degrees: Floats) -> F64:
    """``xyz`` (t, 19, 3) with shoulders, head and arms moved along ``X``'s lines of sight, so that
    trunks lean ``degrees`` (t,) farther towards the camera, ``to_camera`` (t, 3)."""
    trunk = xyz[:, _SHOULDERS].mean(1) - xyz[:, _HIPS].mean(1)
    way = way_nearer(trunk, X[:, _SHOULDERS].mean(1), to_camera, up, degrees)
    return nearer(X, xyz, points.UPPER, way)


def nearer(X: Floats, xyz: Floats, which: list[int], way_m: Floats) -> F64:
    """``xyz`` with some points ``way_m`` (t,) nearer to the camera along ``X``'s lines of sight."""
    out = xyz.copy()
    out[:, which] -= way_m[:, None, None] * normalize(X[:, which])
    return out


def way_nearer(part: Floats, end: Floats, to_camera: Floats, up: Floats, degrees: Floats) -> F64:
    """How many metres (t,) the upper ``end`` (t, 3) of a ``part`` (t, 3) of the body is to come
    nearer to the camera."""
    sight = -normalize(end)
    toward, height = (part * to_camera).sum(-1), np.maximum(part @ up, STEEPEST_M)
    slope = np.tan(np.arctan2(toward, height) + np.radians(degrees))
    ahead = (sight * to_camera).sum(-1) - slope * (sight @ up)
    return (slope * height - toward) / np.maximum(ahead, _LEAST_AHEAD)
