"""Heads that fill the picture: found when it is shown smaller, and taken for one person."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from limn.core.data.arrays import U8
from limn.core.data.types import Detections
from limn.core.tracking.detection import Finder
from limn.core.tracking.near_heads import are_near, inside_near, look_from_afar
from limn.core.tracking.tracker import Tracker

FPS, CADENCE, CONFIDENCE = 30.0, 4, 0.25
SIZE = (640, 480)
MOUTH = (260.0, 300.0, 380.0, 330.0)
"""Wide and flat: what the detector makes of a near face, if anything."""


def found(*boxes: tuple[float, ...], score: float = 0.4) -> Detections:
    box = np.array(boxes, np.float32).reshape(-1, 4)
    middle = (box[:, :2] + box[:, 2:]) / 2
    spread = np.linspace(-0.4, 0.4, 17)[None, :, None] * (box[:, 2:] - box[:, :2])[:, None]
    keypoints = (middle[:, None] + spread).astype(np.float32)
    return Detections(
        keypoints, np.full((len(box), 17), 0.5, np.float32), box, np.full(len(box), score, "f4")
    )


@dataclass
class NearSighted:
    """Finds somebody round the one bright patch, if it is smaller than half of the picture."""

    looks: list[U8] = field(default_factory=list)

    def detect(self, bgr: U8) -> Detections:
        return found()

    def search(self, bgr: U8, *, is_still: bool) -> Detections:
        return found()

    def look_into(self, bgr: U8, window_px: tuple[int, int, int, int]) -> Detections:
        if window_px == (0, 0, *SIZE):
            self.looks.append(bgr)
        rows, columns = np.nonzero(bgr[..., 0])
        if not len(rows) or np.ptp(rows) > bgr.shape[0] / 2:
            return found()
        y0, y1, x0, x1 = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
        return found((x0, y0, x1, y1 + 200), score=0.45)


def picture(x0: int = 160, y0: int = 96, x1: int = 500) -> U8:
    """A head that the lower border cuts."""
    bgr = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    bgr[y0:, x0:x1] = 200
    return bgr


def test_a_head_that_fills_the_picture_is_found_where_it_is() -> None:
    seen = look_from_afar(NearSighted(), picture(), 2)
    np.testing.assert_allclose(seen.boxes_px, [[160, 96, 500, 480]], atol=2)
    # Keypoints may lie below the border: shoulders and hips do.
    assert seen.xy_px[0, :, 1].max() > 500


def test_somebody_small_or_whole_is_left_to_the_first_look() -> None:
    boxes = np.array([[0, 0, 100, 479], [0, 400, 50, 479], [0, 0, 200, 400]], np.float32)
    assert are_near(boxes, SIZE[1]).tolist() == [True, False, False]
    small = picture(y0=400)
    assert not len(look_from_afar(NearSighted(), small, 2).score)


def test_a_close_up_is_one_person_whose_mouth_is_nobody() -> None:
    detector = NearSighted()
    find = Finder(detector, FPS, CONFIDENCE, is_still=False)
    tracker = Tracker(FPS, CADENCE, CONFIDENCE)
    bgr, seen = picture(), found()
    for frame in range(0, 60, CADENCE):
        seen = find.find(frame, bgr, found(MOUTH), tracker)
        tracker.update(frame, seen, bgr)
        np.testing.assert_allclose(seen.boxes_px, [[160, 96, 500, 480]], atol=2)
    assert len(tracker.tracks) == 1
    assert inside_near(np.array([MOUTH]), seen.boxes_px).all()
    # Lost for a moment, and the mouth is still nobody.
    seen = find.find(60, np.zeros_like(bgr), found(MOUTH), tracker)
    assert not len(seen.score)


def test_who_holds_arms_aside_and_is_seen_too_near_is_kept() -> None:
    """Wider than tall, cut by the border and too large for smaller pictures: still somebody."""
    find = Finder(NearSighted(), FPS, CONFIDENCE, is_still=False)
    tracker = Tracker(FPS, CADENCE, CONFIDENCE)
    bgr = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    for frame in range(0, 60, CADENCE):
        seen = find.find(frame, bgr, found((60, 120, 600, 480), score=0.9), tracker)
        tracker.update(frame, seen, bgr)
        assert len(seen.score) == 1


def test_who_is_seen_upright_costs_no_second_look_and_nobody_two_a_second() -> None:
    for first, most in ((found((200, 100, 300, 400)), 0), (found(), 4)):
        detector = NearSighted()
        find = Finder(detector, FPS, CONFIDENCE, is_still=False)
        tracker = Tracker(FPS, CADENCE, CONFIDENCE)
        for frame in range(0, 60, CADENCE):
            find.find(frame, np.zeros((SIZE[1], SIZE[0], 3), np.uint8), first, tracker)
        assert len(detector.looks) == most
