"""The history of speed: a file per release in docs/history, drawn, and compared with what is here.

    python -m limn.tools.evaluation.speed.history plot          # docs/history/*.json -> speed.svg
    python -m limn.tools.evaluation.speed.history warn CLIP     # says what became slower

A release's file is what ``limn.tools.evaluation.speed CLIP --json docs/history/VERSION.json``
writes, with "example", the processor time of a run of ``fast`` over ``CLIP`` against its networks
alone, which ``warn --keep FILE`` puts there: a ratio that any machine tells alike. ``warn`` never
fails: a busy machine is no fault.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from limn.core.data.writing import write_text
from limn.tools.evaluation.speed.methods import ROOT
from limn.tools.evaluation.speed.once import networks

FOLDER: Final = ROOT / "docs" / "history"
_SLOWER: Final = 1.15
"""Times the last release's ratio from which it is said; a busy machine moves it by a tenth."""
PANELS: Final = (
    ("fps_ratio", "frames a second, MediaPipe = 1"),
    ("cpu_ratio", "processor time, MediaPipe = 1"),
    ("peak_mb", "most memory, MB"),
    ("start_s", "start, s"),
)
_COLOURS: Final = {
    "fast": "#0072b2", "balanced": "#e69f00", "best": "#009e73", "mediapipe": "#777777",
}  # fmt: skip
"""Of Okabe and Ito, which every kind of colour vision tells apart."""
_WIDTH, _HEIGHT, _MARGIN = 250.0, 150.0, 45.0  # of a panel, and around each; pixels

History = Mapping[str, Mapping[str, Any]]


def read_history(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """Every release's figures by its version, the oldest first."""
    files = sorted(folder.glob("*.json"), key=lambda file: _order(file.stem))
    return {file.stem: json.loads(file.read_text("utf-8")) for file in files}


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def svg_of(history: History) -> str:
    """The history as an SVG picture, a panel for each of ``PANELS``."""
    width = len(PANELS) * (_WIDTH + 2 * _MARGIN)
    height = _HEIGHT + 2 * _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="white"/>',
    ]
    for number, (key, title) in enumerate(PANELS):
        x0 = number * (_WIDTH + 2 * _MARGIN) + _MARGIN
        parts += _panel(history, key, title, x0)
    return "\n".join([*parts, "</svg>", ""])


def _panel(history: History, key: str, title: str, x0: float) -> list[str]:
    rows = {
        method: [
            (column, float(figures["methods"][method][key]))
            for column, figures in enumerate(history.values())
            if method in figures["methods"]
        ]
        for method in _COLOURS
    }
    most = max((value for row in rows.values() for _, value in row), default=1.0) or 1.0
    step = _WIDTH / max(len(history) - 1, 1)
    out = [f'<text x="{x0:.0f}" y="{_MARGIN - 20:.0f}" font-weight="bold">{title}</text>']
    for share in (0.0, 0.5, 1.0):
        y = _MARGIN + _HEIGHT * (1 - share)
        out.append(
            f'<line x1="{x0:.0f}" y1="{y:.1f}" x2="{x0 + _WIDTH:.0f}" y2="{y:.1f}" '
            'stroke="#dddddd"/>'
            f'<text x="{x0 - 4:.0f}" y="{y + 4:.1f}" text-anchor="end">{share * most:.3g}</text>'
        )
    for column, version in enumerate(history):
        out.append(
            f'<text x="{x0 + column * step:.1f}" y="{_MARGIN + _HEIGHT + 16:.0f}" '
            f'text-anchor="middle">{version}</text>'
        )
    for line, (method, row) in enumerate(rows.items()):
        colour = _COLOURS[method]
        at = [(x0 + c * step, _MARGIN + _HEIGHT * (1 - v / most)) for c, v in row]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in at]
        y = _MARGIN + _HEIGHT + 32
        x = x0 + line * 62
        out.append(f'<text x="{x:.0f}" y="{y:.0f}" fill="{colour}">{method}</text>')
    return out


def slower(now: float, history: History) -> str:
    """A sentence where ``now`` is much more than the last release's ratio; else none."""
    kept = [(version, row["example"]) for version, row in history.items() if "example" in row]
    if not kept:
        return ""
    version, before = kept[-1]
    if now <= _SLOWER * float(before):
        return ""
    return (
        f"Warning: a run takes {now:.2f} times the processor time of its networks, with "
        f"{version} it was {before:.2f}. See 'limn bench --profile'."
    )


def main(asked: Sequence[str] | None = None) -> int:
    """Draw the history, or compare a run with it; always 0."""
    parser = argparse.ArgumentParser(
        prog="limn.tools.evaluation.speed.history",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=("plot", "warn"))
    parser.add_argument("clip", type=Path, nargs="?")
    parser.add_argument("--keep", type=Path, help="a release's file to put the ratio into")
    arguments = parser.parse_args(asked)
    history = read_history()
    if arguments.what == "plot":
        write_text(FOLDER / "speed.svg", svg_of(history))
        print(FOLDER / "speed.svg")
        return 0
    if arguments.clip is None:
        parser.error("warn needs a clip")
    now = float(networks("fast", str(arguments.clip))["cpu_ratio"])
    print(f"A run takes {now:.2f} times the processor time of its networks.")
    if arguments.keep is not None:
        kept = json.loads(arguments.keep.read_text("utf-8")) | {"example": now}
        write_text(arguments.keep, json.dumps(kept, indent=2) + "\n")
    elif words := slower(now, history):
        print(words)
    return 0


if __name__ == "__main__":
    sys.exit(main())
