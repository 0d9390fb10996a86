"""``limn preview``: the footage with skeletons beside a turning 3D view."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from ..core.errors import SettingsError
from ..core.take import load_take
from ..core.types import Take
from .cancelling import Cancellation, drive
from .options import add_reporting
from .outputs import check_output
from .reporting import Reporter

SUFFIXES: Final = (".mp4", ".gif", ".png")
STYLES: Final = ("overlay", "gallery")

_EPILOG: Final = """\
examples:
  limn preview dance.take.npz -o dance.mp4
  limn preview dance.take.npz -o dance.gif --clip moved/dance.mp4
  limn preview photo.take.npz -o photo.png
  limn preview dance.take.npz --style gallery -o dance.gif"""


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
    parser.add_argument(
        "--clip",
        type=Path,
        metavar="FILE",
        help="the footage, when it moved since the take was made",
    )
    parser.add_argument(
        "--mesh", action="store_true", help="draw bodies over the footage instead of skeletons"
    )
    parser.add_argument(
        "--style",
        choices=STYLES,
        default=STYLES[0],
        help="overlay: skeletons over the footage; gallery: coloured sticks before a photo wall",
    )
    add_reporting(parser)
    parser.set_defaults(execute=_preview)


def _preview(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    from ..media.clips import open_clip
    from ..media.preview import render_preview

    take = load_take(arguments.take)
    clip = arguments.clip or Path(take.clip.path)
    check_output(arguments.output, SUFFIXES, (clip, arguments.take))
    source = open_clip(
        clip, take.clip.first_frame, _last_frame(take), take.clip.step, sequence_fps=take.clip.fps
    )
    if arguments.mesh and arguments.style != STYLES[0]:
        raise SettingsError("Bodies are drawn over the footage only; leave out --mesh or --style.")
    preview = render_preview(
        take, source, arguments.output, with_bodies=arguments.mesh, style=arguments.style
    )
    path = drive(preview, reporter, cancellation)
    reporter.done({"preview": str(path), "warnings": list(source.warnings)}, f"{path}")
    return 0


def _last_frame(take: Take) -> int | None:
    return int(take.source_frame[-1]) if len(take.source_frame) else None
