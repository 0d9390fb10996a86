"""One clip after the other, each into a take and a .blend; see batch.py at the package's root."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import bpy

from ...core.data.errors import LimnError
from ...core.data.showing import showable
from ...core.data.types import Progress
from ..run.worker import Done, Failed, Worker, worker_command

_PASSED_ON: Final = (
    "--quality", "--max-people", "--min-confidence", "--min-track", "--height", "--fov",
    "--contacts", "--gaps", "--estimator", "--depth-model", "--depth-input", "--first-frame",
    "--last-frame", "--step", "--fps",
)  # fmt: skip
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
    options = [part for name in _PASSED_ON for part in _option(given, name)]
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
    for name in _PASSED_ON:
        parser.add_argument(name, metavar="VALUE", help=argparse.SUPPRESS)
    return parser


def _option(given: argparse.Namespace, name: str) -> tuple[str, ...]:
    value = getattr(given, name.removeprefix("--").replace("-", "_"))
    return () if value is None else (name, value)


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


def _do(job: _Job, options: Sequence[str]) -> str:
    """Estimate and build one clip; returns what to say about it. Raises LimnError.

    Both run in processes of their own, the scene in another Blender: whatever a clip does to them,
    the batch goes on.
    """
    _work(["estimate", str(job.clip), "-o", str(job.take), *options])
    # Without a binary this Blender is Python's bpy module, which the worker finds by itself.
    blender = ("--blender", bpy.app.binary_path) if bpy.app.binary_path else ()
    built = _work(["build", str(job.take), "-o", str(job.blend), *blender]).result
    for warning in built.get("warnings", ()):
        _tell(f"  {warning}")
    people = len(built.get("people", ()))
    who = "1 person" if people == 1 else f"{people} people"
    return f"{built.get('frames', '?')} frames, {who}: {job.blend}"


def _work(arguments: Sequence[str]) -> Done:
    worker = Worker(worker_command([*arguments, "--progress", "json"]))
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
