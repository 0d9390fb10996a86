"""The way of a body through the world, mended so that standing feet stand.

Systems that tell joints' rotations well tell the root's way badly: it drifts, and feet slide with
it by centimetres a frame. What is unknown here is a shift of the whole body in every frame:
standing feet ask for no speed, and all else for as little change of the told speed as possible.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data.arrays import F64, Floats
from ...solving.track.banded import acceleration_bands, solve_pentadiagonal

_STANDING_MPS: Final = 0.02  # of a standing foot
_DRIFT_MPS: Final = 0.3
"""Speed by which the told way may be wrong, one standard deviation; by hand."""
_ACCELERATION: Final = 6.0
"""Metres per second squared by which the shift may change its speed; by hand."""
_FAR_M: Final = (2.0, 2.0, 0.15)
"""How far the mended way may lie from the told one, across the floor and up; by hand."""
_HEIGHT_M: Final = 0.02  # of a standing sole over the floor


def root_shift(feet: Floats, contacts: Floats, sole_m: float, fps: float) -> F64:
    """Shifts (t, 3) in metres of the whole body, world with the floor at z = 0.

    ``feet`` (t, 2, 3) are places of both soles, ``contacts`` (t, 2) in [0, 1] how firmly each
    stands; a standing sole lies ``sole_m`` over the floor.
    """
    t = len(feet)
    index = np.arange(3)
    H, g = np.zeros((t, 3, 3)), np.zeros((t, 3))
    first = np.zeros((t, 3))
    H[:, index, index] += np.array(_FAR_M) ** -2.0
    told = (fps / _DRIFT_MPS) ** 2
    both = np.minimum(contacts[1:], contacts[:-1]) * (fps / _STANDING_MPS) ** 2
    speed = told + both.sum(1)
    moved = (both[..., None] * np.diff(feet, axis=0)).sum(1)
    for rows, sign in ((slice(1, None), -1.0), (slice(None, -1), 1.0)):
        H[rows][:, index, index] += speed[:, None]
        g[rows] += sign * moved
    first[:-1] -= speed[:, None]
    H[:, 2, 2] += contacts.sum(1) / _HEIGHT_M**2
    g[:, 2] -= (contacts * (feet[..., 2] - sole_m)).sum(1) / _HEIGHT_M**2
    bend = np.full((max(t - 2, 0), 3), (fps**2 / _ACCELERATION) ** 2)
    diagonal, near, far = acceleration_bands(bend, t)
    H[:, index, index] += diagonal
    return solve_pentadiagonal(H, first + near, far, g)
