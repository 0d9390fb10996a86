"""What a second worker, a cluster and stretches bring: wall clock and processor time, in turns.

One worker is kept on one core, as a machine with one would run it, so that two of them on two
cores are compared with half of that; also told is what one worker makes of all cores.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from ...cli.farms.tasks import STRETCH_S
from ...core.data.settings import CORES_VARIABLE
from ...interpreter import python_command
from .footage import long_clip, short_clip

_STARTS_S: Final = 60.0  # of a scheduler and its workers


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this kind's options."""
    parser.add_argument("--clips", type=int, default=12, help="short clips of a folder")
    parser.add_argument("--minutes", type=float, default=10.0, help="of the long clip")
    parser.add_argument("--quality", default="balanced")
    parser.add_argument("--repeats", type=int, default=3, help="of everything, in turns")
    parser.add_argument(
        "--only", choices=("workers", "dask", "stretches"), help="one of the comparisons"
    )


@dataclass(frozen=True, slots=True)
class _Spent:
    wall_s: float
    processor_s: float


def run(arguments: argparse.Namespace) -> int:
    """Print the ratios; returns how many are worse than they should be."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        short, long = folder / "short", folder / "long"
        short.mkdir()
        long.mkdir()
        if arguments.only != "stretches":
            for k in range(arguments.clips):
                short_clip(short / f"clip{k:03d}.mp4", k)
        if arguments.only in (None, "stretches"):
            long_clip(long / "long.mp4", arguments.minutes)
        return _compared(folder, short, long, arguments)


def _compared(folder: Path, short: Path, long: Path, given: argparse.Namespace) -> int:
    def batch(clips: Path, *words: str, cores: int | None = None) -> Callable[[int], _Spent]:
        def measured(turn: int) -> _Spent:
            takes = folder / f"takes-{len(os.listdir(folder))}-{turn}"
            asked = ["batch", str(clips), "-o", str(takes), "--quality", given.quality, *words]
            return _spent(asked, cores)

        return measured

    failed = 0
    if given.only in (None, "workers"):
        ways = {
            "one worker, one core": batch(short, "--jobs", "1", cores=1),
            "one worker, all cores": batch(short, "--jobs", "1"),
            "two workers": batch(short, "--jobs", "2"),
        }
        spent = _in_turns("a folder of short clips", ways, given.repeats)
        failed += _tell("two workers", spent["one worker, one core"] / spent["two workers"], 1.6)
    if given.only in (None, "dask"):
        with _Cluster(folder) as address:
            ways = {
                "two workers": batch(short, "--jobs", "2"),
                "Dask, two workers": batch(short, "--dask", address),
            }
            spent = _in_turns("a folder of short clips", ways, given.repeats)
        failed += _tell("Dask", spent["two workers"] / spent["Dask, two workers"], 0.9)
    if given.only in (None, "stretches"):
        stretches = ("--stretch-length", f"{min(STRETCH_S, given.minutes * 60 / 2):g}")
        ways = {
            "one worker, one core": batch(long, "--jobs", "1", cores=1),
            "one worker, all cores": batch(long, "--jobs", "1"),
            "two workers, stretches": batch(long, "--jobs", "2", *stretches),
        }
        spent = _in_turns(f"a clip of {given.minutes:g} minutes", ways, given.repeats)
        ratio = spent["one worker, one core"] / spent["two workers, stretches"]
        failed += _tell("stretches", ratio, 1.6)
    return failed


def _in_turns(
    title: str, ways: dict[str, Callable[[int], _Spent]], repeats: int
) -> dict[str, float]:
    """The median wall clock of each way, tried one after the other so often."""
    spent: dict[str, list[_Spent]] = {name: [] for name in ways}
    for turn in range(repeats):
        for name, measured in ways.items():
            spent[name].append(measured(turn))
    print(title)
    for name, each in spent.items():
        wall, processor = (median(getattr(one, f) for one in each) for f in _Spent.__slots__)
        print(f"  {name:24}{wall:8.1f} s wall clock{processor:9.1f} s processor")
    return {name: median(one.wall_s for one in each) for name, each in spent.items()}


def _tell(name: str, ratio: float, least: float) -> bool:
    print(f"  {name}: {ratio:.2f} times as fast (wanted: {least:g})")
    return ratio < least


def _spent(words: Sequence[str], cores: int | None) -> _Spent:
    def bind() -> None:
        if cores is not None:
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])

    environment = {k: v for k, v in os.environ.items() if k != CORES_VARIABLE}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started_s = time.monotonic()
    subprocess.run(
        python_command("cli.__main__", words),
        check=True,
        stdout=subprocess.DEVNULL,
        env=environment,
        preexec_fn=bind,
    )
    wall_s = time.monotonic() - started_s
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return _Spent(wall_s, spent)


class _Cluster:
    """A Dask scheduler and two workers of one thread each, for a block."""

    def __init__(self, folder: Path) -> None:
        self._told = folder / "scheduler.json"
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> str:
        quiet = ("--no-dashboard", "--host", "127.0.0.1")
        self._start("scheduler", "--port", "0", "--scheduler-file", str(self._told), *quiet)
        until_s = time.monotonic() + _STARTS_S
        address = ""
        while not address and time.monotonic() < until_s:
            time.sleep(0.1)
            try:
                address = str(json.loads(self._told.read_text("utf-8"))["address"])
            except (OSError, ValueError):
                continue
        for _ in range(2):
            self._start("worker", address, "--nthreads", "1", "--no-nanny", *quiet, cores="1")
        return address

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._running):
            process.kill()
            process.wait()

    def _start(self, kind: str, *words: str, cores: str = "") -> None:
        script = (
            f"import sys, limn; from distributed.cli.dask_{kind} import main; main(sys.argv[1:])"
        )
        environment = os.environ | ({CORES_VARIABLE: cores} if cores else {})
        self._running.append(
            subprocess.Popen(
                [sys.executable, "-c", script, *words],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
        )
