"""What became of many clips, as text for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...core.data.safe_text import showable

Result = dict[str, Any]


def table_of(results: Sequence[Result]) -> str:
    """A line for every clip of a batch, and how many are done."""
    if not results:
        return ""
    names = [showable(Path(result["clip"]).name) for result in results]
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
