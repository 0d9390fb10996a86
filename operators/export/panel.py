"""The section Export: a button for each common format, and all of them in a menu."""

from __future__ import annotations

import bpy

from ...scene.figures.record import figures_of
from ..tab.sections import Section, section_panels
from .ops import COMMON


class ExportSection(Section):
    """Figures out to other programs."""

    key = "export"
    bl_label = "Export"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only where there is something to export."""
        return bool(figures_of(context))

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw a button for the common formats and one for all."""
        layout = self.layout
        grid = layout.grid_flow(columns=4, even_columns=True, align=True)
        for suffix in COMMON:
            name = suffix.lstrip(".").upper()
            grid.operator("limn.export_take", text=name, translate=False).suffix = suffix
        layout.operator_menu_enum("limn.export_take", "suffix", text="All Formats", icon="EXPORT")
        layout.operator("limn.mark_assets", icon="ASSET_MANAGER")


CLASSES = section_panels(ExportSection, ("VIEW_3D",))
