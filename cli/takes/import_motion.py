"""``limn import``: the motion that another tool estimated, as a take."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from ... import api
from ...core.bodies.smplx_model import find_smplx, load_smplx
from ...core.data.errors import SettingsError
from ...core.data.settings import CONTACT_MODES
from ...core.importing.as_take import ImportSettings
from ...core.importing.motion import WORLD_UP
from ...core.importing.opening import import_motion
from ...core.importing.placing import AUTO
from ..cancelling import Cancellation
from ..option_rules import check_applies, check_smplx
from ..options import add_reporting
from ..outcome import as_text, describe
from ..outputs import check_output
from ..reporting import Reporter
from .build import add_smplx

_EPILOG: Final = """\
examples:
  limn import hmr4d_results.pt -o dance.take.npz
  limn import wham_output.pkl --video dance.mp4 -o dance.take.npz
  limn import markers.trc --height 1.82 -o dance.take.npz
  limn import dance_stageii.npz --as-is -o dance.take.npz

reads SMPL, SMPL+H and SMPL-X motion (AMASS .npz, .smpl, parameters as .npz, .npy, .pkl), results of
GVHMR (.pt), WHAM (.pkl), TRAM (.npy), PromptHMR (.pkl) and 4D-Humans (.pkl), .bvh, and points in
three dimensions (.trc, .c3d, .csv, .npy). Nothing in such a file is ever run. The motion is cleaned
as Limn's own is: no jitter, feet that stand."""


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Add ``limn import``."""
    parser = commands.add_parser(
        "import",
        help="bring the motion that another tool estimated, and clean it",
        description="Make a take of the motion that another tool estimated.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("motion", type=Path, metavar="FILE", help="the other tool's result")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT", help="OUT.take.npz"
    )
    parser.add_argument(
        "--video", type=Path, metavar="CLIP", help="the clip that it was estimated from"
    )
    parser.add_argument(
        "--as-is", action="store_true", help="bring it unchanged: only its axes become Limn's"
    )
    parser.add_argument(
        "--fps", type=float, metavar="N", help="frames a second (default: the file's or the clip's)"
    )
    parser.add_argument(
        "--up",
        choices=(AUTO, *WORLD_UP),
        default=AUTO,
        help="the axis of the file's world that points up (default: as people stand)",
    )
    parser.add_argument(
        "--height",
        type=float,
        metavar="M",
        help="everybody's body height in metres (default: as their feet stand)",
    )
    parser.add_argument(
        "--sigma",
        type=float,
        metavar="M",
        help="how far joints may be off, in metres (default: by the jitter that they show)",
    )
    parser.add_argument(
        "--contacts",
        choices=[mode for mode in CONTACT_MODES if mode != "always"],
        help="auto: feet that stand are held; off: feet are left alone (default: auto)",
    )
    add_smplx(parser)
    add_reporting(parser)
    parser.set_defaults(execute=_import)


def _import(arguments: argparse.Namespace, reporter: Reporter, _: Cancellation) -> int:
    clip_file = [arguments.video] if arguments.video is not None else []
    check_output(arguments.output, (".npz",), (arguments.motion, *clip_file))
    changed = "has no use with --as-is, which changes nothing"
    check_applies(
        ("--sigma", arguments.sigma, not arguments.as_is, changed),
        ("--contacts", arguments.contacts, not arguments.as_is, changed),
    )
    settings = _settings(arguments)
    gender = check_smplx(arguments)
    model = None
    if arguments.smplx is not None:
        model = load_smplx(find_smplx(arguments.smplx, gender))
    clip = None if arguments.video is None else api.open_clip(arguments.video).info
    take = import_motion(arguments.motion, settings, clip=clip, up=arguments.up, model=model)
    api.save(take, arguments.output)
    outcome = describe(take, arguments.output)
    reporter.done(outcome, as_text(outcome))
    return 0


def _settings(given: argparse.Namespace) -> ImportSettings:
    for option, value, low, high in (
        ("--fps", given.fps, 0.1, 1000.0),
        ("--height", given.height, 0.3, 2.8),
        ("--sigma", given.sigma, 0.0005, 0.5),
    ):
        if value is not None and not low <= value <= high:
            raise SettingsError(f"{option} is {value:g}; it must lie between {low:g} and {high:g}.")
    return ImportSettings(
        is_as_it_is=given.as_is,
        fps=given.fps,
        height_m=given.height,
        sigma_m=given.sigma,
        contacts=given.contacts or "auto",
    )
