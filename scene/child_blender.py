"""Running what is in ``scene.files`` in a Blender of its own: this Python's bpy module, else an
executable. Nothing here needs bpy itself."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from ..core.data.errors import LimnError, OutputError, SettingsError
from ..core.data.writing import scratch_folder, sweep
from ..interpreter import blender_command as command_in_blender
from ..interpreter import python_command
from .files.process import ENDS_WITH_STDIN

PREFIX: Final = "limn: "
"""What marks a sentence of ours among all that Blender writes to stderr."""

Waiting = Callable[[], AbstractContextManager[object]]
"""Makes a context for the time in which Blender runs, such as one that lets a signal end it."""

_KILL_AFTER_S: Final = 3.0


def run_file(
    module: str,
    purpose: str,
    arguments: Sequence[str | Path],
    output: Path,
    blender: str | None,
    waiting: Waiting,
) -> list[str]:
    """Run ``scene/files/<module>.py``, which writes ``output``; returns what it warned of.

    Raises SettingsError where there is no Blender and LimnError with what it said.
    """
    command = blender_command(blender, module, arguments, purpose)
    warnings = run_blender(command, output, waiting)
    if not os.path.isfile(output):
        raise LimnError(f"Blender ended without writing {output}.")
    return warnings


def blender_command(
    blender: str | None, module: str, arguments: Sequence[str | Path], purpose: str
) -> list[str]:
    """Return the command that runs ``scene/files/<module>.py``.

    Raises SettingsError where there is no Blender.
    """
    # Blender may start in another folder.
    argv = [str(a.absolute()) if isinstance(a, Path) else a for a in arguments]
    if blender is None and find_spec("bpy") is not None:
        return python_command(f"scene.files.{module}", argv)
    executable = shutil.which(blender or "blender")
    if executable is None:
        missing = f"'{blender}' is no program" if blender else "there is no Blender on the PATH"
        raise SettingsError(
            f"Can't {purpose}: {missing}; give --blender PATH or install the bpy module."
        )
    return command_in_blender(executable, f"scene.files.{module}", argv)


def run_blender(command: Sequence[str], output: Path, waiting: Waiting) -> list[str]:
    """Run Blender to its end and return what it warned of. Raises LimnError with what it said.

    However it ends, nothing unfinished stays in the folder of ``output``, nor of Blender's own
    temporary files.
    """
    folder = output.absolute().parent
    try:
        with scratch_folder() as scratch:
            exit_code, errors = _watched(command, scratch, waiting)
    finally:
        left = sweep(folder)
    said = [line for line in errors.splitlines() if line.strip()]
    if exit_code == 0:
        return [line.removeprefix(PREFIX) for line in said if line.startswith(PREFIX)]
    if left and not any(line.startswith(PREFIX) for line in said):
        raise OutputError(f"Can't write {output}: Blender broke down; the disk may be full.")
    raise _blender_error(said or [f"exit code {exit_code}"], exit_code)


def _watched(command: Sequence[str], scratch: Path, waiting: Waiting) -> tuple[int, str]:
    """Run Blender with its temporary files in ``scratch``; its exit code and what it said."""
    environment = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
    environment |= {"PYTHONIOENCODING": "utf-8:backslashreplace", ENDS_WITH_STDIN: "1"}
    # Nothing is ever sent: when this process is killed the pipe closes, and Blender ends as well.
    its_end, our_end = os.pipe()
    try:
        with subprocess.Popen(
            command,
            stdin=its_end,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, **environment},
        ) as process:
            try:
                with waiting():
                    _, errors = process.communicate()
            except BaseException:
                _end(process)
                raise
    finally:
        os.close(its_end)
        os.close(our_end)
    return process.returncode, errors


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_KILL_AFTER_S)
    except subprocess.TimeoutExpired:
        process.kill()


def _blender_error(said: Sequence[str], exit_code: int) -> LimnError:
    ours = [line for line in said if line.startswith(PREFIX)]
    if not ours:
        return LimnError(f"Blender failed: {said[-1]}")
    error = LimnError(ours[-1].removeprefix(PREFIX))
    error.exit_code = exit_code
    return error
