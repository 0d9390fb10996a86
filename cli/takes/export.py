"""``limn export``: a take in another program's format, chosen by the file's suffix."""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path
from typing import Any, Final

from ... import api
from ...core.data.errors import OutputError
from ...core.data.take_file import load_take
from ...core.data.types import Take
from ...core.formats import table
from ..cancelling import Cancellation
from ..option_rules import check_applies, check_smplx
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

formats, by the suffix:
{formats}

{still} hold one frame a file, .glb only with --still. With --smplx bodies are your own SMPL-X
model's, its pose, betas and translation fitted to the take."""
_WIDTH: Final = 92


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Add ``limn export``."""
    in_space = table.suffixes([row for row in table.FORMATS if row.has_space])
    parser = commands.add_parser(
        "export",
        help="write a take for another program",
        description="Write a take's motion for another program, the format by the suffix.",
        epilog=_epilog(),
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
        help=f"in which positions are told, for {in_space} (default: world)",
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


def _epilog() -> str:
    rows = (f"  {row.suffix:<11}{row.title}: {row.holds}" for row in table.FORMATS)
    wrapped = (textwrap.fill(row, _WIDTH, subsequent_indent=" " * 13) for row in rows)
    still = table.suffixes([row for row in table.FORMATS if row.one_frame])
    return _EPILOG.format(formats="\n".join(wrapped), still=still)


def _export(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    output: Path = arguments.to
    model_file = [arguments.smplx] if arguments.smplx is not None else []
    check_output(output, [row.suffix for row in table.FORMATS], (arguments.take, *model_file))
    take = load_take(arguments.take)
    check_output(output, (output.suffix,), (Path(take.clip.path),))
    who = person_name(take, arguments.person)
    row = table.format_of(output)
    gender = _check_choices(arguments, row)
    written = api.export(
        # Blender reads the file itself.
        arguments.take if row.blender_writes(still=arguments.still) else take,
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


def _check_choices(given: argparse.Namespace, row: table.Format) -> str:
    """Return the gender of the model; raises SettingsError for what the format can't say."""
    stills = table.both_write()
    check_applies(
        ("--still", given.still, row in stills, f"is for {table.suffixes(stills)} files"),
        (
            "--space",
            given.space,
            row.has_space,
            f"has no use: {row.suffix} files hold world space only",
        ),
        ("--smplx", given.smplx, row.has_body, f"has no use: {row.suffix} files hold no body"),
        (
            "--blender",
            given.blender,
            row.blender_writes(still=given.still),
            f"has no use here: Limn writes {row.suffix} itself",
        ),
    )
    return check_smplx(given)


def person_name(take: Take, who: str | None) -> str | None:
    """Return the name of the person called, or numbered from 1, ``who``; None for everybody.

    Raises OutputError naming the people there are, or where several share the name.
    """
    names = [person.name for person in take.people]
    if who is not None and who not in names:
        if not (who.isdigit() and 1 <= int(who) <= len(names)):
            people = ", ".join(names) or "nobody"
            raise OutputError(f"The take has no person {who}; it holds {people}.")
        who = names[int(who) - 1]
    if who is not None and names.count(who) > 1:
        raise OutputError(
            f"{names.count(who)} people of the take are called {who}; give them names of their own "
            "in Blender first."
        )
    return who
