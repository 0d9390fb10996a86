"""``limn bench``: runs the pipeline over a benchmark folder and writes prediction files.

Of a clip's truth the pipeline is given the camera's intrinsics and nothing else.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ...core.data.errors import LimnError
from ...core.data.types import Camera
from ...core.evaluation.benchmark import find_clips
from ...core.evaluation.predictions import prediction_of, save_prediction, save_world
from ...core.evaluation.truth import read_intrinsics
from ..cancelling import Cancellation
from ..clips.session import Session, open_session
from ..option_rules import check_applies, check_settings
from ..options import add_reporting, add_settings, settings_from
from ..outputs import check_output, make_folder
from ..reporting import Reporter
from .profiling import Profile, peak_rss_mb, profile_pipeline

_EPILOG: Final = """\
layout: BENCH_DIR/GROUP/NAME/video.mp4 and gt.npz give PRED_DIR/NAME.npz; 'limn score BENCH_DIR
PRED_DIR' tells how good they are. examples/bench of Limn's repository is such a folder.

--world also writes, per clip, joints_world (T, P, J, 3) in metres with Z up, names (J,), R
(T, 3, 3) and t (T, 3) from the world to each frame's camera (OpenCV's axes), and K (T, 3, 3).

--profile prints, per clip, the wall time of the whole pipeline (decoding, tracking and solving
included) and the wall time of the networks alone: the very calls of that run, made again on the
same inputs with as many threads as made them, with the processor time of either. Stages overlap
nothing: their times add up. Below, a line a stage over all threads, and saving the take.

examples:
  limn bench examples/bench --out out/bench
  limn bench examples/bench --out out/fast --quality fast --clips syn_two --profile"""


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Add ``limn bench``."""
    parser = commands.add_parser(
        "bench",
        help="run over a benchmark folder and write prediction files",
        description="Run the pipeline over a benchmark folder; write one prediction file a clip.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("bench", type=Path, metavar="BENCH_DIR", help="the benchmark folder")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="PRED_DIR", help="where to write"
    )
    parser.add_argument(
        "--clips", nargs="+", metavar="NAME", help="only clips whose name contains one of these"
    )
    parser.add_argument(
        "--no-intrinsics", action="store_true", help="keep the clips' camera from the pipeline too"
    )
    parser.add_argument(
        "--world",
        type=Path,
        metavar="WORLD_DIR",
        help="write everybody in the world and every frame's camera too, WORLD_DIR/NAME.npz",
    )
    parser.add_argument(
        "--save-takes", action="store_true", help="write NAME.take.npz beside each prediction"
    )
    parser.add_argument(
        "--profile", action="store_true", help="time the networks alone too (runs each clip twice)"
    )
    parser.add_argument(
        "--together",
        action="store_true",
        help="solve the chosen clips as one take of several cameras, in the order of --clips; "
        "writes rig.npz of the cameras too",
    )
    add_settings(parser)
    add_reporting(parser)
    parser.set_defaults(execute=_bench)


def _bench(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    settings = settings_from(arguments)
    check_settings(arguments, settings, has_intrinsics=not arguments.no_intrinsics)
    folders = find_clips(arguments.bench, arguments.clips)
    make_folder(arguments.out)
    if arguments.world is not None:
        make_folder(arguments.world)
    if arguments.together:
        from .bench_together import run_together

        check_applies(("--profile", arguments.profile, False, "times clips one by one"))
        return run_together(arguments, settings, reporter, cancellation)
    session = open_session(settings, reporter, cancellation)
    rows: list[dict[str, Any]] = []
    for number, folder in enumerate(folders, 1):
        reporter.clip(folder.name, number, len(folders))
        try:
            rows.append(_one_clip(folder, arguments, session))
        except LimnError as error:
            cancellation.check()  # what was stopped by it hasn't failed
            rows.append({"clip": folder.name, "error": str(error), "exit_code": error.exit_code})
    failed = sum("error" in row for row in rows)
    reporter.done({"quality": settings.quality, "clips": rows, "failed": failed}, _table(rows))
    return 1 if failed else 0


def _one_clip(folder: Path, arguments: argparse.Namespace, session: Session) -> dict[str, Any]:
    from ...core.data.take_file import save_take
    from ...media.clips import open_clip

    started_s = time.perf_counter()
    read = folder / "video.mp4", folder / "gt.npz"
    predictions = arguments.out / f"{folder.name}.npz"
    check_output(predictions, (".npz",), read)
    world = None if arguments.world is None else arguments.world / f"{folder.name}.npz"
    if world is not None:
        check_output(world, (".npz",), (*read, predictions))
    source = open_clip(read[0], None, None, 1)
    camera: Camera | None = None
    if not arguments.no_intrinsics:
        camera = read_intrinsics(folder, source.info.size_px)
    take = session.run(source, camera)
    wall_s = time.perf_counter() - started_s
    row: dict[str, Any] = {
        "clip": folder.name,
        "frames": len(take.time_s),
        "people": len(take.people),
        "seconds": round(wall_s, 3),
        "fps": round(len(take.time_s) / wall_s, 2),
        "peak_rss_mb": peak_rss_mb(),
    }
    session.cancellation.check()
    save_prediction(prediction_of(take, wall_s), predictions)
    if world is not None:
        save_world(take, world)
    if arguments.save_takes:
        save_take(take, arguments.out / f"{folder.name}.take.npz")
    if arguments.profile:
        again = open_clip(folder / "video.mp4", None, None, 1)
        row |= profile_pipeline(again, session, camera).as_dict()
    return row


def _table(rows: Sequence[dict[str, Any]]) -> str:
    profiled = any("networks_s" in row for row in rows)
    head = f"{'clip':<24}{'frames':>7}{'people':>7}{'wall s':>9}{'fps':>7}{'RSS MB':>8}"
    lines = [head + (Profile.HEAD if profiled else "")]
    for row in rows:
        if "error" in row:
            lines.append(f"{row['clip']:<24} failed: {row['error']}")
            continue
        rss = row["peak_rss_mb"]
        line = (
            f"{row['clip']:<24}{row['frames']:>7}{row['people']:>7}{row['seconds']:>9.2f}"
            f"{row['fps']:>7.1f}{'-' if rss is None else format(rss, '.0f'):>8}"
        )
        if "networks_s" in row:
            line += Profile.row(row)
        lines.append(line)
    return "\n".join(lines)
