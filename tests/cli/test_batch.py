"""Many clips in one run: whatever a clip does to its process, the others get their takes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_networks import Result
from limn.cli.clips.work_item import KEY
from limn.core.data.take_file import load_take
from limn.core.data.types import Take

Limn = Callable[..., Result]
_WORKER = Path(__file__).with_name("fake_clip_worker.py")
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs signals")


@pytest.fixture
def footage(clip: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one good clip; the batch's worker knows the networks' answers."""
    command = [sys.executable, str(_WORKER), str(clip)]
    monkeypatch.setattr("limn.cli.clips.clip_process.worker_command", lambda: command)
    folder = clip.parent / "footage"
    folder.mkdir()
    shutil.copy(clip, folder / "b.mp4")
    return folder


def test_a_batch_goes_on_after_a_failed_clip(limn: Limn, footage: Path) -> None:
    (footage / "a.mp4").write_text("no video")
    takes = footage.with_name("takes")
    result = limn("estimate", footage, "--output-dir", takes)
    assert result.code == 1
    assert "1 of 2 clips done" in result.out
    assert "a.mp4  failed: " in result.out
    assert [f.name for f in takes.iterdir()] == ["b.take.npz"]


ENDS = {
    "crash": "signal SIGSEGV",
    "kill": "signal SIGKILL",
    "raise": "exit code 1): ZeroDivisionError: a bug",
    "exit": "exit code 9",
}


@posix
@pytest.mark.parametrize("end", ENDS)
def test_a_clip_that_ends_its_process_costs_itself_alone(
    end: str, limn: Limn, clip: Path, footage: Path
) -> None:
    for name in (f"{end}1.mp4", f"{end}2.mp4", "z.mp4"):
        shutil.copy(clip, footage / name)
    takes = footage.with_name("takes")
    result = limn("estimate", footage, "--output-dir", takes, "--json")
    assert result.code == 1
    rows = {Path(row["clip"]).name: row for row in json.loads(result.out)["clips"]}
    assert {name for name, row in rows.items() if "error" in row} == {f"{end}1.mp4", f"{end}2.mp4"}
    for number in (1, 2):
        assert ENDS[end] in rows[f"{end}{number}.mp4"]["error"]
    assert sorted(f.name for f in takes.iterdir()) == ["b.take.npz", "z.take.npz"]
    assert "\x1b" not in result.err + result.out


def test_takes_of_equal_names_are_kept_apart(limn: Limn, clip: Path, footage: Path) -> None:
    twin = clip.with_suffix(".mov")
    shutil.copy(clip, twin)
    takes = clip.parent / "takes"
    assert limn("estimate", clip, twin, "--output-dir", takes).code == 0
    assert sorted(f.name for f in takes.iterdir()) == ["walk.mov.take.npz", "walk.mp4.take.npz"]


def test_a_batch_gives_the_take_that_one_clip_gives(
    limn: Limn, clip: Path, truth: Take, footage: Path
) -> None:
    options = ("--step", "2", "--last-frame", "20", "--height", "1.6")
    assert limn("estimate", clip, "-o", clip.with_name("one.npz"), *options).code == 0
    assert limn("estimate", clip, "--output-dir", clip.parent, *options).code == 0
    one, many = load_take(clip.with_name("one.npz")), load_take(clip.with_name("walk.take.npz"))
    assert {**one.settings, KEY: many.settings[KEY]} == many.settings
    assert (one.people[0].root_xyz_world == many.people[0].root_xyz_world).all()


def test_what_stops_every_clip_is_said_once(limn: Limn, footage: Path) -> None:
    takes = footage.with_name("takes")
    result = limn("estimate", footage, "--output-dir", takes, "--depth-model", "no_such_network")
    assert result.code in (2, 4)
    assert result.err.count("no_such_network") == 1
    assert result.out == ""


def test_clips_that_have_their_take_can_be_left_out(limn: Limn, clip: Path, footage: Path) -> None:
    takes = footage.with_name("takes")
    again = ("estimate", footage, "--output-dir", takes, "--skip-existing", "--json")
    assert limn(*again).code == 0
    made = (takes / "b.take.npz").stat().st_mtime_ns
    shutil.copy(clip, footage / "c.mp4")
    (takes / "c.take.npz").write_text("the half of a take")
    result = limn(*again)
    assert result.code == 0, result.err
    assert [row.get("skipped", False) for row in json.loads(result.out)["clips"]] == [True, False]
    assert (takes / "b.take.npz").stat().st_mtime_ns == made
    assert len(load_take(takes / "c.take.npz").people) == 1


@posix
def test_a_cancelled_batch_names_what_it_finished(clip: Path, footage: Path) -> None:
    shutil.copy(clip, footage / "hang.mp4")
    takes = footage.with_name("takes")
    script = (
        "import sys; from limn.cli import starting; from limn.cli.clips import clip_process\n"
        f"clip_process.worker_command = lambda: {[sys.executable, str(_WORKER), str(clip)]!r}\n"
        "sys.exit(starting.main())"
    )
    command = [sys.executable, "-c", script, "estimate", str(footage)]
    run = subprocess.Popen(
        [*command, "--output-dir", str(takes), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not (footage / "hang.begun").exists() and run.poll() is None:
        time.sleep(0.02)
    workers = _children(run.pid)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=30)
    assert run.returncode == 130, err
    said = json.loads(out)
    assert said["exit_code"] == 130
    assert [Path(row["clip"]).name for row in said["clips"]] == ["b.mp4"]
    assert "1 of 2 clips" in err
    assert "Traceback" not in err
    assert [f.name for f in takes.iterdir()] == ["b.take.npz"]
    assert not [pid for pid in workers if Path(f"/proc/{pid}/stat").exists()]


@posix
def test_a_worker_ends_with_the_batch_that_was_killed(clip: Path, footage: Path) -> None:
    script = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from limn.cli import cancelling, reporting\n"
        "from limn.cli.clips import clip_process\n"
        f"clip_process.worker_command = lambda: {[sys.executable, str(_WORKER), str(clip)]!r}\n"
        "process = clip_process.ClipProcess("
        "{'step': 1}, reporting.TextReporter(False), cancelling.Cancellation())\n"
        "process.start()\n"
        "print(process._process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    pid = int(done.stdout)
    until_s = time.monotonic() + 30
    while time.monotonic() < until_s:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        if _is_zombie(pid):
            return
        time.sleep(0.05)
    pytest.fail("the worker goes on without anybody to ask it")


def _children(pid: int) -> list[str]:
    file = Path(f"/proc/{pid}/task/{pid}/children")
    return file.read_text().split() if file.exists() else []


def _is_zombie(pid: int) -> bool:
    file = Path(f"/proc/{pid}/stat")
    return file.exists() and ") Z " in file.read_text()
