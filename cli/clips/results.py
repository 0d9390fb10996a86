"""What became of many clips, as text for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...core.data.safe_text import showable

Result = dict[str, Any]


def names_of(results: Sequence[Result]) -> list[str]:
    """What every clip is called: its file's name, with the folders before it that tell it from
    another of that name."""
    places = [Path(result["clip"]).absolute() for result in results]
    names = [place.name for place in places]
    for depth in range(2, max((len(place.parts) for place in places), default=0)):
        called: dict[str, set[Path]] = {}
        for name, place in zip(names, places, strict=True):
            called.setdefault(name, set()).add(place)
        if all(len(those) == 1 for those in called.values()):
            break
        names = [
            name if len(called[name]) == 1 else "/".join(place.parts[1:][-depth:])
            for name, place in zip(names, places, strict=True)
        ]
    return list(map(showable, names))


def table_of(results: Sequence[Result]) -> str:
    """A line for every clip of a batch, and how many are done."""
    if not results:
        return ""
    names = names_of(results)
    width = max(map(len, names))
    lines = []
    for name, result in zip(names, results, strict=True):
        if "error" in result:
            lines.append(f"{name.ljust(width)}  failed: {showable(result['error'])}")
            continue
        people = f"{len(result['people'])} people" if len(result["people"]) != 1 else "1 person"
        took = "    skipped" if result.get("skipped") else f"  {result['seconds']:7.1f} s"
        take = showable(result["take"])
        lines.append(
            f"{name.ljust(width)}  {result['frames']:6d} frames  {people:>9}{took}  {take}"
        )
    failed = sum("error" in result for result in results)
    return "\n".join([*lines, f"{len(results) - failed} of {len(results)} clips done"])
