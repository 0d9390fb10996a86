"""``limn batch`` from a Blender without a window; see batch.py at the package's root.

The command runs in Blender's own Python, as the panel's worker does, and builds scenes by this very
Blender.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import bpy

from ...core.data.safe_text import showable
from ...core.data.types import Progress
from ..run.worker import Failed, Worker, worker_command

_OWN: Final = {"--output-dir": "--output"}
"""What options were called here, and are in the shell."""
_TELL_EVERY: Final = 0.05
"""Share of a batch after which its progress is told: a log of a farm is no place for a bar."""


def run_batch(arguments: Sequence[str]) -> int:
    """Do every clip and return the exit code: 1 when one failed, 130 when interrupted."""
    worker = Worker(command=worker_command(batch_words(arguments)))
    try:
        outcome = worker.wait(_Teller())
    except KeyboardInterrupt:
        worker.cancel()
        _tell("limn: Cancelled; the same command goes on where it was.")
        return 130
    if isinstance(outcome, Failed):
        _tell(f"limn: {outcome.message}")
        return outcome.exit_code
    rows: list[dict[str, Any]] = outcome.result.get("clips", [])
    failed = [line for row in rows for line in _failures(row)]
    for number, row in enumerate(rows, 1):
        _tell(f"[{number}/{len(rows)}] {row['clip']}\n  {_said(row)}")
    _tell(f"{sum('error' not in row for row in rows)} of {len(rows)} clips done")
    for line in failed:
        _tell(f"failed: {line}")
    _tell(str(outcome.result.get("report", "")))
    return 1 if failed else 0


def batch_words(arguments: Sequence[str]) -> list[str]:
    """The words of ``limn`` that do what this script is asked for."""
    words: list[str] = []
    for word in arguments:
        name, equals, value = word.partition("=")
        words.append(_OWN.get(name, name) + equals + value)
    if ".blend" not in words and "--also=.blend" not in words:
        words += ["--also", ".blend"]
    # Without a binary this Blender is Python's bpy module, which the builder finds by itself.
    if bpy.app.binary_path and not any(word.startswith("--blender") for word in words):
        words += ["--blender", bpy.app.binary_path]
    return ["batch", *words, "--progress", "json"]


def _said(row: dict[str, Any]) -> str:
    if "error" in row:
        return f"failed: {row['error']}"
    count = len(row["people"])
    who = "1 person" if count == 1 else f"{count} people"
    files = ", ".join(Path(file).name for file in (row["take"], *row.get("files", ())))
    lines = [f"{row['frames']} frames, {who}: {files}", *row.get("warnings", ())]
    return "\n  ".join(map(str, lines))


def _failures(row: dict[str, Any]) -> list[str]:
    each = [row["error"]] if "error" in row else row.get("not_made", ())
    return [f"{row['clip']}: {words}" for words in each]


class _Teller:
    """Tells now and then how far the batch is."""

    def __init__(self) -> None:
        self._told = 0.0

    def __call__(self, step: Progress) -> None:
        share = step.done / step.total if step.total else 0.0
        if share - self._told >= _TELL_EVERY:
            self._told = share
            _tell(f"  {step.stage}: {share:.0%}")


def _tell(line: str) -> None:
    # stderr, as Blender writes its own messages to stdout.
    sys.stderr.write("\n".join(map(showable, line.split("\n"))) + "\n")
    sys.stderr.flush()
