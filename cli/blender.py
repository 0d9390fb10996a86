"""Running Blender as a process: this Python's bpy module, else an executable."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from ..core.bodies.smplx_model import find_smplx
from ..core.data.errors import LimnError, SettingsError
from ..interpreter import blender_command as command_in_blender
from ..interpreter import python_command
from .cancelling import Cancellation

BLENDER_FORMATS: Final = (".fbx", ".glb", ".usdc", ".usd", ".abc")
"""Formats whose moving figures Blender's own exporters write."""

PREFIX: Final = "limn: "
"""What marks a sentence of ours among all that Blender writes to stderr."""


def blender_command(
    blender: str | None, module: str, arguments: Sequence[str | Path], purpose: str
) -> list[str]:
    """Return the command line that runs ``scene/<module>.py``. Raises SettingsError without one."""
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


def run_blender(command: Sequence[str], cancellation: Cancellation) -> list[str]:
    """Run Blender to its end and return what it warned of. Raises LimnError with what it said."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONIOENCODING": "utf-8:backslashreplace"},
    ) as process:
        try:
            with cancellation.interruptible():
                _, errors = process.communicate()
        except KeyboardInterrupt:
            process.terminate()
            raise
    said = [line for line in errors.splitlines() if line.strip()]
    if process.returncode != 0:
        raise _blender_error(said or [f"exit code {process.returncode}"], process.returncode)
    return [line.removeprefix(PREFIX) for line in said if line.startswith(PREFIX)]


def export_by_blender(
    arguments: argparse.Namespace,
    person: str | None,
    frames: Sequence[int] | None,
    cancellation: Cancellation,
) -> list[str]:
    """Write ``arguments.to`` through Blender's own exporter; returns its warnings."""
    given: list[str | Path] = [arguments.take, arguments.to]
    if person is not None:
        given += ["--person", person]
    if frames is not None:
        given += ["--first", str(frames[0]), "--last", str(frames[-1])]
    if arguments.smplx is not None:
        find_smplx(arguments.smplx, arguments.gender)
        given += ["--smplx", arguments.smplx, "--gender", arguments.gender]
    purpose = f"write {arguments.to.suffix} files"
    command = blender_command(arguments.blender, "file_export", given, purpose)
    warnings = run_blender(command, cancellation)
    if not arguments.to.is_file():
        raise LimnError(f"Blender ended without writing {arguments.to}.")
    return warnings


def _blender_error(said: Sequence[str], exit_code: int) -> LimnError:
    ours = [line for line in said if line.startswith(PREFIX)]
    if not ours:
        return LimnError(f"Blender failed: {said[-1]}")
    error = LimnError(ours[-1].removeprefix(PREFIX))
    error.exit_code = exit_code
    return error
