"""One clip after the other, each into a take and a .blend; see batch.py at the package's root."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import bpy

from ...core.data.errors import LimnError
from ...core.data.safe_text import showable
from ...core.data.types import Progress
from ...core.pipeline.request import Request
from ..run.worker import Done, Failed, Worker

_PASSED_ON: Final = {
    "--quality": ("quality", str),
    "--max-people": ("max_people", int),
    "--min-confidence": ("min_confidence", float),
    "--min-track": ("min_track_s", float),
    "--height": ("height_m", str),
    "--fov": ("fov_deg", str),
    "--contacts": ("contacts", str),
    "--gaps": ("gaps", str),
    "--hands": ("hands", str),
    "--face": ("face", str),
    "--body": ("body", str),
    "--camera": ("camera", str),
    "--estimator": ("estimator", str),
    "--depth-model": ("depth_model", str),
    "--depth-input": ("depth_input", str),
    "--face-shapes": ("face_shapes", str),
    "--device": ("device", str),
    "--first-frame": ("first_frame", int),
    "--last-frame": ("last_frame", int),
    "--step": ("step", int),
    "--fps": ("fps", float),
}
"""Options of ``limn estimate`` that mean the same here; the worker checks their values."""


@dataclass(frozen=True, slots=True)
class _Job:
    clip: Path
    take: Path
    blend: Path


def run_batch(arguments: Sequence[str]) -> int:
    """Do every clip and return the exit code: 1 when one failed, 130 when interrupted."""
    parser = _make_parser()
    given = parser.parse_args(arguments)
    asked = {name: getattr(given, name) for name, _ in _PASSED_ON.values()}
    options = {name: value for name, value in asked.items() if value is not None}
    try:
        given.output_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _tell(f"limn: Can't make the folder {given.output_dir}: {error.strerror or error}.")
        return 7
    failed: list[str] = []
    jobs = _name_outputs(given.clips, given.output_dir)
    for number, job in enumerate(jobs, 1):
        _tell(f"[{number}/{len(jobs)}] {job.clip}")
        try:
            _tell(f"  {_do(job, options)}")
        except LimnError as error:
            _tell(f"  failed: {error}")
            failed.append(f"{job.clip}: {error}")
        except KeyboardInterrupt:
            _tell(f"limn: Cancelled; {number - 1} of {len(jobs)} clips were run before.")
            _tell_failed(failed)
            return 130
    _tell(f"{len(jobs) - len(failed)} of {len(jobs)} clips done")
    _tell_failed(failed)
    return 1 if failed else 0


def _tell_failed(failed: Sequence[str]) -> None:
    for line in failed:
        _tell(f"failed: {line}")


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="blender --background --python batch.py --",
        description="Make a take and a .blend of every clip.",
        epilog="The other options are those of 'limn estimate'.",
    )
    parser.add_argument("clips", nargs="+", type=Path, metavar="CLIP")
    parser.add_argument("--output-dir", type=Path, required=True, metavar="DIR")
    for option, (name, kind) in _PASSED_ON.items():
        parser.add_argument(option, dest=name, type=kind, metavar="VALUE", help=argparse.SUPPRESS)
    return parser


def _name_outputs(clips: Sequence[Path], folder: Path) -> list[_Job]:
    """Give every clip its own names, numbered where two clips of different folders share one."""
    jobs: list[_Job] = []
    taken: set[str] = set()
    for clip in clips:
        stem = clip.stem.rstrip("#_-. ") or "clip"
        name, number = stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}_{number}"
        taken.add(name.casefold())
        jobs.append(_Job(clip.absolute(), folder / f"{name}.take.npz", folder / f"{name}.blend"))
    return jobs


def _do(job: _Job, options: Mapping[str, Any]) -> str:
    """Estimate and build one clip; returns what to say about it. Raises LimnError.

    Both run in processes of their own, the scene in another Blender: whatever a clip does to them,
    the batch goes on.
    """
    estimate = {"clips": [str(job.clip)], "output": str(job.take), **options}
    # As 'limn batch' does: what is done isn't done again, and what was begun goes on.
    estimate |= {"if_changed": True, "parts": str(job.take.with_suffix(".parts"))}
    done = _work(Request("estimate", estimate)).result
    if done.get("skipped") and _is_newer(job.blend, job.take):
        return f"done before: {job.blend}"
    # Without a binary this Blender is Python's bpy module, which the worker finds by itself.
    blender = {"blender": bpy.app.binary_path} if bpy.app.binary_path else {}
    build = {"take": str(job.take), "output": str(job.blend), **blender}
    built = _work(Request("build", build)).result
    for warning in built.get("warnings", ()):
        _tell(f"  {warning}")
    people = len(built.get("people", ()))
    who = "1 person" if people == 1 else f"{people} people"
    return f"{built.get('frames', '?')} frames, {who}: {job.blend}"


def _is_newer(blend: Path, take: Path) -> bool:
    try:
        return blend.stat().st_mtime_ns >= take.stat().st_mtime_ns
    except OSError:
        return False


def _work(request: Request) -> Done:
    worker = Worker(request)
    try:
        outcome = worker.wait(_Teller())
    except KeyboardInterrupt:
        worker.cancel()
        raise
    if isinstance(outcome, Failed):
        raise LimnError(outcome.message)
    return outcome


class _Teller:
    """Names every stage once; a log of a farm is no place for a moving bar."""

    def __init__(self) -> None:
        self._stage = ""

    def __call__(self, step: Progress) -> None:
        if step.stage != self._stage:
            self._stage = step.stage
            _tell(f"  {step.stage}")


def _tell(line: str) -> None:
    # stderr, as Blender writes its own messages to stdout.
    sys.stderr.write(showable(line) + "\n")
    sys.stderr.flush()
