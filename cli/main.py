"""The ``limn`` command: reads the arguments, runs one command, turns errors into sentences."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Final, NoReturn

from ..core.data.errors import Cancelled, LimnError, OutputError
from ..core.data.safe_text import showable
from .process import CANCELLED, flush, open_streams, unwritten

if TYPE_CHECKING:
    from .cancelling import Cancellation
    from .reporting import Reporter

_CANCELLED: Final = Cancelled("Cancelled; no half-finished file was left.")

_EPILOG: Final = """\
examples:
  limn estimate dance.mp4 -o dance.take.npz
  limn build dance.take.npz -o dance.blend
  limn preview dance.take.npz -o dance.mp4
  limn export dance.take.npz --to dance.bvh

exit codes: 0 done, 1 a clip of a batch or a check failed or the run broke down, 2 wrong option or
setting, 3 unreadable clip, 4 unreadable network, 5 unreadable take, 6 no person found, 7 can't
write, 8 rig can't be moved, 9 download failed, 130 cancelled."""


_REQUEST: Final = "--request"


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with an option in one sentence."""

    def error(self, message: str) -> NoReturn:
        """Print the sentence and end with exit code 2."""
        self.exit(2, f"limn: {showable(message).rstrip('.')}; see '{self.prog} --help'.\n")


class _Version(argparse.Action):
    """Reads the version where it is asked for only."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help=help)

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        _namespace: argparse.Namespace,
        _values: object,
        _option: str | None = None,
    ) -> NoReturn:
        """Print "limn 1.2.3" and end."""
        from .. import api

        print(f"limn {api.__version__}")
        parser.exit()


_COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "estimate": (".clips.estimate", ".farms.folder_run"),
    "batch": (".farms.batch_command",),
    "watch": (".farms.watch_command",),
    "observe": (".clips.observe",),
    "import": (".takes.import_motion",),
    "solve": (".takes.solve",),
    "people": (".takes.people",),
    "edit": (".takes.edit",),
    "build": (".takes.build",),
    "retarget": (".takes.retarget",),
    "export": (".takes.export",),
    "preview": (".takes.preview",),
    "depth": (".clips.depth",),
    "info": (".takes.info",),
    "models": (".installation.models",),
    "doctor": (".installation.doctor",),
    "compare": (".evaluation.compare",),
    "bench": (".evaluation.bench",),
    "score": (".evaluation.score",),
}
"""The modules that add each command, in the order in which help lists them."""


def make_parser(only: str = "") -> argparse.ArgumentParser:
    """Return the parser of the whole command line, or of the command ``only`` where there is such.

    Each command adds its own part; the modules of all of them take a quarter of a second to load.
    """
    parser = _Parser(
        prog="limn",
        description="Markerless 3D motion capture from ordinary video.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, help="show the version and end")
    parser.add_argument(
        _REQUEST,
        metavar="FILE|-",
        help="do what a JSON request says, alone on the line: see docs/guide/request.md",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    # Imported late, as they load numpy: see starting.py.
    wanted = [only] if only in _COMMANDS else list(_COMMANDS)
    for module in (module for command in wanted for module in _COMMANDS[command]):
        import_module(module, __package__).add_parser(commands)
    return parser


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; never raises what a person can cause."""
    open_streams()
    words = sys.argv[1:] if argv is None else argv
    if words[:1] == [_REQUEST] and len(words) == 2:
        return _run_request(words[1])
    try:
        arguments = make_parser(words[0] if words else "").parse_args(words)
    except BrokenPipeError:
        return flush(CANCELLED)
    except OSError as error:
        # The version, where the output takes nothing.
        return unwritten(error)
    from .cancelling import Cancellation
    from .option_rules import check_reporting
    from .reporting import open_reporter

    progress = getattr(arguments, "progress", "none")
    try:
        check_reporting(arguments)
        reporter = open_reporter(progress, getattr(arguments, "json", False))
    except LimnError as error:
        print(f"limn: {error}", file=sys.stderr)
        return error.exit_code
    cancellation = Cancellation()
    with cancellation.listening():
        if progress == "json":
            cancellation.watch_stdin()
        return _guarded(lambda: arguments, reporter, cancellation)


def _run_request(where: str) -> int:
    """Do what a request says and answer by lines of JSON, as Blender's worker does."""
    from .cancelling import Cancellation
    from .reporting import open_reporter
    from .requests import arguments_of, fetch_request

    reporter, cancellation = open_reporter("json", False), Cancellation()

    def fetch() -> argparse.Namespace:
        with cancellation.interruptible():
            request = fetch_request(where)
        cancellation.watch_stdin()
        return arguments_of(request, make_parser(next(iter(request.command.split()), "")))

    with cancellation.listening():
        return _guarded(fetch, reporter, cancellation)


def _guarded(
    fetch: Callable[[], argparse.Namespace], reporter: Reporter, cancellation: Cancellation
) -> int:
    try:
        return flush(_execute(fetch, reporter, cancellation))
    except BrokenPipeError:
        return flush(CANCELLED)
    except OSError as error:
        # What failed can't be said as JSON either where the output takes no more.
        return unwritten(error)


def _execute(
    fetch: Callable[[], argparse.Namespace], reporter: Reporter, cancellation: Cancellation
) -> int:
    try:
        arguments = fetch()
        return arguments.execute(arguments, reporter, cancellation)
    except LimnError as error:
        if cancellation.is_requested and not isinstance(error, Cancelled):
            error = _CANCELLED
        reporter.failed(error)
        return error.exit_code
    except KeyboardInterrupt:
        reporter.failed(_CANCELLED)
        return Cancelled.exit_code
    except MemoryError:
        error = LimnError(
            "There is not enough memory for this; close other programs, or take less."
        )
        reporter.failed(error)
        return error.exit_code
    except BrokenPipeError:
        raise
    except OSError as error:
        # Whatever a path may be: through a file, in a locked folder, longer than the system takes.
        what = "write the output" if error.filename is None else f"use {error.filename}"
        reporter.failed(OutputError(f"Can't {what}: {error.strerror or error}."))
        return OutputError.exit_code
    finally:
        reporter.close()
