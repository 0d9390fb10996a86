"""What the window manager shows of a run.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

from typing import TYPE_CHECKING

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    FloatProperty,
    PointerProperty,
    StringProperty,
)

from ...core.data.safe_text import showable


class LIMN_PG_line(bpy.types.PropertyGroup):
    """A line of the outcome."""

    if TYPE_CHECKING:
        text: str
        icon: str
    else:
        text: StringProperty()
        icon: StringProperty(default="NONE")


class LIMN_PG_run(bpy.types.PropertyGroup):
    """How far the run is, and how the last one ended; not saved."""

    if TYPE_CHECKING:
        title: str
        take: str
        is_running: bool
        is_cancelled: bool
        fraction: float
        text: str
        detail: str
        outcome: bpy.types.bpy_prop_collection[LIMN_PG_line]
        checks: bpy.types.bpy_prop_collection[LIMN_PG_line]
        models: bpy.types.bpy_prop_collection[LIMN_PG_line]
    else:
        title: StringProperty()
        take: StringProperty()
        is_running: BoolProperty()
        is_cancelled: BoolProperty()
        fraction: FloatProperty(min=0.0, max=1.0)
        text: StringProperty()
        detail: StringProperty()
        outcome: CollectionProperty(type=LIMN_PG_line)
        checks: CollectionProperty(type=LIMN_PG_line)
        models: CollectionProperty(type=LIMN_PG_line)


CLASSES = (LIMN_PG_line, LIMN_PG_run)


def add_line(
    lines: "bpy.types.bpy_prop_collection[LIMN_PG_line]", text: str, icon: str = "NONE"
) -> None:
    """Append a line to an outcome."""
    line = lines.add()
    line.text, line.icon = showable(text), icon


def run_of(manager: bpy.types.WindowManager) -> LIMN_PG_run:
    """Return the state of the run that the window manager shows."""
    return manager.limn_run


def attach() -> None:
    """Hang the state on the window manager; its classes are registered."""
    bpy.types.WindowManager.limn_run = PointerProperty(type=LIMN_PG_run, options={"SKIP_SAVE"})


def detach() -> None:
    """Take it off again."""
    del bpy.types.WindowManager.limn_run
