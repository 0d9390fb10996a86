"""The ``limn`` command: reads the arguments, runs one command, turns errors into sentences."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Final

from ..core.errors import Cancelled, LimnError
from . import (
    bench,
    build,
    compare,
    depth,
    doctor,
    edit,
    estimate,
    export,
    info,
    models,
    people,
    preview,
    retarget,
    score,
    solve,
)
from .cancelling import Cancellation
from .reporting import Reporter, open_reporter

_COMMANDS: Final = (
    estimate, solve, people, edit, build, retarget, export, preview, depth, info, models,
    doctor, compare, bench, score,
)  # fmt: skip

_EPILOG: Final = """\
examples:
  limn estimate dance.mp4 -o dance.take.npz
  limn build dance.take.npz -o dance.blend
  limn preview dance.take.npz -o dance.mp4
  limn export dance.take.npz --to dance.bvh

exit codes: 0 done, 1 a clip of a batch or a check failed, 2 wrong option or setting, 3 unreadable
clip, 4 unreadable network, 5 unreadable take, 6 no person found, 7 can't write, 8 rig can't be
moved, 9 download failed, 130 cancelled."""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line; each command adds its own part."""
    parser = argparse.ArgumentParser(
        prog="limn",
        description="Markerless 3D motion capture from ordinary video.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add_parser(commands)
    return parser


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; never raises what a person can cause."""
    arguments = make_parser().parse_args(argv)
    progress = getattr(arguments, "progress", "none")
    try:
        reporter = open_reporter(progress, getattr(arguments, "json", False))
    except LimnError as error:
        print(f"limn: {error}", file=sys.stderr)
        return error.exit_code
    cancellation = Cancellation()
    with cancellation.listening():
        if progress == "json":
            cancellation.watch_stdin()
        try:
            return _execute(arguments, reporter, cancellation)
        except BrokenPipeError:
            # The reader of our output went away ("limn info | head"). Python would complain once
            # more when it flushes stdout at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return Cancelled.exit_code


def _execute(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    try:
        return arguments.execute(arguments, reporter, cancellation)
    except LimnError as error:
        reporter.failed(error)
        return error.exit_code
    except KeyboardInterrupt:
        reporter.failed(Cancelled("Cancelled; no half-finished file was left."))
        return Cancelled.exit_code
    finally:
        reporter.close()
