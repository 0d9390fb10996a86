"""The section Clean Up in the tab, and the same tools in the Pose and Object menus."""

from __future__ import annotations

import bpy

from .cleanup_props import CLEANUP_MENU, cleanup_of


class VIEW3D_PT_limn_cleanup(bpy.types.Panel):
    """Section of Motion."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Limn"
    bl_label = "Clean Up"
    bl_parent_id = "VIEW3D_PT_limn_motion"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - Blender reads the set, nobody writes it

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the tools in the order in which they are used."""
        fields, layout = cleanup_of(context.scene), self.layout
        layout.operator("limn.set_floor", icon="TRIA_DOWN_BAR")
        row = layout.row(align=True)
        row.operator("limn.smooth_motion", icon="MOD_SMOOTH")
        row.prop(fields, "cutoff_hz", text="Hz")
        row = layout.row(align=True)
        row.operator("limn.lock_foot", text="Lock Left", icon="LOCKED").side = "left"
        row.operator("limn.lock_foot", text="Right").side = "right"
        row.prop(fields, "ease")
        row = layout.row(align=True)
        row.operator("limn.find_cycle", icon="VIEWZOOM")
        row.prop(fields, "shortest")
        row = layout.row(align=True)
        row.operator("limn.extract_root_motion", icon="CON_FOLLOWPATH")
        row.prop(fields, "turn", text="", icon="CON_ROTLIKE", toggle=True)
        row = layout.row(align=True)
        row.operator("limn.aim_camera", text="Re-aim Camera", icon="CAMERA_DATA").how = "FOOTAGE"
        row.operator("limn.aim_camera", text="Centre").how = "CENTRE"


class LIMN_MT_cleanup(bpy.types.Menu):
    """The tools as a menu; what a menu holds, F3 finds."""

    bl_idname = CLEANUP_MENU
    bl_label = "Clean Up Motion"

    def draw(self, _context: bpy.types.Context) -> None:
        """List the tools."""
        layout = self.layout
        layout.operator("limn.smooth_motion")
        layout.operator("limn.lock_foot", text="Lock Left Foot").side = "left"
        layout.operator("limn.lock_foot", text="Lock Right Foot").side = "right"
        layout.operator("limn.find_cycle")
        layout.operator("limn.extract_root_motion")
        layout.operator("limn.set_floor")
        layout.operator("limn.aim_camera", text="Re-aim Camera over Footage").how = "FOOTAGE"
        layout.operator("limn.aim_camera", text="Centre Camera").how = "CENTRE"


def _add_menu(self: bpy.types.Menu, _context: bpy.types.Context) -> None:
    self.layout.menu(LIMN_MT_cleanup.bl_idname)


_MENUS = ("VIEW3D_MT_pose", "VIEW3D_MT_object_animation")
CLASSES = (VIEW3D_PT_limn_cleanup, LIMN_MT_cleanup)


def attach() -> None:
    """Add the menu to Blender's own."""
    for name in _MENUS:
        getattr(bpy.types, name).append(_add_menu)


def detach() -> None:
    """Take it off again."""
    for name in _MENUS:
        getattr(bpy.types, name).remove(_add_menu)
