"""``limn build``: a take as a .blend file, written by Blender in a process of its own."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from ..core.errors import LimnError, SettingsError
from ..core.take import load_take
from .cancelling import Cancellation
from .outcome import describe
from .outputs import check_output
from .reporting import Reporter

_EPILOG: Final = """\
examples:
  limn build dance.take.npz -o dance.blend
  limn build dance.take.npz -o dance.blend --blender /opt/blender/blender"""

_PREFIX: Final = "limn: "
"""What marks a sentence of ours among all that Blender writes to stderr."""

# Blender doesn't know this package's folder under the package's name, hence the loading by hand.
_IN_BLENDER: Final = """\
import importlib.util, runpy, sys
spec = importlib.util.spec_from_file_location(
    "limn", {init!r}, submodule_search_locations=[{root!r}])
sys.modules["limn"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules["limn"])
sys.argv = {argv!r}
runpy.run_module("limn.scene.blend_file", run_name="__main__", alter_sys=True)
"""


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Add ``limn build``."""
    parser = commands.add_parser(
        "build",
        help="make a .blend with keyframed armatures of a take",
        description="Make a .blend with one keyframed armature per person, the camera and the "
        "footage behind it. Uses this Python's bpy module, else a Blender executable.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("take", type=Path, metavar="TAKE", help="a .take.npz file")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT.blend", help="the file to write"
    )
    parser.add_argument(
        "--blender", metavar="PATH", help="the Blender executable to use instead of the bpy module"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON on stdout")
    parser.set_defaults(execute=_build)


def _build(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    check_output(arguments.output, (".blend",), (arguments.take,))
    take = load_take(arguments.take)
    command = blender_command(arguments.blender, arguments.take, arguments.output)
    warnings = _run_blender(command, cancellation)
    if not arguments.output.is_file():
        raise LimnError(f"Blender ended without writing {arguments.output}.")
    outcome = describe(take, arguments.take)
    outcome |= {"blend": str(arguments.output), "warnings": warnings}
    reporter.done(outcome, f"{arguments.output}")
    return 0


def blender_command(blender: str | None, take: Path, output: Path) -> list[str]:
    """Return the command line that builds ``output``. Raises SettingsError without a Blender."""
    module = f"{__name__.rsplit('.', 2)[0]}.scene.blend_file"
    if blender is None and find_spec("bpy") is not None:
        return [sys.executable, "-m", module, str(take), str(output)]
    executable = shutil.which(blender or "blender")
    if executable is None:
        missing = f"'{blender}' is no program" if blender else "there is no Blender on the PATH"
        raise SettingsError(
            f"Can't build a .blend: {missing}; give --blender PATH or install the bpy module."
        )
    root = Path(__file__).resolve().parents[1]
    argv = ["blend_file", str(take.resolve()), str(output.resolve())]
    script = _IN_BLENDER.format(init=str(root / "__init__.py"), root=str(root), argv=argv)
    return [
        executable, "--background", "--factory-startup", "--python-exit-code", "1",
        "--python-expr", script,
    ]  # fmt: skip


def _run_blender(command: Sequence[str], cancellation: Cancellation) -> list[str]:
    """Run Blender to its end and return what it warned of. Raises LimnError with what it said."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
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
    return [line.removeprefix(_PREFIX) for line in said if line.startswith(_PREFIX)]


def _blender_error(said: Sequence[str], exit_code: int) -> LimnError:
    if not said[-1].startswith(_PREFIX):
        return LimnError(f"Blender could not build the scene: {said[-1]}")
    error = LimnError(said[-1].removeprefix(_PREFIX))
    error.exit_code = exit_code
    return error
