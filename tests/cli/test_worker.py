"""The worker's side of the pipe: JSON lines, and three ways to be told to stop."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from limn.core.data.take_file import load_take

QUICK, SLOW = "0", "0.5"
LIMIT_S = 30


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    """Workers started by a test; none outlives it."""
    workers: list[subprocess.Popen[str]] = []
    yield workers
    for worker in workers:
        worker.kill()
        worker.communicate()


def _start(clip: Path, delay_s: str, started: list[subprocess.Popen[str]]) -> subprocess.Popen[str]:
    command = [sys.executable, str(Path(__file__).with_name("fake_worker.py")), delay_s, str(clip)]
    command += ["estimate", str(clip), "-o", str(clip.with_name("out.take.npz"))]
    worker = subprocess.Popen(
        [*command, "--progress", "json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    started.append(worker)
    return worker


def _events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_progress_and_exactly_one_end(clip: Path, started: list[subprocess.Popen[str]]) -> None:
    worker = _start(clip, QUICK, started)
    out, err = _read_all(worker)
    events = _events(out)
    assert worker.returncode == 0, err
    assert [e["event"] for e in events].count("done") == 1
    assert events[-1]["event"] == "done"
    assert {e["event"] for e in events[:-1]} == {"progress"}
    for event in events[:-1]:
        assert isinstance(event["stage"], str)
        assert 0 <= event["done"]
        assert event["total"] == 0 or event["done"] <= event["total"]
    take = load_take(events[-1]["take"])
    assert [p["name"] for p in events[-1]["people"]] == [p.name for p in take.people]
    assert {"name", "frames", "first", "last"} <= set(events[-1]["people"][0])
    assert "rich not imported" in err, "Blender's Python has no rich"


def _read_all(worker: subprocess.Popen[str]) -> tuple[str, str]:
    """Like communicate, which would close the worker's stdin and so cancel it."""
    assert worker.stdout is not None
    assert worker.stderr is not None
    assert worker.wait(timeout=LIMIT_S) is not None
    return worker.stdout.read(), worker.stderr.read()


def _read_first_event(worker: subprocess.Popen[str]) -> dict[str, Any]:
    assert worker.stdout is not None
    return json.loads(worker.stdout.readline())


@pytest.mark.parametrize("how", ["SIGTERM", "SIGINT", "closed pipe", "closed pipe at once"])
def test_cancelling_ends_with_130_and_leaves_nothing(
    how: str, clip: Path, started: list[subprocess.Popen[str]]
) -> None:
    before = sorted(clip.parent.iterdir())
    worker = _start(clip, SLOW, started)
    if how != "closed pipe at once":  # while it still imports
        assert _read_first_event(worker)["event"] == "progress"
    if how.startswith("closed"):
        assert worker.stdin is not None
        worker.stdin.close()
        worker.stdin = None
    else:
        worker.send_signal(signal.Signals[how])
    out, err = worker.communicate(timeout=LIMIT_S)
    assert worker.returncode == 130, err
    assert "Traceback" not in err
    last = _events(out)[-1]
    assert (last["event"], last["exit_code"]) == ("error", 130)
    assert sorted(clip.parent.iterdir()) == before


def test_an_error_is_the_last_event(tmp_path: Path, started: list[subprocess.Popen[str]]) -> None:
    worker = _start(tmp_path / "missing.mp4", QUICK, started)
    out, err = _read_all(worker)
    (event,) = _events(out)
    assert event == {"event": "error", "message": event["message"], "exit_code": 3}
    assert "missing.mp4" in event["message"]
    assert worker.returncode == 3
    assert "Traceback" not in err


def test_a_reader_that_goes_away_is_no_traceback(
    clip: Path, started: list[subprocess.Popen[str]]
) -> None:
    worker = _start(clip, QUICK, started)
    assert worker.stdout is not None
    worker.stdout.close()
    assert worker.wait(timeout=LIMIT_S) == 130
    assert worker.stderr is not None
    assert "Traceback" not in worker.stderr.read()
    assert not clip.with_name("out.take.npz").exists()
