"""The section Further Views: other cameras' clips of the same scene."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import bpy
from bpy.app.translations import pgettext_iface as iface

from ...scene.figures.record import figures_of
from ..settings.props import settings_of
from ..tab.sections import Section, section_panels
from .props import views_of

_ICONS: Final = {"good": "CHECKMARK", "check": "QUESTION", "poor": "ERROR"}


class LIMN_UL_views(bpy.types.UIList):
    """Further views, each with its start and agreement."""

    def draw_item(
        self,
        _context: bpy.types.Context,
        layout: bpy.types.UILayout,
        _data: bpy.types.Scene,
        row: Any,  # noqa: ANN401 - a property group
        _icon: int,
        _active_data: bpy.types.Scene,
        _active_property: str,
    ) -> None:
        """Draw a tick, the name, and what the last run found."""
        line = layout.row(align=True)
        line.prop(row, "is_used", text="")
        name = line.row()
        name.active = row.is_used
        name.label(text=Path(row.path).name or row.path, translate=False)
        if row.agreement:
            found = layout.row()
            found.alignment = "RIGHT"
            icon = _ICONS.get(row.agreement, "NONE")
            told = f"{row.found_s:+.2f} s, {word_of(row.agreement)}"
            found.label(text=told, icon=icon, translate=False)


def word_of(agreement: str) -> str:
    """How well a view fits, as the last run calls it, in the interface's language."""
    words = {"good": iface("good"), "check": iface("check"), "poor": iface("poor")}
    return words.get(agreement, agreement)


class ViewsSection(Section):
    """Other cameras that filmed the same people."""

    key = "views"
    parent = "settings"
    bl_label = "Further Views"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only where there is a clip that they can go with."""
        settings = settings_of(context.scene)
        chosen = bool(settings.clip_path) or settings.movie_clip is not None
        return chosen or bool(figures_of(context))

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the list, and below it the chosen row's start and camera."""
        layout, scene = self.layout, context.scene
        rows = views_of(scene)
        if not len(rows):
            layout.operator("limn.add_view", icon="ADD")
            return
        row = layout.row()
        row.template_list("LIMN_UL_views", "", scene, "limn_views", scene, "limn_view_row", rows=2)
        side = row.column(align=True)
        side.operator("limn.add_view", text="", icon="ADD")
        side.operator("limn.remove_view", text="", icon="REMOVE")
        if 0 <= scene.limn_view_row < len(rows):
            chosen = rows[scene.limn_view_row]
            line = layout.row(heading="Known Start")
            line.prop(chosen, "use_start", text="")
            value = line.row()
            value.active = chosen.use_start
            value.prop(chosen, "start_s", text="")
            layout.operator(
                "limn.look_through_further_view", text="Look Through", icon="VIEW_CAMERA"
            )


CLASSES = (LIMN_UL_views, *section_panels(ViewsSection))
