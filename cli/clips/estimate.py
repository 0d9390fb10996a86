"""``limn estimate``: clips in, takes out; the command that Blender runs as its worker."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from ... import api
from ...core.data.errors import SettingsError
from ...core.data.observations import GivenCamera
from ...core.data.types import FrameSource
from ...core.formats.cameras.reading import read_camera
from ..cancelling import Cancellation
from ..option_rules import check_applies, check_settings, goes_with
from ..options import add_reporting, add_settings, camera_file, settings_from
from ..outcome import as_text, describe
from ..outputs import check_output
from ..reporting import Reporter
from .parts import add_parts, kept
from .range import add_range, open_source
from .session import Session, open_session
from .together import add_together, check_alone, run_together, take_fovs
from .work_item import KEY, WorkItem

_EPILOG: Final = """\
examples:
  limn estimate dance.mp4 -o dance.take.npz
  limn estimate dance.mp4 -o dance.take.npz --quality best --height 1.72 --fov 60
  limn estimate front.mp4 side.mp4 --together -o dance.take.npz
  limn estimate "shots/frame_####.png" -o shots.take.npz --fps 30
  limn estimate footage/ portrait.jpg --output-dir takes/ --max-people 2 --json"""


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Add ``limn estimate``."""
    parser = commands.add_parser(
        "estimate",
        help="find the people in a clip and write their motion as a take",
        description="Find the people in a video, a photo or a numbered image sequence and write "
        "their 3D motion as a take.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "clips",
        nargs="+",
        type=Path,
        metavar="CLIP",
        help="a video, a photo, a folder of pictures or a pattern such as shot_####.png; "
        "with --output-dir also a folder of videos",
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "-o", "--output", type=Path, metavar="OUT.take.npz", help="the take to write"
    )
    where.add_argument(
        "--output-dir", type=Path, metavar="DIR", help="write CLIP.take.npz of every clip into DIR"
    )
    parser.add_argument(
        "--skip-existing",
        action="store_true",
        help="with --output-dir: leave out clips whose take is there, to go on with a batch",
    )
    parser.add_argument(
        "--if-changed",
        action="store_true",
        help="with -o: leave a take alone that was made of this very clip with these options",
    )
    add_parts(parser)
    add_together(parser)
    add_range(parser)
    add_settings(parser)
    add_reporting(parser)
    parser.set_defaults(execute=_estimate)


def _estimate(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    fovs = take_fovs(arguments) if arguments.together else ()
    settings = settings_from(arguments)
    check_settings(arguments, settings, is_one_clip=arguments.output is not None)
    check_applies(
        ("--skip-existing", arguments.skip_existing, arguments.output is None,
         goes_with("--output-dir")),
        ("--if-changed", arguments.if_changed, arguments.output is not None, goes_with("-o")),
        ("--parts", arguments.parts, arguments.output is not None, goes_with("-o")),
    )  # fmt: skip
    if arguments.together:
        return run_together(arguments, settings, fovs, reporter, cancellation)
    check_alone(arguments)
    if arguments.output is None:
        return arguments.run_folder(arguments, reporter, cancellation)
    if len(arguments.clips) > 1:
        raise SettingsError("One output for several clips; use --output-dir instead of -o.")
    check_output(arguments.output, (".npz",), arguments.clips)
    key = ""
    if arguments.if_changed:
        item = WorkItem(arguments.clips[0], arguments.output, vars(arguments))
        key = item.key()
        done = item.finished(key)
        if done is not None:
            outcome = describe(done, arguments.output) | {"skipped": True}
            reporter.done(outcome, as_text(outcome))
            return 0
    clip = arguments.clips[0]
    # Its first pictures are decoded while networks open. Paths that can't be are told below.
    session = open_session(settings, reporter, cancellation, is_awaited=os.path.isfile(clip))
    source = open_source(clip, arguments)
    camera = given_camera(arguments, source)
    session = replace(session, parts=arguments.parts)
    outcome = run_clip(source, arguments.output, session, key, camera)
    reporter.done(outcome, as_text(outcome))
    return 0


def given_camera(arguments: argparse.Namespace, source: FrameSource) -> GivenCamera | None:
    """The camera of the file that ``--camera`` names. Raises SettingsError."""
    file = camera_file(arguments)
    if file is None:
        return None
    return read_camera(file, source.info)


def run_clip(
    source: FrameSource,
    output: Path,
    session: Session,
    key: str = "",
    camera: GivenCamera | None = None,
) -> dict[str, Any]:
    """Estimate an open clip into the take ``output``; returns what the take holds.

    ``key`` of a batch's item stays in the take's settings; ``camera`` is one that is given.
    """
    with kept(session.parts, session.cancellation, [Path(source.info.path)]):
        take = session.run(source, camera)
        if key:
            take = replace(take, settings={**take.settings, KEY: key})
        session.cancellation.check()
        api.save(take, output)
    return describe(take, output)
