"""The section View and Render."""

from __future__ import annotations

import bpy

from ...scene.figures.record import figures_of
from ..tab.sections import Section, section_panels


class StageSection(Section):
    """How people are seen."""

    key = "stage"
    bl_label = "View and Render"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only for figures."""
        return bool(figures_of(context))

    def draw(self, context: bpy.types.Context) -> None:
        """Draw what is used most first."""
        figures = figures_of(context)
        row = self.layout.row(align=True)
        row.operator("limn.frame_people", icon="ZOOM_SELECTED")
        is_shown = bool(figures) and all(figure.show_in_front for figure in figures)
        row.operator("limn.show_bones", text="", icon="BONE_DATA", depress=is_shown)
        self.layout.operator("limn.set_up_render", icon="RENDER_STILL")


CLASSES = section_panels(StageSection, ("VIEW_3D",))
