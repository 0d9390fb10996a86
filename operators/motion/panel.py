"""The panel's section of tools for the active armature's action."""

from __future__ import annotations

import bpy

from ..tab.sections import Section, section_panels
from .props import motion_of


class MotionSection(Section):
    """Tools for the active armature's action."""

    key = "motion"
    bl_label = "Motion"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only for an armature."""
        owner = context.active_object
        return owner is not None and owner.type == "ARMATURE"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the tools in the order in which they are used."""
        fields, layout = motion_of(context.scene), self.layout
        column = layout.column(align=True)
        column.operator("limn.trim_motion", icon="DRIVER_DISTANCE")
        column.operator("limn.mirror_motion", icon="MOD_MIRROR")
        column.operator("limn.push_down_motion", icon="NLA_PUSHDOWN")
        column = layout.column(align=True)
        row = column.row(align=True)
        row.prop(fields, "in_place", toggle=True)
        row.prop(fields, "repeat", toggle=True)
        column.prop(fields, "blend_frames")
        column.operator("limn.loop_motion", icon="FILE_REFRESH")
        column = layout.column(align=True)
        row = column.row(align=True)
        row.prop(fields, "use_facing", text="")
        row.prop(fields, "facing_deg")
        row = column.row(align=True)
        row.operator("limn.place_motion", text="To Cursor", icon="PIVOT_CURSOR").to = "CURSOR"
        row.operator("limn.place_motion", text="To Origin", icon="WORLD").to = "ORIGIN"
        row.operator("limn.place_motion", text="", icon="ORIENTATION_CURSOR").to = "HERE"
        column = layout.column(align=True)
        column.prop(fields, "other", text="")
        row = column.row(align=True)
        row.prop(fields, "weight")
        row.operator("limn.blend_motion", text="Mix", icon="MOD_OPACITY").how = "MIX"
        row = column.row(align=True)
        row.prop(fields, "overlap")
        row.operator("limn.blend_motion", text="Then", icon="TRIA_RIGHT_BAR").how = "THEN"


CLASSES = section_panels(MotionSection, ("VIEW_3D",))
