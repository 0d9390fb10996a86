"""Curves of very long takes: samples instead of keys.

A key takes 72 bytes, and Blender's dependency graph holds a copy of every action, so that two hours
of one figure would be 9 GB. A sample takes 16. Blender plays, draws, saves and exports sampled
curves as it does others, straight lines between frames; whoever changes keys turns them into
keys first (``as_keys``), as *Key > Samples to Keys* does in the Graph Editor.
"""

from __future__ import annotations

from typing import Any, Final

import bpy
import numpy as np

from ...core.data.arrays import F32, F64, Floats

MOST_KEYS: Final = 90_000
"""Keys of a curve, 50 minutes at 30 a second, beyond which it is sampled: a figure's take 4 GB."""
_WHOLE: Final = 1e-4  # of a frame, by which a frame's number may miss a whole one


def is_sampled(curve: bpy.types.FCurve) -> bool:
    """Whether ``curve`` holds samples and no keys."""
    return len(curve.sampled_points) > 0


def can_be_sampled(frames: F64) -> bool:
    """Whether keys at ``frames`` (t,) are too many and lie on every whole frame, where alone
    Blender has samples."""
    if len(frames) <= MOST_KEYS:
        return False
    grid = round(float(frames[0])) + np.arange(len(frames))
    return bool((np.abs(frames - grid) < _WHOLE).all())


def fill_with_samples(curve: bpy.types.FCurve, frames: F64, values: Floats) -> None:
    """Give ``curve`` samples ``values`` (t,) at the whole ``frames`` (t,) and nothing else."""
    first, count = round(float(frames[0])), len(frames)
    as_keys(curve)
    keys: Any = curve.keyframe_points
    keys.clear()
    # Blender makes samples of keys only: two keys give them a place, the numbers follow in bulk.
    keys.add(2)
    keys.foreach_set("co", [float(first), 0.0, float(first + count - 1), 0.0])
    curve.update()
    curve.convert_to_samples(first, first + count)
    places: F32 = np.empty((count, 2), np.float32)
    places[:, 0], places[:, 1] = first + np.arange(count), values
    samples: Any = curve.sampled_points
    samples.foreach_set("co", places.ravel())


def read_samples(curve: bpy.types.FCurve) -> F32:
    """Frames and values (k, 2) of a sampled curve."""
    samples: Any = curve.sampled_points
    places: F32 = np.empty(2 * len(samples), np.float32)
    samples.foreach_get("co", places)
    return places.reshape(-1, 2)


def as_keys(curve: bpy.types.FCurve) -> None:
    """Turn a sampled curve into linear keys of the same frames and values; leave others alone.

    Keys that are cleared or added on a sampled curve leave its samples behind them, and then it is
    neither.
    """
    if not is_sampled(curve):
        return
    places = read_samples(curve)
    curve.convert_to_keyframes(round(float(places[0, 0])), round(float(places[-1, 0])) + 1)
