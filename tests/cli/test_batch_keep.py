"""``limn batch --keep``: what others made of a clip stays as it is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_networks import Result
from limn.core.data.take_file import load_take


def test_takes_made_otherwise_are_kept(
    limn: Callable[..., Result], clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = str(Path(__file__).with_name("fake_clip_worker.py"))
    command = [sys.executable, worker, str(clip)]  # knows the networks' answers
    monkeypatch.setattr("limn.cli.clips.clip_process.worker_command", lambda: command)
    first, second = (tmp_path / f"{clip.stem}{number}.take.npz" for number in ("", " (2)"))
    again = ("batch", clip, "-o", tmp_path, "--keep")
    assert limn(*again).code == 0
    made = first.read_bytes()
    assert limn(*again, "--height", "1.9").code == 0
    assert first.read_bytes() == made
    assert abs(load_take(second).people[0].height_m - 1.9) < 1e-3
    # Each is found again by who made it.
    times = [one.stat().st_mtime_ns for one in (first, second)]
    assert limn(*again).code == limn(*again, "--height", "1.9").code == 0
    assert [one.stat().st_mtime_ns for one in (first, second)] == times
    assert limn(*again, "--redo").code == 0
    assert len(list(tmp_path.glob(f"{clip.stem}*.take.npz"))) == 3
