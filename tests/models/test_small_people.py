"""The real detector's closer looks on real frames: small people, windows, no doubles, nobody."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from limn.core.data.arrays import U8
from limn.core.data.types import Detections, Region
from limn.core.tracking.detection import distinct
from limn.core.tracking.following.quiet import WindowDetector
from limn.models.networks.blazepose import BlazePose
from limn.models.networks.crops import cut
from limn.models.networks.multipose import MultiPose
from limn.models.runtime import NetworkRunner

pytestmark = pytest.mark.networks

_WOMAN = (280, 122, 327, 212)  # by eye, in ``landscape``


@pytest.fixture
def detector(runners: dict[str, NetworkRunner]) -> MultiPose:
    return MultiPose(runners["movenet_multipose"])


def far_away(landscape: U8, factor: int) -> U8:
    """The landscape in the middle of a plain picture, so that its people are small."""
    height, width = landscape.shape[:2]
    canvas = np.full((height * factor, width * factor, 3), 120, np.uint8)
    canvas[:height, :width] = landscape
    return canvas


def sure(found: Detections) -> np.ndarray:
    found = distinct(found, 0.3)
    return found.boxes_px[np.argsort(found.boxes_px[:, 0])]


def test_the_detector_can_look_closer(detector: MultiPose) -> None:
    assert isinstance(detector, WindowDetector)


def test_a_search_of_a_still_finds_people_too_small_for_a_glance(
    detector: MultiPose, landscape: U8
) -> None:
    picture = far_away(landscape, 2)
    by_eye = np.array([(110, 6, 160, 104), (280, 122, 327, 212)])
    glance = sure(detector.detect(picture))
    found = sure(detector.search(picture, is_still=True))
    assert len(glance) < 2
    assert len(found) == 2
    assert np.abs(found - by_eye).max() < 12


def test_no_person_counts_twice_however_often_looked_at(
    detector: MultiPose, landscape: U8, portrait: U8
) -> None:
    assert len(sure(detector.search(landscape, is_still=True))) == 2
    assert len(sure(detector.search(portrait, is_still=True))) == 1
    large = np.asarray(cv2.resize(portrait, None, fx=4, fy=4), np.uint8)
    assert len(sure(detector.search(large, is_still=True))) == 1


def test_a_window_answers_in_pixels_of_the_picture(detector: MultiPose, landscape: U8) -> None:
    window = (250, 100, 360, 224)
    found = sure(detector.look_into(landscape, window))
    assert len(found) == 1
    assert np.abs(found[0] - _WOMAN).max() < 8


def test_in_a_window_people_are_seen_as_in_the_picture(detector: MultiPose, landscape: U8) -> None:
    whole = sure(detector.detect(landscape))
    window = (0, 0, landscape.shape[1] // 2, landscape.shape[0])
    found = sure(detector.detect_in(landscape, window))
    assert len(found) == 1
    assert np.abs(whole - found[0]).max(1).min() < 4


def test_a_brief_search_is_a_search_without_its_largest_picture(
    detector: MultiPose, landscape: U8, monkeypatch: pytest.MonkeyPatch
) -> None:
    sides: list[int] = []
    look = detector._detect_at

    def noted(bgr: U8, side_px: int) -> Detections:
        sides.append(side_px)
        return look(bgr, side_px)

    monkeypatch.setattr(MultiPose, "_detect_at", lambda self, bgr, side_px: noted(bgr, side_px))
    large = np.asarray(cv2.resize(landscape, None, fx=4, fy=4), np.uint8)
    assert max(large.shape) >= 1024
    assert len(sure(detector.search_briefly(large)))
    assert max(sides) < 1024
    detector.search(large, is_still=False)
    assert max(sides) == 1024


def test_nobody_is_found_where_nobody_is(detector: MultiPose, landscape: U8) -> None:
    empty = landscape[:, 170:265]  # between the two: trees and sun
    for picture in (np.ascontiguousarray(empty), np.full((360, 640, 3), 90, np.uint8)):
        assert not len(sure(detector.search(picture, is_still=True)))
        assert not len(sure(detector.look_into(picture, (0, 0, 90, 90))))


def test_in_front_of_a_neighbour_a_person_is_seen_as_if_alone(
    runners: dict[str, NetworkRunner], detector: MultiPose, portrait: U8
) -> None:
    from limn.core.tracking.neighbours import limbs_of
    from limn.core.tracking.regions import region_of

    found = distinct(detector.detect(portrait), 0.3)
    pose = found.xy_px[0], found.keypoint_score[0], found.boxes_px[0]
    model = BlazePose("full", runners["blazepose_full"])
    plain = region_of(*pose)
    limbs = (*limbs_of(pose, is_own=False), *limbs_of(pose, is_own=True))
    own = model.locate(portrait, region_of(*pose, limbs))
    assert own.presence > 0.9
    seen = model.locate(portrait, plain)
    assert np.linalg.norm(own.xy_px[11:29] - seen.xy_px[11:29], axis=1).mean() < 6


def test_only_what_the_neighbour_covers_is_blanked(portrait: U8) -> None:
    from limn.core.data.types import Limb

    region = Region((128.0, 160.0), 256.0, 0.0, (0, 0, 256, 320))
    limb = Limb((128.0, 100.0), (128.0, 200.0), 10.0, is_own=False)
    plain = cut(portrait, region, 256).bgr
    covered = cut(portrait, Region(*_fields(region), (limb,)), 256).bgr
    rows, columns = np.nonzero((plain != covered).any(-1))
    # Crop pixels are picture pixels here, 32 rows down.
    assert abs(columns.min() - 118) <= 2
    assert abs(columns.max() - 138) <= 2
    assert abs(rows.min() - (100 - 10 - 32)) <= 2
    assert abs(rows.max() - (200 + 10 - 32)) <= 2
    hidden = Region(*_fields(region), (limb, Limb((128, 90), (128, 210), 14.0, is_own=True)))
    np.testing.assert_array_equal(cut(portrait, hidden, 256).bgr, plain)


def _fields(region: Region) -> tuple[tuple[float, float], float, float, tuple[float, ...]]:
    return region.center_px, region.side_px, region.rotation_rad, region.mask_px


def test_a_large_picture_of_a_clip_is_searched_at_its_own_size(
    detector: MultiPose, landscape: U8, monkeypatch: pytest.MonkeyPatch
) -> None:
    sides: list[int] = []
    look = MultiPose._detect_at

    def noted(self: MultiPose, bgr: U8, side_px: int) -> Detections:
        sides.append(side_px)
        return look(self, bgr, side_px)

    monkeypatch.setattr(MultiPose, "_detect_at", noted)
    large = far_away(np.asarray(cv2.resize(landscape, (640, 373)), np.uint8), 2)
    assert len(sure(detector.search(large, is_still=False))) == 2
    assert sides == [640, 1024]
    sides.clear()
    detector.search(landscape, is_still=False)
    assert max(sides) <= 640, "a small picture isn't blown up"
