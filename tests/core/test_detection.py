"""Closer looks: who gets one, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from limn.core.data.arrays import U8, Floats
from limn.core.data.types import Detections, Landmarks
from limn.core.tracking.detection import Finder
from limn.core.tracking.neighbours import (
    DepthOrder,
    Pose,
    are_touching,
    limbs_of,
    shared_box,
    within_limbs,
)
from limn.core.tracking.similarity import oks_nms
from limn.core.tracking.track_record import doubted
from limn.core.tracking.tracker import Tracker

FPS, CADENCE, CONFIDENCE = 30.0, 4, 0.25
SIZE = (1280, 720)
BGR = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)

# A person who stands, as shares of a box: COCO-17.
BODY = np.array(
    [
        *((0.5, 0.06), (0.54, 0.04), (0.46, 0.04), (0.58, 0.06), (0.42, 0.06)),
        *((0.75, 0.2), (0.25, 0.2), (0.85, 0.36), (0.15, 0.36), (0.9, 0.5), (0.1, 0.5)),
        *((0.65, 0.5), (0.35, 0.5), (0.66, 0.74), (0.34, 0.74), (0.66, 0.96), (0.34, 0.96)),
    ]
)


def standing_at(x: float, y: float = 200.0, height: float = 320.0, score: float = 0.9) -> Pose:
    box = np.array([x, y, x + 0.4 * height, y + height])
    return box[:2] + BODY * (box[2:] - box[:2]), np.full(17, score), box


def detections(*poses: Pose, score: float = 0.6) -> Detections:
    return Detections(
        np.array([p[0] for p in poses], np.float32).reshape(-1, 17, 2),
        np.array([p[1] for p in poses], np.float32).reshape(-1, 17),
        np.array([p[2] for p in poses], np.float32).reshape(-1, 4),
        np.full(len(poses), score, np.float32),
    )


@dataclass
class Closer:
    """A detector whose closer looks see ``people`` who lie in the window."""

    people: list[Pose]
    windows: list[tuple[int, int, int, int]] = field(default_factory=list)
    searches: int = 0

    def detect(self, bgr: U8) -> Detections:
        return detections()

    def look_into(self, bgr: U8, window_px: tuple[int, int, int, int]) -> Detections:
        if window_px == (0, 0, *bgr.shape[1::-1]):
            return self.afar(bgr)
        self.windows.append(window_px)
        low, high = np.array(window_px[:2]), np.array(window_px[2:])
        seen = []
        for pose in self.people:
            box = np.concatenate([np.maximum(pose[2][:2], low), np.minimum(pose[2][2:], high)])
            if (box[2:] - box[:2]).min() > 10:
                seen.append((pose[0], pose[1], box))
        return detections(*seen)

    def afar(self, bgr: U8) -> Detections:
        """The whole picture, smaller on black, for heads that are too near."""
        return detections()

    def search(self, bgr: U8, *, is_still: bool) -> Detections:
        self.searches += 1
        return detections(*self.people)


def finder(closer: Closer) -> tuple[Finder, Tracker]:
    return Finder(closer, FPS, CONFIDENCE, is_still=False), Tracker(FPS, CADENCE, CONFIDENCE)


def boxes(found: Detections) -> list[list[float]]:
    return sorted(found.boxes_px.round().tolist())


def expected_boxes(*poses: Pose) -> list[list[float]]:
    return sorted(np.array([p[2] for p in poses]).round().tolist())


def step(find: Finder, tracker: Tracker, frame: int, *seen: Pose) -> Detections:
    found = find.find(frame, BGR, detections(*seen), tracker)
    tracker.update(frame, found, BGR)
    return found


def test_small_people_whom_only_a_search_sees_are_followed_by_windows() -> None:
    small = standing_at(600, 300, 60)
    closer = Closer([small])
    find, tracker = finder(closer)
    for frame in range(0, 40, CADENCE):
        assert boxes(step(find, tracker, frame)) == expected_boxes(small)
    assert closer.searches == 1
    assert len(tracker.tracks) == 1
    assert len(closer.windows) == 9
    x0, y0, x1, y1 = closer.windows[0]
    assert x1 - x0 < 120
    assert y1 - y0 < 120


def test_an_empty_room_is_searched_once_a_second_and_stays_empty() -> None:
    closer = Closer([])
    find, tracker = finder(closer)
    for frame in range(0, 91, CADENCE):
        assert not len(step(find, tracker, frame).score)
    assert closer.searches == 3
    assert not closer.windows
    assert not tracker.tracks


class Upright(Closer):
    """A detector that knows only people who stand, in a picture with one white spot: a head."""

    def detect(self, bgr: U8) -> Detections:
        y, x = np.argwhere(bgr[..., 0])[0]
        if y > bgr.shape[0] / 2 or x > bgr.shape[1] / 2 + 1:
            return detections()
        return detections(standing_at(float(x), float(y), 200.0))


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_who_lies_or_hangs_is_found_in_the_turned_picture(quarter: int) -> None:
    upright = np.zeros((400, 300, 3), np.uint8)
    upright[40, 60] = 255
    picture = np.ascontiguousarray(np.rot90(upright, -quarter))
    find, tracker = finder(Upright([]))
    found = find.find(0, picture, detections(), tracker)
    turned = find.find(1, picture, detections(), tracker)
    assert len(found.score) >= 1
    assert not len(turned.score), "once a second is enough"
    height, width = picture.shape[:2]
    heads = found.xy_px[:, 0] - (found.boxes_px[:, :2] + found.boxes_px[:, 2:]) / 2
    top = {1: (1, 0), 2: (0, 1), 3: (-1, 0)}[quarter]
    assert max(float(head @ top) for head in heads) > 50, "the head points where it lies"
    spot = np.argwhere(picture[..., 0])[0][::-1]
    corners = found.boxes_px.reshape(-1, 2, 2)
    near = [np.abs(spot - [(x, y) for x in c[:, 0] for y in c[:, 1]]).sum(1).min() for c in corners]
    assert min(near) < 1e-3, f"a corner of the box lies on the spot, in {width} x {height}"


def test_sure_people_and_no_doubts_leave_the_picture_as_it_is() -> None:
    closer = Upright([])
    find, tracker = finder(closer)
    step(find, tracker, 0, standing_at(100.0))
    step(find, tracker, 4, standing_at(104.0))  # Upright would fail on a picture without a spot


def test_people_who_touch_are_told_apart_by_a_closer_look() -> None:
    left, right = standing_at(500), standing_at(570)
    closer = Closer([left, right])
    find, tracker = finder(closer)
    step(find, tracker, 0, left, right)
    low, high = left[2][:2], right[2][2:]
    between = (left[0] + right[0]) / 2, left[1], np.concatenate([low, high])
    found = step(find, tracker, CADENCE, between)
    assert boxes(found) == expected_boxes(left, right)
    assert [len(track.frames) for track in tracker.tracks] == [2, 2]


def test_people_far_from_each_other_get_no_closer_look() -> None:
    people = standing_at(100), standing_at(900)
    closer = Closer(list(people))
    find, tracker = finder(closer)
    for frame in range(0, 60, CADENCE):
        step(find, tracker, frame, *people)
    assert not closer.windows


def test_nobody_is_looked_for_who_left_long_ago() -> None:
    closer = Closer([])
    find, tracker = finder(closer)
    step(find, tracker, 0, standing_at(500))
    for frame in range(CADENCE, 100, CADENCE):
        step(find, tracker, frame)
    assert 0 < len(closer.windows) <= FPS / CADENCE


@pytest.mark.parametrize("count", [7, 10])
def test_more_people_than_the_network_reports_at_once_are_all_found(count: int) -> None:
    crowd = [standing_at(20 + 120 * i, height=220) for i in range(count)]
    closer = Closer(crowd)
    closer.search = lambda bgr, is_still: detections(*crowd[:6])  # type: ignore[method-assign]
    find, tracker = finder(closer)
    assert boxes(step(find, tracker, 0, *crowd[:6])) == expected_boxes(*crowd)


def test_a_body_cut_by_the_windows_border_is_no_person() -> None:
    lost, passer = standing_at(500), standing_at(640, height=300)
    closer = Closer([passer])
    closer.search = lambda bgr, is_still: detections()  # type: ignore[method-assign]
    find, tracker = finder(closer)
    step(find, tracker, 0, lost)
    found = step(find, tracker, CADENCE)
    assert closer.windows
    assert not len(found.score)


def test_one_person_seen_at_two_sizes_counts_once_and_two_in_an_embrace_twice() -> None:
    once, again = standing_at(500, 200, 320), standing_at(504, 206, 306)
    assert len(oks_nms(detections(once, again), 0.1)) == 1
    one, other = standing_at(500, height=300), standing_at(530, height=300)
    turned = (other[0][:, ::1] + (0, 25), other[1], other[2] + (0, 25, 0, 25))
    assert len(oks_nms(detections(one, turned), 0.1)) == 2


def test_points_within_limbs_are_those_near_the_bones() -> None:
    pose = standing_at(500)
    limbs = limbs_of(pose, is_own=False)
    assert within_limbs(pose[0], limbs).all()
    middle = (pose[0][13] + pose[0][15]) / 2
    beside = np.array([(450.0, 210.0), (800.0, 400.0)])
    assert within_limbs(middle[None], limbs).all()
    assert not within_limbs(beside, limbs).any()
    unseen = pose[0], np.zeros(17), pose[2]
    assert not limbs_of(unseen, is_own=False)
    assert not within_limbs(pose[0], []).any()


def test_the_one_the_detector_is_surer_of_is_in_front() -> None:
    near, far = standing_at(500, score=0.8), standing_at(540, score=0.8)
    covered = within_limbs(far[0], limbs_of(near, is_own=False))
    assert covered.any()
    assert are_touching(near, far)
    far[1][covered] = 0.25
    order = DepthOrder()
    assert not order.is_behind(1, 2)
    order.watch([(1, near), (2, far)])
    assert order.is_behind(2, 1)
    assert not order.is_behind(1, 2)
    # A single glance that says otherwise doesn't turn it round.
    order.watch([(1, (near[0], near[1] * 0.7, near[2])), (2, (far[0], np.full(17, 0.6), far[2]))])
    assert order.is_behind(2, 1)


def test_the_smaller_box_counts_when_two_share() -> None:
    box: Floats = np.array([0.0, 0, 10, 10])
    assert shared_box(box, np.array([2.0, 2, 4, 4])) == pytest.approx(1)
    assert shared_box(box, np.array([5.0, 0, 25, 10])) == pytest.approx(0.5)
    assert shared_box(box, np.array([11.0, 0, 12, 10])) == 0


def test_what_a_nearer_person_or_the_border_hides_is_doubted() -> None:
    xy = np.tile(np.array([640.0, 360.0], np.float32), (33, 1))
    xy[0], xy[1] = (-5, 100), (100, 800)
    seen = Landmarks(xy, np.full(33, 0.9, np.float32), np.zeros((33, 3), np.float32), 1.0)
    score = doubted(seen, [], SIZE).score
    assert (score[:2] < 0.4).all()
    assert (score[2:] == seen.score[2:]).all()
    neighbour = limbs_of(standing_at(560), is_own=False)
    assert (doubted(seen, neighbour, SIZE).score < 0.4).all()
