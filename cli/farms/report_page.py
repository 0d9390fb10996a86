"""report.json and report.html of a batch: one page that opens offline, with nothing beside it."""

from __future__ import annotations

import base64
import html
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from ...core.data.errors import LimnError
from ...core.data.safe_text import showable
from ...core.data.take_file import load_take
from ...core.data.timing import take_frame_rate
from ...core.data.types import Person, Take
from ...core.data.writing import write_text
from ...core.evaluation.wording import figure_of, label_of
from ...core.geometry.kinematics import person_joints_world
from ...media.drawing.thumbnails import save_thumbnails
from ...media.footage import open_clip_of

Result = dict[str, Any]
_WIDTH, _HEIGHT = 240, 36
"""Of a plot, pixels."""
_MOST_POINTS: Final = 240  # of a plot's line
_BODY: Final = 22  # joints whose jitter is plotted
_STYLE: Final = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 76em; padding: 0 1em;
  color: #222; }
h1 { font-size: 1.4em; } h2 { font-size: 1.05em; margin: 0 0 .3em; }
article { border-top: 1px solid #ccc; padding: 1em 0; }
.who { display: flex; gap: 1em; align-items: flex-start; margin: .5em 0; flex-wrap: wrap; }
.who img { width: 96px; height: 96px; object-fit: cover; background: #eee; }
.good { color: #17692f; } .check { color: #8a5a00; } .poor, .failed { color: #a51818; }
.small { color: #666; font-size: .87em; }
svg { background: #f5f5f5; display: block; } td { padding: 0 .8em 0 0; vertical-align: top; }
@media (prefers-color-scheme: dark) {
  body { background: #1b1b1b; color: #ddd; } svg, .who img { background: #2a2a2a; }
  .good { color: #7fd49a; } .check { color: #e6b45c; } .poor, .failed { color: #ff8d8d; }
  article { border-color: #444; } a { color: #8fb8ee; } }
"""


def write_report(folder: Path, results: Sequence[Result], title: str) -> list[Path]:
    """Write both files into ``folder``; returns their paths. Raises OutputError."""
    failed = [one for one in results if "error" in one]
    told = {"clips": list(results), "done": len(results) - len(failed), "failed": len(failed)}
    data, page = folder / "report.json", folder / "report.html"
    write_text(data, json.dumps(told, indent=2) + "\n")
    articles = "\n".join(_article(one, folder) for one in results)
    head = f"{told['done']} of {len(results)} clips done"
    if failed:
        head += f", {len(failed)} failed"
    write_text(
        page,
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{_safe(title)}</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>{_safe(title)}</h1><p>{_safe(head)}.</p>\n{articles}\n</body></html>\n",
    )
    return [data, page]


def _article(one: Result, folder: Path) -> str:
    name = _safe(Path(str(one["clip"])).name)
    if "error" in one:
        return f'<article><h2>{name}</h2><p class="failed">{_safe(str(one["error"]))}</p></article>'
    parts = [f"<article><h2>{name}</h2>", f'<p class="small">{_facts(one)}</p>']
    try:
        parts.append(_people(load_take(one["take"])))
    except LimnError as error:
        parts.append(f'<p class="failed">{_safe(str(error))}</p>')
    parts += [f'<p class="check">{_safe(str(words))}</p>' for words in one.get("warnings", ())]
    parts += [f'<p class="failed">{_safe(str(words))}</p>' for words in one.get("not_made", ())]
    links = [str(one["take"]), *map(str, one.get("files", ()))]
    parts.append("<p>" + " · ".join(_link(Path(link), folder) for link in links) + "</p></article>")
    return "\n".join(parts)


def _facts(one: Result) -> str:
    width, height = one["size_px"]
    took = "done before" if one.get("skipped") else f"{one.get('seconds', 0):.1f} s"
    facts = (f"{one['frames']} frames", f"{width} x {height} px", f"{one['fps']:.3g} fps", took)
    return _safe(", ".join(facts))


def _people(take: Take) -> str:
    pictures = _pictures(take)
    told: Any = take.report.get("people", [])
    rows: list[str] = []
    for k, person in enumerate(take.people):
        checks = told[k].get("checks", {}) if k < len(told) else {}
        lines = "".join(
            f'<tr><td>{_safe(label_of(name))}</td><td class="{check["word"]}">{check["word"]}</td>'
            f"<td>{_safe(figure_of(name, check['value'], _step_s(take)))}</td></tr>"
            for name, check in checks.items()
        )
        rows.append(
            f'<div class="who">{pictures[k]}<div><b>{_safe(person.name)}</b>'
            f'<div class="small">{len(person.frames)} frames, {person.height_m:.2f} m</div>'
            f"<table>{lines}</table></div><div>{_plots(person, take)}</div></div>"
        )
    return "\n".join(rows)


def _step_s(take: Take) -> float:
    return 1 / take_frame_rate(take)


def _pictures(take: Take) -> list[str]:
    """An image element of everybody, empty where the footage is gone."""
    none = [""] * len(take.people)
    try:
        with tempfile.TemporaryDirectory() as folder:
            files = save_thumbnails(take, open_clip_of(take), Path(folder))
            return ["" if file is None else _image(file.read_bytes()) for file in files]
    except LimnError:
        return none


def _image(png: bytes) -> str:
    return f'<img alt="" src="data:image/png;base64,{base64.b64encode(png).decode()}">'


def _plots(person: Person, take: Take) -> str:
    if len(person.frames) < 4:
        return ""
    xyz = person_joints_world(person)[:, :_BODY].astype(np.float64)
    times = take.time_s[person.frames]
    step = float(np.median(np.diff(times)))
    jitter = np.linalg.norm(np.diff(xyz, n=3, axis=0), axis=-1).mean(1) / step**3 / 10
    left, right = person.contact[:, :2].max(1), person.contact[:, 2:].max(1)
    return (
        f'<div class="small">jitter over time, to {jitter.max():.0f} (10 m/s³)</div>{_line(jitter)}'
        f'<div class="small">left and right foot on the floor</div>{_bars([left, right])}'
    )


def _line(values: np.ndarray[Any, Any]) -> str:
    thinned = _thinned(values)
    top = max(float(thinned.max()), 1e-9)
    x = np.linspace(0, _WIDTH, len(thinned))
    y = _HEIGHT - 2 - thinned / top * (_HEIGHT - 4)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    return _svg(f'<polyline points="{points}" fill="none" stroke="#3a76c4"/>')


def _bars(rows: Sequence[np.ndarray[Any, Any]]) -> str:
    out: list[str] = []
    height = _HEIGHT / len(rows)
    for k, row in enumerate(rows):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row > 0.5, [0]]).astype(int)))
        for a, b in zip(edges[::2], edges[1::2], strict=True):
            x, w = a / len(row) * _WIDTH, (b - a) / len(row) * _WIDTH
            out.append(
                f'<rect x="{x:.1f}" y="{k * height + 3:.1f}" width="{w:.1f}" '
                f'height="{height - 6:.1f}" fill="#4c9a63"/>'
            )
    return _svg("".join(out))


def _svg(inside: str) -> str:
    return f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img">{inside}</svg>'


def _thinned(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """At most ``_MOST_POINTS`` values, each the largest of its stretch."""
    if len(values) <= _MOST_POINTS:
        return values
    edges = np.linspace(0, len(values), _MOST_POINTS + 1).astype(int)
    return np.maximum.reduceat(values, edges[:-1])


def _link(path: Path, folder: Path) -> str:
    from urllib.parse import quote

    shown = path.relative_to(folder) if path.is_relative_to(folder) else path
    return f'<a href="{quote(shown.as_posix())}">{_safe(path.name)}</a>'


def _safe(words: str) -> str:
    return html.escape(showable(words))
