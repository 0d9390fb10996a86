"""Keypoints of a second network join the detector's where both see the same person."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pytest
from limn.core.data.arrays import F32, U8
from limn.core.data.observations import (
    SECOND_LOOK,
    PassObservations,
    PassWorth,
    TrackObservations,
)
from limn.core.data.skeletons import BLAZEPOSE_SKELETON, COCO_17, COCO_SKELETON, Skeleton
from limn.core.data.types import Landmarks, Region
from limn.core.pipeline.second_look import closer, looks, told_with_detector

FRAMES = 3
SIDE_PX = 250.0  # so that a body's radius is 100 pixels
WRIST = COCO_17.index("left_wrist")
NOSE = COCO_17.index("nose")


def _coco() -> F32:
    grid = np.arange(17, dtype=np.float32)
    xy = np.stack([100 + 10 * grid, 200 - 8 * grid], axis=-1)
    return np.tile(xy, (FRAMES, 1, 1)).astype(np.float32)


def _landmarks(coco: F32) -> PassObservations:
    """BlazePose as it sees the same joints."""
    xy = np.zeros((FRAMES, 33, 2), np.float32)
    xy[:, BLAZEPOSE_SKELETON.select(COCO_17).rows] = coco
    worth = PassWorth("heavy", is_precise=True, has_3d=True)
    score = np.full((FRAMES, 33), 0.8, np.float32)
    return PassObservations(xy, score, np.zeros((FRAMES, 33, 3), np.float32), score[:, 0], worth)


def _track(second: F32, score: float = 0.7, presence: float = 1.0) -> TrackObservations:
    coco = _coco()
    told = np.full((FRAMES, 17), score, np.float32)
    look = PassObservations(
        second,
        told,
        np.zeros((FRAMES, 17, 3), np.float32),
        np.full(FRAMES, presence, np.float32),
        PassWorth(SECOND_LOOK, is_precise=False, has_3d=False),
        COCO_SKELETON,
    )
    box = np.tile(np.array([90, 60, 270, 210], np.float32), (FRAMES, 1))
    return TrackObservations(
        np.arange(FRAMES, dtype=np.int32),
        coco,
        np.full((FRAMES, 17), 0.4, np.float32),
        box,
        box[:, :2],
        np.full(FRAMES, SIDE_PX, np.float32),
        {"heavy": _landmarks(coco), SECOND_LOOK: look},
        None,
    )


def test_a_limb_lies_between_both_and_takes_the_surer_score() -> None:
    second = _coco()
    second[:, WRIST] += [8.0, -4.0]
    seen = told_with_detector(_track(second))
    assert list(seen.passes) == ["heavy"]
    assert np.allclose(seen.detected_xy_px[:, WRIST], _coco()[:, WRIST] + [4.0, -2.0])
    assert np.allclose(seen.detected_score[:, WRIST], 0.7)
    assert np.allclose(told_with_detector(_track(second, 0.1)).detected_score, 0.4)
    assert np.array_equal(seen.detected_xy_px[:, NOSE], _coco()[:, NOSE])
    assert np.allclose(seen.detected_score[:, NOSE], 0.4)  # only limbs are compared


def test_a_limb_far_from_the_landmarks_is_somebody_elses() -> None:
    second = _coco()
    second[:, WRIST] += [30.0, 0.0]
    seen = told_with_detector(_track(second))
    assert np.array_equal(seen.detected_xy_px[:, WRIST], _coco()[:, WRIST])
    assert np.allclose(seen.detected_score[:, WRIST], 0.4)


def test_a_detected_limb_far_from_both_is_left_out() -> None:
    track = _track(_coco())
    track.detected_xy_px[:, WRIST] += [0.0, 60.0]
    seen = told_with_detector(track)
    assert np.allclose(seen.detected_xy_px[:, WRIST], _coco()[:, WRIST])


@pytest.mark.parametrize("fault", ["elsewhere", "absent"])
def test_another_person_and_nobody_change_nothing(fault: str) -> None:
    second = _coco()
    second[:, 5:] += 19.0 if fault == "elsewhere" else 4.0
    track = _track(second, presence=0.0 if fault == "absent" else 1.0)
    seen = told_with_detector(track)
    assert SECOND_LOOK not in seen.passes
    assert np.array_equal(seen.detected_xy_px, _coco())
    assert np.allclose(seen.detected_score, 0.4)


def test_a_track_without_that_look_stays_the_same() -> None:
    track = told_with_detector(_track(_coco()))
    assert told_with_detector(track) is track


@dataclass(frozen=True)
class _Look:
    """Sees the same people whatever it is shown, and keeps where it looked."""

    name: str
    worth: PassWorth
    seen: Landmarks
    regions: list[Region]

    @property
    def skeleton(self) -> Skeleton:
        return self.seen.skeleton

    def locate(self, bgr: U8, region: Region) -> Landmarks:
        self.regions.append(region)
        return self.seen


def _two(coco: F32, presence: float = 1.0) -> tuple[_Look, _Look]:
    xyz, score = np.zeros((17, 3), np.float32), np.full(17, 0.8, np.float32)
    seen = Landmarks(coco, score, xyz, presence, COCO_SKELETON)
    sharp = PassWorth("heavy", is_precise=True, has_3d=True)
    second = PassWorth(SECOND_LOOK, is_precise=False, has_3d=False)
    return _Look("heavy", sharp, seen, []), _Look(SECOND_LOOK, second, seen, [])


REGION = Region((50.0, 50.0), 400.0, 0.0, (0.0, 0.0, 100.0, 100.0))


@pytest.mark.parametrize("is_known", [False, True])
def test_the_second_look_follows_the_landmarks_of_the_first(is_known: bool) -> None:
    standing = np.zeros((17, 2), np.float32)
    standing[:5], standing[5:7], standing[7:11] = (300, 120), (300, 150), (320, 190)
    standing[11:13], standing[13:15], standing[15:17] = (300, 200), (300, 250), (300, 300)
    for shift in (0.0, 40.0):
        models = _two(standing + np.float32(shift))
        known: dict[int, Future[Landmarks]] = {}
        if is_known:
            known[0] = Future()
            known[0].set_result(models[0].seen)
        with ThreadPoolExecutor(1) as pool:
            told = looks(pool, models, np.zeros((4, 4, 3), np.uint8), REGION, known)
            assert [one.result() for one in told] == [models[0].seen, models[1].seen]
        assert models[0].regions == ([] if is_known else [REGION])
        (region,) = models[1].regions
        assert np.allclose(region.center_px, (300 + shift, 200 + shift))
        assert region.side_px == pytest.approx(2 * 1.2 * 100)  # the ankles, 100 below the hips


def test_the_second_look_stays_where_nobody_is_seen() -> None:
    models = _two(_coco()[0], presence=0.0)
    assert closer(REGION, models[0].seen) is REGION
    blind = replace(models[0].seen, score=np.zeros(17, np.float32), presence=1.0)
    assert closer(REGION, blind) is REGION
