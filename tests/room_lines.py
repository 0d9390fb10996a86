"""The straight lines of a room as a camera sees them, exactly known."""

from __future__ import annotations

import numpy as np
from limn.core.camera import project_camera
from limn.core.rotations import exp_so3
from limn.core.types import Camera


def room_axes(pitch_deg: float, roll_deg: float, yaw_deg: float) -> np.ndarray:
    """Rows in camera space: up, and two level directions, of a camera that looks down."""
    yaw = exp_so3(np.radians(yaw_deg) * np.array([0.0, 1.0, 0.0]))
    pitch = exp_so3(np.radians(pitch_deg) * np.array([1.0, 0.0, 0.0]))
    roll = exp_so3(np.radians(roll_deg) * np.array([0.0, 0.0, 1.0]))
    return np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]) @ (roll @ pitch @ yaw).T


def room_lines(
    camera: Camera,
    axes: np.ndarray,
    noise_px: float = 0.5,
    strays: float = 0.25,
    count: int = 120,
    seed: int = 0,
) -> np.ndarray:
    """Segments (n, 4) along the rows of ``axes``, some of them ``strays`` that run anywhere."""
    rng = np.random.default_rng(seed)
    w, h = camera.size_px
    middle = rng.uniform([-2.5, -1.6, 3], [2.5, 1.6, 7], (4 * count, 3))
    way = axes[rng.integers(0, len(axes), 4 * count)]
    wild = rng.random(4 * count) < strays
    way[wild] = rng.normal(size=(int(wild.sum()), 3))
    half = rng.uniform(0.2, 0.7, (4 * count, 1)) * way
    ends = np.stack([middle - half, middle + half], axis=1)
    ends = ends[(ends[..., 2] > 0.5).all(1)]
    px = project_camera(camera, ends)
    px = px[((px > 0) & (px < [w, h])).all((1, 2))][:count]
    return (px + noise_px * rng.normal(size=px.shape)).reshape(-1, 4)
