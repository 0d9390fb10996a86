"""A figure's copy with only some of its bones, which Blender evaluates in half the time."""

from __future__ import annotations

from collections.abc import Iterator, Set
from contextlib import contextmanager

import bpy


@contextmanager
def few_bones(copy: bpy.types.Object, needed: Set[str]) -> Iterator[None]:
    """Leave ``copy``, an armature object in object mode, only the bones ``needed`` for a while.

    Whoever calls sees to it that what carries a bone is needed too, or bones would lose their
    parents. Library overrides can't be edited and keep all of theirs.
    """
    whole = copy.data
    part = whole.copy()
    try:
        copy.data = part
        if part.library is None and part.override_library is None:
            _remove_others(copy, needed)
        yield
    finally:
        copy.data = whole
        bpy.data.armatures.remove(part)


def _remove_others(copy: bpy.types.Object, needed: Set[str]) -> None:
    """Edit mode is the only place where bones can go, and it wants the object in a view layer."""
    alone = bpy.data.scenes.new("Limn bones")
    try:
        alone.collection.objects.link(copy)
        layer = alone.view_layers[0]
        layer.objects.active = copy
        with bpy.context.temp_override(
            scene=alone, view_layer=layer, object=copy, active_object=copy
        ):
            bpy.ops.object.mode_set(mode="EDIT")
            bones = copy.data.edit_bones
            for bone in [bone for bone in bones if bone.name not in needed]:
                bones.remove(bone)
            bpy.ops.object.mode_set(mode="OBJECT")
    finally:
        bpy.data.scenes.remove(alone)
