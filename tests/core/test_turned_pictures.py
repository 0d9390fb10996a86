"""Pictures of who turns over, the way through what they show, and crops between detections."""

from __future__ import annotations

import math
from concurrent.futures import Future
from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.arrays import F32
from limn.core.data.collector import Sighting
from limn.core.data.skeletons import COCO_17
from limn.core.data.types import Landmarks, Region
from limn.core.tracking.following import turned_pictures
from limn.core.tracking.following.turned_path import best_way
from limn.core.tracking.following.turned_pictures import TurnedPictures
from limn.core.tracking.following.turned_sights import Sight
from limn.core.tracking.regions import detection_at
from limn.core.tracking.tracker import Track
from turning_body import SIDE, TRUNK, body, picture, region, stiff, told


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


def test_who_is_seen_the_other_way_round_from_one_frame_to_the_next_is_looked_at() -> None:
    one = TurnedPictures(0, 30.0)
    for f in range(30):
        done: Future[Landmarks] = Future()
        done.set_result(told(body(0), 0.9))
        turn = math.radians(50.0 - 180.0 * (f in (14, 15)))
        people = [Sighting(body(0)[[0] * 17], np.ones(17), np.zeros(4),
                           replace(region(0), rotation_rad=turn), [done])]  # fmt: skip
        one.meet(f, picture(0), people)
    (spell,) = one.spells()
    assert (spell.last, spell.pictures[0].frame, spell.pictures[-1].frame) == (13, 7, 22)


@pytest.mark.parametrize(("ankle_score", "spells"), [(1.0, 1), (0.0, 0)])
def test_whom_the_border_cuts_off_is_not_taken_for_turned(ankle_score: float, spells: int) -> None:
    """A detector draws hips that are below the picture anywhere along its border."""
    one = TurnedPictures(0, 30.0)
    height, width = picture(0).shape[:2]
    score = np.ones(17)
    score[15:] = ankle_score
    for f in range(30):
        people: list[Sighting] = []
        if f < 10:
            done: Future[Landmarks] = Future()
            done.set_result(told(body(0), 0.9))
            box = np.array([0.3 * width, 0.2 * height, 0.7 * width, height - 1.0])
            people.append(Sighting(body(0)[[0] * 17], score, box, region(0), [done]))
        one.meet(f, picture(0), people)
    assert len(one.spells()) == spells


def shown_after(fps: int, seconds: float, speed_px: float = 0.0) -> list[float]:
    """Times, in seconds since somebody was missed who had been seen for half a second."""
    one, seen = TurnedPictures(0, float(fps)), fps // 2
    for f in range(round(seconds * fps)):
        people: list[Sighting] = []
        if f < seen:
            done: Future[Landmarks] = Future()
            done.set_result(told(body(0), 0.9))
            at = replace(region(0), center_px=(130.0 + speed_px * f, 160.0))
            people.append(Sighting(body(0)[[0] * 17], np.ones(17), np.zeros(4), at, [done]))
        one.meet(f, picture(0), people)
    return [(shown.frame - seen) / fps for spell in one.spells() for shown in spell.pictures]


@pytest.mark.parametrize("fps", [24, 60, 120])
def test_people_are_looked_for_by_seconds_not_frames(fps: int) -> None:
    shown = shown_after(fps, 3.0)
    assert shown[0] == pytest.approx(-0.2, abs=1.6 / fps)
    assert shown[-1] == pytest.approx(1.0, abs=1.6 / fps)


def test_who_leaves_the_picture_is_not_looked_for_beyond_it() -> None:
    """At 10 pixels a frame, 400 pixels wide."""
    assert shown_after(30, 3.0, speed_px=10.0)[-1] < 0.5


def test_pictures_that_are_kept_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = len(shown_after(30, 3.0))
    monkeypatch.setattr(turned_pictures, "_MOST_BYTES", 5 * picture(0).nbytes)
    assert 5 <= len(shown_after(30, 3.0)) < whole / 2


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


@pytest.mark.parametrize(("turns_deg", "trunk"), [(100.0, 1.0), (30.0, 1.0), (100.0, 0.2)])
def test_between_two_detections_who_turns_over_keeps_their_size(
    turns_deg: float, trunk: float
) -> None:
    """A body that turns by less, or whose trunk is seen from above, goes straight, as ever."""
    track, shoulders = Track(), slice(5, 7)
    for k in range(2):
        xy = stiff(COCO_17, np.array([100.0 + 10 * k, 100.0]), math.radians(k * turns_deg))
        hips = xy[11:13].mean(0)
        xy[shoulders] = hips + trunk * (xy[shoulders] - hips)
        pose = xy.astype(np.float32)
        box = np.concatenate([pose.min(0), pose.max(0)])
        track.follow(4 * k, pose, np.ones(17, np.float32), box, 0.5)
    between = detection_at(track, 2, 4)
    assert between is not None
    turned = stiff(COCO_17, np.array([105.0, 100.0]), math.radians(turns_deg / 2))
    straight = (track.xy_px[0] + track.xy_px[1]) / 2
    assert between[0] == pytest.approx(turned if turns_deg * trunk > 60 else straight, abs=1e-3)
