"""What the window manager shows of a run.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

from collections.abc import Callable
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
        text: StringProperty(name="Note", description="A sentence about the last run")
        icon: StringProperty(
            name="Icon", description="Blender's name of the icon before the note", default="NONE"
        )


class LIMN_PG_run(bpy.types.PropertyGroup):
    """How far the run is, and how the last one ended; not saved."""

    if TYPE_CHECKING:
        title: str
        is_running: bool
        is_cancelled: bool
        fraction: float
        text: str
        detail: str
        show_notes: bool
        outcome: bpy.types.bpy_prop_collection[LIMN_PG_line]
        checks: bpy.types.bpy_prop_collection[LIMN_PG_line]
        models: bpy.types.bpy_prop_collection[LIMN_PG_line]
    else:
        title: StringProperty(name="Run", description="What is running")
        is_running: BoolProperty(name="Running", description="Whether a run is going on")
        is_cancelled: BoolProperty(
            name="Cancelled", description="Whether the run has been asked to stop"
        )
        fraction: FloatProperty(
            name="Progress", description="How much of the stage is done", min=0.0, max=1.0
        )
        text: StringProperty(name="Stage", description="What the run is doing now")
        detail: StringProperty(
            name="Count", description="How far the stage is, and how long it may still take"
        )
        show_notes: BoolProperty(
            name="Notes", description="Show what else there is to know about the last run"
        )
        outcome: CollectionProperty(
            name="Notes", description="What there is to know about the last run", type=LIMN_PG_line
        )
        checks: CollectionProperty(
            name="Checks", description="What the self-test found", type=LIMN_PG_line
        )
        models: CollectionProperty(
            name="Networks", description="How the last installation ended", type=LIMN_PG_line
        )


CLASSES = (LIMN_PG_line, LIMN_PG_run)


def add_line(
    lines: "bpy.types.bpy_prop_collection[LIMN_PG_line]", text: str, icon: str = "NONE"
) -> None:
    """Append a line to a list of notes."""
    line = lines.add()
    line.text, line.icon = showable(text), icon


def run_of(manager: bpy.types.WindowManager) -> LIMN_PG_run:
    """Return the state of the run that the window manager shows."""
    return manager.limn_run


_stops: list[Callable[[bpy.types.Context], None]] = []
"""What ends the run that is going on, its process too; at most one."""


def begin_run(
    manager: bpy.types.WindowManager, title: str, stop: Callable[[bpy.types.Context], None]
) -> None:
    """Show a run under its ``title`` that has just begun; ``stop`` ends it, by ``end_run`` too."""
    _stops[:] = [stop]
    run = run_of(manager)
    run.is_running, run.is_cancelled, run.fraction = True, False, 0.0
    run.title, run.text, run.detail = title, "Starting", ""


def end_run(manager: bpy.types.WindowManager) -> None:
    """Show that nothing is running any more."""
    _stops.clear()
    run_of(manager).is_running = False


def attach() -> None:
    """Hang the state on the window manager, and on scenes which notes are theirs."""
    bpy.types.WindowManager.limn_run = PointerProperty(
        name="Limn Run",
        description="How far Limn's run is, and how the last one ended",
        type=LIMN_PG_run,
        options={"SKIP_SAVE"},
    )
    bpy.types.Scene.limn_notes = StringProperty(
        name="Limn Notes",
        description="Which of the notes kept in memory belong to this state of the scene",
        options={"HIDDEN"},
    )


def detach() -> None:
    """Take them off again. Switched off or reloaded amid a run, Limn can't follow it any more, and
    Blender would keep what the panel shows of it."""
    for stop in list(_stops):
        stop(bpy.context)
    del bpy.types.Scene.limn_notes
    del bpy.types.WindowManager.limn_run
