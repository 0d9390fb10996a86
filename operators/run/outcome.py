"""What the panel says after a run: who was found where, and what to know about it.

The notes belong to the state of the scene that they tell of: undo and redo bring back those of
the state they bring back. A scene remembers which notes are its own; the notes themselves are kept
in memory, so no .blend holds them.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

import bpy
from bpy.app.translations import pgettext_iface as iface

from ...core.data.safe_text import showable
from ...core.data.types import Person, Take
from ...scene.build import BuildReport
from .props import add_line, run_of

Note = tuple[str, str]
"""A sentence, and Blender's name of the icon before it."""
_told: dict[str, tuple[Note, ...]] = {}


def show_outcome(context: bpy.types.Context, take: Take, report: BuildReport) -> None:
    """List the people of ``take`` with their frames, the notes and the warnings."""
    people = zip(take.people, report.armatures, strict=True)
    show_notes(
        context,
        [
            *((f"{name}: {coverage(person, take)}", "ARMATURE_DATA") for person, name in people),
            *((note, "INFO") for note in report.notes),
            *((iface(warning), "ERROR") for warning in report.warnings),
        ],
    )


def show_notes(context: bpy.types.Context, notes: Iterable[Note]) -> None:
    """Show ``notes`` below the button instead of earlier ones."""
    _tell(context, tuple(notes))


def add_note(context: bpy.types.Context, text: str, icon: str = "INFO") -> None:
    """Show one more note below those that are there."""
    earlier = _told.get(_key_of(context.scene), ())
    _tell(context, (*earlier, (text, icon)))


def dismiss_notes(context: bpy.types.Context) -> None:
    """Take the notes away for good; undo doesn't bring them back."""
    _told.pop(_key_of(context.scene), None)
    recall_notes(context)


def recall_notes(context: bpy.types.Context) -> None:
    """Show the notes of the scene as it is now, after undo, redo and loading."""
    lines = run_of(context.window_manager).outcome
    lines.clear()
    for text, icon in _told.get(_key_of(context.scene), ()):
        add_line(lines, text, icon)


def _tell(context: bpy.types.Context, notes: tuple[Note, ...]) -> None:
    key = uuid.uuid4().hex
    _told[key] = tuple((showable(text), icon) for text, icon in notes)
    context.scene.limn_notes = key
    recall_notes(context)


def _key_of(scene: bpy.types.Scene) -> str:
    return str(scene.limn_notes)


def coverage(person: Person, take: Take) -> str:
    """Word in how many of the clip's frames ``person`` has a pose, counted from 1."""
    total, count = len(take.time_s), len(person.frames)
    if take.clip.is_still:
        return iface("in the photo")
    if not count:
        return iface("in no frame")
    source = take.source_frame[person.frames]
    share = iface("{count} of {total} frames") if count < total else iface("all {total} frames")
    bridged = int(person.bridged.sum())
    guessed = iface(", {count} of them bridged").format(count=bridged) if bridged else ""
    share = share.format(count=count, total=total)
    return f"{share} ({source[0] + 1}-{source[-1] + 1}){guessed}"
