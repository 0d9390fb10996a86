"""report.json and report.html of a batch: one page that opens offline, with nothing beside it."""

from __future__ import annotations

import base64
import html
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ...core.data.errors import LimnError
from ...core.data.safe_text import showable
from ...core.data.take_file import load_take
from ...core.data.timing import take_frame_rate
from ...core.data.types import Take
from ...core.data.writing import write_text
from ...core.evaluation.wording import figure_of, label_of
from ...media.drawing.thumbnails import save_thumbnails
from ...media.footage import open_clip_of
from ..clips.results import names_of
from .report_plots import plots_of

Result = dict[str, Any]
_WORDS: Final = ("good", "check", "poor")
"""Of the quality report, from the best to the worst."""
_STYLE: Final = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 76em; padding: 0 1em;
  color: #222; }
h1 { font-size: 1.4em; } h2 { font-size: 1.05em; margin: 0 0 .3em; }
article { border-top: 1px solid #ccc; padding: 1em 0; }
.who { display: flex; gap: 1em; align-items: flex-start; margin: .5em 0; flex-wrap: wrap; }
.who img { width: 96px; height: 96px; object-fit: cover; background: #eee; }
.good { color: #17692f; } .check { color: #8a5a00; } .poor, .failed { color: #a51818; }
.small { color: #666; font-size: .87em; }
svg { background: #f5f5f5; display: block; font-size: 10px; } svg text { fill: #666; }
td { padding: 0 .8em 0 0; vertical-align: top; } th { text-align: left; padding-right: .8em; }
nav table { margin: 1em 0 2em; } nav td { padding-right: 1.6em; }
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
    names = names_of(results)
    articles = "\n".join(_article(k, names[k], one, folder) for k, one in enumerate(results))
    head = f"{told['done']} of {len(results)} clips done"
    if failed:
        head += f", {len(failed)} failed"
    write_text(
        page,
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{_safe(title)}</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>{_safe(title)}</h1><p>{_safe(head)}.</p>\n{_contents(names, results)}\n{articles}\n"
        "</body></html>\n",
    )
    return [data, page]


def _contents(names: Sequence[str], results: Sequence[Result]) -> str:
    """A line for every clip: how it went, who is in it and the worst that is said of them."""
    rows: list[str] = []
    for k, one in enumerate(results):
        name = f'<a href="#clip{k}">{_safe(names[k])}</a>'
        if "error" in one:
            rows.append(f'<tr><td>{name}</td><td></td><td class="failed">failed</td></tr>')
            continue
        count = len(one["people"])
        who = "1 person" if count == 1 else f"{count} people"
        word = _worst(one)
        rows.append(f'<tr><td>{name}</td><td>{who}</td><td class="{word}">{word}</td></tr>')
    return f"<nav><table>{''.join(rows)}</table></nav>"


def _worst(one: Result) -> str:
    said = [
        _WORDS.index(check["word"])
        for person in one["report"].get("people", ())
        for check in person.get("checks", {}).values()
    ]
    return _WORDS[max(said, default=0)]


def _article(k: int, called: str, one: Result, folder: Path) -> str:
    clip = Path(str(one["clip"]))
    name = f'<article id="clip{k}"><h2>{_safe(called)}</h2>'
    if "error" in one:
        return f'{name}<p class="failed">{_safe(str(one["error"]))}</p></article>'
    parts = [name, f'<p class="small">{_facts(one)}</p>']
    try:
        parts.append(_people(load_take(one["take"])))
    except LimnError as error:
        parts.append(f'<p class="failed">{_safe(str(error))}</p>')
    parts += [f'<p class="check">{_safe(str(words))}</p>' for words in one.get("warnings", ())]
    parts += [f'<p class="failed">{_safe(str(words))}</p>' for words in one.get("not_made", ())]
    links = [_link(Path(file), folder) for file in (one["take"], *one.get("files", ()))]
    links.append(_link(clip.absolute(), folder, "the clip"))
    parts.append(f"<p>{' · '.join(links)}</p></article>")
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
            f"<table>{lines}</table></div><div>{plots_of(person, take)}</div></div>"
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


def _link(path: Path, folder: Path, name: str = "") -> str:
    from urllib.parse import quote

    try:
        # So that both can be moved together.
        shown = quote(Path(os.path.relpath(path, folder)).as_posix())
    except ValueError:  # on another drive
        shown = path.absolute().as_uri()
    return f'<a href="{shown}">{_safe(name or path.name)}</a>'


def _safe(words: str) -> str:
    return html.escape(showable(words))
