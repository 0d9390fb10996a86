"""The guide's pages as HTML, for a browser: they are written in the Markdown that docs/ uses.

Headings, paragraphs, lists, tables, code, links and pictures; nothing else is in the guide, and
what isn't known is shown as it stands.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

STYLE: Final = (
    "body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em;color:#222}"
    "pre,code{background:#f2f2f2;font-family:monospace}pre{padding:.7em;overflow-x:auto}"
    "table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.2em .6em;text-align:left}"
    "img{max-width:100%}nav{border-bottom:1px solid #ccc;padding-bottom:.5em}"
)
INDEX: Final = "index.html"
_LINK: Final = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def write_pages(guide: Path, folder: Path) -> Path:
    """Write every page of ``guide`` and its pictures into ``folder``; returns the list of pages."""
    files = sorted(guide.glob("*.md"), key=lambda file: (file.stem != "blender", file.stem))
    titles = {file.stem: _title(file.read_text("utf-8"), file.stem) for file in files}
    folder.mkdir(parents=True, exist_ok=True)
    for picture in (*guide.glob("*.jpg"), *guide.glob("*.png")):
        (folder / picture.name).write_bytes(picture.read_bytes())
    for file in files:
        text = as_html(file.read_text("utf-8"), set(titles))
        (folder / f"{file.stem}.html").write_text(_page(titles[file.stem], text), "utf-8")
    listed = "".join(
        f'<li><a href="{stem}.html">{html.escape(title)}</a></li>' for stem, title in titles.items()
    )
    index = folder / INDEX
    index.write_text(_page("Limn", f"<h1>Limn</h1><ul>{listed}</ul>"), "utf-8")
    return index


def _title(text: str, otherwise: str) -> str:
    first = next((line for line in text.splitlines() if line.startswith("# ")), f"# {otherwise}")
    return first[2:].strip()


def _page(title: str, body: str) -> str:
    return (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<style>{STYLE}</style><nav><a href="{INDEX}">Limn</a></nav>{body}</html>'
    )


def as_html(text: str, pages: set[str]) -> str:
    """Turn a page's Markdown into HTML; links lead to the other ``pages``, by their stems."""
    return "\n".join(_blocks(text.splitlines(), pages))


def _blocks(lines: Sequence[str], pages: set[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line, end = lines[at], at + 1
        heading = re.match(r"(#{1,4}) (.+)", line)
        if line.startswith("```"):
            while end < len(lines) and not lines[end].startswith("```"):
                end += 1
            code = "\n".join(lines[at + 1 : end])
            yield f"<pre>{html.escape(code)}</pre>"
            end += 1
        elif heading:
            level, told = len(heading[1]), heading[2]
            yield f'<h{level} id="{anchor(told)}">{_inline(told, pages)}</h{level}>'
        elif line.lstrip().startswith("|"):
            while end < len(lines) and lines[end].lstrip().startswith("|"):
                end += 1
            yield _table(lines[at:end], pages)
        elif re.match(r"([*-]|\d+\.) ", line):
            while end < len(lines) and re.match(r"([*-]|\d+\.) |\s+\S", lines[end]):
                end += 1
            yield _list(lines[at:end], pages)
        elif line.strip():
            while end < len(lines) and lines[end].strip() and not _opens(lines[end]):
                end += 1
            yield f"<p>{_inline(' '.join(lines[at:end]), pages)}</p>"
        at = end


def _opens(line: str) -> bool:
    """Whether a line begins something other than a paragraph."""
    return bool(re.match(r"```|#{1,4} |\||([*-]|\d+\.) ", line))


def anchor(heading: str) -> str:
    """The name by which a heading is linked to: "Edit the motion" is edit-the-motion."""
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def _table(lines: Sequence[str], pages: set[str]) -> str:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    rows = [row for row in rows if not all(re.fullmatch(r":?-+:?", cell) for cell in row)]
    told = []
    for number, row in enumerate(rows):
        kind = "td" if number else "th"
        told.append("".join(f"<{kind}>{_inline(cell, pages)}</{kind}>" for cell in row))
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in told) + "</table>"


def _list(lines: Sequence[str], pages: set[str]) -> str:
    items: list[list[str]] = []
    for line in lines:
        opening = re.match(r"(?:[*-]|\d+\.) (.*)", line)
        if opening:
            items.append([opening[1]])
        else:
            items[-1].append(re.sub(r"^  ", "", line))
    kind = "ol" if lines[0][0].isdigit() else "ul"
    told = "".join(f"<li>{_item(item, pages)}</li>" for item in items)
    return f"<{kind}>{told}</{kind}>"


def _item(lines: list[str], pages: set[str]) -> str:
    cut = next((n for n, line in enumerate(lines) if n and _opens(line.lstrip())), len(lines))
    told = _inline(" ".join(line.strip() for line in lines[:cut]), pages)
    rest = [line.lstrip() for line in lines[cut:]]
    return told + ("\n".join(_blocks(rest, pages)) if rest else "")


def _inline(text: str, pages: set[str]) -> str:
    """Code, links, bold and slanted words of a line."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(
        f"<code>{html.escape(part[1:-1])}</code>" if part[:1] == "`" else _words(part, pages)
        for part in parts
    )


def _words(text: str, pages: set[str]) -> str:
    told = html.escape(text, quote=False)
    told = _LINK.sub(lambda found: _link(found[1], found[2], found[3], pages), told)
    told = re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", told)
    return re.sub(r"(?<![\w*])\*([^*\s][^*]*)\*(?!\w)", r"<i>\1</i>", told)


def _link(is_picture: str, told: str, where: str, pages: set[str]) -> str:
    if is_picture:
        return f'<img src="{html.escape(where)}" alt="{told}">'
    page, _, place = where.partition("#")
    if page.startswith(("http://", "https://")):
        return f'<a href="{html.escape(where)}">{told}</a>'
    if page.endswith(".md") and page.removesuffix(".md") in pages:
        tail = f"#{place}" if place else ""
        return f'<a href="{page.removesuffix(".md")}.html{tail}">{told}</a>'
    return told  # of the checkout, which isn't here
