"""``limn batch`` and ``limn watch``: past every fault, on from where it was, never twice."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fake_networks import Result
from limn.cli.clips.work_item import KEY, WorkItem
from limn.cli.sharing.leases import Lease
from limn.core.data.settings import CORES_VARIABLE
from limn.core.data.take_file import load_take
from limn.core.data.types import Take

Limn = Callable[..., Result]
_WORKER = Path(__file__).with_name("fake_clip_worker.py")
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs signals")


@pytest.fixture
def footage(clip: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one good clip; workers know the networks' answers."""
    command = [sys.executable, str(_WORKER), str(clip)]
    monkeypatch.setattr("limn.cli.clips.clip_process.worker_command", lambda: command)
    monkeypatch.setenv(CORES_VARIABLE, "2")
    folder = clip.parent / "footage"
    folder.mkdir()
    shutil.copy(clip, folder / "b.mp4")
    return folder


def rows_of(result: Result) -> dict[str, dict[str, object]]:
    return {Path(row["clip"]).name: row for row in json.loads(result.out)["clips"]}


def test_every_clip_gets_its_take_or_its_sentence(limn: Limn, clip: Path, footage: Path) -> None:
    (footage / "a.mp4").write_text("no video")
    for name in ("crash.mp4", "kill.mp4", "c.mp4"):
        shutil.copy(clip, footage / name)
    takes = footage.with_name("takes")
    result = limn("batch", footage, "-o", takes, "--jobs", "2", "--json")
    assert result.code == 1
    rows = rows_of(result)
    assert {name for name, row in rows.items() if "error" in row} == {
        "a.mp4", "crash.mp4", "kill.mp4",
    }  # fmt: skip
    assert all(str(row["error"]).endswith(".") for row in rows.values() if "error" in row)
    names = {f.name for f in takes.iterdir()}
    assert names == {"b.take.npz", "c.take.npz", "report.json", "report.html"}
    report = json.loads((takes / "report.json").read_text())
    assert (report["done"], report["failed"]) == (2, 3)
    page = (takes / "report.html").read_text()
    assert "2 of 5 clips done, 3 failed." in page
    assert "<script" not in page
    assert "http" not in page
    assert page.count("data:image/png;base64,") == 2
    assert page.count("<polyline") == 2
    # Every clip is in the table at the top, and leads to what is said of it.
    assert page.count('href="#clip') == page.count('id="clip') == 5
    assert page.count('class="failed">failed<') == 3
    assert 'href="../footage/b.mp4"' in page


def test_what_is_done_is_not_done_again_unless_it_changed(
    limn: Limn, clip: Path, footage: Path
) -> None:
    takes = footage.with_name("takes")
    shutil.copy(clip, footage / "c.mp4")
    again = ("batch", footage, "-o", takes, "--json")
    assert limn(*again).code == 0
    made = {f: f.stat().st_mtime_ns for f in takes.glob("*.npz")}
    first = load_take(takes / "b.take.npz")
    (takes / "c.take.npz").write_text("the half of a take")
    rows = rows_of(limn(*again))
    assert {name: bool(row.get("skipped")) for name, row in rows.items()} == {
        "b.mp4": True, "c.mp4": False,
    }  # fmt: skip
    assert (takes / "b.take.npz").stat().st_mtime_ns == made[takes / "b.take.npz"]
    # Other options, and other bytes under the same name, are other work.
    rows = rows_of(limn(*again, "--height", "1.9"))
    assert not any(row.get("skipped") for row in rows.values())
    assert load_take(takes / "b.take.npz").people[0].height_m > first.people[0].height_m
    with open(footage / "b.mp4", "ab") as stream:
        stream.write(b"\0" * 64)
    rows = rows_of(limn(*again, "--height", "1.9"))
    assert {name: bool(row.get("skipped")) for name, row in rows.items()} == {
        "b.mp4": False, "c.mp4": True,
    }  # fmt: skip
    assert not any(row.get("skipped") for row in rows_of(limn(*again, "--redo")).values())


def test_a_list_gives_clips_options_of_their_own(limn: Limn, clip: Path, footage: Path) -> None:
    shutil.copy(clip, footage / "c.mp4")
    (footage / "night.csv").write_text("clip,height,last-frame\nb.mp4,1.5,\nc.mp4,,10\n")
    takes = footage.with_name("takes")
    assert limn("batch", footage / "night.csv", "-o", takes, "--height", "1.9").code == 0
    b, c = load_take(takes / "b.take.npz"), load_take(takes / "c.take.npz")
    assert b.people[0].height_m == pytest.approx(1.5)
    assert c.people[0].height_m == pytest.approx(1.9)
    assert len(c.time_s) == 11 < len(b.time_s)
    listed = [{"clip": "b.mp4", "height": 1.5}, {"clip": "c.mp4", "last_frame": 10, "height": 1.9}]
    (footage / "night.json").write_text(json.dumps(listed))
    rows = rows_of(limn("batch", footage / "night.json", "-o", takes, "--json"))
    assert all(row["skipped"] for row in rows.values())


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", "clip,no-such\nb.mp4,1\n", "no-such"),
        ("b.csv", "file\nb.mp4\n", "clip"),
        ("c.json", "{", "no list of clips"),
        ("d.json", "[1]", "no list of clips"),
        ("e.csv", "clip,height\nb.mp4,tall\n", "tall"),
        ("f.csv", "clip\n", "no clip"),
        ("*.mpeg", "", "No file is called"),
    ],
)
def test_bad_lists_are_one_sentence(
    limn: Limn, footage: Path, name: str, content: str, says: str
) -> None:
    if content:
        (footage / name).write_text(content)
    result = limn("batch", footage / name, "-o", footage.with_name("takes"))
    assert result.code in (2, 3)
    assert says in result.err
    assert result.err.count("\n") == 1


def test_further_outputs_are_made_once(limn: Limn, footage: Path) -> None:
    takes = footage.with_name("takes")
    asked = ("batch", footage, "-o", takes, "--also", ".bvh", "--also", ".csv")
    assert limn(*asked).code == 0
    made = {f.name: f.stat().st_mtime_ns for f in takes.iterdir()}
    assert {"b.bvh", "b.csv"} <= set(made)
    assert limn(*asked).code == 0
    assert (takes / "b.bvh").stat().st_mtime_ns == made["b.bvh"]


def test_if_changed_is_the_command_of_one_item(limn: Limn, clip: Path, truth: Take) -> None:
    output = clip.with_name("one.take.npz")
    asked = ("estimate", clip, "-o", output, "--if-changed", "--json")
    first = json.loads(limn(*asked).out)
    second = json.loads(limn(*asked).out)
    assert "skipped" not in first
    assert second["skipped"]
    assert load_take(output).settings[KEY]
    third = json.loads(limn(*asked, "--height", "1.9").out)
    assert "skipped" not in third


def test_a_lease_is_one_holders_until_they_are_gone(tmp_path: Path) -> None:
    output = tmp_path / "a.take.npz"
    mine, other = Lease(output, 0.5, 0.1), Lease(output, 0.5, 0.1)
    assert mine.acquire()
    started = time.monotonic()
    while time.monotonic() - started < 1.2:  # it shows signs of life
        assert not other.acquire()
        time.sleep(0.05)
    mine.release()
    assert other.acquire()
    other.release()
    assert not list(tmp_path.iterdir())


def test_a_dead_holders_lease_is_taken_over_by_one(tmp_path: Path) -> None:
    output = tmp_path / "a.take.npz"
    lease = tmp_path / "a.take.npz.lease"
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    import socket

    lease.write_text(json.dumps({"host": socket.gethostname(), "pid": gone.pid, "id": "x", "n": 1}))
    won: list[Lease] = []
    racers = [Lease(output) for _ in range(8)]
    threads = [threading.Thread(target=lambda r=r: r.acquire() and won.append(r)) for r in racers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) <= 1
    assert won or racers[0].acquire()
    # One of another machine is watched by one's own clock.
    for racer in (*won, racers[0]):
        racer.release()
    lease.write_text(json.dumps({"host": "another", "pid": 1, "id": "y", "n": 7}))
    late = Lease(output, stale_s=0.3)
    assert not late.acquire()
    time.sleep(0.4)
    assert late.acquire()
    late.release()


def test_a_lease_taken_over_meanwhile_goes_back_to_its_new_holder(tmp_path: Path) -> None:
    output = tmp_path / "a.take.npz"
    lease = tmp_path / "a.take.npz.lease"
    lease.write_text('{"id": "new"}')
    assert not Lease(output)._put_aside('{"id": "dead"}')
    assert lease.read_text() == '{"id": "new"}'
    assert Lease(output)._put_aside('{"id": "new"}')
    assert not list(tmp_path.iterdir())


@posix
def test_a_killed_batch_goes_on_to_the_same_takes(clip: Path, footage: Path) -> None:
    for name in ("c.mp4", "d.mp4"):
        shutil.copy(clip, footage / name)
    takes, whole = footage.with_name("takes"), footage.with_name("whole")
    script = (
        "import sys; from limn.cli import starting; from limn.cli.clips import clip_process\n"
        f"clip_process.worker_command = lambda: {[sys.executable, str(_WORKER), str(clip)]!r}\n"
        "sys.exit(starting.main())"
    )

    def batch(folder: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", script, "batch", str(footage), "-o", str(folder)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    assert batch(whole).wait(120) == 0
    for _ in range(3):
        run = batch(takes)
        ended = time.monotonic() + 60
        done = len(list(takes.glob("*.npz"))) if takes.exists() else 0
        while run.poll() is None and time.monotonic() < ended:
            if takes.exists() and len(list(takes.glob("*.npz"))) > done:
                break
            time.sleep(0.02)
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
        run.wait(30)
    assert batch(takes).wait(120) == 0
    for name in ("b", "c", "d"):
        one, other = (load_take(folder / f"{name}.take.npz") for folder in (takes, whole))
        np.testing.assert_array_equal(
            one.people[0].quat_parent_joint, other.people[0].quat_parent_joint
        )
    assert not list(takes.glob("*.lease*"))


def test_a_watched_folder_waits_for_files_that_grow(limn: Limn, clip: Path, footage: Path) -> None:
    takes = footage.with_name("takes")
    growing = footage / "c.mp4"
    data = clip.read_bytes()

    def grow() -> None:
        with open(growing, "wb") as stream:
            for part in range(4):
                stream.write(data[part * len(data) // 4 : (part + 1) * len(data) // 4])
                stream.flush()
                time.sleep(0.25)

    writer = threading.Thread(target=grow)
    writer.start()
    result = limn("watch", footage, "-o", takes, "--settle", "0.6", "--idle", "0.5", "--json")
    writer.join()
    assert result.code == 0, result.err
    assert set(rows_of(result)) == {"b.mp4", "c.mp4"}
    assert {f.name for f in takes.glob("*.npz")} == {"b.take.npz", "c.take.npz"}


def test_an_item_in_words_is_the_same_item(tmp_path: Path) -> None:
    from limn.cli.farms.batch_command import _estimate_parser, parse_estimate

    clip = tmp_path / "a.mp4"
    clip.write_bytes(b"bytes")
    words = ["--height=1.8", "--quality=best", "--step=2"]
    given = parse_estimate([str(clip), "-o", "x.npz", *words])
    item = WorkItem(clip, tmp_path / "x.npz", vars(given))
    spoken = item.as_words(_estimate_parser())
    again = parse_estimate(spoken[1:])
    assert WorkItem(clip, tmp_path / "x.npz", vars(again)).key() == item.key()
