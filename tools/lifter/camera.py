"""Stands a virtual camera before each window of motion."""

from __future__ import annotations

import math

import numpy as np

from ...core.data.arrays import Floats
from .body import rotations
from .chance import Chance

_NEAREST_M = 0.35
_FROM_Z_UP = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], np.float32)
"""World x right, y away, z up to the camera's x right, y down, z away."""


def film(xyz: Floats, chance: Chance) -> Floats:
    """Joints (b, t, j, 3) from z-up metres to camera metres, any side, mostly near eye height."""
    b = len(xyz)
    middle = xyz.shape[1] // 2
    xyz = xyz - xyz[:, middle : middle + 1, :1]
    zero = np.zeros(b, np.float32)
    yaw = chance.uniform(-math.pi, math.pi, b)
    usual = chance.happens(0.7, b)
    pitch = np.where(usual, chance.uniform(-12, 25, b), chance.uniform(-35, 55, b))
    pitch, roll = np.float32(np.radians(pitch)), 0.06 * chance.normal(b)
    R_yaw = rotations(np.stack([zero, zero, yaw], -1))
    R_pitch = rotations(np.stack([pitch, zero, zero], -1))
    R_roll = rotations(np.stack([zero, zero, roll], -1))
    R = R_roll @ R_pitch @ _FROM_Z_UP @ R_yaw
    distance = np.exp(chance.uniform(math.log(1.9), math.log(9), b))
    aside = np.clip(0.22 * chance.normal(b, 2), -0.5, 0.5) * distance[:, None]
    place = np.concatenate([aside, distance[:, None]], -1)
    out = xyz @ np.swapaxes(R, -1, -2)[:, None] + place[:, None, None]
    out[..., 2] = np.maximum(out[..., 2], _NEAREST_M)
    return out
