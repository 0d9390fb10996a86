"""``limn observe``: have networks look at a stretch of a clip, for an estimate to come."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from ...core.data.errors import SettingsError
from ...core.data.safe_text import showable
from ...core.data.types import FrameSource
from ...core.pipeline.keeping.memory import Memory
from ...core.pipeline.keeping.part_file import is_part_of
from ...core.pipeline.keeping.stretch import observe_stretch
from ...media.opencv import on_own_threads
from ..cancelling import Cancellation, drive
from ..option_rules import check_settings
from ..options import add_reporting, add_settings, settings_from
from ..reporting import Reporter
from .parts import made_by
from .range import add_range, open_source
from .session import Session, open_session
from .work_item import Stretch, WorkItem

_EPILOG: Final = """\
examples:
  limn observe long.mp4 --stretch 0 4499 --parts long.parts
  limn observe long.mp4 --stretch 4500 8999 --parts long.parts
  limn estimate long.mp4 -o long.take.npz --parts long.parts

Stretches are looked at by any machines, in any order. The estimate with the same options asks no
network again about what they saw, and its take is that of an estimate without them."""


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Add ``limn observe``."""
    parser = commands.add_parser(
        "observe",
        help="look at a stretch of a long clip, on any machine, for an estimate to come",
        description="Have the networks look at a stretch of a clip and keep what they see.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("clip", type=Path, metavar="CLIP", help="as 'limn estimate' takes it")
    parser.add_argument(
        "--stretch",
        type=int,
        nargs=2,
        required=True,
        metavar=("FIRST", "LAST"),
        help="the frames to look at, by their numbers in the clip (from 0)",
    )
    parser.add_argument(
        "--parts", type=Path, required=True, metavar="DIR", help="the folder to keep it in"
    )
    add_range(parser)
    add_settings(parser)
    add_reporting(parser)
    parser.set_defaults(execute=_observe)


def _observe(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    settings = settings_from(arguments)
    check_settings(arguments, settings, is_one_clip=True)
    first, last = arguments.stretch
    if not 0 <= first <= last:
        raise SettingsError(f"--stretch is {first} {last}; it must go from a frame to a later one.")
    item = WorkItem(arguments.clip, arguments.parts, vars(arguments), Stretch(first, last))
    key = item.key()
    session = open_session(settings, reporter, cancellation)
    source = open_source(arguments.clip, arguments)
    outcome = {"clip": str(item.clip)}
    outcome |= run_stretch(source, item.file, Stretch(first, last), session, key)
    reporter.done(outcome, showable(str(item.file)))
    return 0


def run_stretch(
    source: FrameSource, path: Path, stretch: Stretch, session: Session, key: str
) -> dict[str, Any]:
    """Look at a stretch and write its part file ``path``, which says that the work ``key`` is done.

    Returns its name; what is done isn't done again.
    """
    if is_part_of(path, made_by(session.settings), key):
        return {"part": str(path), "skipped": True}
    memory = Memory(path.parent, made_by(session.settings), key, stretch.first)
    asked = (stretch.first, stretch.last)
    job = observe_stretch(source, session.networks, session.settings, memory, asked)
    is_over = False
    try:
        drive(on_own_threads(job), session.reporter, session.cancellation)
        is_over = True
    finally:
        if not is_over:
            memory.write()
    memory.close(path)
    return {"part": str(path)}
