"""``limn build``: a take as a .blend file, written by Blender in a process of its own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from ... import api
from ...core.data.take_file import load_take
from ...core.data.writing import scratch_folder
from ..cancelling import Cancellation
from ..clips.depth import add_clip, add_depth_model, check_clip, write_depth
from ..option_rules import check_applies, check_smplx, goes_with
from ..options import add_reporting
from ..outcome import describe
from ..outputs import check_output
from ..reporting import Reporter

_EPILOG: Final = """\
examples:
  limn build dance.take.npz -o dance.blend
  limn build dance.take.npz -o dance.blend --blender /opt/blender/blender
  limn build dance.take.npz -o gallery.blend --style gallery
  limn build dance.take.npz -o dance.blend --depth"""


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
    add_smplx(parser)
    parser.add_argument(
        "--style",
        choices=("rig", "gallery"),
        default="rig",
        help="rig: armatures with bodies over the footage; gallery: coloured sticks that follow "
        "the armatures, before a photo wall on tiles",
    )
    parser.add_argument(
        "--depth",
        action="store_true",
        help="put the depth map into the scene, in metres behind and around the people; its motion "
        "is written beside OUT.blend as OUT.depth.pc2",
    )
    add_depth_model(parser)
    add_clip(parser)
    add_reporting(parser)
    parser.set_defaults(execute=_build)


def add_smplx(parser: argparse.ArgumentParser) -> None:
    """Add the options that name the user's own SMPL-X model."""
    parser.add_argument(
        "--smplx",
        type=Path,
        metavar="FILE",
        help="your own SMPL-X .npz, or the folder of them, as everybody's body",
    )
    parser.add_argument(
        "--gender",
        choices=("neutral", "male", "female"),
        help="which SMPL-X model of a folder (default: neutral)",
    )


def _build(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    check_output(arguments.output, (".blend",), (arguments.take,))
    take = load_take(arguments.take)
    check_output(arguments.output, (".blend",), (arguments.clip or Path(take.clip.path),))
    gender = check_smplx(arguments)
    has_depth = arguments.depth or arguments.depth_model
    check_applies(
        ("--depth-input", arguments.depth_input, bool(has_depth), goes_with("--depth")),
    )
    if arguments.clip is not None:
        check_clip(arguments.clip)
    wanted = {
        "smplx": arguments.smplx,
        "gender": gender,
        "style": arguments.style,
        "blender": arguments.blender,
    }
    api.check_build(**wanted)  # before the depth is read, which takes long
    with scratch_folder() as folder:
        relief = folder / "take.depth.npz" if has_depth else None
        if relief is not None:
            write_depth(take, arguments, relief, reporter, cancellation)
        written = api.build(
            arguments.take,
            arguments.output,
            **wanted,
            clip=arguments.clip,
            depth=relief,
            waiting=cancellation.interruptible,
        )
    outcome = describe(take, arguments.take)
    outcome |= {"blend": str(arguments.output), "warnings": list(written.warnings)}
    reporter.done(outcome, f"{arguments.output}")
    return 0
