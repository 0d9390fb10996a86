"""Lifting 2D tracks to 3D: what a temporal lifter is given, what it answers, and its input's form.

The network sees a person as if every frame's camera looked straight at them, at about 30 frames a
second and with the body at one size; ``lift_with`` brings a track into that form, runs the network
over it in overlapping windows and brings the answer back. Training uses the very same ``encode``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np

from .arrays import F32, F64, Bools, Floats, check_finite, check_shape
from .solving import points

CANONICAL_M: Final = 1.8
"""Size (see ``body_size``) of every body the network knows; about that of a person of 1.7 m."""
FEATURES: Final = 155
CONTEXT: Final = 14
"""Frames on either side that the network's answer for a frame depends on."""

_TRAINED_FPS: Final = 30.0
_SLOWEST_FPS: Final = 20.0
_FASTEST_FPS: Final = 42.0
_SHORTEST: Final = 2 * CONTEXT + 1
_WINDOW: Final = 480
_FARTHEST: Final = 3.0
"""Points further out than this many body sizes are clipped."""
_HIPS: Final = [points.POINTS.index(f"{side}_hip") for side in ("left", "right")]
_SHOULDERS: Final = [points.POINTS.index(f"{side}_shoulder") for side in ("left", "right")]


@dataclass(frozen=True, slots=True, eq=False)
class LifterInput:
    """One person, every frame of a track without holes; p = the 19 ``points.POINTS``.

    * ``xy`` (t, p, 2) undistorted picture coordinates x/z, y/z; ``score`` (t, p), 0 = no evidence;
    * ``detected_xy`` (t, 12, 2) and ``detected_score`` (t, 12) the detector's limbs, same unit;
    * ``xyz_m`` (t, p, 3) the networks' 3D in camera axes, any origin, metres;
    * ``fps``; ``seen`` (t,) False where nothing of the frame is to be believed.
    """

    xy: Floats
    score: Floats
    detected_xy: Floats
    detected_score: Floats
    xyz_m: Floats
    fps: float
    seen: Bools

    def __post_init__(self) -> None:
        t, p = len(self.seen), points.COUNT
        shapes = {
            "xy": (t, p, 2),
            "score": (t, p),
            "detected_xy": (t, points.LIMBS, 2),
            "detected_score": (t, points.LIMBS),
            "xyz_m": (t, p, 3),
            "seen": (t,),
        }
        for name, shape in shapes.items():
            check_shape(f"LifterInput.{name}", getattr(self, name), shape)
            check_finite(f"LifterInput.{name}", getattr(self, name))
        if t == 0 or not self.fps > 0:
            raise ValueError(f"LifterInput needs frames at some rate, not {t} at {self.fps} fps")


@dataclass(frozen=True, slots=True, eq=False)
class Lifted:
    """What the lifter makes of a track; p = the 19 ``points.POINTS``.

    * ``xyz_m`` (t, p, 3) camera axes, origin between the hips, at the scale of the input's 3D: the
      track's median ``body_size`` is taken from there;
    * ``sigma_m`` (t, p) expected error of one coordinate, one standard deviation at that scale;
      ``sigma_view_m`` (t, p, 2) the same across and along the line of sight;
    * ``contact`` (t, 4) chance that left heel, left toe, right heel, right toe stand still;
    * ``log_depth`` (t,) natural logarithm of the hips' depth (camera z) in metres at that scale.
    """

    xyz_m: F64
    sigma_m: F64
    sigma_view_m: F64
    contact: F64
    log_depth: F64

    def __post_init__(self) -> None:
        t, p = len(self.xyz_m), points.COUNT
        shapes = {
            "xyz_m": (t, p, 3),
            "sigma_m": (t, p),
            "sigma_view_m": (t, p, 2),
            "contact": (t, 4),
            "log_depth": (t,),
        }
        for name, shape in shapes.items():
            check_shape(f"Lifted.{name}", getattr(self, name), shape)


class Lifter(Protocol):
    """Turns 2D tracks with what the networks say of depth into better 3D."""

    def lift(self, view: LifterInput) -> Lifted:
        """Lift one person's track; any number of frames from one upwards."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A track in the network's form; any leading axes, then t frames.

    ``features`` (..., t, 155); ``R_virtual_camera`` (..., t, 3, 3) into the camera that looks at
    the person; ``size`` (..., t) the body's angular size; ``scale_m`` (...) metres of the input's
    3D per canonical metre.
    """

    features: F32
    R_virtual_camera: F32
    size: F32
    scale_m: F32


def encode(
    xy: Floats,
    score: Floats,
    detected_xy: Floats,
    detected_score: Floats,
    xyz_m: Floats,
    has_xyz: Floats | bool = True,
) -> Encoded:
    """Bring tracks (shapes of ``LifterInput`` after any leading axes) into the network's form.

    Positions whose score is 0 are ignored; frames without any score count as unseen.
    ``has_xyz`` (...) False hides the 3D from the network.
    """
    positions = np.concatenate([xy, detected_xy], axis=-2, dtype=np.float32)
    weight = np.concatenate([score, detected_score], axis=-1, dtype=np.float32)
    seen = weight.max(-1) > 0
    center, size = _center_and_size(positions, weight, seen)
    R = look_at(center)
    rays = np.concatenate([positions, np.ones_like(positions[..., :1])], -1) @ R.swapaxes(-1, -2)
    uv = rays[..., :2] / np.maximum(rays[..., 2:], 0.2) / size[..., None, None]
    uv = np.clip(uv, -_FARTHEST, _FARTHEST) * (weight > 0)[..., None]
    own = np.median(body_size(xyz_m), axis=-1).astype(np.float32)
    scale_m = np.maximum(own, 1e-3) / CANONICAL_M
    body = (xyz_m - xyz_m[..., _HIPS, :].mean(-2, keepdims=True)) @ R.swapaxes(-1, -2)
    shown = seen & np.asarray(has_xyz)[..., None]
    body = body / scale_m[..., None, None, None] * shown[..., None, None]
    velocity = (
        np.gradient(center, axis=-2) / size[..., None]
        if center.shape[-2] > 1
        else np.zeros_like(center)
    )
    flags = np.stack([shown, seen, np.log(size)], axis=-1)
    flat = (*uv.shape[:-2], -1)
    p = points.COUNT
    parts = [
        uv[..., :p, :].reshape(flat),
        weight[..., :p],
        uv[..., p:, :].reshape(flat),
        weight[..., p:],
        body.reshape(flat),
        flags,
        np.clip(velocity, -_FARTHEST, _FARTHEST),
    ]
    return Encoded(np.concatenate(parts, axis=-1, dtype=np.float32), R, size, scale_m)


def body_size(xyz: Floats) -> Floats:
    """Mean arm plus mean leg plus trunk of bodies (..., 19, 3), in their unit."""
    a, b = np.array(points.LIMB_BONES).T
    limbs = np.linalg.norm(xyz[..., a, :] - xyz[..., b, :], axis=-1).sum(-1) / 2
    trunk = xyz[..., _SHOULDERS, :].mean(-2) - xyz[..., _HIPS, :].mean(-2)
    return limbs + np.linalg.norm(trunk, axis=-1)


def look_at(xy: Floats) -> F32:
    """Smallest rotations (..., 3, 3) that turn the rays through ``xy`` (..., 2) onto the z axis."""
    ray = np.concatenate([xy, np.ones_like(xy[..., :1])], axis=-1)
    a, b, c = np.moveaxis(ray / np.linalg.norm(ray, axis=-1, keepdims=True), -1, 0)
    k = 1 / (1 + c)
    rows = [[1 - a * a * k, -a * b * k, -a], [-a * b * k, 1 - b * b * k, -b], [a, b, c]]
    return np.stack([np.stack(row, -1) for row in rows], -2).astype(np.float32)


def _center_and_size(positions: F32, weight: F32, seen: Bools) -> tuple[F32, F32]:
    """Where the body is (..., t, 2) and how large (..., t), through unseen frames, a little smooth."""
    w = (weight + 1e-6)[..., None]
    total = w.sum(-2)
    center = (positions * w).sum(-2) / total
    spread = ((positions - center[..., None, :]) ** 2 * w).sum((-2, -1)) / total[..., 0]
    log_size = 0.5 * np.log(np.maximum(spread, 1e-6))
    columns = np.concatenate([center, log_size[..., None]], axis=-1)
    if not seen.all():
        columns = _across_holes(columns, seen)
    center, log_size = _box(columns[..., :2], 2), _box(columns[..., 2:], 7)[..., 0]
    return center.astype(np.float32), np.exp(log_size).astype(np.float32)


def _across_holes(columns: F32, seen: Bools) -> F32:
    t, k = columns.shape[-2:]
    out = columns.reshape(-1, t, k).copy()
    grid = np.arange(t)
    for values, known in zip(out, seen.reshape(-1, t), strict=True):
        if known.any() and not known.all():
            for c in range(k):
                values[:, c] = np.interp(grid, grid[known], values[known, c])
    return out.reshape(columns.shape)


def _box(values: Floats, reach: int) -> F64:
    """Mean over ``reach`` frames on either side along the last but one axis, cut at the ends."""
    t = values.shape[-2]
    total = np.zeros((*values.shape[:-2], t + 1, values.shape[-1]))
    np.cumsum(values, axis=-2, out=total[..., 1:, :])
    at = np.arange(t)
    low, high = np.maximum(at - reach, 0), np.minimum(at + reach + 1, t)
    return (total[..., high, :] - total[..., low, :]) / (high - low)[:, None]
