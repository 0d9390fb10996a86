"""What networks answered is kept: runs go on where they were, stretches are looked at anywhere."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.arrays import U8
from limn.core.data.errors import ClipError, OutputError
from limn.core.data.hand_points import POINTS
from limn.core.data.settings import Settings
from limn.core.data.types import Landmarks, Region, Take
from limn.core.hands.seen import HandSeen
from limn.core.pipeline.estimate import estimate
from limn.core.pipeline.job import Job
from limn.core.pipeline.keeping import memory as memory_module
from limn.core.pipeline.keeping.memory import Memory
from limn.core.pipeline.keeping.part_file import (
    name_of,
    parts_in,
    remove_parts,
)
from limn.core.pipeline.keeping.stretch import observe_stretch
from limn.core.pipeline.networks import Networks
from limn.tools.jobs import finished
from synthetic import Clip, FakeModel, Flaws, watch
from synthetic_motion import standing, walking

SETTINGS = Settings(quality="fast")


class CountingModel(FakeModel):
    """Counts how often it is asked; perhaps a thread waits for it."""

    def __init__(self, clip: Clip) -> None:
        super().__init__(clip, "full", clip.flaws)
        self.calls = 0
        self._lock = threading.Lock()

    def locate(self, bgr: U8, region: Region) -> Landmarks:
        with self._lock:
            self.calls += 1
        return super().locate(bgr, region)


class DriftingHands:
    """Answers near to where it is asked, as hand networks do: whoever begins elsewhere comes
    nearer from frame to frame, and never all the way."""

    def __init__(self) -> None:
        self.calls = 0

    def locate(self, bgr: U8, region: Region, *, mirrored: bool = False) -> HandSeen:
        self.calls += 1
        fan = np.linspace(0, 1, POINTS)
        shape = np.stack([np.cos(5 * fan), fan * 2 - 1], -1) * 20
        asked = np.array(region.center_px)
        hand = np.round(asked / 50) * 50
        xy = hand + 0.9 * (asked - hand) + shape
        return HandSeen(xy.astype(np.float32), np.zeros((POINTS, 3), np.float32), 0.9, 0.9)


@pytest.fixture(scope="module")
def clip() -> Clip:
    flaws = Flaws(noise_m=0.01)
    return watch(walking(seconds=7.0), standing(seconds=7.0), flaws=flaws)


def networks_of(clip: Clip, folder: Path | None = None, every_s: float = 1e9) -> Networks:
    memory = None if folder is None else lambda: Memory(folder, "these", every_s=every_s)
    return Networks(clip.detector(), (CountingModel(clip),), memory=memory)


def calls_of(networks: Networks) -> int:
    model, detector = networks.landmark_models[0], networks.detector
    return model.calls + detector.calls  # type: ignore[attr-defined]


def run(clip: Clip, networks: Networks, settings: Settings = SETTINGS) -> Take:
    return finished(estimate(clip.source(), networks, settings))


def assert_same(one: Take, other: Take) -> None:
    assert len(one.people) == len(other.people)
    for a, b in zip(one.people, other.people, strict=True):
        np.testing.assert_array_equal(a.root_xyz_world, b.root_xyz_world)
        np.testing.assert_array_equal(a.quat_parent_joint, b.quat_parent_joint)


@pytest.fixture(scope="module")
def whole(clip: Clip) -> tuple[Take, int]:
    networks = networks_of(clip)
    return run(clip, networks), calls_of(networks)


def test_a_cancelled_run_goes_on_to_the_take_of_one_that_was_not(
    clip: Clip, whole: tuple[Take, int], tmp_path: Path
) -> None:
    take, calls = whole
    folder = tmp_path / "parts"
    asked = 0
    for stop in (60, 120):
        networks = networks_of(clip, folder)
        job = Job(estimate(clip.source(), networks, SETTINGS))
        next(step for step in job if step.done >= stop)
        job.close()
        asked += calls_of(networks)
        assert parts_in(folder)
    networks = networks_of(clip, folder)
    assert_same(run(clip, networks), take)
    asked += calls_of(networks)
    assert calls_of(networks) < 0.7 * calls
    # At most what was under way when a run ended is asked for again.
    assert asked <= calls + 100
    remove_parts(folder)
    assert not folder.exists()


def test_a_killed_run_loses_no_more_than_since_the_last_file(
    clip: Clip, whole: tuple[Take, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take, calls = whole
    job = Job(estimate(clip.source(), networks_of(clip, tmp_path, every_s=0.0), SETTINGS))
    next(step for step in job if step.done >= 120)
    # Killed: nothing is written at the end.
    monkeypatch.setattr(Memory, "write", lambda self: None)
    job.close()
    monkeypatch.undo()
    networks = networks_of(clip, tmp_path)
    assert_same(run(clip, networks), take)
    assert calls_of(networks) < 0.6 * calls


def test_a_solve_that_fails_leaves_what_was_seen(
    clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OutputError("the disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr("limn.core.pipeline.estimate.settle_tracks", fail)
        with pytest.raises(OutputError):
            run(clip, networks_of(clip, tmp_path))
    networks = networks_of(clip, tmp_path)
    run(clip, networks)
    assert calls_of(networks) == 0


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_stretches_looked_at_anywhere_make_the_take_of_one_run(
    clip: Clip, whole: tuple[Take, int], tmp_path: Path, order: tuple[int, ...]
) -> None:
    take, calls = whole
    stretches = [(0, 69), (70, 139), (140, 209)]
    asked: list[int] = []
    for k in order:
        networks = networks_of(clip)
        memory = Memory(tmp_path, "these", f"item{k}", stretches[k][0], every_s=1e9)
        finished(observe_stretch(clip.source(), networks, SETTINGS, memory, stretches[k]))
        memory.close(name_of(tmp_path, *stretches[k], "whole"))
        asked.append(calls_of(networks))
    networks = networks_of(clip, tmp_path)
    assert_same(run(clip, networks), take)
    assert calls_of(networks) == 0
    # What is seen before a stretch begins is all that is seen twice.
    assert max(asked) < 0.8 * calls


def test_a_stretch_begins_where_the_whole_run_looks_after_a_cut_and_a_hole(
    tmp_path: Path,
) -> None:
    backdrops = ((20, 20, 20), (200, 90, 30))
    clip = watch(
        walking(seconds=4.0), is_painted=True, backdrops=backdrops, cut_at=47,
        dropped=frozenset({60, 61, 62, 101}),
    )  # fmt: skip
    take = run(clip, networks_of(clip))
    for first, last in ((0, 69), (70, 119)):
        memory = Memory(tmp_path, "these", "item", first, every_s=1e9)
        source, networks = clip.source(), networks_of(clip)
        finished(observe_stretch(source, networks, SETTINGS, memory, (first, last)))
        memory.close(name_of(tmp_path, first, last, "whole"))
    networks = networks_of(clip, tmp_path)
    assert_same(run(clip, networks), take)
    assert calls_of(networks) == 0


def test_hands_followed_from_another_start_are_the_same_hands(tmp_path: Path) -> None:
    clip = watch(walking(seconds=5.0), is_painted=True)
    hands = DriftingHands()
    settings = replace(SETTINGS, hands="on")
    take = run(clip, replace(networks_of(clip), hands=hands), settings)
    whole_calls = hands.calls
    for first, last in ((0, 79), (80, 149)):
        memory = Memory(tmp_path, "these", "item", first, every_s=1e9)
        networks = replace(networks_of(clip), hands=DriftingHands())
        finished(observe_stretch(clip.source(), networks, settings, memory, (first, last)))
        memory.close(name_of(tmp_path, first, last, "whole"))
    hands = DriftingHands()
    again = run(clip, replace(networks_of(clip, tmp_path), hands=hands), settings)
    assert hands.calls <= 0.02 * whole_calls
    assert whole_calls > 200
    for a, b in zip(take.people, again.people, strict=True):
        np.testing.assert_allclose(a.root_xyz_world, b.root_xyz_world, atol=1e-4)
        np.testing.assert_allclose(a.quat_parent_joint, b.quat_parent_joint, atol=1e-3)


def test_a_stretch_beyond_the_end_is_one_sentence(clip: Clip, tmp_path: Path) -> None:
    memory = Memory(tmp_path, "these", "item")
    with pytest.raises(ClipError, match="no frame 9000"):
        finished(observe_stretch(clip.source(), networks_of(clip), SETTINGS, memory, (9000, 9100)))


def test_answers_of_other_networks_and_damaged_files_are_not_used(
    clip: Clip, whole: tuple[Take, int], tmp_path: Path
) -> None:
    take, calls = whole
    other = replace(clip, flaws=Flaws(noise_m=0.2))
    memory = Memory(tmp_path, "others", "item", every_s=1e9)
    finished(observe_stretch(clip.source(), networks_of(other), SETTINGS, memory, (0, 209)))
    memory.close(name_of(tmp_path, 0, 209, "whole"))
    (tmp_path / "000000-000209-0.part.npz").write_bytes(b"PK half a part")
    networks = networks_of(clip, tmp_path)
    assert_same(run(clip, networks), take)
    assert calls_of(networks) == calls


def test_a_full_disk_does_not_end_the_run(
    clip: Clip, whole: tuple[Take, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OutputError("Can't write it: no space left on device.")

    monkeypatch.setattr(memory_module, "save_part", full)
    assert_same(run(clip, networks_of(clip, tmp_path, every_s=0.0)), whole[0])
    assert not list(tmp_path.iterdir())
