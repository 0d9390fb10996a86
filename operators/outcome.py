"""What the panel says after a run: who was found where, how well, and what to look at."""

from __future__ import annotations

from ..core.types import Person, Take
from ..scene.build import BuildReport
from .properties import LIMN_PG_run


def show_outcome(run: LIMN_PG_run, take: Take, report: BuildReport) -> None:
    """List the people with their frames, the notes and the warnings."""
    run.outcome.clear()
    for person, name in zip(take.people, report.armatures, strict=True):
        _add(run, f"{name}: {coverage(person, take)}", "ARMATURE_DATA")
        if words := quality_words(person, take):
            _add(run, words, "BLANK1")
    for note in report.notes:
        _add(run, note, "INFO")
    for warning in report.warnings:
        _add(run, warning, "ERROR")


def coverage(person: Person, take: Take) -> str:
    """Word in how many of the clip's frames ``person`` has a pose, counted from 1."""
    total, count = len(take.time_s), len(person.frames)
    if take.clip.is_still:
        return "in the photo"
    if not count:
        return "in no frame"
    source = take.source_frame[person.frames]
    share = f"{count} of {total} frames" if count < total else f"all {total} frames"
    bridged = int(person.bridged.sum())
    guessed = f", {bridged} of them bridged" if bridged else ""
    return f"{share} ({source[0] + 1} to {source[-1] + 1}){guessed}"


def quality_words(person: Person, take: Take) -> str:
    """Return the report's verdict on ``person``, empty when it has none."""
    people = take.report.get("people")
    if not isinstance(people, list):
        return ""
    for entry in people:
        if isinstance(entry, dict) and entry.get("name") == person.name:
            return str(entry.get("verdict") or entry.get("quality") or "")
    return ""


def _add(run: LIMN_PG_run, text: str, icon: str) -> None:
    entry = run.outcome.add()
    entry.text, entry.icon = text, icon
