"""Weak detections: the beginning of somebody half hidden, or nobody."""

from __future__ import annotations

import numpy as np
from limn.core.data.types import Detections
from limn.core.tracking.tracker import Tracker

CADENCE = 4
PICTURE = np.zeros((360, 480, 3), np.uint8)


def found(*people: tuple[float, float]) -> Detections:
    """People 120 px tall by their x in the picture and score."""
    pose = np.linspace((-20, 100), (20, 220), 17)
    xy = np.array([pose + np.array([x, 0]) for x, _ in people], np.float32).reshape(-1, 17, 2)
    boxes = np.array([(x - 25, 95, x + 25, 225) for x, _ in people], np.float32).reshape(-1, 4)
    score = np.array([score for _, score in people], np.float32)
    return Detections(xy, np.full((len(people), 17), 0.6, np.float32), boxes, score)


def after(*frames: list[tuple[float, float]]) -> Tracker:
    tracker = Tracker(30.0, CADENCE, 0.25)
    for number, people in enumerate(frames):
        tracker.update(CADENCE * number, found(*people), PICTURE)
    return tracker


def test_who_is_sure_later_was_there_before() -> None:
    tracker = after(*([(100.0 + 5 * k, 0.22)] for k in range(4)), [(120.0, 0.45)])
    (track,) = tracker.in_shot()
    assert track.frames == [0, 4, 8, 12, 16]


def test_who_goes_a_long_way_is_no_furniture() -> None:
    walker = after(*([(100.0 + 14 * k, 0.22)] for k in range(8)))
    assert len(walker.in_shot()) == 1
    coat = after(*([(100.0 + k % 2, 0.22)] for k in range(30)))
    assert not coat.in_shot()
    assert len(coat.tracks) == 1, "but its doubtful track lives as long as it is seen"


def test_a_weak_detection_beside_somebody_is_a_part_of_them() -> None:
    tracker = after(*([(100.0, 0.6), (130.0, 0.24)] for _ in range(3)))
    assert len(tracker.tracks) == 1


def test_doubtful_people_are_few_and_soon_forgotten() -> None:
    crowd = [(60.0 * k + 40, 0.22) for k in range(6)]
    tracker = after(crowd, [], [], [], crowd)
    assert [track.frames for track in tracker.tracks] == [[0], [0], [16], [16]]
    assert not tracker.doubtful(CADENCE * 40)
    assert not tracker.missing(CADENCE * 5, found(), PICTURE), "nobody looks closer for them"
