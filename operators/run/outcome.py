"""What the panel says after a run: who was found where, and what to know about it."""

from __future__ import annotations

from ...core.data.types import Person, Take
from ...scene.build import BuildReport
from .props import LIMN_PG_run, add_line


def show_outcome(run: LIMN_PG_run, take: Take, report: BuildReport, path: str) -> None:
    """List the people of the take at ``path`` with their frames, the notes and the warnings."""
    run.outcome.clear()
    run.take = path
    for person, name in zip(take.people, report.armatures, strict=True):
        add_line(run.outcome, f"{name}: {coverage(person, take)}", "ARMATURE_DATA")
    for note in report.notes:
        add_line(run.outcome, note, "INFO")
    for warning in report.warnings:
        add_line(run.outcome, warning, "ERROR")


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
    return f"{share} ({source[0] + 1}-{source[-1] + 1}){guessed}"
