"""Points of real pictures are followed, so that turns of a camera are told from nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from limn.core.geometry.camera import camera_from_fov
from limn.core.geometry.rotations import exp_so3, log_so3
from limn.core.perspective.camera_turns import TurnWatch
from limn.media.clips import open_clip
from limn.media.scene_finder import OpenCVScene

PARK = Path(__file__).resolve().parents[2] / "examples" / "park.mp4"


def seen_turning(pictures: list[Any], turns: np.ndarray) -> np.ndarray | None:
    """What is found where each picture is turned as the camera would have been."""
    cv2 = pytest.importorskip("cv2")
    h, w = pictures[0].shape[:2]
    camera = camera_from_fov((w, h), None)
    K = camera.K
    scene, watch = OpenCVScene(), TurnWatch(camera)
    for i, (picture, turn) in enumerate(zip(pictures, turns, strict=True)):
        H = K @ exp_so3(turn).T @ np.linalg.inv(K)
        turned = cv2.warpPerspective(picture, H, (w, h), borderMode=cv2.BORDER_REFLECT)
        watch.add(i, scene.follow(turned, starts_shot=i == 0), [], starts_shot=i == 0)
    return watch.turns(len(pictures))


def park(count: int) -> list[Any]:
    pytest.importorskip("cv2")
    return [frame.bgr for frame, _ in zip(open_clip(PARK).frames(), range(count), strict=False)]


def test_a_real_clip_that_is_turned_is_found_to_turn() -> None:
    t = np.arange(50) / 30
    turns = np.radians(2.0) * np.stack([np.sin(2 * t), t + np.sin(3 * t), 0.3 * np.sin(4 * t)], -1)
    found = seen_turning(park(50), turns)
    assert found is not None
    apart = exp_so3(found.astype(np.float64)) @ np.swapaxes(exp_so3(turns), -1, -2)
    off = np.degrees(np.linalg.norm(log_so3(apart[0].T @ apart), axis=-1))
    assert off.max() < 0.2
    assert np.degrees(np.ptp(turns[:, 1])) > 2.5


def test_a_real_clip_from_a_tripod_never_turns() -> None:
    assert seen_turning(park(40), np.zeros((40, 3))) is None


def test_a_blank_picture_can_not_be_followed() -> None:
    blank = [np.zeros((90, 160, 3), np.uint8)] * 4
    assert seen_turning(blank, np.zeros((4, 3))) is None


def test_a_large_picture_is_looked_at_in_its_own_pixels() -> None:
    cv2 = pytest.importorskip("cv2")
    rng = np.random.default_rng(0)
    noise = cv2.GaussianBlur(rng.uniform(0, 255, (1080, 1920)).astype(np.float32), (0, 0), 6)
    noise = cv2.normalize(noise, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    large = cv2.cvtColor(noise, cv2.COLOR_GRAY2BGR)
    moved = np.roll(large, (6, 12), (0, 1))
    scene = OpenCVScene()
    assert scene.follow(large, starts_shot=True).is_key
    flow = scene.follow(moved, starts_shot=False)
    assert len(flow.after) > 30
    assert np.abs(np.median(flow.after - flow.before, axis=0) - [12, 6]).max() < 0.3
