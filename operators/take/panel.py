"""The section Take: the file that the figures come from."""

from __future__ import annotations

import bpy

from ...core.data.safe_text import showable
from ...scene.figures.record import figures_of
from ...scene.keeping.take_link import named_take
from ..tab.sections import Section, section_panels
from .kept import is_only_kept
from .take_files import is_lost


class TakeSection(Section):
    """The file that the figures come from."""

    key = "take"
    bl_label = "Take"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only where there is a take."""
        return bool(figures_of(context))

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the file's name and what can be done with takes."""
        layout, figure = self.layout, figures_of(context)[0]
        name = showable(named_take(figure).name)
        if is_lost(figure):
            layout.label(text="Not found:", icon="ERROR")
            layout.label(text=name, icon="BLANK1", translate=False)
            layout.operator("limn.find_take", icon="VIEWZOOM")
        elif is_only_kept(figure):
            layout.label(text=name, icon="PACKAGE", translate=False)
            layout.operator("limn.write_kept_take", icon="FILE_TICK")
        else:
            layout.label(text=name, icon="FILE", translate=False)
        layout.operator("limn.tidy_takes", icon="TRASH")


CLASSES = section_panels(TakeSection)
