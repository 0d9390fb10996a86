"""Who turns over and is lost is found again in turned looks, where they were heading."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from limn.core.data.arrays import F32, F64, U8, Floats
from limn.core.data.collector import Sighting
from limn.core.data.observations import Observed, PassObservations, PassWorth, TrackObservations
from limn.core.data.skeletons import BLAZEPOSE_33, BLAZEPOSE_SKELETON, COCO_17, Skeleton
from limn.core.data.types import Detections, Frame, Landmarks, Progress, Region
from limn.core.tracking.following.turned_looks import STAGE, TurnedLooks
from limn.core.tracking.following.turned_path import best_way
from limn.core.tracking.following.turned_pictures import TurnedPictures
from limn.core.tracking.following.turned_sights import Sight
from limn.core.tracking.regions import detection_at
from limn.core.tracking.tracker import Track

SEEN, LOST = 8, 5
"""Frames in which the person is seen, and after them those in which nobody saw them."""
TOTAL = SEEN + LOST + 3
SIDE = 250.0
TRUNK = 60.0
GREY = 100
"""Of the first frame: an even picture without its haze is nearly black and no frame at all."""


def turn_deg(frame: int) -> float:
    return 50.0 + 12.0 * frame


def stiff(places: Sequence[str], middle: Floats, turn: float) -> F64:
    """A stiff body's ``places`` (n, 2), turned clockwise about its hips in the ``middle``."""
    xy = np.zeros((len(places), 2))
    heights = {"shoulder": 1.0, "elbow": 0.7, "wrist": 0.4, "hip": 0.0, "knee": -0.9, "ankle": -1.8}
    for k, name in enumerate(places):
        side, _, part = name.partition("_")
        across = {"left": 0.2, "right": -0.2}.get(side, 0.0)
        xy[k] = across * TRUNK, -heights.get(part, 1.4) * TRUNK
    R = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    return xy @ R.T + middle


def hips_of(frame: int) -> F64:
    return np.array([130.0 + 4.0 * frame, 160.0])


def body(frame: int, more_deg: float = 0.0) -> F64:
    """All landmarks (33, 2): a stiff body that turns about its hips and moves to the right."""
    return stiff(BLAZEPOSE_33, hips_of(frame), math.radians(turn_deg(frame) + more_deg))


def picture(frame: int) -> U8:
    """Its grey is the frame's number; hips are green, shoulders red."""
    bgr = np.full((320, 400, 3), GREY + frame, np.uint8)
    coco = stiff(COCO_17, hips_of(frame), math.radians(turn_deg(frame)))
    for rows, channel in ((slice(11, 13), 1), (slice(5, 7), 2)):
        x, y = np.rint(coco[rows].mean(0)).astype(int)
        bgr[y - 4 : y + 5, x - 4 : x + 5] = 0
        bgr[y - 4 : y + 5, x - 4 : x + 5, channel] = 255
    return bgr


def region(frame: int) -> Region:
    x, y = hips_of(frame).tolist()
    turn = math.radians((turn_deg(frame) + 180) % 360 - 180)
    return Region((x, y), SIDE, turn, (0.0, 0.0, 400.0, 320.0))


@dataclass(slots=True)
class Finder:
    """Sees whoever stands upright in a picture, by hips and shoulders."""

    looks: int = 0

    def detect(self, bgr: U8) -> Detections:
        self.looks += 1
        ends: list[F64] = []
        for channel in (1, 2):
            others = np.delete(bgr, channel, axis=2).max(-1)
            at = np.argwhere((bgr[..., channel] > 200) & (others < 90))
            ends.append(at.mean(0)[::-1] if len(at) else np.full(2, np.nan))
        x, y = ends[1] - ends[0]
        turn = math.atan2(x, -y)
        if not abs(turn) < math.radians(50):
            nobody = np.zeros((0, 17), np.float32)
            return Detections(nobody[..., None][..., [0, 0]], nobody, nobody[:, :4], nobody[:, 0])
        xy = ends[0] + (stiff(COCO_17, np.zeros(2), turn)) * math.hypot(x, y) / TRUNK
        xy32 = xy[None].astype(np.float32)
        boxes = np.concatenate([xy32.min(1), xy32.max(1)], axis=1)
        return Detections(xy32, np.ones((1, 17), np.float32), boxes, np.ones(1, np.float32))


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


def told(xy: Floats, presence: float) -> Landmarks:
    ones, nowhere = np.ones(33, np.float32), np.zeros((33, 3), np.float32)
    return Landmarks(xy.astype(np.float32), ones, nowhere, presence)


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
    ``again_at`` a track begins there."""

    eyes: list[Eye] = field(default_factory=lambda: [Eye()])
    finder: Finder = field(default_factory=Finder)
    cut_at: int | None = None
    upright: bool = False
    again_at: int | None = None
    wrong: Sequence[int] = ()
    steps: list[Progress] = field(default_factory=list[Progress])

    def watched(self) -> tuple[TurnedLooks, Observed]:
        one = TurnedLooks(self.finder, self.eyes, 30.0)
        with ThreadPoolExecutor(1) as pool:
            for f in range(TOTAL):
                bgr = picture(f)
                one.read(pool, f, [Frame(f, f / 30, bgr)], starts_shot=f == self.cut_at)
                one.meet(pool, f, bgr, self.people(f, bgr))
        tracks = (track_of(self.eyes, range(SEEN), self.wrong),)
        if self.again_at is not None:
            tracks = (*tracks, track_of(self.eyes, range(self.again_at, TOTAL)))
        cuts = np.array([] if self.cut_at is None else [self.cut_at], np.int32)
        times, numbers = np.arange(TOTAL) / 30, np.arange(TOTAL, dtype=np.int32)
        return one, one.finish(Observed(times, numbers, tracks, cuts))

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


def test_two_networks_that_disagree_show_nobody() -> None:
    other = Eye("other", worth=PassWorth("other", is_precise=False, has_3d=True), elsewhere=3.0)
    (track,) = Run([Eye(elsewhere=-3.0), other]).tracks()
    assert len(track.frames) == SEEN


def test_progress_is_told_and_closing_ends_the_looks() -> None:
    run = Run()
    run.tracks()
    assert {step.stage for step in run.steps} == {STAGE}
    done = [step.done for step in run.steps]
    assert done == sorted(done)
    assert 0 < done[0] <= done[-1] <= run.steps[-1].total
    stopped = Run()
    one, seen = stopped.watched()
    looking = one.look(seen)
    next(looking)
    looking.close()
    assert stopped.finder.looks <= 4 * 8 < run.finder.looks


def test_looking_ends_soon_where_nobody_is() -> None:
    """Each picture turned by eighths, with and without its haze."""
    run = Run([Eye(last=SEEN - 1)])
    (track,) = run.tracks()
    assert len(track.frames) == SEEN
    assert run.finder.looks <= (TOTAL - SEEN + 2) * 2 * 8


@pytest.mark.parametrize("late", [False, True])
def test_when_landmarks_arrive_changes_nothing(late: bool) -> None:
    """Turned and seen, then hardly seen, then lost."""
    one, held = TurnedPictures(0, 30.0), list[tuple[Future[Landmarks], Landmarks]]()
    for f in range(14):
        people: list[Sighting] = []
        if f < 6:
            done: Future[Landmarks] = Future()
            held.append((done, told(body(f), 0.9 if f < 5 else 0.3)))
            people.append(Sighting(body(f)[[0] * 17], np.ones(17), np.zeros(4), region(f), [done]))
        if not late or f == 6:
            for done, answer in held:
                done.set_result(answer)
            held.clear()
        one.meet(f, picture(f), people)
    (spell,) = one.spells()
    assert (spell.last, [shown.frame for shown in spell.pictures]) == (4, list(range(14)))


@pytest.mark.parametrize("fps", [24, 60, 120])
def test_people_are_looked_for_by_seconds_not_frames(fps: int) -> None:
    one, seen = TurnedPictures(0, float(fps)), fps // 2
    for f in range(3 * fps):
        people: list[Sighting] = []
        if f < seen:
            done: Future[Landmarks] = Future()
            done.set_result(told(body(0), 0.9))
            people.append(Sighting(body(0)[[0] * 17], np.ones(17), np.zeros(4), region(0), [done]))
        one.meet(f, picture(0), people)
    (spell,) = one.spells()
    shown = [(picture.frame - seen) / fps for picture in spell.pictures]
    assert shown[0] == pytest.approx(-0.2, abs=1.6 / fps)
    assert shown[-1] == pytest.approx(1.0, abs=1.6 / fps)


def sight(frame: int, turn: float, worth: float = 0.8, away: float = 0.0) -> Sight:
    xy = stiff(COCO_17, np.array([100.0 + away, 100.0]), math.radians(turn)).astype(np.float32)
    box: F32 = np.concatenate([xy.min(0), xy.max(0)])
    pose = xy, np.ones(17, np.float32), box
    return Sight(frame, pose, Region((100.0, 100.0), SIDE, 0.0, (0.0,) * 4), [], worth)


def test_the_way_is_the_one_on_which_a_body_turns_steadily() -> None:
    right = [sight(f, 20.0 * f) for f in range(8)]
    wrong = [sight(f, 20.0 * f + 180.0, 0.95) for f in (2, 3, 5)]
    assert best_way([*right, *wrong], 30.0) == right


def test_the_way_does_not_lead_to_somebody_else() -> None:
    right = [sight(f, 20.0 * f) for f in range(5)]
    other = [sight(f, 0.0, 0.9, away=5 * TRUNK) for f in range(5, 7)]
    assert best_way([*right, *other], 30.0) == right


@pytest.mark.parametrize("turns_deg", [100.0, 30.0])
def test_between_two_detections_who_turns_over_keeps_their_size(turns_deg: float) -> None:
    """A body that turns by less goes straight, as ever."""
    track = Track()
    for k in range(2):
        xy = stiff(COCO_17, np.array([100.0 + 10 * k, 100.0]), math.radians(k * turns_deg))
        pose = xy.astype(np.float32)
        box = np.concatenate([pose.min(0), pose.max(0)])
        track.follow(4 * k, pose, np.ones(17, np.float32), box, 0.5)
    between = detection_at(track, 2, 4)
    assert between is not None
    turned = stiff(COCO_17, np.array([105.0, 100.0]), math.radians(turns_deg / 2))
    straight = (track.xy_px[0] + track.xy_px[1]) / 2
    assert between[0] == pytest.approx(turned if turns_deg > 60 else straight, abs=1e-3)
