"""The sidebar tab "Limn" of the 3D view and of the Movie Clip editor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from ..run.props import LIMN_PG_run, run_of
from ..settings.props import LIMN_PG_settings, settings_of

_WRAP_PX_PER_LETTER = 7.0

if TYPE_CHECKING:
    _Panel = bpy.types.Panel
else:
    _Panel = object


class _Tab(_Panel):
    bl_region_type = "UI"
    bl_category = "Limn"
    bl_label = "Limn"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the fields, the button or the progress, and how the last run ended."""
        layout = self.layout
        settings, run = settings_of(context.scene), run_of(context.window_manager)
        fields = layout.column()
        fields.enabled = not run.is_running
        _draw_clip(fields, settings)
        _draw_choices(fields, settings)
        layout.separator()
        if run.is_running:
            _draw_progress(layout, run)
        else:
            row = layout.row()
            row.scale_y = 1.6
            row.operator("limn.estimate_pose", icon="POSE_HLT")
        row = layout.row(align=True)
        row.operator("limn.load_take", icon="FILE_FOLDER")
        if context.area.type == "VIEW_3D":
            camera = row.row(align=True)
            camera.enabled = context.scene.camera is not None
            camera.operator("view3d.view_camera", text="Camera View", icon="CAMERA_DATA")
        _draw_outcome(layout, context, run)


class _Details(_Panel):
    bl_region_type = "UI"
    bl_category = "Limn"
    bl_label = "Details"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - Blender reads the set, nobody writes it

    def draw(self, context: bpy.types.Context) -> None:
        """Draw what most runs leave alone."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.enabled = not run_of(context.window_manager).is_running
        settings = settings_of(context.scene)
        layout.prop(settings, "contacts")
        layout.prop(settings, "gaps")
        layout.prop(settings, "min_confidence", slider=True)
        layout.prop(settings, "step")
        layout.prop(settings, "estimator")
        layout.prop(settings, "depth_model")
        if settings.depth_model:
            layout.prop(settings, "depth_input")
        layout.operator("limn.compare", icon="IMGDISPLAY")
        layout.prop(settings, "replace")


class VIEW3D_PT_limn(_Tab, bpy.types.Panel):
    """Tab of the 3D view."""

    bl_space_type = "VIEW_3D"


class VIEW3D_PT_limn_details(_Details, bpy.types.Panel):
    """Seldom needed fields."""

    bl_space_type = "VIEW_3D"
    bl_parent_id = "VIEW3D_PT_limn"


class CLIP_PT_limn(_Tab, bpy.types.Panel):
    """Tab of the Movie Clip editor."""

    bl_space_type = "CLIP_EDITOR"


class CLIP_PT_limn_details(_Details, bpy.types.Panel):
    """Seldom needed fields."""

    bl_space_type = "CLIP_EDITOR"
    bl_parent_id = "CLIP_PT_limn"


CLASSES = (VIEW3D_PT_limn, VIEW3D_PT_limn_details, CLIP_PT_limn, CLIP_PT_limn_details)


def _draw_clip(layout: bpy.types.UILayout, settings: LIMN_PG_settings) -> None:
    layout.row().prop(settings, "source", expand=True)
    if settings.source == "FILE":
        layout.prop(settings, "clip_path", text="")
    else:
        layout.template_ID(settings, "movie_clip", open="clip.open")
    layout.separator()


def _draw_choices(layout: bpy.types.UILayout, settings: LIMN_PG_settings) -> None:
    layout.row().prop(settings, "quality", expand=True)
    layout.prop(settings, "max_people")
    for flag, field in (("use_height", "height_m"), ("use_fov", "fov_deg")):
        row = layout.row(align=True)
        row.prop(settings, flag, text="")
        value = row.row(align=True)
        value.active = getattr(settings, flag)
        if getattr(settings, flag):
            value.prop(settings, field)
        else:
            value.label(text=f"{field_name(settings, field)}: automatic")
    row = layout.row(align=True)
    row.prop(settings, "use_range", text="")
    if settings.use_range:
        row.prop(settings, "first_frame")
        row.prop(settings, "last_frame")
    else:
        row.label(text="Frames: all")


def field_name(settings: LIMN_PG_settings, field: str) -> str:
    """Return a field's label without its unit."""
    return settings.bl_rna.properties[field].name.partition(" (")[0]


def _draw_progress(layout: bpy.types.UILayout, run: LIMN_PG_run) -> None:
    box = layout.box().column()
    box.label(text=run.text, icon="SORTTIME")
    box.progress(factor=run.fraction, text=run.detail or "...")
    box.operator("limn.cancel", text="Cancel (Esc here)", icon="CANCEL")


def _draw_outcome(layout: bpy.types.UILayout, context: bpy.types.Context, run: LIMN_PG_run) -> None:
    if not len(run.outcome) or run.is_running:
        return
    scale = context.preferences.system.ui_scale
    letters = max(18, int(context.region.width / (_WRAP_PX_PER_LETTER * scale)) - 6)
    box = layout.box().column(align=True)
    for line in run.outcome:
        for number, part in enumerate(wrapped(line.text, letters)):
            box.label(text=part, icon=line.icon if number == 0 else "BLANK1")


def wrapped(text: str, letters: int) -> list[str]:
    """Break ``text`` into lines; labels don't wrap and Blender cuts long ones off."""
    import textwrap

    return textwrap.wrap(text, letters) or [""]
