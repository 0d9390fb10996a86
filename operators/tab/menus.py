"""The menu Limn in Object, Pose and Clip, and Limn's entries of File, Import.

Blender's search finds what is in a menu, by its name. What is offered is every operator that is
registered and isn't for Limn's own use (``INTERNAL``), in the order of registration, a line between
topics; ``offer`` is told by the package which those are. Search reads a menu once, however many
hold it, but finds an operator in each menu that lists it. So those with an ``import_label`` stand
in File, Import only, and those with a ``menu_of_topic`` in that menu, which stands here among the
others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import bpy

from .sections import TAB

_HOMES: Final = ("VIEW3D_MT_object", "VIEW3D_MT_pose", "CLIP_MT_clip")
"""Blender's menus that Limn's is hung into."""
_offered: list[type[bpy.types.Operator]] = []
_imports: list[type[bpy.types.Operator]] = []


def offer(classes: Sequence[type[Any]]) -> None:
    """Fill the menus with the operators among ``classes`` that a person may look for."""
    found = [cls for cls in classes if issubclass(cls, bpy.types.Operator) and is_for_people(cls)]
    _imports[:] = [cls for cls in found if _import_label(cls)]
    _offered[:] = [cls for cls in found if not _import_label(cls)]


def is_for_people(cls: type[bpy.types.Operator]) -> bool:
    """Whether an operator stands in menus and Blender's search."""
    return "INTERNAL" not in getattr(cls, "bl_options", set())


def _import_label(cls: type[bpy.types.Operator]) -> str:
    return getattr(cls, "import_label", "")


def _topic(cls: type[bpy.types.Operator]) -> str:
    return cls.__module__.rpartition(".")[0]


class VIEW3D_MT_limn(bpy.types.Menu):
    """Everything that Limn does, for the menu and for Blender's search."""

    bl_label = TAB

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw an entry for every operator, or for every choice of one that offers some."""
        layout, topic, menus = self.layout, "", set[str]()
        for cls in _offered:
            if topic and topic != _topic(cls):
                layout.separator()
            topic = _topic(cls)
            menu, choice = getattr(cls, "menu_of_topic", ""), getattr(cls, "menu_choice", "")
            if menu:
                if menu not in menus:
                    layout.menu(menu)
                menus.add(menu)
            elif choice:
                layout.operator_enum(cls.bl_idname, choice)
            else:
                layout.operator(cls.bl_idname)


def _draw(self: bpy.types.Menu, _context: bpy.types.Context) -> None:
    self.layout.separator()
    self.layout.menu("VIEW3D_MT_limn", icon="POSE_HLT")


def _draw_imports(self: bpy.types.Menu, _context: bpy.types.Context) -> None:
    for cls in _imports:
        self.layout.operator(cls.bl_idname, text=_import_label(cls))


CLASSES = (VIEW3D_MT_limn,)


def attach() -> None:
    """Hang the menu into Blender's own."""
    for name in _HOMES:
        getattr(bpy.types, name).append(_draw)
    bpy.types.TOPBAR_MT_file_import.append(_draw_imports)


def detach() -> None:
    """Take it out again."""
    for name in _HOMES:
        getattr(bpy.types, name).remove(_draw)
    bpy.types.TOPBAR_MT_file_import.remove(_draw_imports)
    _offered.clear()
    _imports.clear()
