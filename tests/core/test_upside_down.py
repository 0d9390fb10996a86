"""Who is upside down on somebody else is found by a turned look, and followed from then on."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pytest
from limn.core.data.arrays import F32, U8
from limn.core.data.observations import PassWorth
from limn.core.data.skeletons import BLAZEPOSE_33, BLAZEPOSE_SKELETON, COCO_17, Skeleton
from limn.core.data.types import Detections, Landmarks, Region
from limn.core.tracking.following.upside_down import UpsideDown
from limn.core.tracking.regions import turn_rad
from limn.core.tracking.tracker import Tracker
from turning_body import Finder, spots, stiff, told

FPS, CADENCE, CONFIDENCE = 30.0, 6, 0.25
CARRIER = np.array([210.0, 190.0])


@dataclass(slots=True)
class Eye:
    """Sees the body of the spots where its crop turns it upright."""

    name: str = "eye"
    skeleton: Skeleton = BLAZEPOSE_SKELETON
    worth: PassWorth = field(default_factory=lambda: PassWorth("eye", is_precise=True, has_3d=True))

    def locate(self, bgr: U8, region: Region) -> Landmarks:
        hips, shoulders = spots(bgr)
        x, y = shoulders - hips
        turn = math.atan2(x, -y)
        off = math.remainder(region.rotation_rad - turn, 2 * math.pi)
        xy = stiff(BLAZEPOSE_33, hips, turn) if np.isfinite(turn) else np.zeros((33, 2))
        return told(xy, 0.9 if abs(off) < math.radians(30) else 0.0)


def picture(frame: int, turn_deg: float | None = 180.0) -> U8:
    """A grey picture, in which somebody is carried to the right."""
    bgr = np.full((320, 400, 3), 100, np.uint8)
    if turn_deg is not None:
        ends = stiff(COCO_17, np.add(CARRIER, [0.5 * frame, -10.0]), math.radians(turn_deg))
        for rows, channel in ((slice(11, 13), 1), (slice(5, 7), 2)):
            x, y = np.rint(ends[rows].mean(0)).astype(int)
            bgr[y - 4 : y + 5, x - 4 : x + 5] = 0
            bgr[y - 4 : y + 5, x - 4 : x + 5, channel] = 255
    return bgr


def carrier(frame: int, seen: float, turn_deg: float = 0.0) -> Detections:
    """What a quick look tells: who carries, their keypoints at a score."""
    xy = stiff(COCO_17, np.add(CARRIER, [0.5 * frame, 0.0]), math.radians(turn_deg))
    xy32: F32 = xy[None].astype(np.float32)
    boxes = np.concatenate([xy32.min(1), xy32.max(1)], axis=1)
    return Detections(xy32, np.full((1, 17), seen, np.float32), boxes, np.array([0.4], np.float32))


@dataclass(slots=True)
class Run:
    """Detection frames of a clip, one after the other."""

    finder: Finder = field(default_factory=Finder)
    tracker: Tracker = field(default_factory=lambda: Tracker(FPS, CADENCE, CONFIDENCE))
    looks: UpsideDown = field(init=False)
    frame: int = 0

    def __post_init__(self) -> None:
        self.looks = UpsideDown(self.finder, [Eye()], FPS, CONFIDENCE)

    def step(self, seen: float = 0.4, turn_deg: float | None = 180.0, count: int = 1) -> int:
        """Go on by so many detection frames; how many are found in the last."""
        found = carrier(self.frame, seen)
        for _ in range(count):
            bgr = picture(self.frame, turn_deg)
            found = self.looks.add(self.frame, bgr, carrier(self.frame, seen), self.tracker)
            self.tracker.update(self.frame, found, bgr)
            self.frame += CADENCE
        return len(found.score)

    def turns_deg(self) -> list[float]:
        return [abs(math.degrees(turn_rad(track.xy_px[-1]))) for track in self.tracker.in_shot()]


def test_who_is_carried_upside_down_is_found_and_followed() -> None:
    run = Run()
    assert run.step() == 1, "once is a suspicion"
    assert run.step() == 2
    # The one who carries them is seen clearly from now on, which is no reason to lose anybody.
    assert run.step(seen=0.9, count=5) == 2
    assert run.turns_deg() == [pytest.approx(0.0, abs=1), pytest.approx(180.0, abs=1)]
    middle = run.tracker.tracks[1].xy_px[-1][11:13].mean(0)
    assert middle == pytest.approx(np.add(CARRIER, [0.5 * (run.frame - CADENCE), -10.0]), abs=1.5)


def test_nobody_is_looked_for_where_people_are_seen_clearly() -> None:
    run = Run()
    assert run.step(seen=0.9, count=8) == 1
    assert run.finder.looks == 0


def test_looks_are_made_now_and_then() -> None:
    run = Run()
    run.step(turn_deg=None, count=15)
    assert run.finder.looks == 5, "every half second of three, at the third detection"


@pytest.mark.parametrize("turn_deg", [0.0, 90.0])
def test_who_stands_or_lies_is_not_taken_for_upside_down(turn_deg: float) -> None:
    assert Run().step(turn_deg=turn_deg, count=6) == 1


def test_a_suspicion_that_isnt_confirmed_starts_nobody() -> None:
    run = Run()
    run.step()
    assert run.step(turn_deg=None) == 1
    run = Run()
    run.step()
    run.looks.end_shot()
    assert run.step() == 1, "another shot"


def test_a_weak_sight_of_them_is_replaced() -> None:
    run = Run()
    run.step(count=2)
    both = carrier(run.frame, 0.4)
    weak = carrier(run.frame, 0.2, 180.0)
    weak_too = Detections(
        np.concatenate([both.xy_px, weak.xy_px - np.array([0.0, 10.0], np.float32)]),
        np.concatenate([both.keypoint_score, weak.keypoint_score]),
        np.concatenate([both.boxes_px, weak.boxes_px]),
        np.array([0.4, 0.15], np.float32),
    )
    found = run.looks.add(run.frame, picture(run.frame), weak_too, run.tracker)
    assert sorted(found.score.tolist()) == [pytest.approx(0.31), pytest.approx(0.4)]


@pytest.mark.parametrize(("gap", "trunk", "tracks"), [(1, 1.0, 2), (3, 1.0, 1), (1, 0.2, 1)])
def test_nobody_turns_over_from_one_detection_to_the_next(
    gap: int, trunk: float, tracks: int
) -> None:
    """Who bows to the camera shows a short trunk, and may be upside down at the next."""
    tracker = Tracker(FPS, CADENCE, CONFIDENCE)
    tracker.update(0, carrier(0, 0.9), picture(0))
    turned = carrier(0, 0.9, 180.0)
    hips = turned.xy_px[0, 11:13].mean(0)
    turned.xy_px[0, 5:7] = hips + trunk * (turned.xy_px[0, 5:7] - hips)
    tracker.update(gap * CADENCE, turned, picture(0))
    assert len(tracker.tracks) == tracks
