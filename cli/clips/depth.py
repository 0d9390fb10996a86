"""``limn depth``: a take's depth maps in metres, for the scene in Blender."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any, Final

from ... import api
from ...core.data.errors import ClipError, SettingsError
from ...core.data.footage.numbered import is_pattern
from ...core.data.safe_text import check_text
from ...core.data.take_file import load_take
from ...core.data.types import FrameSource, Take
from ...core.depth.relief_file import SUFFIX, save_relief
from ..cancelling import Cancellation, drive
from ..options import add_reporting
from ..outputs import check_output
from ..reporting import Reporter

_EPILOG: Final = """\
The map gets the scale with which it lies under the take's people and on their floor. It holds
camera z in metres on a grid of up to 128 points a side, z_m (frames, rows, columns).
'limn build TAKE --depth -o OUT.blend' puts it into a Blender scene; so does 'Add Depth' in Blender.

examples:
  limn depth dance.take.npz -o dance.depth.npz
  limn depth dance.take.npz --depth-model dpt.onnx --depth-input size=384 -o dance.depth.npz"""


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Add ``limn depth``."""
    parser = commands.add_parser(
        "depth",
        help="read a clip's depth in metres, fitted to the people of its take",
        description="Run a depth network over the clip of a take and write what it sees in metres, "
        "fitted to the take's people.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("take", type=Path, metavar="TAKE", help="a .take.npz file")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar=f"OUT{SUFFIX}", help="the file to write"
    )
    add_clip(parser)
    add_depth_model(parser)
    add_reporting(parser)
    parser.set_defaults(execute=_depth)


def add_clip(parser: argparse.ArgumentParser) -> None:
    """Add ``--clip``."""
    parser.add_argument(
        "--clip",
        type=Path,
        metavar="FILE",
        help="the footage, when it moved since the take was made",
    )


def add_depth_model(parser: argparse.ArgumentParser) -> None:
    """Add the options that name a depth network for a take."""
    parser.add_argument(
        "--depth-model",
        metavar="NAME|FILE",
        help="the depth network of --depth (default: the one the take was made with)",
    )
    parser.add_argument(
        "--depth-input", metavar="KEY=VALUE,...", help="how it is fed; see 'limn estimate --help'"
    )


def check_clip(clip: Path) -> None:
    """Raise ClipError where ``--clip`` names nothing that is there."""
    check_text(clip.absolute(), "the clip", ClipError)
    if not os.path.lexists(clip) and not is_pattern(clip):
        raise ClipError(f"The clip {clip} does not exist.")


def depth_model_of(take: Take, arguments: argparse.Namespace) -> Any:  # noqa: ANN401
    """The depth network that was named, else the take's. Raises SettingsError and ModelError."""
    made_with = api.settings_of(take)
    name = arguments.depth_model or made_with.depth_model
    if not name:
        raise SettingsError("This take was made without a depth network; name one: --depth-model.")
    changes = arguments.depth_input
    if changes is None:
        changes = "" if arguments.depth_model else made_with.depth_input
    return api.open_depth(name, changes)


def write_depth(
    take: Take,
    arguments: argparse.Namespace,
    output: Path,
    reporter: Reporter,
    cancellation: Cancellation,
) -> FrameSource:
    """Read the depth of ``take``'s clip into the file ``output``; returns the clip."""
    from ...core.depth.relief import read_relief
    from ...media.opencv import one_thread

    model = depth_model_of(take, arguments)
    source = api.open_clip_of(take, arguments.clip)
    with one_thread():
        relief = drive(read_relief(take, source, model), reporter, cancellation)
    save_relief(relief, take, output)
    return source


def _depth(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    take = load_take(arguments.take)
    clip = arguments.clip or Path(take.clip.path)
    check_output(arguments.output, (SUFFIX,), (clip, arguments.take))
    source = write_depth(take, arguments, arguments.output, reporter, cancellation)
    outcome = {"depth": str(arguments.output), "warnings": list(source.warnings)}
    reporter.done(outcome, f"{arguments.output}")
    return 0
