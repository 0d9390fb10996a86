"""A hundred clips and ten broken ones: ninety takes, ten sentences, one report, often killed."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from ...core.data.take_file import load_take
from ...interpreter import python_command
from .footage import BREAKS, short_clip

_PATIENCE_S: Final = 7200.0
_LOOK_EVERY_S: Final = 0.05


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this kind's options."""
    parser.add_argument("--clips", type=int, default=100, help="how many in all")
    parser.add_argument("--broken", type=int, default=len(BREAKS), help="how many of them broken")
    parser.add_argument("--kills", type=int, default=5, help="how often the batch is killed")
    parser.add_argument("--jobs", type=int, default=2, help="workers of the batch")


def run(arguments: argparse.Namespace) -> int:
    """Return how many faults there were, which are printed."""
    with tempfile.TemporaryDirectory() as folder:
        return hundred(
            Path(folder), arguments.clips, arguments.broken, arguments.kills, arguments.jobs
        )


def hundred(folder: Path, clips: int, broken: int, kills: int, jobs: int) -> int:
    """Make the clips in ``folder``, run the batch killed and whole, compare; print what is wrong
    and return how much."""
    footage = folder / "footage"
    footage.mkdir()
    for k in range(clips - broken):
        short_clip(footage / f"clip{k:03d}.mp4", k)
    names = list(BREAKS)
    for k in range(broken):
        BREAKS[names[k % len(names)]](footage / f"bad{k:03d}.mp4")
    whole, often = folder / "whole", folder / "often"
    started_s = time.monotonic()
    _batch(footage, whole, jobs).wait(_PATIENCE_S)
    whole_s = time.monotonic() - started_s
    started_s = time.monotonic()
    killed = 0
    for kill in range(1, kills + 1):
        killed += _killed_at(_batch(footage, often, jobs), often, kill * (clips - broken) // 6)
    code = _batch(footage, often, jobs).wait(_PATIENCE_S)
    often_s = time.monotonic() - started_s
    faults = _faults(footage, whole, often, clips, broken, code)
    if killed < kills:
        faults.append(f"the batch was killed {killed} times only")
    print(
        f"{clips} clips, {broken} broken, killed {killed} times: whole {whole_s:.0f} s, killed "
        f"{often_s:.0f} s, {len(faults)} faults"
    )
    for fault in faults:
        print(f"  {fault}")
    return len(faults)


def _batch(footage: Path, takes: Path, jobs: int) -> subprocess.Popen[bytes]:
    words = ["batch", str(footage), "-o", str(takes), "--jobs", str(jobs), "--quality", "fast"]
    return subprocess.Popen(
        python_command("cli.__main__", [*words, "--json"]),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=sys.platform != "win32",
    )


def _killed_at(batch: subprocess.Popen[bytes], takes: Path, count: int) -> bool:
    """Kill the batch and its workers at once when there are ``count`` takes; whether it ran."""
    until_s = time.monotonic() + _PATIENCE_S
    while batch.poll() is None and time.monotonic() < until_s:
        if len(list(takes.glob("*.npz"))) >= count:
            os.killpg(batch.pid, signal.SIGKILL)
            return batch.wait() == -signal.SIGKILL
        time.sleep(_LOOK_EVERY_S)
    return False


def _faults(
    footage: Path, whole: Path, often: Path, clips: int, broken: int, code: int
) -> list[str]:
    faults: list[str] = []
    report = json.loads((often / "report.json").read_text("utf-8"))
    rows: list[dict[str, Any]] = report["clips"]
    failed = {Path(row["clip"]).stem: str(row["error"]) for row in rows if "error" in row}
    wanted = {one.stem for one in footage.glob("bad*.mp4")}
    if code != 1 or len(rows) != clips or set(failed) != wanted:
        faults.append(f"exit code {code}, {len(rows)} rows, failed: {sorted(failed)}")
    for name, said in failed.items():
        if not said.endswith(".") or "\n" in said or "Traceback" in said:
            faults.append(f"{name}: {said}")
    takes = sorted(one.name for one in often.glob("*.npz"))
    if len(takes) != clips - broken:
        faults.append(f"{len(takes)} takes")
    page = (often / "report.html").read_text("utf-8")
    if page.count("<article") != clips:
        faults.append(f"{page.count('<article')} clips in report.html")
    if left := sorted({one.name for one in often.iterdir()} - {*takes, *_REPORTS}):
        faults.append(f"left behind: {left}")
    return faults + [
        f"{name}: other numbers" for name in takes if _differ(whole / name, often / name)
    ]


_REPORTS: Final = ("report.json", "report.html")


def _differ(one: Path, other: Path) -> bool:
    a, b = load_take(one), load_take(other)
    return len(a.people) != len(b.people) or any(
        not np.array_equal(getattr(p, name), getattr(q, name))
        for p, q in zip(a.people, b.people, strict=True)
        for name in ("root_xyz_world", "quat_parent_joint", "contact", "confidence")
    )
