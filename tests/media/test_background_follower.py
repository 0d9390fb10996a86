"""Points of real pictures are followed, with people left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from limn.media.background import OpenCVBackground
from limn.media.clips import open_clip

PARK = Path(__file__).resolve().parents[2] / "examples" / "park.mp4"
NOBODY = np.zeros((0, 4))


def park(count: int) -> list[Any]:
    pytest.importorskip("cv2")
    return [frame.bgr for frame, _ in zip(open_clip(PARK).frames(), range(count), strict=False)]


def shifted(pictures: list[Any], by_px: np.ndarray) -> list[Any]:
    cv2 = pytest.importorskip("cv2")
    h, w = pictures[0].shape[:2]
    moves = [np.array([[1, 0, x], [0, 1, y]], np.float32) for x, y in by_px.tolist()]
    return [
        cv2.warpAffine(p, M, (w, h), borderMode=cv2.BORDER_REFLECT)
        for p, M in zip(pictures, moves, strict=True)
    ]


def test_points_go_where_the_picture_goes() -> None:
    still = park(1) * 20
    by_px = np.stack([3.3 * np.arange(20), 1.7 * np.arange(20)], -1)
    follower = OpenCVBackground()
    sights = [
        follower.follow(picture, NOBODY, starts_shot=i == 0)
        for i, picture in enumerate(shifted(still, by_px))
    ]
    first, last = sights[0], sights[-1]
    _, i, j = np.intersect1d(first.points, last.points, return_indices=True)
    assert len(i) > 40
    off = last.xy_px[j] - first.xy_px[i] - by_px[-1]
    assert np.median(np.linalg.norm(off, axis=1)) < 0.3
    assert len(np.unique(last.points)) == len(last.points)
    new = last.points[last.points > first.points.max()]
    assert len(new) > 5


def test_nobody_is_followed() -> None:
    pictures = park(12)
    h, w = pictures[0].shape[:2]
    box = np.array([[0.3 * w, 0.1 * h, 0.7 * w, 0.9 * h]])
    follower = OpenCVBackground()
    low, high = box[0, :2], box[0, 2:]
    for i, picture in enumerate(pictures):
        sight = follower.follow(picture, box, starts_shot=i == 0)
        assert not ((sight.xy_px > low) & (sight.xy_px < high)).all(1).any()
        assert len(sight.points) > 20


def test_large_pictures_are_told_in_their_own_pixels() -> None:
    cv2 = pytest.importorskip("cv2")
    small = park(1)[0]
    large = cv2.resize(small, (2400, 1350))
    by_px = np.stack([8.0 * np.arange(6), 0 * np.arange(6)], -1)
    follower = OpenCVBackground()
    sights = [
        follower.follow(picture, NOBODY, starts_shot=i == 0)
        for i, picture in enumerate(shifted([large] * 6, by_px))
    ]
    _, i, j = np.intersect1d(sights[0].points, sights[-1].points, return_indices=True)
    off = sights[-1].xy_px[j] - sights[0].xy_px[i]
    assert np.median(off, axis=0) == pytest.approx([40, 0], abs=1)


def test_a_new_shot_and_a_blank_picture_end_every_point() -> None:
    picture = park(1)[0]
    follower = OpenCVBackground()
    first = follower.follow(picture, NOBODY, starts_shot=True)
    second = follower.follow(picture, NOBODY, starts_shot=True)
    assert not set(first.points.tolist()) & set(second.points.tolist())
    blank = follower.follow(np.zeros_like(picture), NOBODY, starts_shot=False)
    assert len(blank.points) == 0
