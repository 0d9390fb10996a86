"""A worker killed, a machine unplugged, a share unmounted: the work goes on, once and whole."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_networks import Result
from limn.cli.clips.clip_process import BrokenOff, ClipProcess
from limn.cli.clips.work_item import WorkItem
from limn.cli.farms import pool, tasks
from limn.cli.farms.batch_command import parse_estimate
from limn.cli.farms.pool import Pool
from limn.cli.sharing import leases
from limn.core.data.settings import CORES_VARIABLE
from limn.core.data.take_file import load_take

Limn = Callable[..., Result]
_WORKER = Path(__file__).with_name("fake_clip_worker.py")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs signals")


@pytest.fixture
def footage(clip: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one good clip; workers know the networks' answers."""
    command = [sys.executable, str(_WORKER), str(clip)]
    monkeypatch.setattr("limn.cli.clips.clip_process.worker_command", lambda: command)
    monkeypatch.setenv(CORES_VARIABLE, "2")
    folder = clip.parent / "footage"
    folder.mkdir()
    return folder


def rows_of(text: str) -> dict[str, dict[str, Any]]:
    return {Path(row["clip"]).name: row for row in json.loads(text)["clips"]}


def assert_same(one: Path, other: Path) -> None:
    a, b = load_take(one).people[0], load_take(other).people[0]
    np.testing.assert_array_equal(a.root_xyz_world, b.root_xyz_world)
    np.testing.assert_array_equal(a.quat_parent_joint, b.quat_parent_joint)


def wait_for(path: Path) -> None:
    ended = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < ended, f"{path} never came"
        time.sleep(0.02)


def test_what_a_killed_worker_was_at_is_done_by_the_next(
    limn: Limn, clip: Path, footage: Path
) -> None:
    shutil.copy(clip, footage / "once.mp4")
    takes = footage.with_name("takes")
    result = limn("batch", footage, "-o", takes, "--json")
    assert result.code == 0, result.out
    assert (footage / "once.begun").exists(), "no worker was killed"
    assert load_take(takes / "once.take.npz").people


def test_a_worker_that_is_stopped_for_long_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/proc/self/stat").exists():
        pytest.skip("this system doesn't tell that a process is stopped")
    script = (
        "import os, signal, sys\n"
        "sys.stdin.readline()\n"
        'print(\'{"event": "ready"}\', flush=True)\n'
        "sys.stdin.readline()\n"
        "os.kill(os.getpid(), signal.SIGSTOP)\n"
    )
    command = [sys.executable, "-S", "-c", script]
    monkeypatch.setattr("limn.cli.clips.clip_process.worker_command", lambda: command)
    monkeypatch.setattr(pool, "_STOPPED_S", 0.3)
    worker = pool.Worker({})
    item = WorkItem(tmp_path / "a.mp4", tmp_path / "a.npz", {})
    ended: list[BrokenOff] = []

    def work() -> None:
        try:
            worker.process.run(item, "key")
        except BrokenOff as error:
            ended.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    until_s = time.monotonic() + 60
    while thread.is_alive() and time.monotonic() < until_s:
        worker.watch()
        time.sleep(0.05)
    worker.process.close()
    thread.join()
    (error,) = ended
    # So the pool gives the item to another.
    assert error.is_by_others


def test_a_stopped_machines_item_is_done_by_another_and_once(
    limn: Limn, clip: Path, footage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(clip, footage / "nap.mp4")
    takes = footage.with_name("takes")
    script = (
        "import sys; from limn.cli import starting; from limn.cli.clips import clip_process\n"
        "from limn.cli.sharing import leases\n"
        "leases.Lease.__init__.__defaults__ = (0.8, 0.1)\n"
        f"clip_process.worker_command = lambda: {[sys.executable, str(_WORKER), str(clip)]!r}\n"
        "sys.exit(starting.main())"
    )
    stopped = subprocess.Popen(
        [sys.executable, "-c", script, "batch", str(footage), "-o", str(takes), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        wait_for(footage / "nap.begun")
        os.killpg(stopped.pid, signal.SIGSTOP)
        monkeypatch.setattr(leases.Lease.__init__, "__defaults__", (0.8, 0.1))
        result = limn("batch", footage, "-o", takes, "--json")
        assert result.code == 0, result.out
        assert not rows_of(result.out)["nap.mp4"].get("skipped")
        take = takes / "nap.take.npz"
        made = take.stat()
        os.killpg(stopped.pid, signal.SIGCONT)
        out, _ = stopped.communicate(timeout=60)
    finally:
        if stopped.poll() is None:
            os.killpg(stopped.pid, signal.SIGKILL)
    assert stopped.returncode == 0
    assert rows_of(out)["nap.mp4"]["skipped"]
    assert (take.stat().st_ino, take.stat().st_mtime_ns) == (made.st_ino, made.st_mtime_ns)
    assert not list(takes.glob("*.lease*"))


@pytest.mark.parametrize("which", ["takes", "footage"])
def test_a_share_that_is_away_for_a_while_is_waited_for(
    limn: Limn, clip: Path, footage: Path, which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "_LOOK_EVERY_S", 0.2)
    for name in ("nap.mp4", "z.mp4"):
        shutil.copy(clip, footage / name)
    takes = footage.with_name("takes")
    share = {"takes": takes, "footage": footage}[which]

    def unmount() -> None:
        wait_for(footage / "nap.begun")
        share.rename(share.with_name("away"))
        time.sleep(3.0)
        share.with_name("away").rename(share)

    thread = threading.Thread(target=unmount)
    thread.start()
    result = limn("batch", footage, "-o", takes, "--json")
    thread.join()
    assert result.code == 0, result.out
    for name in ("nap", "z"):
        assert load_take(takes / f"{name}.take.npz").people
    assert not list(takes.glob("*.lease*"))


def test_a_folder_that_never_was_is_not_waited_for(limn: Limn, clip: Path, footage: Path) -> None:
    (footage / "a.csv").write_text("clip\ngone/a.mp4\n")
    started = time.monotonic()
    result = limn("batch", footage / "a.csv", "-o", footage.with_name("takes"), "--json")
    assert result.code == 1
    assert time.monotonic() - started < 60
    assert "does not exist" in rows_of(result.out)["a.mp4"]["error"]


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each item was done by a worker, by its file's name."""
    given: Counter[str] = Counter()
    run = ClipProcess.run

    def counted(self: ClipProcess, item: WorkItem, key: str) -> dict[str, Any]:
        result = run(self, item, key)
        given[item.file.name] += "skipped" not in result
        return result

    monkeypatch.setattr(ClipProcess, "run", counted)
    return given


def test_a_long_clip_is_looked_at_in_stretches(
    limn: Limn, clip: Path, footage: Path, looked: Counter[str]
) -> None:
    shutil.copy(clip, footage / "a.mp4")
    takes, whole = footage.with_name("takes"), footage.with_name("whole")
    assert limn("batch", footage, "-o", whole).code == 0
    assert set(looked) == {"a.take.npz"}
    looked.clear()
    asked = ("batch", footage, "-o", takes, "--jobs", "2", "--stretch-length", "0.5")
    assert limn(*asked).code == 0
    # The others begin with the last stretch, and come as near to the estimate as they can.
    assert {"a.take.npz", "000022-000029-whole.part.npz"} <= set(looked)
    assert set(looked.values()) == {1}
    assert_same(takes / "a.take.npz", whole / "a.take.npz")
    assert {f.name for f in takes.iterdir()} == {"a.take.npz", "report.html", "report.json"}
    looked.clear()
    assert limn(*asked).code == 0
    assert not looked


def test_nobody_goes_on_looking_at_a_clip_that_ended_in_an_error(
    limn: Limn, clip: Path, footage: Path
) -> None:
    shutil.copy(clip, footage / "torn.mp4")
    takes = footage.with_name("takes")
    result = limn("batch", footage, "-o", takes, "--jobs", "2", "--stretch-length", "0.5", "--json")
    assert result.code == 1
    assert rows_of(result.out)["torn.mp4"]["error"].endswith("is torn.")
    assert (footage / "torn.begun").exists()
    assert not (footage / "torn.ended").exists()
    assert {f.name for f in takes.iterdir()} == {"report.html", "report.json"}


def test_machines_share_the_stretches_of_a_clip(
    clip: Path, footage: Path, looked: Counter[str]
) -> None:
    shutil.copy(clip, footage / "a.mp4")
    takes = footage.with_name("takes")
    takes.mkdir()
    given = parse_estimate([str(footage / "a.mp4"), "-o", str(takes / "a.take.npz")])
    options = {k: v for k, v in vars(given).items() if k not in ("clips", "output", "execute")}
    item = WorkItem(footage / "a.mp4", takes / "a.take.npz", options)
    pools = [Pool(1, stretch_s=0.3) for _ in range(2)]
    results: list[dict[str, Any]] = []

    def work(one: Pool) -> None:
        results.extend(result for _, result in one.run([item], lambda: None))
        one.close()

    threads = [threading.Thread(target=work, args=(one,)) for one in pools]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [("error" in one) for one in results] == [False, False]
    assert sum(bool(one.get("skipped")) for one in results) == 1
    assert looked["a.take.npz"] == 1
    assert max(looked.values()) == 1
    assert {f.name for f in takes.iterdir()} == {"a.take.npz"}


def test_a_killed_batch_goes_on_from_its_stretches(
    limn: Limn, clip: Path, footage: Path, looked: Counter[str]
) -> None:
    shutil.copy(clip, footage / "a.mp4")
    takes, whole = footage.with_name("takes"), footage.with_name("whole")
    assert limn("batch", footage, "-o", whole).code == 0
    script = (
        "import sys; from limn.cli import starting; from limn.cli.clips import clip_process\n"
        f"clip_process.worker_command = lambda: {[sys.executable, str(_WORKER), str(clip)]!r}\n"
        "sys.exit(starting.main())"
    )
    words = ("batch", str(footage), "-o", str(takes), "--jobs", "2", "--stretch-length", "0.3")
    run = subprocess.Popen(
        [sys.executable, "-c", script, *words],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    ended = time.monotonic() + 60
    parts = takes / "a.take.parts"
    while not list(parts.glob("*-whole.part.npz")) and time.monotonic() < ended:
        time.sleep(0.01)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait(30)
    found = {f.name for f in parts.glob("*-whole.part.npz")}
    assert found
    assert limn(*words).code == 0
    assert_same(takes / "a.take.npz", whole / "a.take.npz")
    assert not parts.exists()
