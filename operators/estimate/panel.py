"""The main panel of the tab: the clip, the quality, Estimate Pose, and how the last run ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy

from ..run.outcome import dismiss_notes
from ..run.props import LIMN_PG_run, run_of
from ..settings.props import LIMN_PG_settings, settings_of
from ..tab.sections import PREFIXES, TAB

_WRAP_PX_PER_LETTER: Final = 7.0

if TYPE_CHECKING:
    _Panel = bpy.types.Panel
else:
    _Panel = object


class _Tab(_Panel):
    bl_region_type = "UI"
    bl_category = TAB
    bl_label = "Limn"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the fields, the button or the progress, and how the last run ended."""
        layout = self.layout
        settings, run = settings_of(context.scene), run_of(context.window_manager)
        _draw_clip(layout, settings)
        layout.row().prop(settings, "quality", expand=True)
        if run.is_running:
            _draw_progress(layout, run)
        else:
            row = layout.row()
            row.scale_y = 1.5
            row.operator("limn.estimate_pose", icon="POSE_HLT")
        row = layout.row(align=True)
        row.operator("limn.load_take", icon="FILE_FOLDER")
        if context.area.type == "VIEW_3D" and context.scene.camera is not None:
            row.operator("view3d.view_camera", text="Camera View", icon="CAMERA_DATA")
        if len(run.outcome) and not run.is_running:
            _draw_outcome(layout, context, run)


class VIEW3D_PT_limn(_Tab, bpy.types.Panel):
    """Tab of the 3D view."""

    bl_space_type = "VIEW_3D"


class CLIP_PT_limn(_Tab, bpy.types.Panel):
    """Tab of the Movie Clip editor."""

    bl_space_type = "CLIP_EDITOR"


class LIMN_OT_dismiss_notes(bpy.types.Operator):
    """Take these notes away"""

    bl_idname = "limn.dismiss_notes"
    bl_label = "Dismiss Notes"
    bl_options = {"INTERNAL"}  # noqa: RUF012 - Blender reads the set, nobody writes it

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Forget them."""
        dismiss_notes(context)
        return {"FINISHED"}


CLASSES = (LIMN_OT_dismiss_notes, VIEW3D_PT_limn, CLIP_PT_limn)
assert {cls.__name__ for cls in CLASSES[1:]} == set(PREFIXES.values()), "the sections' parents"


def _draw_clip(layout: bpy.types.UILayout, settings: LIMN_PG_settings) -> None:
    row = layout.row(align=True)
    row.prop(settings, "source", expand=True, icon_only=True)
    if settings.source == "FILE":
        row.prop(settings, "clip_path", text="", placeholder="Video, photo or folder")
    else:
        row.template_ID(settings, "movie_clip", open="clip.open")


def _draw_progress(layout: bpy.types.UILayout, run: LIMN_PG_run) -> None:
    box = layout.box().column()
    box.label(text=run.text, icon="SORTTIME")
    box.progress(factor=run.fraction, text=run.detail or "...")
    box.operator("limn.cancel", text="Cancel (Esc here)", icon="CANCEL")


def _draw_outcome(layout: bpy.types.UILayout, context: bpy.types.Context, run: LIMN_PG_run) -> None:
    scale = context.preferences.system.ui_scale
    letters = max(18, int(context.region.width / (_WRAP_PX_PER_LETTER * scale)) - 8)
    row = layout.box().row()
    lines = row.column(align=True)
    for line in run.outcome:
        for number, part in enumerate(wrapped(line.text, letters)):
            lines.label(text=part, icon=line.icon if number == 0 else "BLANK1", translate=False)
    away = row.column()
    away.operator("limn.dismiss_notes", text="", icon="X", emboss=False)


def wrapped(text: str, letters: int) -> list[str]:
    """Break ``text`` into lines; labels don't wrap and Blender cuts long ones off."""
    import textwrap

    return textwrap.wrap(text, letters) or [""]
