"""The form in which the lifter's network sees a person, in training and in use.

Every frame's camera is turned to look straight at the person, the picture is scaled by the body's
angular size, and the networks' 3D is brought to one body size. All functions take leading axes, so
that training encodes whole batches.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..data import solver_points as points
from ..data.arrays import F32, F64, Bools, Floats, check_fields, of_shape

CANONICAL_M: Final = 1.8
"""Size (see ``body_size``) of every body the network knows; about that of a person of 1.7 m."""
FEATURES: Final = 155  # numbers a frame, as the network was trained
CONTEXT: Final = 14
"""Frames on either side that the network's answer for a frame depends on."""

_FARTHEST: Final = 3.0
"""Points further out than this many body sizes are clipped."""
_HIPS: Final = [points.POINTS.index(f"{side}_hip") for side in ("left", "right")]
_SHOULDERS: Final = [points.POINTS.index(f"{side}_shoulder") for side in ("left", "right")]
_BODY: Final = slice(93, 150)
_SHOWN: Final = 150  # column that tells whether 3D is shown


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A track in the network's form; any leading axes, then t frames.

    ``features`` (..., t, 155); ``R_virtual_camera`` (..., t, 3, 3) into the camera that looks at
    the person; ``size`` (..., t) the body's angular size; ``scale_m`` (...) metres of the input's
    3D per canonical metre.
    """

    features: F32 = field(metadata=of_shape(..., "t", None))
    R_virtual_camera: F32 = field(metadata=of_shape(..., "t", 3, 3))
    size: F32 = field(metadata=of_shape(..., "t"))
    scale_m: F32 = field(metadata=of_shape(...))

    def __post_init__(self) -> None:
        check_fields(self)


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
    own = np.median(body_size(xyz_m), axis=-1)
    scale_m = np.maximum(own / CANONICAL_M, 1e-3).astype(np.float32)
    body = about_hips(xyz_m) @ R.swapaxes(-1, -2)
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


def about_hips(xyz: Floats) -> Floats:
    """Bodies (..., 19, 3), or their first limbs alone, from between their hips."""
    return xyz - xyz[..., _HIPS, :].mean(-2, keepdims=True)


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
    """Where (..., t, 2) and how large (..., t) the body is, smoothed, through unseen frames."""
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
    grid = np.arange(t, dtype=np.int64)
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
    at = np.arange(t, dtype=np.int64)
    low, high = np.maximum(at - reach, 0), np.minimum(at + reach + 1, t)
    return (total[..., high, :] - total[..., low, :]) / (high - low)[:, None]


def _mirror_table() -> tuple[Floats, F32]:
    """(order, sign): column k of mirrored features is ``sign[k]`` x column ``order[k]``."""
    orders: list[Floats] = []
    signs: list[Floats] = []
    first = 0
    for who, values in (
        (points.MIRROR, [-1.0, 1.0]),
        (points.MIRROR, [1.0]),
        (points.MIRROR[: points.LIMBS], [-1.0, 1.0]),
        (points.MIRROR[: points.LIMBS], [1.0]),
        (points.MIRROR, [-1.0, 1.0, 1.0]),
        (np.arange(1), [1.0, 1.0, 1.0, -1.0, 1.0]),
    ):
        k = len(values)
        orders.append(first + (who[:, None] * k + np.arange(k)).ravel())
        signs.append(np.tile(values, len(who)))
        first += k * len(who)
    return np.concatenate(orders), np.concatenate(signs).astype(np.float32)


_MIRROR_ORDER, _MIRROR_SIGN = _mirror_table()


def mirror_features(features: F32) -> F32:
    """The same person seen in a mirror: features (..., 155)."""
    return features[..., _MIRROR_ORDER] * _MIRROR_SIGN


def without_3d(features: F32) -> F32:
    """The same person with the networks' 3D unknown: features (..., 155)."""
    out = features.copy()
    out[..., _BODY] = 0.0
    out[..., _SHOWN] = 0.0
    return out


def mirror_joints(xyz: Floats) -> Floats:
    """Joints (..., 19, 3) of the mirrored person, in the virtual camera's axes."""
    return xyz[..., points.MIRROR, :] * np.array([-1, 1, 1], xyz.dtype)
