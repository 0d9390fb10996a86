"""Where a run's time went, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ...core.data.profiling.stages import StageTime

OTHERS: Final = "libraries' own threads"
"""Processor time of native threads, those that decode above all, which belong to no stage."""
_LEAST: Final = 0.002
"""Stages of a smaller share aren't printed."""
_HEAD: Final = f"  {'stage':<34}{'calls':>8}{'CPU s':>9}{'share':>8}{'wall s':>9}"


def stage_rows(stages: Mapping[str, StageTime], cpu_s: float) -> list[dict[str, Any]]:
    """The stages as JSON values, with what is left of the process' ``cpu_s``."""
    rows = [
        {
            "stage": name,
            "calls": one.calls,
            "cpu_s": round(one.cpu_s, 4),
            "wall_s": round(one.wall_s, 4),
        }
        for name, one in stages.items()
    ]
    left = max(cpu_s - sum(one.cpu_s for one in stages.values()), 0.0)
    rows.append({"stage": OTHERS, "calls": None, "cpu_s": round(left, 4), "wall_s": None})
    return sorted(rows, key=lambda row: -row["cpu_s"])


def stage_lines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line a stage under a head; wall time of all threads together, waiting included."""
    total = sum(row["cpu_s"] for row in rows)
    lines = [_HEAD]
    for row in rows:
        share = row["cpu_s"] / total if total else 0.0
        if share >= _LEAST:
            calls, wall_s = (
                _shown(row[key], spec) for key, spec in (("calls", "d"), ("wall_s", ".2f"))
            )
            lines.append(
                f"  {row['stage']:<34}{calls:>8}{row['cpu_s']:>9.2f}{share:>8.1%}{wall_s:>9}"
            )
    lines.append(f"  {'all':<34}{'':>8}{total:>9.2f}")
    return lines


def _shown(value: float | None, spec: str) -> str:
    return "-" if value is None else format(value, spec)
