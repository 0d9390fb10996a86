"""Running ``limn`` on a file of others, and judging whether it ended as documented."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

from ...core.data.errors import LimnError

PATIENCE_S: Final = 60
_LOOK_S: Final = 0.02
"""How often a process's memory is looked at."""
MOST_MEMORY_MB: Final = 500.0
"""Of a command that reads a small file."""
MOST_IN_BLENDER_MB: Final = 800.0
"""Of one that does so inside Blender, which takes 300 for itself."""
CODES: Final = frozenset(range(10))
_UNFIT: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_PACKAGE: Final = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended; ``fault`` is what was wrong with that, empty when nothing was."""

    code: int | None
    said: str
    fault: str
    memory_mb: float = 0.0


class _Hang(BaseException):
    """A command took too long; no code of Limn catches it."""


def judged(
    code: int, out: str, err: str, memory_mb: float = 0.0, most_mb: float = MOST_MEMORY_MB
) -> Outcome:
    """An ended command: documented exit code, one sentence, nothing that steers a terminal."""
    fault = ""
    if code < 0:
        fault = f"killed by signal {-code}"
    elif "Traceback (most recent call last)" in out + err:
        fault = "traceback: " + (err.strip().splitlines() or out.strip().splitlines())[-1]
    elif code not in CODES:
        fault = f"exit code {code}"
    elif _UNFIT.search(out) or _UNFIT.search(err):
        fault = "control characters on the terminal"
    elif code and not (err.startswith("limn: ") and err.count("\n") == 1):
        fault = "not one sentence: " + err[:200]
    elif memory_mb > most_mb:
        fault = f"{memory_mb:.0f} MB of memory"
    return Outcome(code, err.strip(), fault, memory_mb)


def run_here(arguments: Sequence[str | Path]) -> Outcome:
    """Run ``limn`` in this process, which is fast; what it raises is its fault."""
    from ...cli.main import run

    out, err = io.StringIO(), io.StringIO()
    warned: list[warnings.WarningMessage] = []
    try:
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            warnings.catch_warnings(record=True) as heard,
            _alarm(),
        ):
            warnings.simplefilter("always")
            warned = heard
            code = run([str(part) for part in arguments])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except _Hang:
        return Outcome(None, "", f"took over {PATIENCE_S} s")
    except BaseException as error:  # noqa: BLE001 - what is looked for
        return Outcome(None, "", f"{type(error).__name__} {str(error)[:80]} {_place(error)}")
    outcome = judged(code, out.getvalue(), err.getvalue())
    if warned and not outcome.fault:
        one = warned[0]
        told = f"warning {one.message} at {_shown(one.filename)}:{one.lineno}"
        return Outcome(code, outcome.said, told)
    return outcome


def read_here(reader: Callable[[Path], object], path: Path) -> Outcome:
    """Read a file in this process; what is raised beside a LimnError is its fault."""
    try:
        with _alarm():
            reader(path)
    except LimnError as error:
        return judged(error.exit_code, "", f"limn: {error}\n")
    except _Hang:
        return Outcome(None, "", f"took over {PATIENCE_S} s")
    except BaseException as error:  # noqa: BLE001 - what is looked for
        return Outcome(None, "", f"{type(error).__name__} {str(error)[:80]} {_place(error)}")
    return Outcome(0, "", "")


def run_apart(
    arguments: Sequence[str | Path], folder: Path, most_mb: float = MOST_MEMORY_MB
) -> Outcome:
    """Run ``limn`` in a process of its own in ``folder``, with its memory measured."""
    command = [sys.executable, "-m", "limn.cli", *map(str, arguments)]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err
        )
        try:
            with _alarm():
                status, peak_mb = _waited(process.pid)
        except _Hang:
            process.kill()
            process.wait()
            return Outcome(None, "", f"took over {PATIENCE_S} s")
        process.returncode = os.waitstatus_to_exitcode(status)
        said = []
        for stream in (out, err):
            stream.seek(0)
            said.append(stream.read().decode("utf-8", "backslashreplace"))
    return judged(process.returncode, said[0], said[1], peak_mb, most_mb)


def _waited(pid: int) -> tuple[int, float]:
    """The status with which a process ended, and the most MB that it or a child of it held.

    Not what ``wait4`` tells: on Linux a process inherits the peak of the one that started it.
    """
    peak_mb = 0.0
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return status, peak_mb
        peak_mb = max(peak_mb, _peak_mb(pid))
        time.sleep(_LOOK_S)


def _peak_mb(pid: int) -> float:
    folder = Path("/proc") / str(pid)
    try:
        status = (folder / "status").read_text()
        children = (folder / "task" / str(pid) / "children").read_text().split()
    except OSError:  # it has just ended, or this is no Linux
        return 0.0
    own = re.search(r"VmHWM:\s+(\d+) kB", status)
    held = int(own[1]) / 1024 if own else 0.0
    return max([held, *(_peak_mb(int(child)) for child in children)])


@contextlib.contextmanager
def _alarm() -> Iterator[None]:
    """Raise _Hang in the block after PATIENCE_S."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise _Hang

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(PATIENCE_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _place(error: BaseException) -> str:
    """Where of Limn's own code an error came from."""
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(_PACKAGE) and "site-packages" not in frame.filename
    ]
    return f"at {_shown(own[-1].filename)}:{own[-1].lineno}" if own else ""


def _shown(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_PACKAGE) if path.is_relative_to(_PACKAGE) else path.name)
