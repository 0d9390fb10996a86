"""``limn people``: who is in a take, and choosing among them without running the networks."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from ...core.data.errors import SettingsError
from ...core.data.safe_text import MOST_OF_A_NAME, showable
from ...core.data.take_file import load_take, save_take
from ...core.data.types import Take
from ...core.pipeline import people_edit
from ...core.pipeline.solve_again import read_contact_edits
from ..cancelling import Cancellation, drive
from ..option_rules import check_applies, goes_with
from ..options import add_reporting
from ..outcome import describe
from ..outputs import check_output, make_folder
from ..reporting import Reporter

_EPILOG: Final = """\
examples:
  limn people dance.take.npz
  limn people dance.take.npz --thumbnails faces
  limn people dance.take.npz --drop 3 --rename 1 Anna -o anna.take.npz
  limn people dance.take.npz --merge 1 4 --split 2@118 -o sorted.take.npz

People are meant by number or name, frames as they are listed. Choices are made in the order in
which they are given; numbers are those of that moment."""


class _Choice(argparse.Action):
    """Keeps the order of all choices; ``const`` is what to do."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        given = [values] if isinstance(values, str) else list(values or ())
        choices = getattr(namespace, "choices", None) or []
        namespace.choices = [*choices, (str(option_string).removeprefix("--"), given)]


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Add ``limn people``."""
    parser = commands.add_parser(
        "people",
        help="list the people of a take; keep, drop, rename, merge or split them",
        description="List the people of a take, or choose among them: who is merged or split is "
        "solved again from what the networks saw, in seconds; the others stay as they are.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("take", type=Path, metavar="TAKE", help="a .take.npz file")
    group = parser.add_argument_group("choosing")
    choices: tuple[tuple[str, int | str | None, Any, str], ...] = (
        ("--keep", "+", "WHO", "keep only these people"),
        ("--drop", "+", "WHO", "leave these people out"),
        ("--rename", 2, ("WHO", "NAME"), "give somebody another name"),
        ("--merge", 2, ("WHO", "OTHER"), "two people are one, called WHO"),
        ("--split", None, "WHO@FRAME", "somebody else from FRAME on"),
    )
    for option, count, metavar, text in choices:
        group.add_argument(
            option, action=_Choice, nargs=count, metavar=metavar, help=text, dest="choices"
        )
    group.add_argument("-o", "--output", type=Path, metavar="OUT", help="OUT.take.npz")
    group.add_argument(
        "--edits",
        type=Path,
        metavar="FILE",
        help="foot contacts set by hand, as for limn solve; they stay with their frames",
    )
    pictures = parser.add_argument_group("pictures")
    pictures.add_argument(
        "--thumbnails", type=Path, metavar="DIR", help="write a PNG of everybody into DIR"
    )
    pictures.add_argument(
        "--clip", type=Path, metavar="FILE", help="the footage, when it moved since"
    )
    add_reporting(parser)
    parser.set_defaults(execute=_people)


def _people(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    from ...models.networks.lifter import open_lifter

    take = load_take(arguments.take)
    path = arguments.take
    chosen = bool(arguments.choices)
    check_applies(
        ("-o", arguments.output, chosen, "goes with a choice of people, and none is given"),
        ("--edits", arguments.edits, chosen, "goes with a choice of people, and none is given"),
        ("--clip", arguments.clip, arguments.thumbnails is not None, goes_with("--thumbnails")),
    )
    if chosen:
        if arguments.output is None:
            option = arguments.choices[0][0]
            raise SettingsError(f"--{option} needs a take to write; name it with -o.")
        others = [arguments.edits] if arguments.edits is not None else []
        check_output(arguments.output, (".npz",), (Path(take.clip.path), *others))
        edits = read_contact_edits(arguments.edits, take) if arguments.edits else None
        edit = people_edit.edit_of(take, edits)
        for what, given in arguments.choices:
            edit = _chosen(edit, what, given, take)
        take = drive(people_edit.solve_edit(take, edit, open_lifter()), reporter, cancellation)
        path = arguments.output
        save_take(take, path)
    outcome = describe(take, path)
    if arguments.thumbnails is not None:
        thumbnails = _thumbnails(take, arguments)
        for person, picture in zip(outcome["people"], thumbnails, strict=True):
            person["thumbnail"] = str(picture) if picture else None
    reporter.done(outcome, _as_text(outcome))
    return 0


def _chosen(
    edit: people_edit.PeopleEdit, what: str, given: Sequence[str], take: Take
) -> people_edit.PeopleEdit:
    if what == "keep":
        return people_edit.keep(edit, given)
    if what == "drop":
        return people_edit.drop(edit, given)
    if what == "rename":
        return people_edit.rename(edit, given[0], given[1])
    if what == "merge":
        return people_edit.merge(edit, given[0], given[1], take.cuts)
    who, _, frame = given[0].rpartition("@")
    if not who or not frame.isdecimal():
        raise SettingsError(f"--split takes WHO@FRAME, such as 2@118, not {given[0]}.")
    return people_edit.split(edit, who, int(np.searchsorted(take.source_frame, int(frame))))


def _thumbnails(take: Take, arguments: argparse.Namespace) -> list[Path | None]:
    from ...media.clips import open_clip
    from ...media.drawing.thumbnails import save_thumbnails, thumbnail_paths

    make_folder(arguments.thumbnails)
    info = take.clip
    clip = arguments.clip or Path(info.path)
    source = open_clip(clip, info.first_frame, None, info.step, sequence_fps=info.fps)
    for path in thumbnail_paths(take, arguments.thumbnails):
        check_output(path, (".png",), (clip,))
    return save_thumbnails(take, source, arguments.thumbnails)


def _as_text(outcome: dict[str, Any]) -> str:
    lines = [showable(outcome["take"])]
    names = [showable(person["name"], MOST_OF_A_NAME) for person in outcome["people"]]
    width = max(map(len, names), default=0)
    for number, (name, person) in enumerate(zip(names, outcome["people"], strict=True), 1):
        bridged = f", {person['bridged']} bridged" if person["bridged"] else ""
        picture = f"  {showable(person['thumbnail'])}" if person.get("thumbnail") else ""
        lines.append(
            f"{number:3d}  {name.ljust(width)}  {person['frames']:6d} frames "
            f"({person['first']} to {person['last']}{bridged}){picture}"
        )
    return "\n".join(lines)
