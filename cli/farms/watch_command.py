"""``limn watch``: takes of whatever clips arrive in a folder."""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ...core.data.errors import ClipError, LimnError, SettingsError
from ...core.data.footage.numbered import PICTURE_SUFFIXES
from ...core.data.settings import VIDEO_SUFFIXES
from ..cancelling import Cancellation
from ..clips.range import add_range
from ..options import add_reporting, add_settings
from ..reporting import Reporter
from .batch_command import (
    Result,
    add_where,
    check_where,
    conclude,
    parse_estimate,
    run_items,
    words_of,
)
from .job_list import make_items

_LOOK_EVERY_S: Final = 1.0
_SETTLED_S: Final = 5.0
"""Seconds without a change after which a file counts as whole: copies grow, and pause."""

_EPILOG: Final = """\
examples:
  limn watch incoming/ -o takes/
  limn watch incoming/ -o takes/ --also .blend --idle 600

Clips are run as they arrive, once they have stopped growing; those that were run before aren't run
again. Ctrl-C ends it; report.html in the folder of takes tells how all of them went."""


@dataclass(slots=True)
class _Growing:
    size: int
    changed_ns: int
    since_s: float


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Add ``limn watch``."""
    parser = commands.add_parser(
        "watch",
        help="run the clips that arrive in a folder",
        description="Estimate the clips of a folder as they arrive.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder to watch")
    add_where(parser)
    parser.add_argument(
        "--settle",
        type=float,
        default=_SETTLED_S,
        metavar="SECONDS",
        help=f"take a file that hasn't changed for so long (default: {_SETTLED_S:g})",
    )
    parser.add_argument(
        "--idle", type=float, metavar="SECONDS", help="end when nothing arrived for so long"
    )
    add_range(parser)
    add_settings(parser)
    add_reporting(parser)
    parser.set_defaults(execute=_watch)


def _watch(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    folder: Path = arguments.folder
    if not folder.is_dir():
        raise ClipError(f"{folder} is no folder that can be watched.")
    for option, value in (("--settle", arguments.settle), ("--idle", arguments.idle)):
        if value is not None and not 0 <= value < 1e6:
            raise SettingsError(f"{option} is {value:g}; it must be a number of seconds.")
    jobs = check_where(arguments)
    words = words_of(arguments)
    parse_estimate([str(folder), "-o", "x", *words])
    results: dict[Path, Result] = {}
    seen: dict[Path, _Growing] = {}
    quiet_since_s = time.monotonic()
    try:
        while not cancellation.is_requested:
            ready = [clip for clip in _settled(folder, seen, arguments.settle)
                     if clip not in results]  # fmt: skip
            if ready:
                _run(ready, arguments, words, jobs, results, reporter, cancellation)
                quiet_since_s = time.monotonic()
            elif arguments.idle is not None and _is_idle(
                quiet_since_s, seen, results, arguments.idle
            ):
                break
            with cancellation.interruptible():
                time.sleep(min(_LOOK_EVERY_S, max(arguments.settle / 2, 0.05)))
    except KeyboardInterrupt:
        pass
    done = list(results.values())
    return conclude(done, len(done), arguments.output, reporter, cancellation)


def _run(
    ready: list[Path],
    given: argparse.Namespace,
    words: list[str],
    jobs: int,
    results: dict[Path, Result],
    reporter: Reporter,
    cancellation: Cancellation,
) -> None:
    # Names are those of all that came so far, so that two clips never share a take.
    names = [str(clip) for clip in (*results, *ready)]
    try:
        items = make_items(names, given.output, words, parse_estimate)[len(results) :]
    except LimnError as error:
        for clip in ready:
            results[clip] = {"clip": str(clip), "error": str(error), "exit_code": error.exit_code}
        return
    for clip, result in zip(
        ready, run_items(items, given, jobs, reporter, cancellation), strict=False
    ):
        results[clip] = result


def _settled(folder: Path, seen: dict[Path, _Growing], settle_s: float) -> list[Path]:
    """Clips in ``folder`` that haven't changed for so long; what is there is noted in ``seen``."""
    try:
        files = sorted(folder.iterdir())
    except OSError:
        return []  # a share that is away for a while
    now = time.monotonic()
    out: list[Path] = []
    for file in files:
        if file.suffix.lower() not in VIDEO_SUFFIXES | set(PICTURE_SUFFIXES):
            continue
        try:
            facts = os.stat(file)
        except OSError:
            continue
        known = seen.get(file)
        if known is None or (known.size, known.changed_ns) != (facts.st_size, facts.st_mtime_ns):
            seen[file] = _Growing(facts.st_size, facts.st_mtime_ns, now)
        elif facts.st_size and now - known.since_s >= settle_s:
            out.append(file)
    return out


def _is_idle(
    since_s: float, seen: dict[Path, _Growing], results: dict[Path, Result], idle_s: float
) -> bool:
    newest = max((one.since_s for one in seen.values()), default=since_s)
    growing = any(path not in results and one.size for path, one in seen.items())
    return not growing and time.monotonic() - max(since_s, newest) >= idle_s
