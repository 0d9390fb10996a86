"""The menu Limn in Object, Pose and Clip: Blender's search finds what is in a menu, by its name.

What is offered is every operator that is registered and isn't for Limn's own use (``INTERNAL``), in
the order of registration, a line between topics; ``offer`` is told by the package which those are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import bpy

from .sections import TAB

_HOMES: Final = ("VIEW3D_MT_object", "VIEW3D_MT_pose", "CLIP_MT_clip")
"""Blender's menus that Limn's is hung into."""
_offered: list[type[bpy.types.Operator]] = []


def offer(classes: Sequence[type[Any]]) -> None:
    """Fill the menu with the operators among ``classes`` that a person may look for."""
    _offered[:] = [
        cls for cls in classes if issubclass(cls, bpy.types.Operator) and is_for_people(cls)
    ]


def is_for_people(cls: type[bpy.types.Operator]) -> bool:
    """Whether an operator stands in menus and Blender's search."""
    return "INTERNAL" not in getattr(cls, "bl_options", set())


def _topic(cls: type[bpy.types.Operator]) -> str:
    return cls.__module__.rpartition(".")[0]


class VIEW3D_MT_limn(bpy.types.Menu):
    """Everything that Limn does, for the menu and for Blender's search."""

    bl_label = TAB

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw an entry for every operator, or for every choice of one that offers some."""
        layout, topic = self.layout, ""
        for cls in _offered:
            if topic and topic != _topic(cls):
                layout.separator()
            topic = _topic(cls)
            choice = getattr(cls, "menu_choice", "")
            if choice:
                layout.operator_enum(cls.bl_idname, choice)
            else:
                layout.operator(cls.bl_idname)


def _draw(self: bpy.types.Menu, _context: bpy.types.Context) -> None:
    self.layout.separator()
    self.layout.menu("VIEW3D_MT_limn", icon="POSE_HLT")


CLASSES = (VIEW3D_MT_limn,)


def attach() -> None:
    """Hang the menu into Blender's own."""
    for name in _HOMES:
        getattr(bpy.types, name).append(_draw)


def detach() -> None:
    """Take it out again."""
    for name in _HOMES:
        getattr(bpy.types, name).remove(_draw)
    _offered.clear()
