"""The list of the bone map: a role a line, its bone chosen from the character's.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

from typing import TYPE_CHECKING, Final

import bpy
from bpy.props import BoolProperty

from ...core.retargeting.roles import FINGER_ROLES, TWIST_ROLES
from .props import LIMN_PG_retarget, LIMN_PG_role

_SELDOM: Final = frozenset((*FINGER_ROLES, *TWIST_ROLES))


class LIMN_UL_bones(bpy.types.UIList):
    """The bone map of the character."""

    if TYPE_CHECKING:
        show_all: bool
    else:
        show_all: BoolProperty(
            name="Show All",
            description="Also show fingers and twist bones that the character has no bone for",
        )

    def draw_item(
        self,
        _context: bpy.types.Context,
        layout: bpy.types.UILayout,
        fields: LIMN_PG_retarget,
        line: LIMN_PG_role,
        _icon: int,
        _active_data: LIMN_PG_retarget,
        _active_property: str,
    ) -> None:
        """Draw the role and a picker of the character's bones."""
        split = layout.split(factor=0.4)
        split.label(text=line.name.replace("_", " ").capitalize())
        if fields.target is not None:
            split.prop_search(line, "bone", fields.target.data, "bones", text="")

    def draw_filter(self, _context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        """Draw the search and the switch for roles without a bone."""
        row = layout.row(align=True)
        row.prop(self, "filter_name", text="", icon="VIEWZOOM")
        row.prop(self, "show_all", toggle=True)

    def filter_items(
        self, _context: bpy.types.Context, fields: LIMN_PG_retarget, name: str
    ) -> tuple[list[int], list[int]]:
        """Hide what the search doesn't ask for, and empty fingers and twist bones."""
        wanted = self.filter_name.casefold().replace(" ", "_")
        flags = [
            self.bitflag_filter_item
            if (line.bone or self.show_all or wanted or line.name not in _SELDOM)
            and (wanted in line.name or wanted in line.bone.casefold().replace(" ", "_"))
            else 0
            for line in getattr(fields, name)
        ]
        return flags, []


CLASSES = (LIMN_UL_bones,)
