"""The figures of a comparison as a table and as lines under pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

_COLUMNS: Final = (
    ("people", "people", "d", 1),
    ("found_share", "found %", ".0f", 100),
    ("jitter_10m_s3", "jitter", ".1f", 1),
    ("bone_percent", "bone %", ".1f", 1),
    ("slide_mm", "slide mm", ".1f", 1),
    ("reprojection_share", "reproj. %", ".1f", 100),
    ("found_percent", "det %", ".0f", 1),
    ("pa_mm", "PA mm", ".1f", 1),
    ("scaled_mm", "scaled mm", ".1f", 1),
    ("root_mm", "root mm", ".1f", 1),
    ("fps", "fps", ".1f", 1),
)


def cells_of(row: dict[str, Any]) -> list[tuple[str, str]]:
    """(heading, figure) of everything that was measured."""
    return [
        (heading, "-" if row[key] is None else format(row[key] * unit, form))
        for key, heading, form, unit in _COLUMNS
        if key in row
    ]


def line_of(figures: dict[str, Any]) -> str:
    """The figures under a name in the picture."""
    parts = [(*heading.partition(" "), value) for heading, value in cells_of(figures)]
    return "   ".join(f"{name} {value} {unit}".rstrip() for name, _, unit, value in parts)


def table_of(rows: Sequence[dict[str, Any]], picture: str | None) -> str:
    """Everybody's figures under each other, and the ``picture`` where there is one."""
    width = max(len(row["name"]) for row in rows) + 2
    lines: list[str] = []
    for row in rows:
        if "error" in row:
            lines.append(f"{row['name']:<{width}}failed: {row['error']}")
            continue
        cells = cells_of(row)
        if not any(line.startswith(" " * width) for line in lines):
            head = "".join(f"{heading:>11}" for heading, _ in cells)
            lines.insert(0, " " * width + head)
        lines.append(f"{row['name']:<{width}}" + "".join(f"{value:>11}" for _, value in cells))
    return "\n".join([*lines, picture] if picture else lines)
