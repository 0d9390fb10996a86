"""The people of the take at hand in the panel: pictures, names and the frames they are in."""

from __future__ import annotations

import bpy

from ...scene.figures.record import PERSON_KEY, figures_of, read_record
from ..run.props import run_of
from .ops import label_of, picture_of


class _People:
    bl_region_type = "UI"
    bl_category = "Limn"
    bl_label = "People"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only where there is somebody."""
        return bool(figures_of(context))

    def draw(self, context: bpy.types.Context) -> None:
        """Draw everybody with picture, name and frames, and what can be done with them."""
        layout: bpy.types.UILayout = self.layout  # type: ignore[attr-defined]
        layout.enabled = not run_of(context.window_manager).is_running
        figures = figures_of(context)
        for figure in figures:
            _draw_person(layout, figure, is_alone=len(figures) == 1)
        row = layout.row(align=True)
        for action, icon in (("KEEP", "CHECKMARK"), ("MERGE", "AUTOMERGE_ON")):
            row.operator("limn.choose_people", text=label_of(action), icon=icon).action = action
        row = layout.row(align=True)
        for action, icon in (("NAMES", "FILE_TICK"), ("PICTURES", "IMAGE_DATA")):
            row.operator("limn.choose_people", text=label_of(action), icon=icon).action = action


def _draw_person(layout: bpy.types.UILayout, figure: bpy.types.Object, *, is_alone: bool) -> None:
    box = layout.box().row()
    picture = picture_of(figure)
    if picture is not None:
        box.template_icon(icon_value=picture, scale=3.0)
    column = box.column(align=True)
    row = column.row(align=True)
    row.prop(figure, "limn_is_ticked", text="")
    row.prop(figure, "name", text="")
    split = row.operator("limn.choose_people", text="", icon="MOD_EDGESPLIT")
    split.action, split.person = "SPLIT", int(figure[PERSON_KEY])
    out = row.row(align=True)
    out.enabled = not is_alone
    drop = out.operator("limn.choose_people", text="", icon="X")
    drop.action, drop.person = "DROP", int(figure[PERSON_KEY])
    record = read_record(figure)
    if record is not None:
        first, last = record.source_frames[[0, -1]] + 1
        column.label(text=f"{len(record.source_frames)} frames ({first}-{last})")


class VIEW3D_PT_limn_people(_People, bpy.types.Panel):
    """Who is in the take at hand."""

    bl_space_type = "VIEW_3D"
    bl_parent_id = "VIEW3D_PT_limn"


class CLIP_PT_limn_people(_People, bpy.types.Panel):
    """Who is in the take at hand."""

    bl_space_type = "CLIP_EDITOR"
    bl_parent_id = "CLIP_PT_limn"


CLASSES = (VIEW3D_PT_limn_people, CLIP_PT_limn_people)
