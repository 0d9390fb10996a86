"""``limn export``: a take in another program's format, chosen by the file's suffix."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from ... import api
from ...core.data.errors import OutputError
from ...core.data.take_file import load_take
from ...core.data.types import Take
from ...core.formats.mesh import AMASS, BLENDER_FORMATS, SUFFIXES
from ...core.formats.motion import COCO
from ..applying import check_applies, check_smplx
from ..cancelling import Cancellation
from ..options import add_reporting
from ..outputs import check_output
from ..reporting import Reporter
from .build import add_smplx

_EPILOG: Final = """\
examples:
  limn export dance.take.npz --to dance.bvh
  limn export dance.take.npz --to dance.c3d
  limn export dance.take.npz --to dance.fbx --person 2
  limn export dance.take.npz --to dance.amass.npz --person 1 --smplx models/
  limn export dance.take.npz --to dance.csv --space camera --first-frame 20 --last-frame 90

by the suffix: .bvh .trc .c3d .csv .json .coco.json .amass.npz .smpl .obj .ply .pc2 .mdd are
written here; .fbx .glb .usdc .usd .abc by Blender, moving armature and body together. OBJ and PLY
hold one frame a file, and so does .glb with --still. With --smplx meshes and .amass.npz hold
your own SMPL-X model, its pose, betas and translation fitted to the take."""

_WITH_BODY: Final = (".obj", ".ply", ".glb", ".pc2", ".mdd", AMASS, *BLENDER_FORMATS)
_WITH_SPACE: Final = (".bvh", ".trc", ".c3d", ".csv", ".json")


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Add ``limn export``."""
    parser = commands.add_parser(
        "export",
        help="write a take for another program",
        description="Write a take's motion for another program, the format by the suffix.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("take", type=Path, metavar="TAKE", help="a .take.npz file")
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="the file to write")
    parser.add_argument(
        "--person", metavar="WHO", help="a name, or a number from 1 (default: everybody)"
    )
    parser.add_argument("--first-frame", type=int, metavar="N", help="start at the clip's frame N")
    parser.add_argument("--last-frame", type=int, metavar="N", help="stop after the clip's frame N")
    parser.add_argument(
        "--space",
        choices=("world", "camera"),
        help="in which positions are told (default: world)",
    )
    parser.add_argument(
        "--still", action="store_true", help="for .glb: bodies that stand still, one file a frame"
    )
    parser.add_argument(
        "--blender", metavar="PATH", help="the Blender executable to use instead of the bpy module"
    )
    add_smplx(parser)
    add_reporting(parser)
    parser.set_defaults(execute=_export)


def _export(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    output: Path = arguments.to
    model_file = [arguments.smplx] if arguments.smplx is not None else []
    check_output(output, (*SUFFIXES, *BLENDER_FORMATS), (arguments.take, *model_file))
    take = load_take(arguments.take)
    check_output(output, (output.suffix,), (Path(take.clip.path),))
    who = person_name(take, arguments.person)
    gender, by_blender = _check_choices(arguments), _is_by_blender(arguments)
    written = api.export(
        # Blender reads the file itself.
        arguments.take if by_blender else take,
        output,
        person=who,
        first_frame=arguments.first_frame,
        last_frame=arguments.last_frame,
        space=arguments.space or "world",
        smplx=arguments.smplx,
        gender=gender,
        still=arguments.still,
        blender=arguments.blender,
        waiting=cancellation.interruptible,
    )
    files = [str(path) for path in written.files]
    reporter.done({"files": files, "warnings": list(written.warnings)}, "\n".join(files))
    return 0


def _is_by_blender(arguments: argparse.Namespace) -> bool:
    return arguments.to.suffix.lower() in BLENDER_FORMATS and not arguments.still


def _check_choices(given: argparse.Namespace) -> str:
    """Return the gender of the model; raises SettingsError for what the format can't say."""
    name, suffix = given.to.name.lower(), given.to.suffix.lower()
    kind = next((kind for kind in (COCO, AMASS) if name.endswith(kind)), suffix)
    by_blender = _is_by_blender(given)
    check_applies(
        ("--still", given.still, suffix == ".glb", "is for .glb files"),
        (
            "--space",
            given.space,
            kind in _WITH_SPACE,
            f"has no use: {kind} files hold world space only",
        ),
        ("--smplx", given.smplx, kind in _WITH_BODY, f"has no use: {kind} files hold no body"),
        ("--blender", given.blender, by_blender, f"has no use here: Limn writes {kind} itself"),
    )
    return check_smplx(given)


def person_name(take: Take, who: str | None) -> str | None:
    """Return the name of the person called, or numbered from 1, ``who``; None for everybody.

    Raises OutputError naming the people there are.
    """
    names = [person.name for person in take.people]
    if who is None or who in names:
        return who
    if who.isdigit() and 1 <= int(who) <= len(names):
        return names[int(who) - 1]
    raise OutputError(f"The take has no person {who}; it holds {', '.join(names) or 'nobody'}.")
