"""MoveNet MultiPose finds the people of a picture, in that picture's own pixels."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from limn.core.data.arrays import U8
from limn.core.data.skeletons import COCO_17
from limn.core.data.types import Detections
from limn.models.networks.multipose import LOWEST_SCORE, MultiPose
from limn.models.runtime import NetworkRunner

pytestmark = pytest.mark.networks


@pytest.fixture
def detector(runners: dict[str, NetworkRunner]) -> MultiPose:
    return MultiPose(runners["movenet_multipose"])


def _sure(found: Detections) -> Detections:
    keep = found.score > 0.3
    return Detections(
        found.xy_px[keep], found.keypoint_score[keep], found.boxes_px[keep], found.score[keep]
    )


def test_both_people_are_found_where_they_are(detector: MultiPose, landscape: U8) -> None:
    found = _sure(detector.detect(landscape))
    order = np.argsort(found.boxes_px[:, 0])
    assert len(order) == 2
    # By eye: the man on the roof, then the woman on the lawn; x0 y0 x1 y1.
    by_eye = np.array([(110, 6, 160, 104), (280, 122, 327, 212)])
    assert np.abs(found.boxes_px[order] - by_eye).max() < 12
    nose = found.xy_px[order, COCO_17.index("nose")]
    assert np.abs(nose - np.array([(136, 28), (302, 130)])).max() < 10
    for xy_px, box in zip(found.xy_px, found.boxes_px, strict=True):
        assert (np.abs(xy_px - (box[:2] + box[2:]) / 2) < (box[2:] - box[:2])).all()


def test_a_picture_of_twice_the_pixels_gives_twice_the_coordinates(
    detector: MultiPose, landscape: U8
) -> None:
    # Shrinking doubled pixels by area gives back the very same network input.
    doubled = landscape.repeat(2, axis=0).repeat(2, axis=1)
    single, double = detector.detect(landscape), detector.detect(doubled)
    assert len(single.score) == len(double.score) >= 2
    assert np.abs(double.xy_px - (2 * single.xy_px + 0.5)).max() < 1e-2
    assert np.abs(double.boxes_px - (2 * single.boxes_px + 0.5)).max() < 1e-2


@pytest.mark.parametrize("factor", [1.3, 2.5, 3.1, 4.9])
def test_a_picture_of_any_larger_size_keeps_its_people_in_place(
    detector: MultiPose, landscape: U8, factor: float
) -> None:
    size = round(384 * factor), round(224 * factor)
    enlarged = np.asarray(cv2.resize(landscape, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    plain, large = _sure(detector.detect(landscape)), _sure(detector.detect(enlarged))
    expected = (plain.xy_px + 0.5) * (np.array(size) / (384, 224)) - 0.5
    sure = plain.keypoint_score > 0.4
    error_px = np.abs(large.xy_px - expected)[sure].mean() / factor
    assert error_px < 1, f"{error_px:.2f} px of the small picture"


def test_a_cut_picture_is_a_picture_with_a_black_margin(detector: MultiPose, landscape: U8) -> None:
    blackened = landscape.copy()
    blackened[200:] = 0
    cut, black = detector.detect(landscape[:200]), detector.detect(blackened)
    assert np.array_equal(cut.score, black.score)
    assert np.abs(cut.xy_px - black.xy_px).max() < 1e-2


def test_a_mirrored_picture_has_the_people_on_the_other_side(
    detector: MultiPose, landscape: U8
) -> None:
    plain = _sure(detector.detect(landscape))
    mirrored = _sure(detector.detect(np.ascontiguousarray(landscape[:, ::-1])))
    last = landscape.shape[1] - 1
    expected = last - plain.boxes_px[:, [2, 0]]
    got = mirrored.boxes_px[:, [0, 2]]
    assert np.abs(np.sort(expected, axis=0) - np.sort(got, axis=0)).max() < 8


def test_everybody_reported_passes_the_lowest_score(detector: MultiPose, landscape: U8) -> None:
    found = detector.detect(landscape)
    assert (found.score >= LOWEST_SCORE).all()
    assert found.xy_px.dtype == found.boxes_px.dtype == np.float32


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (900, 3), (224, 384), (97, 61)])
def test_a_blank_picture_of_any_shape_holds_nobody(
    detector: MultiPose, shape: tuple[int, int]
) -> None:
    assert len(detector.detect(np.zeros((*shape, 3), np.uint8)).score) == 0
