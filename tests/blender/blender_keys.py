# ruff: noqa: ANN401 - bpy has no types here
"""Reading keyframes back, in every version of Blender."""

from __future__ import annotations

from typing import Any

import numpy as np


def all_curves(action: Any) -> list[Any]:
    if hasattr(action, "fcurves"):
        return list(action.fcurves)
    return [
        c
        for layer in action.layers
        for strip in layer.strips
        for bag in strip.channelbags
        for c in bag.fcurves
    ]


def keys_of(armature: Any, path: str, index: int = 0) -> np.ndarray:
    curve = next(
        c
        for c in all_curves(armature.animation_data.action)
        if c.data_path == path and c.array_index == index
    )
    points = np.empty(2 * len(curve.keyframe_points), np.float32)
    curve.keyframe_points.foreach_get("co", points)
    return points.reshape(-1, 2)


def snapshot(armature: Any) -> dict[tuple[str, int], bytes]:
    return {
        (c.data_path, c.array_index): keys_of(armature, c.data_path, c.array_index).tobytes()
        for c in all_curves(armature.animation_data.action)
    }


Keys = dict[tuple[str, int, float], tuple[object, ...]]


def every_key(owner: Any) -> Keys:
    """All there is to a key, by curve and frame."""
    return {
        (curve.data_path, curve.array_index, round(key.co[0], 3)): (
            *key.co,
            *key.handle_left,
            *key.handle_right,
            key.interpolation,
            key.handle_left_type,
            key.handle_right_type,
        )
        for curve in all_curves(owner.animation_data.action)
        for key in curve.keyframe_points
    }


def changed(before: Keys, after: Keys) -> set[tuple[str, int, float]]:
    return {key for key in before | after if before.get(key) != after.get(key)}


def bones_of(keys: set[tuple[str, int, float]]) -> set[str]:
    return {path.split('"')[1] for path, _, _ in keys}
