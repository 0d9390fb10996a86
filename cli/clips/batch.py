"""Many clips in one run of ``limn estimate``: each gets its take or its sentence, none ends it."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ...core.data.errors import Cancelled, LimnError, TakeError
from ...core.data.safe_text import showable
from ...core.data.take_file import load_take
from ..cancelling import Cancellation
from ..outcome import describe
from ..outputs import check_output, make_folder
from ..reporting import Reporter
from .clip_list import list_clips, name_takes
from .clip_process import ClipProcess

_NOT_THE_WORKERS: Final = ("clips", "output", "output_dir", "execute", "command")
Result = dict[str, Any]


def run_batch(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    """Estimate all clips and return 0, or 1 when one failed; a table tells what became of each.

    Raises LimnError for what concerns all of them: no clips, networks that can't be loaded.
    """
    clips = list_clips(arguments.clips)
    make_folder(arguments.output_dir)
    outputs = name_takes(clips, arguments.output_dir)
    options = {k: v for k, v in vars(arguments).items() if k not in _NOT_THE_WORKERS}
    process = ClipProcess(options, reporter, cancellation)
    results: list[Result] = []
    try:
        process.start()
        for number, (clip, output) in enumerate(zip(clips, outputs, strict=True), 1):
            reporter.clip(str(clip), number, len(clips))
            done = _done_before(output) if arguments.skip_existing else None
            results.append(done or _one_clip(clip, output, clips, process))
    except KeyboardInterrupt:
        finished = f"{len(results)} of {len(clips)} clips were run before"
        error = Cancelled(f"Cancelled; no half-finished file was left, {finished}.")
        reporter.failed(error, _outcome(results), table_of(results))
        return Cancelled.exit_code
    finally:
        process.close()
    outcome = _outcome(results)
    reporter.done(outcome, table_of(results))
    return 1 if outcome["failed"] else 0


def _one_clip(clip: Path, output: Path, clips: Sequence[Path], process: ClipProcess) -> Result:
    started_s = time.monotonic()
    try:
        check_output(output, (".npz",), clips)
        outcome = process.run(clip, output)
    except LimnError as error:
        return {"clip": str(clip), "error": str(error), "exit_code": error.exit_code}
    return outcome | {"seconds": round(time.monotonic() - started_s, 2)}


def _done_before(output: Path) -> Result | None:
    """What an earlier run's take holds; None where there is none, or none that can be read."""
    try:
        return describe(load_take(output), output) | {"seconds": 0.0, "skipped": True}
    except TakeError:
        return None


def _outcome(results: Sequence[Result]) -> Result:
    return {"clips": list(results), "failed": sum("error" in result for result in results)}


def table_of(results: Sequence[Result]) -> str:
    """A line for every clip of a batch, and how many are done."""
    if not results:
        return ""
    names = [showable(Path(result["clip"]).name) for result in results]
    width = max(map(len, names))
    lines = []
    for name, result in zip(names, results, strict=True):
        if "error" in result:
            lines.append(f"{name.ljust(width)}  failed: {showable(result['error'])}")
            continue
        people = f"{len(result['people'])} people" if len(result["people"]) != 1 else "1 person"
        took = "    skipped" if result.get("skipped") else f"  {result['seconds']:7.1f} s"
        take = showable(result["take"])
        lines.append(
            f"{name.ljust(width)}  {result['frames']:6d} frames  {people:>9}{took}  {take}"
        )
    failed = sum("error" in result for result in results)
    return "\n".join([*lines, f"{len(results) - failed} of {len(results)} clips done"])
