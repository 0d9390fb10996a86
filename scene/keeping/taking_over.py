"""What somebody's object takes over of one that was made anew."""

from __future__ import annotations

import bpy

from .edited import is_somebodys

_Animated = bpy.types.Object | bpy.types.Camera


def take_over_action(new: _Animated, old: _Animated) -> None:
    """Let ``old`` play the action that ``new`` has, called as its own was."""
    animation = old.animation_data_create()
    earlier = animation.action
    animation.action = new.animation_data.action if new.animation_data else None
    if animation.action is None:
        return
    if bpy.app.version >= (4, 4, 0):
        animation.action_slot = new.animation_data.action_slot
    if earlier is not None and (is_somebodys(earlier) or " earlier" in earlier.name):
        # Not after an action that isn't this figure's alone, as when two share one.
        animation.action.name = old.name
    elif earlier is not None:
        name_after(earlier, animation.action)


def name_after(earlier: bpy.types.ID, later: bpy.types.ID) -> None:
    """Give ``later`` the name of ``earlier``, which is only left if something else uses it."""
    name = earlier.name
    earlier.name = f"{name} earlier"
    later.name = name
