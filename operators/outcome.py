"""What the panel says after a run: who was found where, how well, and what to look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..core.types import Person, Take
from ..scene.build import BuildReport
from .properties import LIMN_PG_run, add_line

_LISTED_RANGES: Final = 4
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
    return f"{share} ({source[0] + 1}-{source[-1] + 1}){guessed}"


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
    look = f"; see frames {', '.join(ranges(frames)[:_LISTED_RANGES])}" if frames else ""
    return f"Quality: {', '.join(named)}{look}"


def ranges(frames: Sequence[int]) -> list[str]:
    """Word increasing numbers as ranges: 3, 4, 5, 9 is "3-5", "9"."""
    words: list[str] = []
    for i, frame in enumerate(frames):
        if i and frame == frames[i - 1] + 1:
            words[-1] = f"{words[-1].partition('-')[0]}-{frame}"
        else:
            words.append(str(frame))
    return words
