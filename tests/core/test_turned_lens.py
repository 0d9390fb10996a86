"""A camera that stands and turns tells how long its lens is, if it turns far enough."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.observations import Background, Observed
from limn.core.geometry.rotations import log_so3
from limn.core.perspective.camera_motion import filming_of
from limn.core.perspective.path.following import follow_shot
from moving_room import MovingRoom, cameras, room_points, seen_by, shake, smooth
from synthetic import camera_at


def _pan(deg: float, count: int = 40) -> np.ndarray:
    along = np.linspace(0, np.radians(deg), count)[:, None]
    return np.hstack([0.1 * along, along, 0 * along]) + 0.2 * shake(count)


@pytest.mark.parametrize("wrong", [0.45, 0.75, 1.3])
def test_turning_tells_how_long_the_lens_is(wrong: float) -> None:
    """Also a long one, through which a picture's sides hardly turn away as its middle goes by."""
    zoomed = np.full(40, 2.5)
    filmed = cameras(np.zeros((40, 3)), _pan(15), zoomed)
    room = MovingRoom(filmed, noise_px=0.1, most=100, points=room_points(4000))
    seen = seen_by(filmed, room, wrong=2.5 * wrong, doubt=0.25)
    found = follow_shot(seen)
    assert found is not None
    assert found.model == "turns"
    assert found.focal_doubt is not None
    assert found.focal_doubt < 0.1
    true = 2.5 * camera_at().K[0, 0]
    assert found.focal == pytest.approx(true, rel=0.02)


def test_a_zooms_lens_is_told_as_exactly() -> None:
    zoom = np.linspace(1.5, 2.1, 40)
    filmed = cameras(np.zeros((40, 3)), _pan(6), zoom)
    room = MovingRoom(filmed, noise_px=0.1, most=100, points=room_points(4000))
    found = follow_shot(seen_by(filmed, room, wrong=1.2, doubt=0.25))
    assert found is not None
    assert found.model == "zooms"
    assert found.focal == pytest.approx(zoom * camera_at().K[0, 0], rel=0.03)


@pytest.mark.parametrize(("turns", "noise_px"), [(0.2, 0.2), (0.4, 0.8)])
def test_what_hardly_turns_tells_no_lens(turns: float, noise_px: float) -> None:
    """Too little of it, or no more of it than a wandering window would show."""
    filmed = cameras(np.zeros((40, 3)), turns * shake(40), np.full(40, 4.0))
    room = MovingRoom(filmed, noise_px=noise_px, most=60, points=room_points(4000))
    found = follow_shot(seen_by(filmed, room, wrong=4.8, doubt=0.25))
    assert found is not None
    assert found.model == "turns"
    assert found.focal_doubt is None


def test_a_window_that_wanders_over_a_picture_tells_no_lens() -> None:
    filmed = cameras(np.zeros((40, 3)), np.zeros((40, 3)))
    seen = seen_by(filmed, MovingRoom(filmed, noise_px=0.1, most=100), wrong=1.2, doubt=0.25)
    seen = replace(seen, xy=seen.xy + smooth(40, (100.0, 50.0))[seen.look])
    found = follow_shot(seen)
    assert found is not None
    assert found.model == "turns"
    assert found.focal_doubt is None


def test_the_clips_camera_has_the_lens_that_turning_told() -> None:
    filmed = cameras(np.zeros((40, 3)), _pan(25))
    seen = seen_by(filmed, MovingRoom(filmed, noise_px=0.1, most=100))
    true = camera_at()
    xy = (seen.xy + true.K[:2, 2]).astype(np.float32)
    frames, points = seen.frames[seen.look].astype(np.int32), seen.point.astype(np.int32)
    clip = Observed(np.arange(40) / 30, np.arange(40, dtype=np.int32), ())
    clip = replace(clip, background=Background(frames, points, xy))
    K = true.K.copy()
    K[:2, :2] *= 0.7
    filming = filming_of(clip, replace(true, K=K, focal_doubt=0.25))
    assert filming.camera.K[0, 0] == pytest.approx(true.K[0, 0], rel=0.02)
    assert filming.camera.focal_doubt < 0.1
    assert filming.motion is not None
    assert filming.motion.centers is None
    looks = np.stack([one.T_world_camera[:3, :3] for one in filmed])
    found = filming.motion.R[0].T @ filming.motion.R
    apart = log_so3(found @ np.swapaxes(looks[0].T @ looks, 1, 2))
    assert np.degrees(np.linalg.norm(apart, axis=1)).max() < 0.2
