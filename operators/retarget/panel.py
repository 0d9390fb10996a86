"""The panel's section Retarget."""

from __future__ import annotations

import bpy

from ...core.retargeting.roles import FINGER_ROLES, TWIST_ROLES
from ..run.props import LIMN_PG_run, run_of
from .props import retarget_of


class VIEW3D_PT_limn_retarget(bpy.types.Panel):
    """Section of the tab."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Limn"
    bl_label = "Retarget"
    bl_parent_id = "VIEW3D_PT_limn"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - Blender reads the set, nobody writes it

    def draw(self, context: bpy.types.Context) -> None:
        """Draw character, options, button and map."""
        fields, layout = retarget_of(context.scene), self.layout
        run: LIMN_PG_run = run_of(context.window_manager)
        layout.enabled = not run.is_running
        layout.prop(fields, "target")
        row = layout.row()
        row.prop(fields, "in_place")
        row.prop(fields, "plant_feet")
        layout.prop(fields, "tolerance_deg")
        layout.row().prop(fields, "controls", expand=True)
        layout.operator("limn.retarget", icon="ARMATURE_DATA")
        layout.prop(fields, "show_map", icon="TRIA_DOWN" if fields.show_map else "TRIA_RIGHT")
        if not fields.show_map:
            return
        row = layout.row(align=True)
        row.operator("limn.recognise_rig", text="Recognise")
        row.operator("limn.load_bone_map", text="Load")
        row.operator("limn.save_bone_map", text="Save")
        if fields.convention:
            layout.label(text=f"Naming: {fields.convention}")
        column = layout.column(align=True)
        for line in fields.roles:
            if line.bones or line.name not in (*FINGER_ROLES, *TWIST_ROLES):
                column.prop(line, "bones", text=line.name.replace("_", " "))


CLASSES = (VIEW3D_PT_limn_retarget,)
