"""The process that does the work: Limn's command line, run by Blender's own Python.

Nothing here knows Blender, so the panel, batch runs and tests use it alike. The worker is asked by
one line of JSON on its stdin (see core/pipeline/request.py) and answers with one object per line
(see cli/reporting.py); it stops when its stdin is closed, so it can't outlive Blender.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Final

from ...core.data.safe_text import showable
from ...core.data.types import Progress
from ...core.pipeline.request import Request
from ...interpreter import python_command

_END: Final = None
_KILL_AFTER_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class Done:
    """The worker finished: ``result`` holds the fields of its last line."""

    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """The worker ended without a result; ``message`` is the sentence to show."""

    message: str
    exit_code: int


def worker_command(arguments: Sequence[str]) -> list[str]:
    """Return the command line that runs ``limn`` with ``arguments`` in this Python."""
    return python_command("cli", arguments, in_background=True)


def request_command() -> list[str]:
    """Return the command line of a worker that reads a request from its stdin."""
    return worker_command(["--request", "-"])


def worker_environment() -> dict[str, str]:
    """Return the worker's environment: the wheels that Blender unpacked are on its path."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONSTARTUP")}
    environment["PYTHONPATH"] = os.pathsep.join(filter(_is_for_workers, sys.path))
    # Packages in the user's own site folder may not fit Blender's numpy.
    environment["PYTHONNOUSERSITE"] = "1"
    environment["PYTHONUTF8"] = "1"
    environment["PYTHONUNBUFFERED"] = "1"
    return environment


def _is_for_workers(folder: str) -> bool:
    # Blender's own scripts hold a bpy that works inside Blender only and would pass for the module.
    is_blenders = os.path.isfile(os.path.join(folder, "bpy", "__init__.py"))
    return bool(folder) and os.path.isdir(folder) and not is_blenders


class Worker:
    """A running worker. ``poll`` never blocks; ``outcome`` is set once it has ended."""

    def __init__(self, request: Request | None = None, command: Sequence[str] = ()) -> None:
        """Start a worker on ``request``, by another ``command`` than Limn's own if it is given."""
        self.outcome: Done | Failed | None = None
        self._last: Done | Failed | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._complaints: deque[str] = deque(maxlen=40)
        try:
            self._process = subprocess.Popen(
                list(command) or request_command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=worker_environment(),
                encoding="utf-8",
                errors="replace",
                # On Windows a console window would pop up beside Blender.
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0)
                | getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),
            )
        except OSError as error:
            self.outcome = Failed(f"The worker can't be started: {error.strerror or error}.", 1)
            return
        assert self._process.stderr is not None
        self._errors_reader = threading.Thread(
            target=self._read_errors, args=(self._process.stderr,), daemon=True
        )
        self._errors_reader.start()
        threading.Thread(target=self._read_lines, daemon=True).start()
        if request is not None:
            self._ask(request)

    def _ask(self, request: Request) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(request.as_line() + "\n")
            self._process.stdin.flush()
        except OSError:  # it ended before; what it said is still to be read
            pass

    def poll(self) -> list[Progress]:
        """Return the progress since the last call and set ``outcome`` when the worker has ended."""
        steps: list[Progress] = []
        while self.outcome is None:
            try:
                line = self._lines.get_nowait()
            except queue.Empty:
                break
            self._take(line, steps)
        return steps

    def wait(self, report: Callable[[Progress], None]) -> Done | Failed:
        """Block until the worker has ended, passing every progress on."""
        while self.outcome is None:
            steps: list[Progress] = []
            self._take(self._lines.get(), steps)
            for step in steps:
                report(step)
        return self.outcome

    def cancel(self) -> None:
        """Stop the worker and return at once; nothing it had begun is left behind."""
        if self.outcome is not None:
            return
        self.outcome = Failed("Cancelled; nothing was changed.", 130)
        self._process.terminate()
        threading.Thread(target=self._see_off, daemon=True).start()

    def _see_off(self) -> None:
        try:
            self._process.wait(_KILL_AFTER_S)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _take(self, line: str | None, steps: list[Progress]) -> None:
        if line is _END:
            self.outcome = self._last or self._crash()
            return
        event = _parse(line or "")
        kind = event.get("event")
        if kind == "progress":
            steps.append(_progress(event))
        elif kind == "done":
            self._last = Done({k: v for k, v in event.items() if k != "event"})
        elif kind == "error":
            self._last = Failed(str(event.get("message", "")), int(event.get("exit_code", 1)))

    def _crash(self) -> Failed:
        code = self._process.returncode
        said = next((line for line in reversed(self._complaints) if line.strip()), "")
        reason = f": {showable(said.strip(), 300).rstrip('.')}" if said else ""
        return Failed(f"The worker stopped without a result (exit code {code}){reason}.", code or 1)

    def _read_lines(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdin is not None
        with self._process.stdout as stream:
            for line in stream:
                self._lines.put(line)
        self._process.wait()
        self._process.stdin.close()
        self._errors_reader.join(_KILL_AFTER_S)
        self._lines.put(_END)

    def _read_errors(self, stream: IO[str]) -> None:
        # Read even if nobody looks: a full pipe would stop the worker.
        with stream:
            for line in stream:
                self._complaints.append(line)


def _parse(line: str) -> dict[str, Any]:
    """Return a line's JSON object; libraries print other things too, which count as nothing."""
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _progress(event: dict[str, Any]) -> Progress:
    return Progress(
        str(event.get("stage", "")), int(event.get("done", 0)), int(event.get("total", 0))
    )
