"""A long clip shared while it is estimated: nobody looks twice, nobody waits for the dead."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.cli.clips import clip_worker
from limn.cli.clips.session import Session
from limn.cli.sharing import leases
from limn.cli.sharing import shared_clip as sharing
from limn.cli.sharing.leases import SUFFIX, Lease
from limn.cli.sharing.shared_clip import SharedClip
from limn.core.data.settings import CORES_VARIABLE, Settings, usable_cores
from limn.core.data.types import Take
from limn.core.pipeline.estimate import estimate
from limn.core.pipeline.keeping.answers import AnswerTable, Question
from limn.core.pipeline.keeping.memory import Memory
from limn.core.pipeline.keeping.part_file import Part, is_part_of, name_of, save_part
from limn.core.pipeline.keeping.stretch import observe_stretch
from limn.core.pipeline.networks import Networks
from limn.tools.jobs import finished
from synthetic import Clip, watch
from synthetic_motion import walking

SETTINGS = Settings(quality="fast")


def places(folder: Path) -> list[tuple[Path, int, int, str]]:
    folder.mkdir(exist_ok=True)
    return [(name_of(folder, k, k + 99, "whole"), k, k + 99, f"key{k}") for k in (0, 100)]


def another_at(file: Path) -> Lease:
    """Somebody else's lease."""
    lease = Lease(file)
    assert lease.acquire()
    return lease


def write_looked(folder: Path, last: int) -> None:
    """What another writes now and then of the stretch that begins with frame 100."""
    table = AnswerTable()
    for frame in (100, last):
        table.add(Question(bytes(16), frame, np.zeros(0)), (np.zeros(1),))
    save_part(name_of(folder, 100, last, f"{last:08d}"), Part("these", "key100", {"detect": table}))


def test_own_stretches_are_told_when_they_are_done(tmp_path: Path) -> None:
    (one, *_), (other, *_) = told = places(tmp_path / "parts")
    own = SharedClip("these", told)
    assert own.reach(0, 4)
    assert not own.reach(5, 9)
    assert not Lease(one).acquire(), "somebody else may begin with what is being looked at"
    assert not own.is_past(99)
    assert own.reach(97, 102)
    assert not Lease(other).acquire()
    assert own.is_past(100)
    own.leave(100)
    assert is_part_of(one, "these", "key0")
    assert not one.with_name(one.name + SUFFIX).exists()
    assert not other.exists()
    own.close()
    assert another_at(other)


def test_what_another_looks_at_is_waited_for_and_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "_ASK_AGAIN_S", 0.01)
    monkeypatch.setattr(sharing, "_UNSURE", 10)
    folder = tmp_path / "parts"
    told = places(folder)
    own, lease = SharedClip("these", told), another_at(told[1][0])
    own.reach(0, 4)
    own.leave(100)
    write_looked(folder, 130)
    assert own.reach(100, 110)
    assert not own.reach(111, 120), "it is known that these are looked at"
    came: list[bool] = []
    thread = threading.Thread(target=lambda: came.append(own.reach(121, 125)))
    thread.start()
    thread.join(0.3)
    assert not came, "it didn't wait for what another is at"
    write_looked(folder, 140)
    thread.join(30)
    assert came == [True]
    save_part(told[1][0], Part("these", "key100", {}))
    assert own.reach(126, 199)
    assert not own.is_past(200)
    lease.release()
    own.close()


def test_parts_of_other_work_are_no_sign_of_anybody(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    told = places(folder)
    write_looked(folder, 199)
    save_part(told[1][0], Part("these", "another key", {}))
    own = SharedClip("others", told)
    assert own.reach(100, 104)
    assert not Lease(told[1][0]).acquire()
    own.close()


@pytest.mark.skipif(sys.platform == "win32", reason="asks for a process by its number")
def test_a_stretch_whose_worker_died_is_taken_over(tmp_path: Path) -> None:
    told = places(tmp_path / "parts")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    lease = told[1][0].with_name(told[1][0].name + SUFFIX)
    words = {"host": socket.gethostname(), "pid": gone.pid, "id": "x", "n": 1}
    lease.write_text(json.dumps(words), "utf-8")
    own = SharedClip("these", told)
    assert own.reach(100, 104)
    assert own.is_past(200)
    own.leave(200)
    lease.write_text(json.dumps(words), "utf-8")
    own.close()
    assert not lease.exists(), "the folder of parts would stay for it"


def test_a_lease_that_was_lost_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases.Lease.__init__, "__defaults__", (0.3, 0.05))
    told = places(tmp_path / "parts")
    own = SharedClip("these", told)
    own.reach(100, 104)
    file = told[1][0].with_name(told[1][0].name + SUFFIX)
    lease = own._places[1].lease
    threads = threading.Event()
    lease.on_loss(threads.set)
    for _ in range(300):  # a renewal that is under way may write over another's
        file.write_text('{"host": "elsewhere", "pid": 1, "id": "another", "n": 1}', "utf-8")
        if threads.wait(0.1):
            break
    assert threads.is_set()
    assert not own.is_past(200)
    assert own.reach(105, 109)  # the other one shows no life
    assert own.is_past(200)
    own.close()


def test_who_estimates_a_clip_has_the_cores_of_those_who_are_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CORES_VARIABLE, "1")
    session = Session(SETTINGS, Networks(None), None, None)  # type: ignore[arg-type]
    for shared, cores, expected in (([[0, 9, "a"]], 4, 4), ([], 4, 1), ([[0, 9, "a"]], None, 1)):
        with clip_worker._own_cores():
            asked = {"shared": shared, "cores": cores}
            others = clip_worker._sharing(asked, tmp_path / "parts", session)
            assert usable_cores(8) == 1
            others.finish()
            assert usable_cores(8) == expected
        assert usable_cores(8) == 1


@pytest.fixture(scope="module")
def clip() -> Clip:
    return watch(walking(seconds=8.0), is_painted=True)


def networks_of(clip: Clip, memory: Memory | None = None) -> Networks:
    own = Networks(clip.detector(), (clip.model(),))
    return own if memory is None else replace(own, memory=lambda: memory)


def run(clip: Clip, memory: Memory | None = None) -> Take:
    return finished(estimate(clip.source(), networks_of(clip, memory), SETTINGS))


def test_a_take_with_others_looking_ahead_is_that_of_one_run(
    clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other is amid its stretch when the estimate comes to it."""
    monkeypatch.setattr(sharing, "_ASK_AGAIN_S", 0.01)
    monkeypatch.setattr(sharing, "_UNSURE", 20)
    alone = run(clip)
    told = [(name_of(tmp_path, a, b, "whole"), a, b, f"key{a}") for a, b in ((0, 119), (120, 239))]
    ahead = Memory(tmp_path, "these", "key120", 120, every_s=0.0)
    lease = another_at(told[1][0])

    def look_ahead() -> None:
        finished(observe_stretch(clip.source(), networks_of(clip), SETTINGS, ahead, (120, 239)))
        ahead.close(told[1][0])
        lease.release()

    thread = threading.Thread(target=look_ahead)
    thread.start()
    own = SharedClip("these", told)
    memory = Memory(tmp_path, "these", every_s=1e9, others=own)
    take = run(clip, memory)
    thread.join()
    own.close()
    assert is_part_of(told[0][0], "these", "key0")
    # Nothing of the other's half was asked by this run.
    assert 0 < memory.asked <= 0.52 * _asked_alone(clip, tmp_path / "alone")
    for a, b in zip(take.people, alone.people, strict=True):
        np.testing.assert_array_equal(a.root_xyz_world, b.root_xyz_world)
        np.testing.assert_array_equal(a.quat_parent_joint, b.quat_parent_joint)


def _asked_alone(clip: Clip, folder: Path) -> int:
    memory = Memory(folder, "these", every_s=1e9)
    run(clip, memory)
    return memory.asked
