"""Who turns over and is lost is found again in turned crops, where they were heading."""

from __future__ import annotations

import math
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from limn.core.data.arrays import F64, U8
from limn.core.data.collector import Sighting
from limn.core.data.observations import Observed, PassObservations, PassWorth, TrackObservations
from limn.core.data.skeletons import BLAZEPOSE_33, BLAZEPOSE_SKELETON, COCO_17, Skeleton
from limn.core.data.types import Frame, Landmarks, Region
from limn.core.tracking.following.turned_looks import TurnedLooks
from limn.core.tracking.following.turned_pictures import TurnedPictures

SEEN, LOST = 6, 5
"""Frames in which the person is seen, and after them those in which nobody saw them."""
SIDE = 250.0
TRUNK = 60.0
GREY = 100
"""Of the first frame: an even picture without its haze is nearly black and no frame at all."""


def turn_deg(frame: int) -> float:
    return 50.0 + 12.0 * frame


def body(frame: int) -> F64:
    """All landmarks (33, 2): a stiff body that turns about its hips and moves to the right."""
    xy = np.zeros((len(BLAZEPOSE_33), 2))
    heights = {"shoulder": 1.0, "elbow": 0.7, "wrist": 0.4, "hip": 0.0, "knee": -0.9, "ankle": -1.8}
    for k, name in enumerate(BLAZEPOSE_33):
        side, _, part = name.partition("_")
        across = {"left": 0.2, "right": -0.2}.get(side, 0.0)
        xy[k] = across * TRUNK, -heights.get(part, 1.4) * TRUNK
    turn = math.radians(turn_deg(frame))
    R = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    return xy @ R.T + [130.0 + 4.0 * frame, 160.0]


def region(frame: int) -> Region:
    x, y = body(frame)[[23, 24]].mean(0)
    turn = math.radians((turn_deg(frame) + 180) % 360 - 180)
    return Region((float(x), float(y)), SIDE, turn, (0.0, 0.0, 400.0, 320.0))


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
        return Landmarks(
            xy.astype(np.float32),
            np.ones(33, np.float32),
            np.zeros((33, 3), np.float32),
            0.9 if is_seen else 0.0,
        )


def track_of(eyes: list[Eye], frames: range) -> TrackObservations:
    xy = np.stack([body(f) for f in frames]).astype(np.float32)
    pick = BLAZEPOSE_SKELETON.select(COCO_17)
    n = len(frames)
    told = PassObservations(
        xy,
        np.ones((n, 33), np.float32),
        np.zeros((n, 33, 3), np.float32),
        np.ones(n, np.float32),
        worth=eyes[0].worth,
    )
    passes = {eye.name: told for eye in eyes}
    centers = np.array([region(f).center_px for f in frames], np.float32)
    boxes = np.concatenate([xy.min(1), xy.max(1)], axis=1)
    score, side = np.ones((n, 17), np.float32), np.full(n, SIDE, np.float32)
    numbers = np.array(frames, np.int32)
    return TrackObservations(numbers, pick.of(xy), score, boxes, centers, side, passes, None)


def looked(
    eyes: list[Eye],
    *,
    cut_at: int | None = None,
    upright: bool = False,
    again_at: int | None = None,
) -> Observed:
    """What is known after a clip in which somebody is lost from frame ``SEEN`` on, and with
    ``again_at`` a track begins there."""
    one, total = TurnedLooks(eyes, 30.0), SEEN + LOST + 3
    with ThreadPoolExecutor(1) as pool:
        for f in range(total):
            bgr = np.full((320, 400, 3), GREY + f, np.uint8)
            one.read(pool, f, [Frame(f, f / 30, bgr)], starts_shot=f == cut_at)
            people: list[Sighting] = []
            if f < SEEN:
                done: Future[Landmarks] = Future()
                done.set_result(eyes[0].locate(bgr, region(f)))
                xy = body(f)[[0] * 17]
                at = region(f)
                if upright:
                    at = Region(at.center_px, SIDE, 0.1, at.mask_px)
                people.append(Sighting(xy, np.ones(17), np.zeros(4), at, [done] * len(eyes), 7))
            one.meet(pool, f, bgr, people)
    tracks = (track_of(eyes, range(SEEN)),)
    times = np.arange(total) / 30
    if again_at is not None:
        tracks = (*tracks, track_of(eyes, range(again_at, total)))
    cuts = np.array([] if cut_at is None else [cut_at], np.int32)
    return one.finish(Observed(times, np.arange(total, dtype=np.int32), tracks, cuts))


def test_who_turns_over_is_followed_while_turned_looks_show_them() -> None:
    (track,) = looked([Eye()]).tracks
    assert track.frames.tolist() == list(range(SEEN + LOST))
    for row, frame in enumerate(track.frames.tolist()):
        off = track.passes["eye"].xy_px[row] - body(frame)
        assert np.abs(off).max() < 1.0, "they are somewhere else"
    assert (track.passes["eye"].presence > 0.8).all()


def test_who_stood_upright_is_not_looked_for() -> None:
    eye = Eye()
    (track,) = looked([eye], upright=True).tracks
    assert len(track.frames) == SEEN
    assert eye.looks == SEEN


def test_nobody_is_looked_for_beyond_a_cut() -> None:
    (track,) = looked([Eye()], cut_at=SEEN + 2).tracks
    assert track.frames[-1] == SEEN + 1


def test_who_is_seen_in_the_next_shot_is_another() -> None:
    together = looked([Eye()], again_at=SEEN + 2).tracks
    assert len(together) == 1
    apart = looked([Eye()], cut_at=SEEN + 2, again_at=SEEN + 2).tracks
    assert [int(track.frames[0]) for track in apart] == [0, SEEN + 2]


@pytest.mark.parametrize("late", [False, True])
def test_when_landmarks_arrive_changes_nothing(late: bool) -> None:
    """Turned and seen, upright and hardly seen, then lost."""
    one, held = TurnedPictures(0, 30), list[tuple[Future[Landmarks], Landmarks]]()
    for f in range(12):
        people: list[Sighting] = []
        if f < 6:
            at = region(f)
            at = at if f < 5 else Region(at.center_px, SIDE, 0.1, at.mask_px)
            told = Eye().locate(np.full((320, 400, 3), GREY + f, np.uint8), region(f))
            told = told if f < 5 else replace(told, presence=0.3)
            done: Future[Landmarks] = Future()
            held.append((done, told))
            people.append(Sighting(body(f)[[0] * 17], np.ones(17), np.zeros(4), at, [done], 7))
        if not late or f == 6:
            for done, told in held:
                done.set_result(told)
            held.clear()
        one.meet(f, np.full((320, 400, 3), GREY + f, np.uint8), people)
    assert [(lost.last, [s.frame for s in lost.since]) for lost in one.lost()] == [
        (4, [6, 7, 8, 9, 10, 11])
    ]


def test_two_networks_that_disagree_show_nobody() -> None:
    other = Eye("other", worth=PassWorth("other", is_precise=False, has_3d=True), elsewhere=3.0)
    (track,) = looked([Eye(), other]).tracks
    assert len(track.frames) == SEEN


def test_looking_ends_soon_where_nobody_is() -> None:
    """Eight turns, then three in four places aside, each with and without the haze."""
    eye = Eye(last=SEEN - 1)
    (track,) = looked([eye]).tracks
    assert len(track.frames) == SEEN
    assert eye.looks - SEEN <= (LOST + 3) * 2 * (8 + 4 * 3)
