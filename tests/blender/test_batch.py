# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""batch.py: the shell's batch in Blender's own Python, with a scene of each clip."""

from __future__ import annotations

import queue
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from blender_takes import MODULE

pytest.importorskip("bpy")
pytestmark = [pytest.mark.bpy, pytest.mark.skipif(sys.platform == "win32", reason="signals")]

_ROWS = [
    {"clip": "a\x1b[2J.mp4", "take": "out/a.take.npz", "frames": 9, "people": [{}],
     "files": ["out/a.blend"], "warnings": ["The floor is a guess."]},
    {"clip": "b.mp4", "error": "It can't be read.", "exit_code": 3},
    {"clip": "c.mp4", "take": "out/c.take.npz", "frames": 2, "people": [{}, {}],
     "files": [], "not_made": ["c.blend: no space."]},
]  # fmt: skip


@pytest.fixture
def batch(extension: Any) -> Any:
    return import_module(f"{MODULE}.operators.background.batch")


def run(batch: Any, monkeypatch: pytest.MonkeyPatch, script: str, *words: str) -> int:
    """Run the batch with a worker that does what ``script`` says."""
    command = [sys.executable, "-c", "import json, os, sys, time\n" + script]
    monkeypatch.setattr(batch, "worker_command", lambda _: command)
    return batch.run_batch(words or ("a.mp4", "-o", "out"))


def tell(**event: Any) -> str:
    return f"print(json.dumps({event!r}), flush=True)\n"


def test_it_is_the_shells_batch_with_scenes(
    batch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = import_module(f"{MODULE}.cli.main")
    given = ["shots/*.mp4", "night.csv", "--output-dir", "out", "--together", "--height=1.8"]
    words = batch.batch_words([*given, "--jobs", "3", "--also", ".bvh", "--stretch-length", "60"])
    parsed = main.make_parser().parse_args(words)
    assert parsed.command == "batch"
    assert parsed.clips == ["shots/*.mp4", "night.csv"]
    assert (parsed.output, parsed.height_m, parsed.jobs) == (Path("out"), 1.8, 3)
    assert parsed.also == [".bvh", ".blend"]
    assert parsed.together
    assert parsed.progress == "json"
    again = main.make_parser().parse_args(batch.batch_words(["a", "-o", "b", "--also", ".blend"]))
    assert again.also == [".blend"]
    monkeypatch.setattr(batch, "bpy", type("Bpy", (), {"app": type("App", (), {})}))
    batch.bpy.app.binary_path = "/opt/blender"
    assert batch.batch_words(["a", "-o", "b"])[-4:-2] == ["--blender", "/opt/blender"]
    assert batch.batch_words(["a", "--blender=/own"]).count("--blender") == 0


def test_what_became_of_every_clip_is_told(
    batch: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = "".join(tell(event="progress", stage="Clips", done=k, total=300) for k in range(300))
    done = tell(event="done", clips=_ROWS, failed=2, report="out/report.html")
    assert run(batch, monkeypatch, steps + done) == 1
    said = capsys.readouterr().err
    assert "9 frames, 1 person: a.take.npz, a.blend" in said
    assert "The floor is a guess." in said
    assert "2 of 3 clips done" in said
    assert "failed: b.mp4: It can't be read." in said
    assert "failed: c.mp4: c.blend: no space." in said
    assert "out/report.html" in said
    assert "\x1b" not in said
    assert 5 < said.count("Clips: ") <= 20
    fine = tell(event="done", clips=_ROWS[:1], failed=0, report="out/report.html")
    assert run(batch, monkeypatch, fine) == 0


def test_what_ends_all_of_it_is_one_sentence(
    batch: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = tell(event="error", message="There is no clip to run.", exit_code=3)
    assert run(batch, monkeypatch, error + "sys.exit(3)") == 3
    assert capsys.readouterr().err == "limn: There is no clip to run.\n"
    assert run(batch, monkeypatch, "os.abort()") != 0
    assert capsys.readouterr().err.count("\n") == 1


def test_a_cancelled_batch_ends_its_worker(
    batch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started = tmp_path / "pid"
    script = f"open({str(started)!r}, 'w').write(str(os.getpid()))\n"
    script += tell(event="progress", stage="Clips", done=9, total=10) + "time.sleep(60)\n"

    def interrupted(self: Any, step: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(batch._Teller, "__call__", interrupted)
    ended: queue.SimpleQueue[int] = queue.SimpleQueue()
    see_off = batch.Worker._see_off

    def seen_off(self: Any) -> None:
        see_off(self)
        ended.put(self._process.wait(30))

    monkeypatch.setattr(batch.Worker, "_see_off", seen_off)
    assert run(batch, monkeypatch, script) == 130
    assert "goes on where it was" in capsys.readouterr().err
    assert started.exists()
    assert ended.get(timeout=30) < 0
