"""Runs a command to its end, as the system accounts for it, and sums many runs up."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from limn import api

_NETWORKS: Final = ("ratio", "cpu_ratio", "pipeline_cpu_s", "networks_cpu_s")


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds and the most resident memory of a process, and what its last line said as JSON."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    says: dict[str, Any] = field(default_factory=dict[str, Any])

    def told(self) -> str:
        """The figures in a line."""
        return f"{self.wall_s:.2f} s, {self.cpu_s:.2f} s of processors, {self.peak_mb:.0f} MB"


def run(command: Sequence[str]) -> Run:
    """Run ``command``; ends this program with what it said where it fails."""
    # What is installed is compiled once, not at every start.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryFile() as said:
        started_s = time.perf_counter()
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started_s
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        words = said.read().decode("utf-8", "replace").strip().splitlines()
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n" + "\n".join(words[-5:]))
    says: dict[str, Any] = {}
    if words and words[-1].startswith("{"):
        says = json.loads(words[-1])
    peak_mb = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return Run(wall_s, usage.ru_utime + usage.ru_stime, peak_mb, says)


def summary(
    runs: Mapping[str, Sequence[Run]], base: str, frames: int, qualities: Sequence[str]
) -> dict[str, Any]:
    """Figures as JSON values: medians of every method and, within turns, of ratios to ``base``."""
    methods: dict[str, Any] = {}
    for name in (*qualities, base):
        start = runs[f"start {name}"]
        own, other = runs[name], runs[base]
        pairs = list(zip(own, other, strict=True))
        methods[name] = {
            "fps": round(median(frames / one.wall_s for one in own), 2),
            "cpu_s": round(median(one.cpu_s for one in own), 3),
            "peak_mb": round(median(one.peak_mb for one in own), 1),
            "start_s": round(median(one.wall_s for one in start), 3),
            "start_cpu_s": round(median(one.cpu_s for one in start), 3),
            "fps_ratio": round(median(b.wall_s / a.wall_s for a, b in pairs), 3),
            "cpu_ratio": round(median(a.cpu_s / b.cpu_s for a, b in pairs), 3),
            "peak_ratio": round(median(a.peak_mb / b.peak_mb for a, b in pairs), 3),
        }
        alone = runs.get(f"networks {name}", ())
        if alone:
            methods[name]["networks"] = {
                key: round(median(one.says[key] for one in alone), 3) for key in _NETWORKS
            }
    return {
        "limn": api.__version__,
        "base": base,
        "frames": frames,
        "repeats": len(runs[base]),
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "methods": methods,
    }


def table(figures: Mapping[str, Any]) -> str:
    """The summary as a table."""
    head = f"{'method':<12}{'fps':>8}{'x':>7}{'CPU s':>8}{'x':>7}{'MB':>7}{'x':>6}{'start s':>9}"
    lines = [f"ratios to {figures['base']}", head + f"{'/ networks':>12}{'CPU':>6}"]
    for name, row in figures["methods"].items():
        alone = row.get("networks")
        told = "" if alone is None else f"{alone['ratio']:>12.2f}{alone['cpu_ratio']:>6.2f}"
        lines.append(
            f"{name:<12}{row['fps']:>8.1f}{row['fps_ratio']:>7.2f}{row['cpu_s']:>8.2f}"
            f"{row['cpu_ratio']:>7.2f}{row['peak_mb']:>7.0f}{row['peak_ratio']:>6.2f}"
            f"{row['start_s']:>9.2f}{told}"
        )
    return "\n".join(lines)
