"""``limn edit``: trim, clean up, mirror, blend, loop, place a take's motion, into another."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from ...core.data.errors import SettingsError
from ...core.data.take_file import load_take, save_take
from ...core.data.types import Take
from ...core.editing.blending import join_takes, mix_takes
from ...core.editing.looping import loop_take
from ...core.editing.mirroring import mirror_take
from ...core.editing.rigid_move import place_take
from ...core.editing.trimming import positions_of, stretch
from ...core.evaluation.quality import floors_told, report_on
from ..cancelling import Cancellation
from ..outcome import as_text, describe
from ..outputs import check_output
from ..reporting import Reporter
from .edit_cleaning import add_cleaning, cleaned, cleaning_chosen
from .export import person_name

_ORIGIN: Final = (0.0, 0.0, 0.0)
_LOOP_FRAMES: Final = 8
_MIRRORED: Final = "Mirrored: the footage shows it the other way round."

_EPILOG: Final = """\
examples:
  limn edit walk.take.npz --trim 40 71 --loop --origin --facing 0 -o cycle.take.npz
  limn edit wave.take.npz --mirror -o wave_left.take.npz
  limn edit walk.take.npz --then turn.take.npz --overlap 12 -o both.take.npz
  limn edit walk.take.npz --smooth 3 --between 80 140 --lock-foot left -o calm.take.npz
  limn edit calm.take.npz --mix wild.take.npz --weight 0.3 -o livelier.take.npz

edits are made in this order: person, trim, floor, smooth, lock-foot, find-loop, mirror, mix or
then, loop, origin and facing. Everybody moves together; find-loop, mix, then and loop need people
who are there all the time."""


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Add ``limn edit``."""
    parser = commands.add_parser(
        "edit",
        help="trim, clean up, mirror, loop, place and blend takes",
        description="Edit a take's motion; the result is a take, without what the networks saw.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("take", type=Path, metavar="TAKE", help="a .take.npz file")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT", help="OUT.take.npz"
    )
    parser.add_argument(
        "--person", metavar="WHO", help="keep a name, or a number from 1 (default: everybody)"
    )
    parser.add_argument(
        "--trim", type=int, nargs=2, metavar=("FIRST", "LAST"), help="keep these frames of the clip"
    )
    parser.add_argument("--mirror", action="store_true", help="left for right")
    add_cleaning(parser)
    _add_blending(parser)
    parser.add_argument(
        "--loop",
        type=int,
        nargs="?",
        const=_LOOP_FRAMES,
        metavar="FRAMES",
        help="make the last frame the first again, correcting FRAMES at each end "
        f"(default: {_LOOP_FRAMES})",
    )
    parser.add_argument("--in-place", action="store_true", help="a loop that stays over its spot")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--origin", action="store_true", help="start over the world's origin")
    where.add_argument(
        "--at", type=float, nargs=3, metavar=("X", "Y", "Z"), help="start there; Z is the floor's"
    )
    parser.add_argument(
        "--facing",
        type=float,
        metavar="DEGREES",
        help="look that way at the start: 0 along -y, anticlockwise seen from above",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON on stdout")
    parser.set_defaults(execute=_edit)


def _add_blending(parser: argparse.ArgumentParser) -> None:
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--mix", type=Path, metavar="TAKE", help="mix with another take's motion")
    other.add_argument("--then", type=Path, metavar="TAKE", help="go on with another take's motion")
    parser.add_argument(
        "--weight", type=float, metavar="0..1", help="how much of the other take (default: 0.5)"
    )
    parser.add_argument(
        "--overlap", type=int, metavar="FRAMES", help="how long the change takes (default: 10)"
    )


def _edit(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    others = [path for path in (arguments.mix, arguments.then) if path is not None]
    take = load_take(arguments.take)
    check_output(arguments.output, (".npz",), (Path(take.clip.path), *others))
    _check_choices(arguments)
    edited = _placed(_looped(_blended(_turned(take, arguments), arguments), arguments), arguments)
    is_mixed = arguments.mix is not None or arguments.then is not None
    edited = replace(edited, report=_judged(edited, is_mixed), observed=None)
    save_take(edited, arguments.output)
    outcome = describe(edited, arguments.output)
    reporter.done(outcome, as_text(outcome))
    return 0


def _judged(take: Take, is_mixed: bool) -> dict[str, object]:
    """The quality report of what came out; a mix has no picture to lie over."""
    is_measured = take.report.get("floor") == "measured"
    report: dict[str, Any] = report_on(take, is_measured, floors_told(take))
    for person in report["people"] if is_mixed else ():
        person.get("checks", {}).pop("reprojection_share", None)
    return {**take.report, **report}


def _check_choices(given: argparse.Namespace) -> None:
    """Raise SettingsError for no edit at all, or an option that nothing uses."""
    is_placed = given.origin or given.at is not None or given.facing is not None
    others = (given.person, given.trim, given.mix, given.then, given.loop)
    is_cleaned = cleaning_chosen(given)
    if not (
        given.mirror or is_placed or is_cleaned or any(choice is not None for choice in others)
    ):
        raise SettingsError("Nothing was chosen, so there is nothing to write; see --help.")
    for option, value, needs, is_there in (
        ("--weight", given.weight, "--mix", given.mix),
        ("--overlap", given.overlap, "--then", given.then),
        ("--in-place", given.in_place or None, "--loop", given.loop),
    ):
        if value is not None and is_there is None:
            raise SettingsError(f"{option} goes with {needs}, which isn't given.")


def _cut(take: Take, given: argparse.Namespace) -> Take:
    who = person_name(take, given.person)
    if who is not None or given.trim is not None:
        first, last = 0, len(take.time_s) - 1
        if given.trim is not None:
            first, last = positions_of(take, *given.trim)
        take = stretch(take, who, first, last)
    return take


def _turned(take: Take, given: argparse.Namespace) -> Take:
    take = cleaned(_cut(take, given), given)
    if given.mirror:
        take = mirror_take(take)
        take = replace(take, warnings=(*take.warnings, _MIRRORED))
    return take


def _blended(take: Take, given: argparse.Namespace) -> Take:
    if given.mix is not None:
        return mix_takes(take, load_take(given.mix), 0.5 if given.weight is None else given.weight)
    if given.then is not None:
        overlap = 10 if given.overlap is None else given.overlap
        return join_takes(take, load_take(given.then), overlap)
    return take


def _looped(take: Take, given: argparse.Namespace) -> Take:
    return take if given.loop is None else loop_take(take, given.loop, in_place=given.in_place)


def _placed(take: Take, given: argparse.Namespace) -> Take:
    at = _ORIGIN if given.origin else given.at
    return take if at is None and given.facing is None else place_take(take, at, given.facing)
