"""``limn score``: prediction files of any method against a benchmark folder's truth."""

from __future__ import annotations

import argparse
import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ...core.data.writing import write_text
from ...core.evaluation.accuracy import Accuracy
from ...core.evaluation.benchmark import Scored, find_clips, score_folder
from ..cancelling import Cancellation
from ..outputs import check_output
from ..reporting import Reporter

_EPILOG: Final = """\
layout: BENCH_DIR/GROUP/NAME/gt.npz is scored with PRED_DIR/NAME.npz, as 'limn bench' writes it.

figures: found %, the person-frames that were matched to somebody; PA, scaled, root: mean joint
errors in mm, after Procrustes alignment, root-relative with one scale a person, root-relative as
predicted; occl: scaled, of hidden joints; PCK150: joints within 150 mm; flip: the trunk faces the
wrong way; bone: how much bones change their length; acc: acceleration error in
mm/frame^2; slide, drift:
how far a standing ankle moves a frame, and from its mean; IDsw, hijack: changes of identity. Means
are weighted by person-frames. docs/accuracy.md has the definitions and Limn's own figures.

examples:
  limn bench examples/bench --out out/bench
  limn score examples/bench out/bench examples/bench/predictions/mediapipe_full
  limn score examples/bench out/bench --csv out/bench.csv --json"""

_COLUMNS: Final = (
    ("found_percent", "found %", ".0f"),
    ("pa_mm", "PA", ".1f"),
    ("scaled_mm", "scaled", ".1f"),
    ("occluded_mm", "occl", ".0f"),
    ("root_mm", "root", ".1f"),
    ("pck150_percent", "PCK150", ".1f"),
    ("flip_percent", "flip %", ".0f"),
    ("bone_percent", "bone %", ".1f"),
    ("acceleration_mm", "acc", ".1f"),
    ("slide_mm", "slide", ".1f"),
    ("drift_mm", "drift", ".0f"),
    ("id_switches", "IDsw", "d"),
    ("hijacks", "hijack", "d"),
    ("fps", "fps", ".1f"),
)


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Add ``limn score``."""
    parser = commands.add_parser(
        "score",
        help="score prediction files against a benchmark folder's truth",
        description="Score the prediction files of one or several methods against a benchmark "
        "folder's truth.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("bench", type=Path, metavar="BENCH_DIR", help="the benchmark folder")
    parser.add_argument(
        "predictions", type=Path, nargs="+", metavar="PRED_DIR", help="folders of NAME.npz"
    )
    parser.add_argument(
        "--clips", nargs="+", metavar="NAME", help="only clips whose name contains one of these"
    )
    parser.add_argument("--csv", type=Path, metavar="FILE.csv", help="write all figures here too")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(execute=_score)


def _score(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    folders = find_clips(arguments.bench, arguments.clips)
    if arguments.csv is not None:
        check_output(arguments.csv, (".csv",), ())
    methods: list[Scored] = []
    for predictions in arguments.predictions:
        cancellation.check()
        methods.append(score_folder(folders, predictions))
    if arguments.csv is not None:
        write_text(arguments.csv, _csv(methods))
    outcome: dict[str, Any] = {
        "bench": str(arguments.bench),
        "methods": [_as_json(one) for one in methods],
        "warnings": [
            f"{one.name} has no prediction for {', '.join(one.missing)}."
            for one in methods
            if one.missing
        ],
    }
    reporter.done(outcome, _table(methods))
    return 0


def _as_json(one: Scored) -> dict[str, Any]:
    return {
        "name": one.name,
        "clips": {name: figures.as_json() for name, figures in one.clips.items()},
        "means": {name: figures.as_json() for name, figures in one.means.items()},
        "missing": list(one.missing),
    }


def _rows(methods: Sequence[Scored]) -> list[tuple[str, str, Accuracy]]:
    """(clip or group, method, figures): the methods of one clip stand side by side."""
    out: list[tuple[str, str, Accuracy]] = []
    for title, kind in (("", "clips"), ("mean ", "means")):
        names = sorted({name for one in methods for name in getattr(one, kind)})
        for name in names:
            found = [(one.name, getattr(one, kind).get(name)) for one in methods]
            out += [(title + name, method, figures) for method, figures in found if figures]
    return out


def _table(methods: Sequence[Scored]) -> str:
    rows = _rows(methods)
    wide = max(len(name) for name, _, _ in rows) + 2
    method_wide = max(len(method) for _, method, _ in rows) + 1
    head = "".join(f"{title:>9}" for _, title, _ in _COLUMNS)
    lines = [f"{'clip':<{wide}}{'method':<{method_wide}}{head}"]
    before = ""
    for name, method, figures in rows:
        cells = "".join(f"{_cell(getattr(figures, key), form):>9}" for key, _, form in _COLUMNS)
        shown = name if name != before else ""
        lines.append(f"{shown:<{wide}}{method:<{method_wide}}{cells}")
        before = name
    return "\n".join(lines)


def _cell(value: float, form: str) -> str:
    return format(value, form) if math.isfinite(value) else "-"


def _csv(methods: Sequence[Scored]) -> str:
    text = io.StringIO()
    rows = _rows(methods)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["clip", "method", *rows[0][2].as_json()])
    for name, method, figures in rows:
        writer.writerow([name, method, *figures.as_json().values()])
    return text.getvalue()
