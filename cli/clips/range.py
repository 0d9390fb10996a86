"""Which frames of a clip: the options, and the clip opened with them."""

from __future__ import annotations

import argparse
from pathlib import Path

from ... import api
from ...core.data.types import FrameSource
from ...media.clips import DEFAULT_SEQUENCE_FPS
from ..option_rules import check_applies


def add_range(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose frames of a clip."""
    group = parser.add_argument_group("which frames")
    group.add_argument("--first-frame", type=int, metavar="N", help="start at frame N (from 0)")
    group.add_argument("--last-frame", type=int, metavar="N", help="stop after frame N")
    group.add_argument("--step", type=int, default=1, metavar="N", help="take every Nth frame")
    group.add_argument(
        "--fps",
        type=float,
        metavar="RATE",
        help="frame rate of an image sequence or of a bare stream such as .h264, which hold no "
        f"times (default: {DEFAULT_SEQUENCE_FPS:g}, or what the stream says)",
    )


def open_source(path: Path, arguments: argparse.Namespace) -> FrameSource:
    """Open a clip with the options of ``add_range``.

    Raises ClipError, and SettingsError where a frame rate is given to a clip that has its own,
    or more than one frame is asked of a still picture.
    """
    stretch = arguments.first_frame, arguments.last_frame, arguments.step
    source = api.open_clip(path, *stretch, fps=arguments.fps)
    if source.info.is_still:
        moves = f"is for clips that move, and {path} is a still picture"
        # What names the only picture is no harm: the panel always sends a step.
        check_applies(
            ("--last-frame", arguments.last_frame or None, False, moves),
            ("--step", arguments.step if arguments.step > 1 else None, False, moves),
        )
    return source
