"""How a run speaks: a bar for people at a terminal, JSON lines for programs, or nothing.

Only the bar needs ``rich``; the worker inside Blender never imports it.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any, Protocol

from ..core.data.errors import LimnError, SettingsError
from ..core.data.safe_text import showable, showable_lines
from ..core.data.types import Progress

if TYPE_CHECKING:
    import rich.progress

_LINE_EVERY_S = 0.05


class Reporter(Protocol):
    """What a command tells while it runs; ``done`` or ``failed`` is the last call, once."""

    def clip(self, path: str, number: int, count: int) -> None:
        """Tell that clip ``number`` of ``count`` (from 1) starts."""
        ...

    def progress(self, step: Progress) -> None:
        """Tell how far the present stage is."""
        ...

    def done(self, outcome: dict[str, Any], text: str) -> None:
        """Give the result: as data for programs, as ``text`` for people."""
        ...

    def failed(
        self, error: LimnError, outcome: dict[str, Any] | None = None, text: str = ""
    ) -> None:
        """Give the sentence of the error, and what was done before it as ``done`` does."""
        ...

    def close(self) -> None:
        """Take a bar off the terminal."""
        ...


class TextReporter:
    """No progress; the result as text or as one JSON document on stdout, errors on stderr."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json

    def clip(self, path: str, number: int, count: int) -> None:
        """Name the clip of a batch on stderr."""
        if count > 1:
            print(f"[{number}/{count}] {showable(path)}", file=sys.stderr)

    def progress(self, step: Progress) -> None:
        """Say nothing."""

    def done(self, outcome: dict[str, Any], text: str) -> None:
        """Print the result on stdout and its warnings on stderr."""
        self.close()
        if self._as_json:
            print(json.dumps(outcome, indent=2))
            return
        for warning in outcome.get("warnings", ()):
            print(f"Warning: {showable(str(warning))}", file=sys.stderr)
        if text:
            print(showable_lines(text))

    def failed(
        self, error: LimnError, outcome: dict[str, Any] | None = None, text: str = ""
    ) -> None:
        """Print one sentence on stderr, and as JSON on stdout when JSON was asked for."""
        self.close()
        if self._as_json:
            document = {"error": str(error), "exit_code": error.exit_code, **(outcome or {})}
            print(json.dumps(document, indent=2))
        elif text:
            print(showable_lines(text))
        print(f"limn: {error}", file=sys.stderr)

    def close(self) -> None:
        """Nothing to take away."""


class BarReporter(TextReporter):
    """One bar per stage on stderr, with the frame count and the time left."""

    def __init__(self, as_json: bool) -> None:
        super().__init__(as_json)
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._bar: rich.progress.Progress = Progress(
            TextColumn("{task.description:<12}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._stages: dict[str, rich.progress.TaskID] = {}

    def clip(self, path: str, number: int, count: int) -> None:
        """Start a fresh set of bars under the clip's name."""
        self.close()
        super().clip(path, number, count)

    def progress(self, step: Progress) -> None:
        """Move the stage's bar, adding it when the stage is new."""
        self._bar.start()
        if step.stage not in self._stages:
            self._stages[step.stage] = self._bar.add_task(step.stage)
        self._bar.update(self._stages[step.stage], completed=step.done, total=step.total or None)

    def close(self) -> None:
        """Leave the finished bars on the terminal and forget them."""
        self._bar.stop()
        for task in self._stages.values():
            self._bar.remove_task(task)
        self._stages.clear()


class JsonLinesReporter:
    """One JSON object per line on stdout: the worker's side of the pipe to Blender."""

    def __init__(self) -> None:
        self._stage = ""
        self._last_s = 0.0

    def clip(self, path: str, number: int, count: int) -> None:
        """Send {"event": "clip"}, in batches only."""
        if count > 1:
            self._send("clip", clip=path, number=number, count=count)

    def progress(self, step: Progress) -> None:
        """Send {"event": "progress"}: the first and last of a stage, else at most 20 a second."""
        now_s = time.monotonic()
        is_edge = step.stage != self._stage or step.done == step.total
        if is_edge or now_s - self._last_s >= _LINE_EVERY_S:
            self._stage, self._last_s = step.stage, now_s
            self._send("progress", stage=step.stage, done=step.done, total=step.total)

    def done(self, outcome: dict[str, Any], text: str) -> None:
        """Send {"event": "done"} with the outcome's fields."""
        self._send("done", **outcome)

    def ready(self) -> None:
        """Send {"event": "ready"}: the networks are loaded."""
        self._send("ready")

    def failed(
        self, error: LimnError, outcome: dict[str, Any] | None = None, text: str = ""
    ) -> None:
        """Send {"event": "error"}, and the sentence to stderr for logs."""
        self._send("error", message=str(error), exit_code=error.exit_code, **(outcome or {}))
        print(f"limn: {error}", file=sys.stderr)

    def close(self) -> None:
        """Nothing to take away."""

    @staticmethod
    def _send(event: str, **fields: object) -> None:
        print(json.dumps({"event": event, **fields}), flush=True)


def open_reporter(progress: str, as_json: bool) -> Reporter:
    """Make the reporter for ``--progress`` (auto, bar, json, none) and ``--json``."""
    if progress == "json":
        return JsonLinesReporter()
    if progress == "auto":
        progress = "bar" if sys.stderr.isatty() else "none"
    if progress == "none":
        return TextReporter(as_json)
    try:
        return BarReporter(as_json)
    except ImportError as error:
        raise SettingsError(
            "The progress bar needs the package 'rich'; use --progress none."
        ) from error
