"""Keys of a stretch given other values, everything beside it byte for byte as it was.

Keys that are there keep their kind and move with their handles; where a frame has none one is set
that takes after the key before it.
"""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ...core.data.arrays import F32, F64, Bools
from ...core.geometry.euler import nearest_eulers
from ..curves import ActionWriter, Curves, curves_of, fill_curve, read_keys
from .keys import SAME_FRAME, channel_values, rotation_values
from .sampled_curves import as_keys
from .trim import KINDS, PAIRS


def set_rotation(
    owner: bpy.types.Object, bone: bpy.types.PoseBone, frames: F64, quats: F64
) -> None:
    """Key ``bone``'s rotations ``quats`` (t, 4) at ``frames`` (t,), in its own mode."""
    prop, values = rotation_values(bone, quats)
    path, curves = bone.path_from_id(prop), curves_of(owner)
    old = channel_values(bone, prop, curves, frames)
    _set_values(owner, path, frames, spelled_like(bone, values, old), old, curves, bone.name)


def spelled_like(bone: bpy.types.PoseBone, values: F64, like: F64) -> F64:
    """The same rotations (t, k) in the bone's mode, of all spellings those nearest to ``like``."""
    if bone.rotation_mode == "QUATERNION":
        return np.where((values * like).sum(-1, keepdims=True) < 0, -values, values)
    if bone.rotation_mode == "AXIS_ANGLE":
        return values
    return nearest_eulers(values, bone.rotation_mode, like)


def shift_keys(curve: bpy.types.FCurve, moved: F64, chosen: Bools) -> None:
    """Add ``moved`` (k,) to the ``chosen`` (k,) of a curve's k keys, handles included."""
    as_keys(curve)
    pairs = _read_pairs(curve)
    for values in pairs.values():
        values[chosen, 1] += moved[chosen].astype(np.float32)
    _write_pairs(curve, pairs, ~chosen)


def _read_pairs(curve: bpy.types.FCurve) -> dict[str, F32]:
    """Places of the keys and of their handles, (k, 2) each."""
    keys: Any = curve.keyframe_points
    pairs: dict[str, F32] = {}
    for name in PAIRS:
        values: F32 = np.empty(2 * len(keys), np.float32)
        keys.foreach_get(name, values)
        pairs[name] = values.reshape(-1, 2)
    return pairs


def _write_pairs(curve: bpy.types.FCurve, pairs: dict[str, F32], kept: Bools) -> None:
    """Place keys and handles; automatic handles follow, but for those of the ``kept`` (k,)."""
    keys: Any = curve.keyframe_points
    for name, values in pairs.items():
        keys.foreach_set(name, values.ravel())
    curve.update()
    now = _read_pairs(curve)
    for name, values in pairs.items():
        now[name][kept] = values[kept]
        keys.foreach_set(name, now[name].ravel())


def _set_values(
    owner: bpy.types.Object,
    path: str,
    frames: F64,
    values: F64,
    old: F64,
    curves: Curves,
    group: str,
) -> None:
    for index in range(values.shape[1]):
        curve = curves.get((path, index))
        if curve is None:
            if np.abs(values[:, index] - old[:, index]).max() < 1e-7:
                continue
            curve = ActionWriter(owner, None).new_curve(path, index, group)
        _lay_in(curve, frames, values[:, index])


def _lay_in(curve: bpy.types.FCurve, frames: F64, values: F64) -> None:
    """Move the keys that are at ``frames``, and set those that aren't."""
    as_keys(curve)
    keys = read_keys(curve).astype(np.float64)
    if not len(keys):
        fill_curve(curve, frames, values, "LINEAR")
        return
    near = np.abs(keys[:, :1] - frames[None]) < SAME_FRAME
    has: Bools = np.asarray(near.any(1))
    column = near.argmax(1)
    shift_keys(curve, np.where(has, values[column] - keys[:, 1], 0.0), has)
    missing = ~near.any(0)
    if missing.any():
        _insert(curve, keys[:, 0], frames[missing], values[missing])


def _insert(curve: bpy.types.FCurve, at: F64, frames: F64, values: F64) -> None:
    keys: Any = curve.keyframe_points
    count = len(at)
    pairs = _read_pairs(curve)
    kinds = {name: np.empty(count, np.int32) for name in KINDS}
    for name, column in kinds.items():
        keys.foreach_get(name, column)
    order = np.argsort(np.concatenate([at, frames]), kind="stable")
    before = np.maximum(np.searchsorted(at, frames) - 1, 0)
    source = np.concatenate([np.arange(count), before])[order].astype(np.int64)
    is_new = order >= count
    keys.clear()
    keys.add(len(order))
    for name, column in kinds.items():
        keys.foreach_set(name, column[source])
    placed: dict[str, F32] = {}
    for name, column in pairs.items():
        placed[name] = np.empty((len(order), 2), np.float32)
        placed[name][~is_new] = column
        placed[name][is_new] = np.stack([frames, values], -1)[order[is_new] - count]
    _write_pairs(curve, placed, ~is_new)
