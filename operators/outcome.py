"""What the panel says after a run: who was found where, how well, and what to look at."""

from __future__ import annotations

from typing import Final

from ..core.types import Person, Take
from ..scene.build import BuildReport
from .properties import LIMN_PG_run, add_line

_LISTED_FRAMES: Final = 6
_LABELS: Final = {
    "missing_share": "gaps",
    "bridged_share": "bridged frames",
    "jitter_10m_s3": "jitter",
    "foot_slide_mm_per_frame": "sliding feet",
    "floor_penetration_mm": "feet below the floor",
    "reprojection_share": "off the picture",
}
"""Plain words for the figures of core.quality."""


def show_outcome(run: LIMN_PG_run, take: Take, report: BuildReport) -> None:
    """List the people with their frames, the notes and the warnings."""
    run.outcome.clear()
    for person, name in zip(take.people, report.armatures, strict=True):
        add_line(run.outcome, f"{name}: {coverage(person, take)}", "ARMATURE_DATA")
        if words := quality_words(person, take):
            add_line(run.outcome, words, "BLANK1")
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
    return f"{share} ({source[0] + 1} to {source[-1] + 1}){guessed}"


def quality_words(person: Person, take: Take) -> str:
    """Word the report's findings on ``person`` and the frames to look at, counted from 1."""
    people = take.report.get("people")
    entries = people if isinstance(people, list) else []
    checks = next((e.get("checks", {}) for e in entries if e.get("name") == person.name), None)
    if not checks:
        return ""
    bad = [(name, check) for name, check in checks.items() if check["word"] != "good"]
    if not bad:
        return "Quality: good"
    named = [f"{_LABELS.get(name, name)} ({check['word']})" for name, check in bad]
    frames = sorted({frame + 1 for _, check in bad for frame in check["look_at"]})
    look = f"; see frames {', '.join(map(str, frames[:_LISTED_FRAMES]))}" if frames else ""
    return f"Quality: {', '.join(named)}{look}"
