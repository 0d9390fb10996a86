"""The section Retarget: source, target, options, and the bone map."""

from __future__ import annotations

import bpy

from ...core.data.safe_text import showable
from ...scene.figures.record import figures_of
from ..tab.sections import Section, section_panels
from .props import retarget_of


class RetargetSection(Section):
    """A figure's motion onto the artist's own armature."""

    key = "retarget"
    bl_label = "Retarget"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only where there is a figure, or a character was chosen."""
        return bool(figures_of(context)) or retarget_of(context.scene).target is not None

    def draw(self, context: bpy.types.Context) -> None:
        """Draw source, target, options and button; with a target, its bone map."""
        fields, layout = retarget_of(context.scene), self.layout
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(fields, "source")
        column.prop(fields, "target")
        column.prop(fields, "in_place")
        column.prop(fields, "plant_feet")
        column.prop(fields, "tolerance_deg")
        column.row().prop(fields, "controls", expand=True)
        layout.operator("limn.retarget", icon="ARMATURE_DATA")
        if fields.target is None:
            return
        header, body = layout.panel("limn_bone_map", default_closed=True)
        header.label(text="Bone Map")
        if fields.convention:
            header.label(text=showable(fields.convention), translate=False)
        if fields.trouble:
            layout.label(text=fields.trouble, icon="ERROR", translate=False)
        if body is None:
            return
        row = body.row()
        row.template_list("LIMN_UL_bones", "", fields, "roles", fields, "role", rows=8)
        side = row.column(align=True)
        side.operator("limn.add_bone", text="", icon="ADD")
        side.operator("limn.remove_bone", text="", icon="REMOVE")
        side.separator()
        side.operator("limn.recognise_rig", text="", icon="FILE_REFRESH")
        side.operator("limn.load_bone_map", text="", icon="IMPORT")
        side.operator("limn.save_bone_map", text="", icon="EXPORT")


CLASSES = section_panels(RetargetSection, ("VIEW_3D",))
