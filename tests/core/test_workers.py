"""Which work waits for which while a clip is read."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pytest
from limn.core.data.arrays import U8
from limn.core.data.collector import Apart, Sighting
from limn.core.data.observations import Observed
from limn.core.data.settings import CORES_VARIABLE, Settings
from limn.core.data.types import Detections, Detector, Frame, Landmarks, Region
from limn.core.pipeline.keeping.wrapped_landmarks import WrappedLandmarks
from limn.core.pipeline.observe import observe
from limn.core.pipeline.pace.opening import open_beside
from limn.core.pipeline.pace.workers import Workers
from limn.tools.jobs import finished
from synthetic import watch
from synthetic_motion import walking

PATIENCE_S = 10.0


@dataclass
class Announcing:
    """A detector that tells how many pictures it was given."""

    inner: Detector
    asked: threading.Condition = field(default_factory=threading.Condition)
    count: int = 0

    def detect(self, bgr: U8) -> Detections:
        with self.asked:
            self.count += 1
            self.asked.notify_all()
        return self.inner.detect(bgr)


@dataclass(frozen=True, slots=True)
class Waiting(WrappedLandmarks):
    """Landmarks of a frame after the first wait until people are looked for a chunk later."""

    detector: Announcing
    outcomes: list[bool] = field(default_factory=list[bool])

    def locate(self, bgr: U8, region: Region) -> Landmarks:
        if len(self.outcomes) in (1, 2):
            with self.detector.asked:
                count = self.detector.count
                known = self.detector.asked.wait_for(
                    lambda: self.detector.count >= 3 or self.detector.count > count, PATIENCE_S
                )
            self.outcomes.append(known)
        else:
            self.outcomes.append(True)
        return self.inner.locate(bgr, region)


def test_people_are_looked_for_before_the_landmarks_of_earlier_frames_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(CORES_VARIABLE, "1")
    clip = watch(walking(seconds=1.0))
    detector = Announcing(clip.detector())
    model = Waiting(clip.model(), detector)
    finished(observe(clip.source(), detector, [model], Settings(quality="fast")))
    assert len(model.outcomes) > 6
    assert all(model.outcomes), "a detection waited behind landmarks"


@dataclass
class Openable:
    """A network that opens once, and says so."""

    opened: threading.Event = field(default_factory=threading.Event)
    fails: bool = False
    thread: int | None = None

    def open(self) -> None:
        self.thread = threading.get_ident()
        self.opened.set()
        if self.fails:
            raise ZeroDivisionError


@pytest.mark.parametrize("fails", [False, True])
def test_networks_are_opened_before_anybody_asks_them(fails: bool) -> None:
    """What can't be opened says so when it is asked: nobody may ever do so."""
    networks = [Openable(fails=fails) for _ in range(3)]
    with Workers() as workers:
        workers.open_ahead(networks[0], [object(), *networks[1:]])
        assert all(one.opened.wait(PATIENCE_S) for one in networks)


@pytest.mark.parametrize("fails", [False, True])
def test_networks_open_while_the_caller_goes_on(fails: bool) -> None:
    networks = [Openable(fails=fails) for _ in range(3)]
    open_beside([networks[0], object(), *networks[1:]])
    assert all(one.opened.wait(PATIENCE_S) for one in networks)
    assert threading.current_thread().ident not in {one.thread for one in networks}


class Onlooker(Apart):
    """Notes what it is shown, and where."""

    def __init__(self, failing: int = -1) -> None:
        self.failing = failing
        self.calls: list[tuple[str, int]] = []
        self.threads: set[int] = set()
        self.forgotten = 0

    def read(
        self, pool: ThreadPoolExecutor, first: int, chunk: Sequence[Frame], *, starts_shot: bool
    ) -> None:
        self.threads.add(threading.get_ident())
        self.calls += [("read", first + k) for k in range(len(chunk))]

    def meet(
        self, pool: ThreadPoolExecutor, position: int, bgr: U8, people: Sequence[Sighting]
    ) -> None:
        assert position >= self.forgotten, "given up before it was seen"
        self.threads.add(threading.get_ident())
        self.calls.append(("meet", position))
        if position == self.failing:
            raise ZeroDivisionError

    def forget(self, until: int) -> None:
        met = sum(what == "meet" for what, _ in self.calls)
        assert met >= until, "pictures of frames that wait would be held"
        self.forgotten = until

    def finish(self, seen: Observed) -> Observed:
        assert len(self.calls) == 2 * len(seen.time_s)
        return seen


@pytest.mark.parametrize("quality", ["fast", "balanced"])
def test_what_only_looks_at_pictures_does_so_in_order_on_a_thread_of_its_own(quality: str) -> None:
    clip = watch(walking(seconds=2.0))
    onlookers = [Onlooker(), Onlooker()]
    networks = clip.detector(), [clip.model()]
    finished(observe(clip.source(), *networks, Settings(quality=quality), onlookers))
    assert onlookers[0].calls == onlookers[1].calls
    for what in ("read", "meet"):
        order = [position for name, position in onlookers[0].calls if name == what]
        assert order == list(range(clip.frame_count))
    assert onlookers[0].threads == onlookers[1].threads
    assert len(onlookers[0].threads) == 1
    assert threading.get_ident() not in onlookers[0].threads


def test_what_fails_beside_ends_the_run() -> None:
    clip = watch(walking(seconds=1.0))
    networks = clip.detector(), [clip.model()]
    with pytest.raises(ZeroDivisionError):
        finished(observe(clip.source(), *networks, Settings(), [Onlooker(failing=3)]))
    assert not [one for one in threading.enumerate() if one.name.startswith("ThreadPool")]


def test_positions_and_pictures_of_the_last_frames_are_seen_too() -> None:
    clip = watch(walking(seconds=1.0))
    one = Onlooker()
    seen = finished(observe(clip.source(), clip.detector(), [clip.model()], Settings(), [one]))
    assert one.calls[-1] == ("meet", len(seen.time_s) - 1)
    assert np.isfinite(seen.time_s).all()


@pytest.mark.parametrize("name", ["pool", "detecting"])
def test_work_that_was_not_begun_is_left_when_the_run_ends(name: str) -> None:
    gate, begun = threading.Event(), list[int]()

    def work(number: int) -> None:
        begun.append(number)
        gate.wait(PATIENCE_S)

    with Workers() as workers:
        pool: ThreadPoolExecutor = getattr(workers, name)
        waiting = [pool.submit(work, k) for k in range(workers.count + 3)]
        # What runs ends once what waits was given up.
        waiting[-1].add_done_callback(lambda _: gate.set())
    assert len(begun) <= workers.count
