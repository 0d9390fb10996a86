"""``limn preview``: the footage with skeletons beside a turning 3D view."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from ... import api
from ...core.data.errors import SettingsError
from ...core.data.take_file import load_take
from ..cancelling import Cancellation, drive
from ..clips.depth import add_clip, add_depth_model, depth_model_of
from ..option_rules import check_applies, goes_with
from ..options import add_reporting
from ..outputs import check_output
from ..reporting import Reporter

SUFFIXES: Final = (".mp4", ".gif", ".png")
STYLES: Final = ("overlay", "gallery")

_EPILOG: Final = """\
examples:
  limn preview dance.take.npz -o dance.mp4
  limn preview dance.take.npz -o dance.gif --clip moved/dance.mp4
  limn preview photo.take.npz -o photo.png
  limn preview dance.take.npz --style gallery -o dance.gif
  limn preview dance.take.npz --depth -o dance.mp4"""


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Add ``limn preview``."""
    parser = commands.add_parser(
        "preview",
        help="draw a take over its footage, as a video or a picture",
        description="Draw the skeletons of a take over its footage, beside a turning 3D view.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("take", type=Path, metavar="TAKE", help="a .take.npz file")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="OUT",
        help="OUT.mp4, OUT.gif or OUT.png",
    )
    add_clip(parser)
    parser.add_argument(
        "--mesh", action="store_true", help="draw bodies over the footage instead of skeletons"
    )
    parser.add_argument(
        "--style",
        choices=STYLES,
        default=STYLES[0],
        help="overlay: skeletons over the footage; gallery: coloured sticks before a photo wall",
    )
    parser.add_argument(
        "--depth", action="store_true", help="show the depth map in the footage's place"
    )
    add_depth_model(parser)
    add_reporting(parser)
    parser.set_defaults(execute=_preview)


def _preview(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    take = load_take(arguments.take)
    clip = arguments.clip or Path(take.clip.path)
    check_output(arguments.output, SUFFIXES, (clip, arguments.take))
    source = api.open_clip_of(take, arguments.clip)
    if arguments.mesh and arguments.style != STYLES[0]:
        raise SettingsError("Bodies are drawn over the footage only; leave out --mesh or --style.")
    has_depth = arguments.depth or arguments.depth_model
    check_applies(
        ("--depth-input", arguments.depth_input, bool(has_depth), goes_with("--depth")),
    )
    job = api.preview_job(
        take,
        arguments.output,
        clip=source,
        style=arguments.style,
        with_bodies=arguments.mesh,
        depth=depth_model_of(take, arguments) if has_depth else None,
    )
    path = drive(job, reporter, cancellation)
    reporter.done({"preview": str(path), "warnings": list(source.warnings)}, f"{path}")
    return 0
