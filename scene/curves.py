"""Writing keyframes in bulk, the same way from Blender 4.2 to 5.2.

Up to 4.3 an action holds its curves itself; since 4.4 they lie in a slot's channel bag of a strip
of a layer, and since 5.0 that is the only way. Without a slot an action moves nothing.
"""

from __future__ import annotations

from typing import Any, Final

import bpy
import numpy as np

from ..core.arrays import F32, F64, Floats

STEADY: Final = 1e-5
"""A channel that never leaves its first value by more than this gets one key."""


class ActionWriter:
    """Adds keyed channels to a new action of one object."""

    def __init__(self, owner: bpy.types.Object, name: str) -> None:
        self.action = bpy.data.actions.new(name)
        animation = owner.animation_data_create()
        animation.action = self.action
        self._is_layered = bpy.app.version >= (4, 4, 0)
        self._bag: Any = self.action
        if self._is_layered:
            slot = self.action.slots.new(id_type="OBJECT", name=owner.name)
            animation.action_slot = slot
            strip = self.action.layers.new("Layer").strips.new(type="KEYFRAME")
            self._bag = strip.channelbag(slot, ensure=True)

    def write(
        self,
        path: str,
        frames: F64,
        values: Floats,
        group: str,
        interpolation: str = "LINEAR",
        *,
        every_frame: bool = False,
    ) -> None:
        """Key the property at ``path``: ``values`` (t,) or (t, k) for its k components.

        A property whose components all keep still gets one key, at its first frame, unless it is
        wanted on ``every_frame``.
        """
        columns = values.reshape(len(values), -1)
        is_steady = (np.abs(columns - columns[:1]) <= STEADY).all()
        if is_steady and len(columns) > 1 and not every_frame:
            frames, columns = frames[:1], columns[:1]
        for index in range(columns.shape[1]):
            self._write_curve(path, index, frames, columns[:, index], group, interpolation)

    def _write_curve(
        self, path: str, index: int, frames: F64, values: Floats, group: str, interpolation: str
    ) -> None:
        count = len(frames)
        curve = self._new_curve(path, index, group)
        curve.keyframe_points.add(count)
        points: F32 = np.empty((count, 2), np.float32)
        points[:, 0], points[:, 1] = frames, values
        curve.keyframe_points.foreach_set("co", points.ravel())
        curve.keyframe_points.foreach_set(
            "interpolation", _choice("interpolation", interpolation, count)
        )
        # New points have free handles at (0, 0), which would show as soon as someone turns the
        # keys to Bezier.
        for side in ("handle_left_type", "handle_right_type"):
            curve.keyframe_points.foreach_set(side, _choice(side, "AUTO_CLAMPED", count))
        curve.update()

    def _new_curve(self, path: str, index: int, group: str) -> bpy.types.FCurve:
        if not self._is_layered:
            return self._bag.fcurves.new(data_path=path, index=index, action_group=group)
        curve = self._bag.fcurves.new(path, index=index)
        curve.group = self._bag.groups.get(group) or self._bag.groups.new(group)
        return curve


def find_curve(owner: bpy.types.Object, path: str, index: int = 0) -> bpy.types.FCurve | None:
    """Return the curve of ``owner``'s action that moves component ``index`` of ``path``, if any."""
    animation = owner.animation_data
    if animation is None or animation.action is None:
        return None
    action: Any = animation.action
    if bpy.app.version < (4, 4, 0):
        return action.fcurves.find(path, index=index)
    if animation.action_slot is None:
        return None
    strips = (strip for layer in action.layers for strip in layer.strips)
    bags = (strip.channelbag(animation.action_slot) for strip in strips)
    curves = (bag.fcurves.find(path, index=index) for bag in bags if bag is not None)
    return next((curve for curve in curves if curve is not None), None)


def read_keys(curve: bpy.types.FCurve) -> F32:
    """Return frames and values (k, 2) of a curve's keys."""
    points: F32 = np.empty(2 * len(curve.keyframe_points), np.float32)
    curve.keyframe_points.foreach_get("co", points)
    return points.reshape(-1, 2)


def _choice(prop: str, item: str, count: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    # foreach_set takes the numbers behind the names of an enum, and they differ between versions.
    items = bpy.types.Keyframe.bl_rna.properties[prop].enum_items
    return np.full(count, items[item].value, np.int32)
