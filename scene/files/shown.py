"""Objects brought before Blender's exporters, which write what is seen and selected and leave out
the rest without a word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import bpy

from ..curves import curves_of


@contextmanager
def shown(context: bpy.types.Context, chosen: Sequence[bpy.types.Object]) -> Iterator[None]:
    """Let only ``chosen`` be selected and all of them be seen, whatever hides them.

    That may be their own switches, those of their collections, the playhead where they aren't there
    yet, or a view in local view or with a kind of object hidden. All is as before afterwards, Pose
    Mode too, which some exporters leave.
    """
    scene, layer = context.scene, context.view_layer
    active = layer.objects.active
    selected = [one for one in list(layer.objects) if one.select_get()]
    posed = active if active is not None and active.mode == "POSE" else None
    changed: list[tuple[Any, str, object]] = []
    eyes: list[bpy.types.Object] = []
    linked: list[bpy.types.Object] = []
    try:
        for owner in chosen:
            _switch_on(owner, changed)
        layer.update()
        for owner in chosen:
            if owner.name in layer.objects and owner.hide_get(view_layer=layer):
                eyes.append(owner)
                owner.hide_set(False, view_layer=layer)
            is_there = scene.collection.objects.get(owner.name) == owner
            if not is_there and not _can_be_selected(owner, layer):
                scene.collection.objects.link(owner)
                linked.append(owner)
        layer.update()
        _select(layer, chosen)
        with context.temp_override(area=None, region=None):
            yield
    finally:
        for owner in linked:
            scene.collection.objects.unlink(owner)
        for owner in eyes:
            owner.hide_set(True, view_layer=layer)
        for owner, prop, value in reversed(changed):
            setattr(owner, prop, value)
        _select(layer, selected)
        layer.objects.active = active
        if posed is not None and posed.mode != "POSE" and bpy.ops.object.mode_set.poll():
            bpy.ops.object.mode_set(mode="POSE")


def _switch_on(owner: bpy.types.Object, changed: list[tuple[Any, str, object]]) -> None:
    """Turn on what hides an object by itself, and note in ``changed`` what was there."""
    wanted: list[tuple[Any, str, object]] = [(owner, "hide_select", False)]
    if owner.hide_viewport:
        animation: Any = owner.animation_data
        if animation is not None and animation.action is not None:
            curves = curves_of(owner).values()
            hiding = [one for one in curves if one.data_path in ("hide_viewport", "hide_render")]
            wanted += [(curve, "mute", True) for curve in hiding]
        wanted += [(owner, "hide_viewport", False), (owner, "hide_render", False)]
    for one, prop, value in wanted:
        changed.append((one, prop, getattr(one, prop)))
        setattr(one, prop, value)


def _can_be_selected(owner: bpy.types.Object, layer: bpy.types.ViewLayer) -> bool:
    """Whether no collection keeps ``owner`` from being seen and selected."""
    if owner.name not in layer.objects or not owner.visible_get(view_layer=layer):
        return False
    owner.select_set(True, view_layer=layer)
    return owner.select_get(view_layer=layer)


def _select(layer: bpy.types.ViewLayer, chosen: Sequence[bpy.types.Object]) -> None:
    # A list: asking may bring the layer up to date, which frees what is being gone through.
    for other in list(layer.objects):
        if other.select_get(view_layer=layer) != (other in chosen):
            other.select_set(other in chosen, view_layer=layer)
    if chosen:
        layer.objects.active = chosen[0]
