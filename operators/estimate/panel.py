"""The main panel of the tab: the clip, the quality, Estimate Pose, and how the last run ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy
from bpy.app.translations import pgettext_iface as iface

from ...scene.figures.record import figures_of
from ..run.outcome import dismiss_notes
from ..run.props import LIMN_PG_run, run_of
from ..settings.props import LIMN_PG_settings, settings_of
from ..tab.sections import PREFIXES, TAB
from ..tab.wrapping import draw_wrapped
from .clip_facts import clip_facts
from .request import why_not
from .unfinished import is_begun

_BUTTON_PX: Final = 30.0  # of the cross that dismisses notes

if TYPE_CHECKING:
    _Panel = bpy.types.Panel
else:
    _Panel = object


class _Tab(_Panel):
    bl_region_type = "UI"
    bl_category = TAB
    bl_label = "Limn"

    def draw_header_preset(self, _context: bpy.types.Context) -> None:
        """Draw the way to the manual."""
        self.layout.operator("limn.open_manual", text="", icon="HELP", emboss=False)

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the fields, the button or the progress, and how the last run ended."""
        layout = self.layout
        settings, run = settings_of(context.scene), run_of(context.window_manager)
        _draw_clip(layout, context, settings)
        layout.row().prop(settings, "quality", expand=True)
        if run.is_running:
            _draw_progress(layout, run)
        else:
            row = layout.row(align=True)
            row.scale_y = 1.5
            if is_begun(settings):
                row.operator("limn.estimate_pose", text="Continue", icon="PLAY")
            else:
                row.operator("limn.estimate_pose", icon="POSE_HLT")
            row.operator("limn.estimate_several", text="", icon="FILE_MOVIE")
            row.operator("limn.load_take", text="", icon="FILE_FOLDER")
            if context.area.type == "VIEW_3D" and figures_of(context):
                row.operator("limn.look_through", text="", icon="VIEW_CAMERA")
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


def _draw_clip(
    layout: bpy.types.UILayout, context: bpy.types.Context, settings: LIMN_PG_settings
) -> None:
    row = layout.row(align=True)
    row.prop(settings, "source", expand=True, icon_only=True)
    if settings.source == "FILE":
        row.prop(settings, "clip_path", text="", placeholder="Video, photo or folder")
    else:
        row.template_ID(settings, "movie_clip", open="clip.open")
    if why_not(settings):
        layout.operator("limn.sample_clip", icon="FILE_MOVIE")
        return
    told, icon = clip_facts(settings)
    if told:
        draw_wrapped(layout, context, told, icon)


def _draw_progress(layout: bpy.types.UILayout, run: LIMN_PG_run) -> None:
    box = layout.box().column()
    box.label(text=run.text, icon="SORTTIME")
    box.progress(factor=run.fraction, text=run.detail or "...")
    box.operator("limn.cancel", text="Cancel (Esc here)", icon="CANCEL")


def _draw_outcome(layout: bpy.types.UILayout, context: bpy.types.Context, run: LIMN_PG_run) -> None:
    """Draw what was found and what went wrong; the rest behind a triangle."""
    row = layout.box().row()
    lines = row.column(align=True)
    notes = [line for line in run.outcome if line.icon == "INFO"]
    for line in run.outcome:
        if line.icon != "INFO":
            draw_wrapped(lines, context, line.text, line.icon, kept_px=_BUTTON_PX)
    if notes:
        icon = "DOWNARROW_HLT" if run.show_notes else "RIGHTARROW"
        told = f"{iface('Notes')}: {len(notes)}"
        fold = lines.row()
        fold.alignment = "LEFT"
        fold.prop(run, "show_notes", text=told, icon=icon, emboss=False, translate=False)
    for line in notes if run.show_notes else ():
        draw_wrapped(lines, context, line.text, line.icon, kept_px=_BUTTON_PX)
    away = row.column()
    away.operator("limn.dismiss_notes", text="", icon="X", emboss=False)
