"""``limn solve``: solve a take again with other settings or edited contacts, without networks."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from ... import api
from ...core.baselines.per_frame import BASELINES
from ...core.data.take_file import load_take
from ...core.formats.cameras.reading import read_camera
from ...core.pipeline.films.film import views_without
from ...core.pipeline.solve_again import read_contact_edits, settings_of
from ..cancelling import Cancellation, drive
from ..option_rules import body_of, camera_of, check_applies, contacts_of, face_of, hands_of
from ..options import add_reporting, add_solve_settings, camera_file, given_settings
from ..outcome import as_text, describe
from ..outputs import check_output
from ..reporting import Reporter

SUFFIXES: Final = (".npz",)

_EPILOG: Final = """\
examples:
  limn solve dance.take.npz --height 1.82 -o dance.take.npz
  limn solve dance.take.npz --contacts always -o grounded.take.npz
  limn solve dance.take.npz --edits contacts.json -o edited.take.npz"""


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Add ``limn solve``."""
    parser = commands.add_parser(
        "solve",
        help="solve a take again with other settings, in seconds",
        description="Solve a take again from what the networks saw; the clip isn't read.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("take", type=Path, metavar="TAKE", help="a .take.npz file")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT", help="OUT.take.npz"
    )
    parser.add_argument(
        "--edits",
        type=Path,
        metavar="FILE",
        help="foot contacts set by hand, as JSON (docs/guide/take.md has the form)",
    )
    parser.add_argument(
        "--leave-out",
        nargs="+",
        metavar="VIEW",
        help="further views of a take of several clips that aren't asked, by number from 1 or "
        "file name, all others are; 'none' asks all",
    )
    add_solve_settings(parser)
    add_reporting(parser)
    parser.set_defaults(execute=_solve)


def _solve(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    take = load_take(arguments.take)
    others = [path for path in (arguments.edits, camera_file(arguments)) if path is not None]
    check_output(arguments.output, SUFFIXES, (Path(take.clip.path), *others))
    settings = replace(settings_of(take), **given_settings(arguments))
    holds = settings.estimator not in BASELINES
    no_feet = f"has no use for a take of '{settings.estimator}', which holds no feet"
    edits_apply = ("--edits", arguments.edits, holds, no_feet)
    rules = [rule(settings) for rule in (contacts_of, hands_of, face_of, body_of, camera_of)]
    check_applies(*rules, edits_apply)
    if arguments.leave_out is not None:
        take = replace(take, views=views_without(take.views, arguments.leave_out))
    edits = read_contact_edits(arguments.edits, take) if arguments.edits else None
    file = camera_file(arguments)
    if file is not None and take.observed is not None:
        given = read_camera(file, take.clip)
        take = replace(take, observed=replace(take.observed, given=given))
    job = api.solve_job(take, settings, contacts=edits)
    solved = drive(job, reporter, cancellation)
    api.save(solved, arguments.output)
    outcome = describe(solved, arguments.output)
    reporter.done(outcome, as_text(outcome))
    return 0
