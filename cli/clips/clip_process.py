"""A batch's clips in a process of their own: what ends it costs one clip, not the batch."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final

from ...core.data.errors import LimnError
from ...core.data.safe_text import showable
from ...core.data.settings import CORES_VARIABLE
from ...core.data.types import Progress
from ...interpreter import python_command
from ..cancelling import Cancellation
from ..reporting import Reporter
from .work_item import WorkItem

_KILL_AFTER_S: Final = 3.0
_MOST_OF_LAST_WORDS: Final = 200
_BY_OTHERS: Final = (1, 2, 9, 15)
"""SIGHUP, SIGINT, SIGKILL and SIGTERM, of which no clip is the cause but by its size."""


def worker_command() -> list[str]:
    """Return the command that starts ``clip_worker``."""
    return python_command("cli.clips.clip_worker")


class BrokenOff(LimnError):
    """A worker ended amid its work; ``is_by_others`` where somebody killed it."""

    is_by_others = False


class ClipProcess:
    """One worker for many clips, started anew after a clip that ended it."""

    def __init__(
        self, options: Mapping[str, Any], reporter: Reporter, cancellation: Cancellation
    ) -> None:
        self._options = options
        self._reporter = reporter
        self._cancellation = cancellation
        self.cores: int | None = None
        """Cores that the worker may use, None all that there are; told as it starts."""
        self.cores_at_last: int | None = None
        """Those that it may use to solve a clip that others looked at too."""
        self._process: subprocess.Popen[str] | None = None
        self._complaints: deque[str] = deque(maxlen=20)
        self._listener: threading.Thread | None = None

    def start(self) -> None:
        """Start the worker if none runs. Raises LimnError for options that it can't run with."""
        if self._process is not None:
            return
        self._complaints.clear()
        told = {} if self.cores is None else {CORES_VARIABLE: str(self.cores)}
        self._process = process = subprocess.Popen(
            worker_command(),
            env=os.environ | told,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        assert process.stderr is not None
        self._listener = threading.Thread(target=self._listen, args=(process.stderr,), daemon=True)
        self._listener.start()
        try:
            self._ask(dict(self._options))
        except LimnError:
            self.close()
            raise

    def run(self, item: WorkItem, key: str) -> dict[str, Any]:
        """Do an item and return what its take holds, or the name of its part file.

        What was made keeps ``key``, by which a later run knows of what it was made.

        Raises LimnError for whatever went wrong, and BrokenOff for a worker that broke down.
        """
        self.start()
        asked: dict[str, Any] = {"clip": str(item.clip), "output": str(item.file), "key": key}
        if item.stretch is None:
            asked |= {"parts": str(item.parts), "films": list(map(str, item.films))}
            each = zip(item.shared, item.shared_keys(), strict=True)
            asked["shared"] = [[one.first, one.last, of] for one, of in each]
            asked["cores"] = self.cores_at_last
        else:
            asked["stretch"] = [item.stretch.first, item.stretch.last]
        return self._ask(asked)

    def length(self, clip: Path) -> dict[str, Any]:
        """``frames`` of a clip's range, 0 where it doesn't say, ``fps``, ``first`` and ``step``.

        Raises LimnError as ``run``.
        """
        self.start()
        return self._ask({"clip": str(clip)})

    @property
    def is_stopped(self) -> bool:
        """Whether somebody has stopped the worker, as far as this system tells."""
        process = self._process
        return process is not None and _state_of(process.pid) in ("T", "t")

    def kill(self) -> None:
        """End the worker at once, whatever it does; who waits for it hears of a breakdown."""
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """End the worker, which takes back what it has begun."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_KILL_AFTER_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):  # what it was never told can't be told now
                    stream.close()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
        except OSError:  # it ended: what it said before is still to be read
            pass
        with self._cancellation.interruptible():
            for line in process.stdout:
                event = _parsed(line)
                kind = event.pop("event", "")
                if kind == "progress":
                    self._reporter.progress(Progress(**event))
                elif kind in ("done", "ready"):
                    return event
                elif kind == "error":
                    raise _error(event)
        raise self._breakdown(process)

    def _breakdown(self, process: subprocess.Popen[str]) -> BrokenOff:
        code = process.wait()
        if self._listener is not None:
            self._listener.join(_KILL_AFTER_S)
        said = next((line for line in reversed(self._complaints) if line.strip()), "")
        self.close()
        how = f"exit code {code}" if code >= 0 else _signal_name(-code)
        words = f": {showable(said.strip(), _MOST_OF_LAST_WORDS).rstrip('.')}" if said else ""
        error = BrokenOff(f"The run broke down ({how}){words}.")
        error.is_by_others = -code in _BY_OTHERS
        return error

    def _listen(self, stream: IO[str]) -> None:
        # Read all the time: a full pipe would stop the worker.
        with stream:
            for line in stream:
                self._complaints.append(line)


def _signal_name(number: int) -> str:
    try:
        return f"signal {signal.Signals(number).name}"
    except ValueError:
        return f"signal {number}"


def _state_of(pid: int) -> str:
    """The letter of a process's state, empty where the system has no such file."""
    try:
        with open(f"/proc/{pid}/stat", encoding="latin-1") as stream:
            return stream.read().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def _parsed(line: str) -> dict[str, Any]:
    """A line's JSON object; what libraries print beside it counts as nothing."""
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _error(event: Mapping[str, Any]) -> LimnError:
    error = LimnError(str(event.get("message", "")))
    error.exit_code = int(event.get("exit_code", 1))
    return error
