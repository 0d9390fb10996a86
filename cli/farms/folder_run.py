"""``limn estimate --output-dir``: clips one after the other, on the batch's own path."""

from __future__ import annotations

import argparse
import contextlib
import queue
from typing import TYPE_CHECKING, Any, Final

from ...core.data.errors import Cancelled
from ..cancelling import Cancellation
from ..clips.clip_list import list_clips, name_takes
from ..clips.results import table_of
from ..clips.work_item import WorkItem
from ..outputs import make_folder
from ..reporting import Reporter

if TYPE_CHECKING:
    from .tasks import Result

_NOT_THE_WORKERS: Final = (
    "clips", "output", "output_dir", "execute", "command", "parts", "run_folder",
)  # fmt: skip


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Have ``limn estimate`` run folders, whose clips the batch carries."""
    commands.choices["estimate"].set_defaults(run_folder=run_folder)


def run_folder(
    arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation
) -> int:
    """Estimate all clips and return 0, or 1 when one failed; a table tells what became of each.

    Raises LimnError for what concerns all of them: no clips, networks that can't be loaded.
    """
    from .pool import Pool

    clips = list_clips(arguments.clips)
    make_folder(arguments.output_dir)
    outputs = name_takes(clips, arguments.output_dir)
    options = {k: v for k, v in vars(arguments).items() if k not in _NOT_THE_WORKERS}
    items = [WorkItem(*one, options) for one in zip(clips, outputs, strict=True)]
    pool = Pool(1, policy="exists" if arguments.skip_existing else "nothing")
    results: list[Result] = []

    def tell() -> None:
        cancellation.check()
        with contextlib.suppress(queue.Empty):
            number = pool.begun.get_nowait()
            reporter.clip(str(clips[number]), number + 1, len(clips))
        if pool.latest is not None:
            reporter.progress(pool.latest)

    try:
        with cancellation.interruptible():
            pool.warm_up(options)
        for _, result in pool.run(items, tell):
            results.append(result)
    except KeyboardInterrupt:
        finished = f"{len(results)} of {len(clips)} clips were run before"
        error = Cancelled(f"Cancelled; no half-finished file was left, {finished}.")
        reporter.failed(error, _outcome(results), table_of(results))
        return Cancelled.exit_code
    finally:
        pool.close()
    outcome = _outcome(results)
    reporter.done(outcome, table_of(results))
    return 1 if outcome["failed"] else 0


def _outcome(results: list[Result]) -> dict[str, Any]:
    return {"clips": results, "failed": sum("error" in result for result in results)}
