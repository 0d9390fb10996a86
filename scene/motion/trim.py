"""Cutting a curve to a stretch, its keys' handles and kinds kept."""

from __future__ import annotations

from typing import Any, Final

import bpy
import numpy as np

from ...core.data.arrays import F32
from .sampled_curves import as_keys

PAIRS: Final = ("co", "handle_left", "handle_right")
KINDS: Final = ("interpolation", "easing", "handle_left_type", "handle_right_type", "type")
_SAME_FRAME: Final = 1e-3


def trim_curve(curve: bpy.types.FCurve, first: float, last: float) -> None:
    """Drop the keys of ``curve`` outside two frames; at an end that cuts it a key is set."""
    as_keys(curve)
    keys: Any = curve.keyframe_points
    count = len(keys)
    if not count:
        return
    pairs = {name: np.empty(2 * count, np.float32) for name in PAIRS}
    kinds = {name: np.empty(count, np.int32) for name in KINDS}
    for name, values in (*pairs.items(), *kinds.items()):
        keys.foreach_get(name, values)
    at = pairs["co"][::2]
    rows: list[int] = np.flatnonzero(
        (at > first - _SAME_FRAME) & (at < last + _SAME_FRAME)
    ).tolist()
    ends = _ends(curve, at, first, last)
    # An end takes after the key before it, which says how the curve goes on from there.
    before = [max(int(np.searchsorted(at, frame)) - 1, 0) for frame, _ in ends]
    order = sorted(
        [(float(at[row]), row, None) for row in rows]
        + [(frame, row, value) for (frame, value), row in zip(ends, before, strict=True)],
        key=lambda entry: entry[0],
    )
    source = [row for _, row, _ in order]
    kept = {name: values.reshape(count, 2)[source].copy() for name, values in pairs.items()}
    for row, (frame, _, value) in enumerate(order):
        if value is not None:
            for name in PAIRS:
                kept[name][row] = (frame, value)
    keys.clear()
    keys.add(len(order))
    for name, values in kept.items():
        keys.foreach_set(name, values.ravel())
    for name, values in kinds.items():
        keys.foreach_set(name, values[source])
    curve.update()


def _ends(curve: bpy.types.FCurve, at: F32, first: float, last: float) -> list[tuple[float, float]]:
    """Keys to set at the ends: where the curve goes on beyond and has no key of its own there."""
    ends = []
    before, after = at < first - _SAME_FRAME, at > last + _SAME_FRAME
    if not (np.abs(at - first) < _SAME_FRAME).any() and (before.any() or after.all()):
        ends.append((first, float(curve.evaluate(first))))
    if not (np.abs(at - last) < _SAME_FRAME).any() and after.any() and not after.all():
        ends.append((last, float(curve.evaluate(last))))
    return ends
