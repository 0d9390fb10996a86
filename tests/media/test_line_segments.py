"""Straight edges of a picture are found where they are."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.geometry.camera import camera_of_focal
from limn.core.perspective.focal import estimate_focal
from limn.core.perspective.manhattan import find_axes, segments_of
from limn.media.line_segments import find_segments
from room_lines import room_axes, room_lines


def drawn(width: int, height: int, ends: list[tuple[int, int, int, int]]) -> np.ndarray:
    cv2 = pytest.importorskip("cv2")
    picture = np.full((height, width, 3), 60, np.uint8)
    for x0, y0, x1, y1 in ends:
        cv2.fillPoly(
            picture, [np.array([[x0, y0], [x1, y1], [x1, height], [x0, height]])], (200,) * 3
        )
    return picture


@pytest.mark.parametrize("scale", [1, 3])
def test_an_edge_is_found_whatever_the_size(scale: int) -> None:
    width, height = 640 * scale, 360 * scale
    line = np.array([100, 120, 500, 200]) * scale
    found = find_segments(drawn(width, height, [tuple(line.tolist())]))
    level = found[np.abs(found[:, 2] - found[:, 0]) > 300 * scale]
    assert len(level) == 1
    ends = level[0].reshape(2, 2)
    ends = ends[np.argsort(ends[:, 0])]
    along = (line[2:] - line[:2]) / np.linalg.norm(line[2:] - line[:2])
    off = (ends - line[:2]) @ [-along[1], along[0]]
    assert np.abs(off).max() < 1.2 * scale
    assert np.abs(ends - line.reshape(2, 2)).max() < 6 * scale


def test_a_drawn_room_tells_the_camera() -> None:
    cv2 = pytest.importorskip("cv2")
    size = (1280, 720)
    camera, axes = camera_of_focal(size, 800.0), room_axes(18, -3, 35)
    picture = np.full((size[1], size[0], 3), 200, np.uint8)
    for x0, y0, x1, y1 in room_lines(camera, axes, noise_px=0.0, strays=0.1, count=60).round():
        cv2.line(picture, (int(x0), int(y0)), (int(x1), int(y1)), (20, 40, 60), 3, cv2.LINE_AA)
    lines = find_segments(picture)
    told = estimate_focal([lines], size)
    assert told.px == pytest.approx(800.0, rel=0.06)
    assert told.doubt < 0.15
    frame = find_axes(segments_of(lines, camera))
    assert frame is not None
    assert np.degrees(np.arccos(frame.axes[0] @ axes[0])) < 1.0


def test_the_longest_come_first_and_crumbs_not_at_all() -> None:
    found = find_segments(drawn(640, 360, [(50, 100, 600, 90), (200, 250, 330, 260)]))
    long_px = np.hypot(found[:, 2] - found[:, 0], found[:, 3] - found[:, 1])
    assert (np.diff(long_px) <= 0).all()
    assert long_px.min() > 0.03 * 640


def test_a_blank_picture_has_no_lines() -> None:
    pytest.importorskip("cv2")
    assert find_segments(np.zeros((90, 160, 3), np.uint8)).shape == (0, 4)
