# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""batch.py: whatever a clip does to the processes that work on it, the others are done."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from blender_takes import MODULE

pytest.importorskip("bpy")
pytestmark = [pytest.mark.bpy, pytest.mark.skipif(sys.platform == "win32", reason="signals")]

# A worker that is asked like limn's: the clip's name says in which command it ends how.
_WORKER = """\
import ctypes, json, os, sys
asked = json.loads(sys.stdin.readline())
command, options = asked["command"], asked["options"]
source, output = options.get("take") or options["clips"][0], options["output"]
how = os.path.basename(source)
if how.startswith(command + "-crash"):
    ctypes.string_at(0)
if how.startswith(command + "-raise"):
    raise TypeError("no such thing" + chr(27) + "[31m")
if how.startswith(command + "-refuse"):
    print(json.dumps({"event": "error", "message": "It can't be read.", "exit_code": 3}))
    sys.exit(3)
open(output, "w").close()
print(json.dumps({"event": "done", "frames": 9, "people": [{}], "warnings": []}))
"""


@pytest.fixture
def batch(extension: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    module = import_module(f"{MODULE}.operators.background.batch")

    worker = import_module(f"{MODULE}.operators.run.worker")
    command = [sys.executable, "-c", _WORKER]
    monkeypatch.setattr(worker, "request_command", lambda: command)
    return module


def test_crashes_errors_and_refusals_cost_their_clip_alone(
    batch: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = [f"{c}-{how}" for c in ("estimate", "build") for how in ("crash", "raise", "refuse")]
    clips = [f"{name}.mp4" for name in (*bad, "good\x1b[2J")]
    assert batch.run_batch([*clips, "--output-dir", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert "1 of 7 clips done" in said
    assert "9 frames, 1 person" in said
    for name in bad:
        assert f"/{name}.mp4: " in said.partition("clips done")[2]
    assert "It can't be read." in said
    assert "TypeError: no such thing" in said
    assert "\x1b" not in said
    assert {p.name for p in (tmp_path / "out").glob("*.blend")} == {"good\x1b[2J.blend"}


def test_a_cancelled_batch_says_how_far_it_came(
    batch: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []

    def work(request: Any) -> Any:
        started.append(request.options["output"])
        if "second" in started[-1]:
            raise KeyboardInterrupt
        return batch.Done({})

    monkeypatch.setattr(batch, "_work", work)
    given = ["first.mp4", "second.mp4", "third.mp4", "--output-dir", str(tmp_path)]
    assert batch.run_batch(given) == 130
    assert "Cancelled; 1 of 3 clips" in capsys.readouterr().err
    assert not any("third" in path for path in started)


def test_it_carries_every_option_of_the_shell_and_goes_on(
    batch: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    options = import_module(f"{MODULE}.cli.options")
    ranges = import_module(f"{MODULE}.cli.clips.range")
    parser = argparse.ArgumentParser(add_help=False)
    options.add_settings(parser)
    ranges.add_range(parser)
    shell = {one.option_strings[0]: one.dest for one in parser._actions}
    assert {option: name for option, (name, _) in batch._PASSED_ON.items()} == shell
    asked: list[Any] = []

    def work(request: Any) -> Any:
        asked.append(request)
        Path(request.options["output"]).touch()
        is_done = request.command == "estimate" and len(asked) > 2
        return batch.Done({"skipped": is_done, "frames": 9, "people": []})

    monkeypatch.setattr(batch, "_work", work)
    given = ["a.mp4", "--output-dir", str(tmp_path), "--height", "1.8"]
    assert batch.run_batch(given) == 0
    first = asked[0].options
    assert first["if_changed"] is True
    assert first["parts"] == str(tmp_path / "a.take.parts")
    assert first["height_m"] == "1.8"
    assert [one.command for one in asked] == ["estimate", "build"]
    newer = (tmp_path / "a.take.npz").stat().st_mtime + 60
    os.utime(tmp_path / "a.blend", (newer, newer))
    assert batch.run_batch(given) == 0
    assert [one.command for one in asked][2:] == ["estimate"]
    assert "done before" in capsys.readouterr().err
