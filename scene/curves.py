"""Writing keyframes in bulk, the same way from Blender 4.2 to 5.2.

Up to 4.3 an action holds its curves itself; since 4.4 they lie in a slot's channel bag of a strip
of a layer, and since 5.0 that is the only way. Without a slot an action moves nothing.
"""

from __future__ import annotations

from typing import Any, Final

import bpy
import numpy as np

from ..core.data.arrays import F32, F64, I32, Floats
from ..core.data.errors import RigError
from .motion.sampled_curves import (
    as_keys,
    can_be_sampled,
    fill_with_samples,
    is_sampled,
    read_samples,
)

STEADY: Final = 1e-5
"""A channel that never leaves its first value by more than this gets one key."""


_IS_LAYERED: Final = bpy.app.version >= (4, 4, 0)


def check_not_tweaked(owner: bpy.types.Object | bpy.types.Camera | bpy.types.Key) -> None:
    """Raise RigError while an NLA strip of ``owner`` is open: no other action can be given then."""
    if owner.animation_data is not None and owner.animation_data.use_tweak_mode:
        raise RigError(
            f"A strip of {owner.name} is open in the NLA editor's tweak mode; leave it (Tab) first."
        )


class ActionWriter:
    """Adds keyed channels to a new action of an object, a lens or a mesh's shapes, or to the one it
    has if ``name`` is None.

    The owner must have an action then.
    """

    def __init__(
        self, owner: bpy.types.Object | bpy.types.Camera | bpy.types.Key, name: str | None
    ) -> None:
        animation = owner.animation_data_create()
        if name is None:
            self.action = animation.action
            self._bag: Any = _bags(owner)[0]
            return
        check_not_tweaked(owner)
        self.action = bpy.data.actions.new(name)
        animation.action = self.action
        self._bag = self.action
        if _IS_LAYERED:
            slot = self.action.slots.new(id_type=owner.id_type, name=owner.name)
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
        wanted on ``every_frame``. Very long channels are sampled (``motion.sampled_curves``).
        """
        columns = values.reshape(len(values), -1)
        is_steady = (np.abs(columns - columns[:1]) <= STEADY).all()
        if is_steady and len(columns) > 1 and not every_frame:
            frames, columns = frames[:1], columns[:1]
        for index in range(columns.shape[1]):
            curve = self.new_curve(path, index, group)
            # Keys that somebody is to set by hand have to be keys.
            fill = fill_curve if every_frame else _fill
            fill(curve, frames, columns[:, index], interpolation)

    def has(self, path: str) -> bool:
        """Whether the property at ``path`` has keys already."""
        return self._bag.fcurves.find(path, index=0) is not None

    def rewrite(self, path: str, frames: F64, values: Floats, group: str) -> None:
        """Give the property at ``path`` these keys only: ``values`` (t, k), linear in between.

        Curves that are there keep their group, colour and modifiers.
        """
        for index in range(values.shape[1]):
            curve = self._bag.fcurves.find(path, index=index)
            if curve is None:
                curve = self.new_curve(path, index, group)
            _fill(curve, frames, values[:, index], "LINEAR")

    def new_curve(self, path: str, index: int, group: str) -> bpy.types.FCurve:
        """Add a curve without keys for component ``index`` of the property at ``path``."""
        if not _IS_LAYERED:
            return self._bag.fcurves.new(data_path=path, index=index, action_group=group)
        curve = self._bag.fcurves.new(path, index=index)
        curve.group = self._bag.groups.get(group) or self._bag.groups.new(group)
        return curve


Curves = dict[tuple[str, int], bpy.types.FCurve]
"""Curves by path and index."""


def find_curve(owner: bpy.types.Object, path: str, index: int = 0) -> bpy.types.FCurve | None:
    """Return the curve of ``owner``'s action that moves component ``index`` of ``path``, if any."""
    curves = (bag.fcurves.find(path, index=index) for bag in _bags(owner))
    return next((curve for curve in curves if curve is not None), None)


def curves_of(owner: bpy.types.Object) -> Curves:
    """Every curve that moves ``owner``, by path and index."""
    return {(c.data_path, c.array_index): c for bag in _bags(owner) for c in bag.fcurves}


def curves_of_action(action: bpy.types.Action) -> Curves:
    """Every curve of an action's first slot for objects, by path and index."""
    layered: Any = action
    if not _IS_LAYERED:
        return {(c.data_path, c.array_index): c for c in layered.fcurves}
    slot = next((slot for slot in layered.slots if slot.target_id_type == "OBJECT"), None)
    bags = () if slot is None else _slot_bags(action, slot)
    return {(c.data_path, c.array_index): c for bag in bags for c in bag.fcurves}


def curves_of_strip(strip: bpy.types.NlaStrip) -> Curves:
    """Every curve that a strip of the NLA plays, by path and index."""
    layered: Any = strip
    if strip.action is None:
        return {}
    if not _IS_LAYERED:
        return {(c.data_path, c.array_index): c for c in layered.action.fcurves}
    bags = () if layered.action_slot is None else _slot_bags(strip.action, layered.action_slot)
    return {(c.data_path, c.array_index): c for bag in bags for c in bag.fcurves}


def find_strip_curve(strip: bpy.types.NlaStrip, prop: str) -> bpy.types.FCurve | None:
    """Return the curve by which a strip of the NLA is given its own ``prop``, if any."""
    return next((curve for curve in strip.fcurves if curve.data_path.endswith(prop)), None)


def heard(curves: Curves) -> Curves:
    """Those of ``curves`` that Blender plays: neither muted by themselves nor empty."""
    return {c: curve for c, curve in curves.items() if not curve.mute and not curve.is_empty}


def has_muted_group(curves: Curves) -> bool:
    """Whether a whole group of ``curves`` is muted: what that does differs between versions."""
    return any(curve.group is not None and curve.group.mute for curve in curves.values())


def _bags(owner: bpy.types.Object) -> list[Any]:
    animation = owner.animation_data
    if animation is None or animation.action is None:
        return []
    if not _IS_LAYERED:
        return [animation.action]
    return (
        [] if animation.action_slot is None else _slot_bags(animation.action, animation.action_slot)
    )


def _slot_bags(action: Any, slot: Any) -> list[Any]:  # noqa: ANN401 - not in 4.2, nor in its types
    strips = (strip for layer in action.layers for strip in layer.strips)
    return [bag for strip in strips if (bag := strip.channelbag(slot)) is not None]


def read_keys(curve: bpy.types.FCurve) -> F32:
    """Return frames and values (k, 2) of a curve's keys, or of the samples it has instead."""
    if is_sampled(curve):
        return read_samples(curve)
    points: F32 = np.empty(2 * len(curve.keyframe_points), np.float32)
    curve.keyframe_points.foreach_get("co", points)
    return points.reshape(-1, 2)


def kinds_of(curve: bpy.types.FCurve) -> I32:
    """Return the numbers (k,) of how a curve goes on from each of its keys, or samples."""
    if is_sampled(curve):
        return _choice("interpolation", "LINEAR", len(curve.sampled_points))
    kinds: I32 = np.empty(len(curve.keyframe_points), np.int32)
    curve.keyframe_points.foreach_get("interpolation", kinds)
    return kinds


def _fill(curve: bpy.types.FCurve, frames: F64, values: Floats, interpolation: str) -> None:
    """Give ``curve`` these keys and no others; very many are samples."""
    if interpolation == "LINEAR" and can_be_sampled(frames):
        fill_with_samples(curve, frames, values)
    else:
        fill_curve(curve, frames, values, interpolation)


def fill_curve(curve: bpy.types.FCurve, frames: F64, values: Floats, interpolation: str) -> None:
    """Give ``curve`` these keys and no others."""
    as_keys(curve)
    count, points = len(frames), curve.keyframe_points
    points.clear()
    points.add(count)
    keys: F32 = np.empty((count, 2), np.float32)
    keys[:, 0], keys[:, 1] = frames, values
    points.foreach_set("co", keys.ravel())
    points.foreach_set("interpolation", _choice("interpolation", interpolation, count))
    # New points have free handles at (0, 0), which would show as soon as someone turns the keys
    # to Bezier.
    for side in ("handle_left_type", "handle_right_type"):
        points.foreach_set(side, _choice(side, "AUTO_CLAMPED", count))
    curve.update()


def _choice(prop: str, item: str, count: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    # foreach_set takes the numbers behind the names of an enum, and they differ between versions.
    items = bpy.types.Keyframe.bl_rna.properties[prop].enum_items
    return np.full(count, items[item].value, np.int32)
