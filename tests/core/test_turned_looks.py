"""Who turns over and is lost is found again in turned looks, where they were heading."""

from __future__ import annotations

import math
import signal
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from types import FrameType

import numpy as np
import pytest
from limn.core.data.arrays import U8
from limn.core.data.collector import Sighting
from limn.core.data.observations import Observed, PassObservations, PassWorth, TrackObservations
from limn.core.data.skeletons import BLAZEPOSE_SKELETON, COCO_17, Skeleton
from limn.core.data.types import Detections, Frame, Landmarks, Progress, Region
from limn.core.tracking.following import turned_looks, turned_sights
from limn.core.tracking.following.turned_looks import STAGE, TurnedLooks
from limn.core.tracking.following.turned_pictures import Surroundings
from limn.core.tracking.following.turned_sights import TurnedEyes
from turning_body import (
    GREY,
    LOST,
    SEEN,
    SIDE,
    TOTAL,
    TRUNK,
    Finder,
    body,
    hips_of,
    picture,
    region,
    stiff,
    told,
    turn_deg,
)


@pytest.fixture(autouse=True)
def small_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of the pixels show as much of two spots."""
    monkeypatch.setattr(turned_sights, "_SIDE_PX", 160)


@dataclass(slots=True)
class Interrupted(Finder):
    """Ctrl-C comes while it looks for the first time."""

    heard: threading.Event = field(default_factory=threading.Event)

    def hear(self, _signal: int, _frame: FrameType | None) -> None:
        self.heard.set()
        raise KeyboardInterrupt

    def detect(self, bgr: U8) -> Detections:
        main = threading.main_thread().ident
        if not self.looks and main is not None:
            signal.pthread_kill(main, signal.SIGINT)
            self.heard.wait(30)
        return Finder.detect(self, bgr)


@dataclass(slots=True)
class Eye:
    """Sees whoever its crop turns upright, in pictures whose grey is the frame's number."""

    name: str = "eye"
    skeleton: Skeleton = BLAZEPOSE_SKELETON
    worth: PassWorth = field(default_factory=lambda: PassWorth("eye", is_precise=True, has_3d=True))
    elsewhere: float = 0.0
    last: int = SEEN + LOST - 1
    looks: int = 0

    def locate(self, bgr: U8, region: Region) -> Landmarks:
        self.looks += 1
        frame = int(bgr[0, 0, 0]) - GREY
        xy = body(frame) + self.elsewhere * np.array([TRUNK, 0.0])
        off = math.remainder(region.rotation_rad - math.radians(turn_deg(frame)), 2 * math.pi)
        is_seen = abs(off) < math.radians(30) and 0 <= frame <= self.last
        return told(xy, 0.9 if is_seen else 0.0)


def track_of(eyes: list[Eye], frames: range, wrong: Sequence[int] = ()) -> TrackObservations:
    """Upside down in the ``wrong`` frames."""
    each = [body(f, 180.0 if f in wrong else 0.0) for f in frames]
    xy = np.stack(each).astype(np.float32)
    pick = BLAZEPOSE_SKELETON.select(COCO_17)
    n = len(frames)
    seen = PassObservations(
        xy,
        np.ones((n, 33), np.float32),
        np.zeros((n, 33, 3), np.float32),
        np.ones(n, np.float32),
        worth=eyes[0].worth,
    )
    passes = {eye.name: seen for eye in eyes}
    centers = np.array([region(f).center_px for f in frames], np.float32)
    boxes = np.concatenate([xy.min(1), xy.max(1)], axis=1)
    score, side = np.ones((n, 17), np.float32), np.full(n, SIDE, np.float32)
    numbers = np.array(frames, np.int32)
    return TrackObservations(numbers, pick.of(xy), score, boxes, centers, side, passes, None)


@dataclass(slots=True)
class Run:
    """What is known after a clip in which somebody is lost from frame ``SEEN`` on; with
    ``again_at`` a track begins there, ``beside`` has somebody else all the time."""

    eyes: list[Eye] = field(default_factory=lambda: [Eye()])
    finder: Finder = field(default_factory=Finder)
    cut_at: int | None = None
    upright: bool = False
    again_at: int | None = None
    beside: bool = False
    fps: float = 30.0
    wrong: Sequence[int] = ()
    steps: list[Progress] = field(default_factory=list[Progress])

    def watched(self) -> tuple[TurnedLooks, Observed]:
        one = TurnedLooks(self.finder, self.eyes, self.fps)
        with ThreadPoolExecutor(1) as pool:
            for f in range(TOTAL):
                bgr = picture(f)
                one.read(pool, f, [Frame(f, f / self.fps, bgr)], starts_shot=f == self.cut_at)
                one.meet(pool, f, bgr, self.people(f, bgr))
        tracks = (track_of(self.eyes, range(SEEN), self.wrong),)
        if self.again_at is not None:
            tracks = (*tracks, track_of(self.eyes, range(self.again_at, TOTAL)))
        if self.beside:
            tracks = (*tracks, self.somebody())
        cuts = np.array([] if self.cut_at is None else [self.cut_at], np.int32)
        times, numbers = np.arange(TOTAL) / self.fps, np.arange(TOTAL, dtype=np.int32)
        return one, one.finish(Observed(times, numbers, tracks, cuts))

    def somebody(self) -> TrackObservations:
        """Who was there from the beginning, and is where the person will be lost."""
        seen = track_of(self.eyes, range(TOTAL))
        told = {name: one.xy_px.copy() for name, one in seen.passes.items()}
        for xy in told.values():
            xy[:SEEN] += 300.0
        passes = {name: replace(one, xy_px=told[name]) for name, one in seen.passes.items()}
        return replace(seen, passes=passes, center_px=seen.center_px + 300.0)

    def people(self, f: int, bgr: U8) -> list[Sighting]:
        if f >= SEEN:
            return []
        at = region(f)
        if f in self.wrong:
            at = replace(at, rotation_rad=math.remainder(at.rotation_rad + math.pi, 2 * math.pi))
        at = replace(at, rotation_rad=0.1) if self.upright else at
        done: Future[Landmarks] = Future()
        done.set_result(told(body(f), 0.9))
        xy = body(f)[[0] * 17]
        return [Sighting(xy, np.ones(17), np.zeros(4), at, [done] * len(self.eyes), 7)]

    def tracks(self) -> tuple[TrackObservations, ...]:
        one, seen = self.watched()
        looking = one.look(seen)
        while True:
            try:
                self.steps.append(next(looking))
            except StopIteration as end:
                found: Observed = end.value
                return found.tracks


def test_who_turns_over_is_followed_while_turned_looks_show_them() -> None:
    (track,) = Run().tracks()
    assert track.frames.tolist() == list(range(SEEN + LOST))
    for row, frame in enumerate(track.frames.tolist()):
        off = track.passes["eye"].xy_px[row] - body(frame)
        assert np.abs(off).max() < 1.0, "they are somewhere else"
    assert (track.passes["eye"].presence > 0.8).all()


def test_who_was_seen_upside_down_is_set_right() -> None:
    (track,) = Run(wrong=(4, 5)).tracks()
    assert track.frames.tolist() == list(range(SEEN + LOST))
    for row, frame in enumerate(track.frames.tolist()):
        assert np.abs(track.passes["eye"].xy_px[row] - body(frame)).max() < 1.0, frame


def test_who_stood_upright_is_not_looked_for() -> None:
    run = Run(upright=True)
    (track,) = run.tracks()
    assert len(track.frames) == SEEN
    assert (run.eyes[0].looks, run.finder.looks, run.steps) == (0, 0, [])


def test_nobody_is_looked_for_beyond_a_cut() -> None:
    (track,) = Run(cut_at=SEEN + 2).tracks()
    assert track.frames[-1] == SEEN + 1


def test_who_is_seen_in_the_next_shot_is_another() -> None:
    (together,) = Run([Eye(last=TOTAL)], again_at=SEEN + 2).tracks()
    assert together.frames.tolist() == list(range(TOTAL))
    apart = Run(cut_at=SEEN + 2, again_at=SEEN + 2).tracks()
    assert [int(track.frames[0]) for track in apart] == [0, SEEN + 2]


def test_somebody_else_in_that_place_is_not_taken_for_them() -> None:
    track, other = Run(beside=True).tracks()
    assert track.frames.tolist() == list(range(SEEN))
    assert other.frames.tolist() == list(range(TOTAL))


def test_two_networks_that_disagree_show_nobody() -> None:
    other = Eye("other", worth=PassWorth("other", is_precise=False, has_3d=True), elsewhere=3.0)
    eyes = [Eye(elsewhere=-3.0), other]
    (track,) = Run(eyes).tracks()
    assert len(track.frames) == SEEN
    around = Surroundings(SEEN, picture(SEEN), np.zeros(2), 1)
    xy = stiff(COCO_17, hips_of(SEEN), math.radians(turn_deg(SEEN)))
    pose = xy, np.ones(17), np.concatenate([xy.min(0), xy.max(0)])
    assert TurnedEyes(Finder(), eyes, 0).closer(around, around.bgr, pose) is None
    seen = TurnedEyes(Finder(), [Eye(), replace(other, elsewhere=0.0)], 0)
    assert seen.closer(around, around.bgr, pose) is not None


def test_progress_is_told_and_closing_ends_the_looks() -> None:
    run = Run()
    run.tracks()
    assert {step.stage for step in run.steps} == {STAGE}
    done = [step.done for step in run.steps]
    assert done == sorted(done)
    assert 0 < done[0] <= done[-1] <= run.steps[-1].total


def test_between_two_steps_only_a_few_looks_are_made() -> None:
    """Whoever cancels waits for these: quarter turns of a picture, or a crop and its own pose."""
    run = Run([Eye(last=SEEN + 3), Eye("other", worth=replace(Eye().worth, network="other"))])
    one, seen = run.watched()
    looks = [0]
    for _ in one.look(seen):
        looks.append(run.finder.looks + sum(eye.looks for eye in run.eyes))
    assert max(np.diff(looks)) <= 4 < looks[-1] / 20


def test_ctrl_c_amid_looks_ends_with_those_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks that wait for a thread aren't made any more."""
    monkeypatch.setattr(turned_looks, "usable_cores", lambda _most: 1)
    finder = Interrupted()
    one, seen = Run(finder=finder).watched()
    earlier = signal.signal(signal.SIGINT, finder.hear)
    try:
        with pytest.raises(KeyboardInterrupt):
            deque(one.look(seen), maxlen=0)
    finally:
        signal.signal(signal.SIGINT, earlier)
    assert finder.looks <= 2, "of four turns one was under way, one may have begun meanwhile"


def test_looking_ends_soon_where_nobody_is() -> None:
    """After 0.3 s; each picture is turned by eighths, with and without its haze."""
    run = Run([Eye(last=SEEN - 1)], fps=10.0)
    (track,) = run.tracks()
    assert len(track.frames) == SEEN
    assert 16 <= run.finder.looks <= 4 * 2 * 8
