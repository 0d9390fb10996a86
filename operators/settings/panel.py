"""The sections Settings and Networks: what most runs leave alone.

A new setting is a field of ``LIMN_PG_settings`` and a row in ``setting_rows``.
"""

from __future__ import annotations

import bpy

from ...scene.figures.contacts import edits_by_person
from ...scene.figures.record import figures_of
from ..models.model_list import PACKAGE
from ..tab.rows import draw_rows, row
from ..tab.sections import Section, section_panels
from . import presets
from .props import settings_of
from .setting_rows import READING, SOLVING


class SettingsSection(Section):
    """What a run does with the clip."""

    key = "settings"
    bl_label = "Settings"

    def draw_header_preset(self, _context: bpy.types.Context) -> None:
        """Draw the button of the presets."""
        presets.LIMN_PT_presets.draw_panel_header(self.layout)

    def draw(self, context: bpy.types.Context) -> None:
        """Draw what a run reads and solves with, and below the latter the button for another."""
        layout, settings = self.layout, settings_of(context.scene)
        draw_rows(layout, settings, READING)
        draw_rows(layout, settings, SOLVING)
        figures = figures_of(context)
        if not figures:
            return
        line = layout.row(align=True)
        line.operator("limn.solve_again", icon="FILE_REFRESH")
        if any(edits_by_person(figures).values()):
            line.operator("limn.solve_again", text="", icon="UNPINNED").forget_contacts = True
        if settings.camera == "given":
            layout.operator("limn.solve_camera", icon="CON_CAMERASOLVER")


class NetworksSection(Section):
    """Which networks look at the clip."""

    key = "networks"
    parent = "settings"
    bl_label = "Networks"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the choice of networks, and the way to the list of others."""
        layout, settings = self.layout, settings_of(context.scene)
        rows = [row("estimator"), row("depth_model")]
        rows += [row("depth_input")] if settings.depth_model else []
        rows += [row("face_shapes")] if settings.face != "off" else []
        draw_rows(layout, settings, rows)
        layout.operator(
            "preferences.addon_show", text="Other Networks", icon="PREFERENCES"
        ).module = PACKAGE


CLASSES = (*section_panels(SettingsSection), *section_panels(NetworksSection))
