"""Commands killed while they run: the earlier result is whole, and the next run tidies up.

Every other run is killed as soon as it begins to write, the rest at a random moment.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

from ...core.data.writing.wholeness import is_whole
from .runs import PATIENCE_S, Case, cases, command, environment, run_limn, wait_for_group, workplace

_SIGNALS: Final = ("SIGKILL", "SIGTERM", "SIGINT")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add how much is tried."""
    parser.add_argument("--runs", type=int, default=60, help="how many runs are killed")
    parser.add_argument("--seed", type=int, default=0, help="other moments with another number")
    parser.add_argument("--commands", nargs="+", help="only these; all by default")


def run(arguments: argparse.Namespace) -> int:
    """Kill runs of one command after the other, print the counts, return how many failed."""
    chance = random.Random(arguments.seed)
    failed = ended_before = 0
    with workplace() as (folder, scratch):
        chosen = cases(arguments.commands)
        chance.shuffle(chosen)
        known: dict[str, float] = {}
        for number in range(arguments.runs):
            case = chosen[number % len(chosen)]
            if case.name not in known:
                known[case.name] = _seconds(case, folder, scratch)
            moment_s = chance.uniform(0.02, 1.02) * known[case.name] if number % 2 else None
            how = _SIGNALS[(number + number // len(chosen)) % len(_SIGNALS)]
            code, fault = kill_one(case, how, moment_s, folder, scratch)
            ended_before += code == 0
            failed += bool(fault)
            if fault:
                when = "while it wrote" if moment_s is None else f"after {moment_s:.2f} s"
                print(f"{case.name}, {how} {when}: {fault}", flush=True)
    print(
        f"kills: {arguments.runs} tried ({ended_before} had ended before), {failed} failed",
        flush=True,
    )
    return failed


def _seconds(case: Case, folder: Path, scratch: Path) -> float:
    """Run ``case`` once, so that there is an earlier result; how long it took."""
    started_s = time.monotonic()
    ended = run_limn(case.arguments, folder, scratch)
    if ended.code:
        raise RuntimeError(f"{case.name} fails when nobody kills it: {ended.said}")
    return time.monotonic() - started_s


def kill_one(
    case: Case, how: str, moment_s: float | None, folder: Path, scratch: Path
) -> tuple[int, str]:
    """Kill one run over an earlier result; its exit code, and what went wrong, empty if nothing.

    ``how`` is a signal's name; it is sent after ``moment_s``, or when something is being written.
    """
    output = folder / case.output
    if not output.exists():
        _seconds(case, folder, scratch)
    earlier = output.read_bytes()
    there = _names(folder)
    process = subprocess.Popen(
        command(case.arguments),
        cwd=folder,
        env=environment(scratch),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    if _is_still_running(process, moment_s, folder):
        number = getattr(signal, how)
        # Ctrl-C reaches everything that the terminal runs.
        if how == "SIGINT":
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
    code = process.wait()
    wait_for_group(process.pid)
    if output.read_bytes() != earlier and not is_whole(output, output.name):
        return code, "the earlier result is damaged"
    left = _left(folder, scratch, there)
    if left and how != "SIGKILL":
        return code, f"exit {code}, left behind: {left}"
    ended = run_limn(case.arguments, folder, scratch)
    if ended.code:
        return code, f"the next run fails: {ended.said.strip()}"
    left = _left(folder, scratch, there)
    return code, f"left after the next run: {left}" if left else ""


def _is_still_running(
    process: subprocess.Popen[bytes], moment_s: float | None, folder: Path
) -> bool:
    """Wait for the moment; whether the process is there to be killed then."""
    until_s = time.monotonic() + (PATIENCE_S if moment_s is None else moment_s)
    while time.monotonic() < until_s and process.poll() is None:
        if moment_s is None and any(path.name.startswith(".limn-") for path in folder.iterdir()):
            break
        time.sleep(0.002)
    return process.poll() is None


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _left(folder: Path, scratch: Path, there: set[str]) -> str:
    return ", ".join(sorted((_names(folder) - there) | _names(scratch)))
