"""The sections of the tab "Limn": one class a section, shown in every editor that has the tab.

A section is a class with ``key``, ``bl_label`` and ``draw``; ``section_panels`` makes Blender's
panels of it. Where it stands among the others says ``ORDER``, a line a section. Nothing in a
section is greyed during a run: operators do that by their polls, which say why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

import bpy

TAB: Final = "Limn"
PREFIXES: Final = {"VIEW_3D": "VIEW3D_PT_limn", "CLIP_EDITOR": "CLIP_PT_limn"}
"""Editors that have the tab, and what the names of its panels there begin with."""
ORDER: Final = (
    "views",
    "settings",
    "networks",
    "people",
    "body",
    "quality",
    "take",
    "motion",
    "retarget",
    "export",
    "stage",
    "look",
)
"""Keys of the sections, from the top."""

if TYPE_CHECKING:
    _Panel = bpy.types.Panel
else:
    _Panel = object


class Section(_Panel):
    """A section below the tab's main panel, closed at first, shown only where ``poll`` says."""

    key: ClassVar[str]
    parent: ClassVar[str] = ""
    """Key of the section that this one lies in; empty for the main panel."""
    bl_region_type = "UI"
    bl_category = TAB
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 - Blender reads the set, nobody writes it


def section_panels(
    section: type[Section], spaces: Sequence[str] = tuple(PREFIXES)
) -> tuple[Any, ...]:
    """Blender's panels of ``section``, one for each editor of ``spaces``."""
    return tuple(
        type(
            f"{PREFIXES[space]}_{section.key}",
            (section, bpy.types.Panel),
            {
                "__doc__": section.__doc__,
                "__module__": section.__module__,
                "bl_space_type": space,
                "bl_parent_id": "_".join(filter(None, (PREFIXES[space], section.parent))),
                "bl_order": ORDER.index(section.key),
            },
        )
        for space in spaces
    )
