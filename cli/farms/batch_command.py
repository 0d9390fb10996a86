"""``limn batch``: folders and lists of clips on all cores, going on past every fault."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ...core.data.errors import Cancelled, SettingsError
from ...core.data.safe_text import showable
from ...core.data.settings import usable_cores
from ...core.data.types import Progress
from ..cancelling import Cancellation
from ..clips import estimate
from ..clips.range import add_range
from ..clips.results import table_of
from ..clips.work_item import WorkItem, spelt
from ..option_rules import check_applies, goes_with
from ..options import add_reporting, add_settings
from ..outputs import make_folder
from ..reporting import Reporter
from .dask_work import DaskCluster
from .further_outputs import check_suffixes, make_further
from .job_list import beside_others, make_items
from .pool import Pool
from .report_page import write_report
from .tasks import STRETCH_S

Result = dict[str, Any]
_MOST_JOBS: Final = 64
_LONGEST_S: Final = 1e6
_FLAMENCOS: Final = "has no use with --flamenco, whose manager shares out the tasks"
_STAGE: Final = "Clips"
_STEPS: Final = 100  # of a clip, of the one progress of all

_EPILOG: Final = """\
examples:
  limn batch footage/ -o takes/
  limn batch "shots/**/*.mp4" -o takes/ --jobs 4 --also .blend --also .bvh
  limn batch tonight.csv -o takes/ --quality best

A list is a .csv with a column "clip" and columns named as options (height, max-people), or a .json
with a list of such objects. What was done before with the same clip and options isn't done again;
several machines may run the same batch into one shared folder. report.html tells how it went."""


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Add ``limn batch``."""
    parser = commands.add_parser(
        "batch",
        help="run folders and lists of clips, and go on where it was",
        description="Estimate many clips by several workers, and report how it went.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "clips", nargs="+", metavar="CLIP", help="clips, folders, patterns and lists of them"
    )
    add_where(parser)
    parser.add_argument("--redo", action="store_true", help="run again what is done already")
    parser.add_argument(
        "--keep",
        action="store_true",
        help="overwrite no take that was made otherwise: the new one is CLIP (2).take.npz",
    )
    parser.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="run on the Dask cluster whose scheduler is there, such as tcp://farm:8786",
    )
    parser.add_argument(
        "--flamenco",
        metavar="URL",
        help="hand the clips to the Flamenco manager that is there, such as http://farm:8080, as "
        "a job of the type in farms/flamenco, and end",
    )
    parser.add_argument(
        "--together",
        action="store_true",
        help="every folder holds clips of one scene, filmed at once: one take of each folder",
    )
    parser.add_argument(
        "--calibration",
        type=Path,
        metavar="FILE",
        help="with --together: the cameras as another tool calibrated them, the same in all scenes",
    )
    add_range(parser)
    add_settings(parser)
    add_reporting(parser)
    parser.set_defaults(execute=_batch)


def add_where(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where results go and how many workers there are."""
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="the folder of the takes"
    )
    parser.add_argument(
        "--jobs",
        type=int,
        metavar="N",
        help="workers side by side (default: one for two cores, which a worker keeps busy)",
    )
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="SUFFIX",
        help="make this of every take too: .blend, .mp4 (a preview), .bvh, .fbx and so on",
    )
    parser.add_argument(
        "--blender",
        metavar="PATH",
        help="with --also: the Blender executable to use instead of the bpy module",
    )
    add_stretches(parser)


def add_stretches(parser: argparse.ArgumentParser) -> None:
    """Add the option that says when long clips are shared among workers."""
    parser.add_argument(
        "--stretch-length",
        type=float,
        dest="stretch_s",
        metavar="SECONDS",
        help="where workers would be idle, look at longer clips in stretches of at most so long "
        f"(default with several workers: {STRETCH_S:g}; 0: never)",
    )


def check_where(given: argparse.Namespace) -> int:
    """How many workers; makes the folder. Raises SettingsError and OutputError."""
    check_suffixes(given.also)
    check_applies(("--blender", given.blender, bool(given.also), goes_with("--also")))
    jobs = given.jobs if given.jobs is not None else max(1, usable_cores(_MOST_JOBS) // 2)
    if not 1 <= jobs <= _MOST_JOBS:
        raise SettingsError(f"--jobs is {jobs}; it must lie between 1 and {_MOST_JOBS}.")
    if given.stretch_s is not None and not 0 <= given.stretch_s < _LONGEST_S:
        raise SettingsError(
            f"--stretch-length is {given.stretch_s:g}; it must be a number of seconds, or 0."
        )
    make_folder(given.output)
    return jobs


def _batch(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    check_applies(
        ("--jobs", arguments.jobs, arguments.dask is None,
         "has no use with --dask, whose workers are the cluster's"),
        *(
            (option, value or None, arguments.flamenco is None, _FLAMENCOS)
            for option, value in (
                ("--jobs", arguments.jobs), ("--also", arguments.also), ("--redo", arguments.redo),
                ("--dask", arguments.dask),
            )
        ),
    )  # fmt: skip
    check_applies(
        ("--calibration", arguments.calibration, arguments.together, goes_with("--together")),
    )  # fmt: skip
    jobs = check_where(arguments)
    words = words_of(arguments)
    items = make_items(arguments.clips, arguments.output, words, parse_estimate)
    if arguments.keep:
        items = [beside_others(item, redo=arguments.redo) for item in items]
    if arguments.flamenco is not None:
        from .flamenco import submit

        return submit(items, _estimate_parser(), arguments, reporter, cancellation)
    results = run_items(items, arguments, jobs, reporter, cancellation)
    return conclude(results, len(items), arguments.output, reporter, cancellation)


def run_items(
    items: Sequence[WorkItem],
    given: argparse.Namespace,
    jobs: int,
    reporter: Reporter,
    cancellation: Cancellation,
) -> list[Result]:
    """Do ``items``; when the run was asked to stop, what is done until then."""
    policy = "nothing" if getattr(given, "redo", False) else "agrees"
    carrier = _carrier(given, jobs, policy)
    results: dict[int, Result] = {}
    try:
        if all(item.options == items[0].options for item in items):
            carrier.warm_up(items[0].options)
        for number, result in carrier.run(
            items, _teller(carrier, results, len(items), reporter, cancellation)
        ):
            if "error" not in result and given.also:
                with cancellation.interruptible():
                    files, failed = make_further(Path(result["take"]), given.also, given.blender)
                result |= {"files": files, "not_made": failed}
            results[number] = result
    except KeyboardInterrupt:
        pass
    finally:
        carrier.close()
    return [results[number] for number in sorted(results)]


def _carrier(given: argparse.Namespace, jobs: int, policy: str) -> Pool | DaskCluster:
    if getattr(given, "dask", None) is not None:
        return DaskCluster(given.dask, policy=policy, stretch_s=given.stretch_s)
    return Pool(jobs, policy=policy, stretch_s=given.stretch_s)


def _teller(
    carrier: Pool | DaskCluster,
    results: dict[int, Result],
    count: int,
    reporter: Reporter,
    cancellation: Cancellation,
) -> Any:  # noqa: ANN401 - a function of no arguments
    def tell() -> None:
        cancellation.check()
        under_way = carrier.under_way()
        done = round(_STEPS * (len(results) + min(under_way, count - len(results))))
        reporter.progress(Progress(_STAGE, done, _STEPS * count))

    return tell


def conclude(
    results: Sequence[Result],
    count: int,
    folder: Path,
    reporter: Reporter,
    cancellation: Cancellation,
) -> int:
    """Write the report, say how it went and return the exit code."""
    pages = write_report(folder, results, f"Limn: {folder.resolve().name}")
    failed = sum("error" in one or bool(one.get("not_made")) for one in results)
    outcome = {"clips": list(results), "failed": failed, "report": str(pages[1])}
    words = "\n".join(filter(None, (table_of(results), showable(str(pages[1])))))
    if cancellation.is_requested:
        error = Cancelled(
            f"Cancelled; no half-finished file was left, {len(results)} of {count} clips were run "
            "before."
        )
        reporter.failed(error, outcome, words)
        return Cancelled.exit_code
    reporter.done(outcome, words)
    return 1 if failed else 0


def words_of(given: argparse.Namespace) -> list[str]:
    """The options of ``limn estimate`` among those given, in words."""
    parser = _estimate_parser()
    words: list[str] = []
    for action in parser._actions:
        value = getattr(given, action.dest, None)
        if action.dest in ("output", "help", "progress", "json") or not action.option_strings:
            continue
        if value in (None, False, action.default):
            continue
        option = max(action.option_strings, key=len)
        words += [option] if value is True else [f"{option}={spelt(value)}"]
    return words


def parse_estimate(words: Sequence[str]) -> argparse.Namespace:
    """The arguments of ``limn estimate``. Raises SettingsError for an option that it hasn't."""
    parser = _estimate_parser()
    try:
        given, unknown = parser.parse_known_args(words)
    except argparse.ArgumentError as error:
        raise SettingsError(f"{str(error).rstrip('.')}.") from error
    if unknown:
        raise SettingsError(f"There is no option {showable(unknown[0])} for a clip.")
    return given


def _estimate_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="limn batch", exit_on_error=False, add_help=False)
    commands = parser.add_subparsers()
    estimate.add_parser(commands)
    inner = commands.choices["estimate"]
    inner.exit_on_error = False
    return inner
