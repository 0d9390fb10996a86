"""The section People: a list of everybody, and what can be done with them."""

from __future__ import annotations

from typing import Final

import bpy

from ...scene.figures.record import figures_of
from ..tab.sections import Section, section_panels
from .ops import label_of
from .people_list import home_of

_MENU: Final = (
    ("KEEP", "CHECKMARK"),
    ("MERGE", "AUTOMERGE_ON"),
    ("NAMES", "FILE_TICK"),
    ("PICTURES", "IMAGE_DATA"),
)
"""What the list's menu offers, and the icons."""


class LIMN_MT_people(bpy.types.Menu):
    """What can be done with everybody, or with those who are ticked."""

    bl_label = "People"

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw the entries."""
        layout = self.layout
        for action, icon in _MENU:
            entry = layout.operator("limn.choose_people", text=label_of(action), icon=icon)
            entry.action = action


class PeopleSection(Section):
    """Who is in the take at hand."""

    key = "people"
    bl_label = "People"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only where there is somebody."""
        return bool(figures_of(context))

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the list, and beside it what is done with the active person."""
        figures = figures_of(context)
        row = self.layout.row()
        row.template_list(
            "LIMN_UL_people", "", home_of(context, figures), "objects",
            context.window_manager, "limn_person", rows=min(6, max(3, len(figures))),
        )  # fmt: skip
        side = row.column(align=True)
        side.operator("limn.choose_people", text="", icon="MOD_EDGESPLIT").action = "SPLIT"
        if len(figures) > 1:
            side.operator("limn.choose_people", text="", icon="REMOVE").action = "DROP"
        side.menu("LIMN_MT_people", text="", icon="DOWNARROW_HLT")


CLASSES = (LIMN_MT_people, *section_panels(PeopleSection))
