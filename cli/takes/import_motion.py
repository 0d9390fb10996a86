"""``limn import``: the motion that another tool estimated, as a take."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from ... import api
from ...core.bodies.smplx_model import SmplxModel, find_smplx, load_smplx
from ...core.data.errors import SettingsError
from ...core.data.settings import CONTACT_MODES, QUALITIES, Settings
from ...core.data.types import FrameSource, Take
from ...core.data.writing import scratch_folder
from ...core.importing.as_take import ImportSettings
from ...core.importing.motion import WORLD_UP
from ...core.importing.placing import AUTO
from ...core.importing.values import FRAME_RATES
from ...core.pipeline.job import Job
from ...imports import import_job, sample
from ..cancelling import Cancellation, drive
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
  limn import openpose_output --video dance.mp4 -o dance.take.npz
  limn import keypoints.json --size 1920x1080 --fps 25 -o dance.take.npz

reads SMPL, SMPL+H and SMPL-X motion (AMASS .npz, .smpl, parameters as .npz, .npy, .pkl), results of
GVHMR (.pt), WHAM (.pkl), TRAM (.npy), PromptHMR (.pkl), 4D-Humans (.pkl) and SAM 3D Body, .bvh, an
armature's action (.blend), and points in three dimensions (.trc, .c3d, .csv, .npy). Nothing in such
a file is ever run. The motion is cleaned as Limn's own is: no jitter, feet that stand. Keypoints in
pictures are lifted and solved: those of OpenPose (a folder), COCO, COCO-WholeBody, AlphaPose,
MMPose, MediaPipe (.json) and FreeMoCap."""


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Add ``limn import``."""
    parser = commands.add_parser(
        "import",
        help="bring the motion that another tool estimated, and clean it",
        description="Make a take of the motion that another tool estimated.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "motion", type=Path, metavar="FILE", help="the other tool's result, a file or a folder"
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT", help="OUT.take.npz"
    )
    _add_clip(parser)
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
    _add_pictures(parser)
    parser.add_argument(
        "--armature", metavar="NAME", help="of a .blend file (default: the file's only one)"
    )
    parser.add_argument(
        "--blender", metavar="PATH", help="the Blender executable that reads a .blend file"
    )
    add_smplx(parser)
    add_reporting(parser)
    parser.set_defaults(execute=_import)


def _add_clip(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--video", type=Path, metavar="CLIP", help="the clip that it was estimated from"
    )
    parser.add_argument(
        "--networks",
        choices=("on", "off"),
        help="on: Limn's own networks look at the clip too, and what the file tells is evidence "
        "beside theirs; off: the clip tells size and rate alone (default: on with --video)",
    )
    parser.add_argument(
        "--quality",
        choices=QUALITIES,
        help=f"how many of these look at a frame (default: {Settings().quality})",
    )


def _add_pictures(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("keypoints in pictures")
    group.add_argument(
        "--size",
        metavar="WxH",
        help="how large the pictures were, in pixels (default: as the file or the clip tells)",
    )
    group.add_argument(
        "--fov",
        type=float,
        metavar="DEGREES",
        help="field of view over the picture's longer side (default: a usual one)",
    )
    group.add_argument(
        "--sigma-px",
        type=float,
        metavar="PX",
        help="how far keypoints may be off, in pixels (default: by how they shake)",
    )


def _import(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    clip_file = [arguments.video] if arguments.video is not None else []
    check_output(arguments.output, (".npz",), (arguments.motion, *clip_file))
    changed = "has no use with --as-is, which changes nothing"
    check_applies(
        ("--sigma", arguments.sigma, not arguments.as_is, changed),
        ("--contacts", arguments.contacts, not arguments.as_is, changed),
        ("--networks", arguments.networks, arguments.video is not None, "goes with --video"),
        ("--quality", arguments.quality, _looks(arguments), "goes with --video and networks"),
        ("--networks", arguments.networks == "on", not arguments.as_is, changed),
    )
    settings = _settings(arguments)
    gender = check_smplx(arguments)
    model = None
    if arguments.smplx is not None:
        model = load_smplx(find_smplx(arguments.smplx, gender))
    source = None if arguments.video is None else api.open_clip(arguments.video)
    with _readable(arguments, cancellation) as motion:
        take = drive(_job(arguments, motion, settings, model, source), reporter, cancellation)
    if motion != arguments.motion:
        take = replace(take, clip=replace(take.clip, path=str(arguments.motion.absolute())))
    api.save(take, arguments.output)
    outcome = describe(take, arguments.output)
    reporter.done(outcome, as_text(outcome))
    return 0


@contextmanager
def _readable(given: argparse.Namespace, cancellation: Cancellation) -> Iterator[Path]:
    """The file of motion; of a .blend what its armature does, which Blender reads."""
    is_blend = given.motion.suffix.lower() == ".blend"
    check_applies(
        ("--armature", given.armature, is_blend, "goes with a .blend file"),
        ("--blender", given.blender, is_blend, "goes with a .blend file"),
    )
    if not is_blend:
        yield given.motion
        return
    with scratch_folder() as folder:
        sampled = folder / "armature.npz"
        sample(
            given.motion,
            sampled,
            armature=given.armature,
            blender=given.blender,
            waiting=cancellation.interruptible,
        )
        yield sampled


def _job(
    arguments: argparse.Namespace,
    motion: Path,
    settings: ImportSettings,
    model: SmplxModel | None,
    source: FrameSource | None,
) -> Job[Take]:
    return import_job(
        motion,
        settings,
        clip=None if source is None else source.info,
        up=arguments.up,
        model=model,
        footage=source,
        look=_look(arguments) if _looks(arguments) else None,
    )


def _looks(given: argparse.Namespace) -> bool:
    """Whether Limn's own networks look at the clip."""
    return given.video is not None and given.networks != "off" and not given.as_is


def _look(given: argparse.Namespace) -> Settings:
    return Settings(
        quality=given.quality or Settings().quality,
        height_m=given.height,
        fov_deg=given.fov,
        contacts=given.contacts or "auto",
    )


def _settings(given: argparse.Namespace) -> ImportSettings:
    for option, value, low, high in (
        ("--fps", given.fps, *FRAME_RATES),
        ("--height", given.height, 0.3, 2.8),
        ("--sigma", given.sigma, 0.0005, 0.5),
        ("--fov", given.fov, 5.0, 170.0),
        ("--sigma-px", given.sigma_px, 0.01, 1000.0),
    ):
        if value is not None and not low <= value <= high:
            raise SettingsError(f"{option} is {value:g}; it must lie between {low:g} and {high:g}.")
    return ImportSettings(
        is_as_it_is=given.as_is,
        fps=given.fps,
        height_m=given.height,
        sigma_m=given.sigma,
        contacts=given.contacts or "auto",
        size_px=None if given.size is None else _size(given.size),
        fov_deg=given.fov,
        sigma_px=given.sigma_px,
    )


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,5})[xX*](\d{1,5})", text)
    if found is None or not all(16 <= int(side) for side in found.groups()):
        raise SettingsError(f"--size is '{text}'; it must be width and height, such as 1920x1080.")
    return int(found.group(1)), int(found.group(2))
