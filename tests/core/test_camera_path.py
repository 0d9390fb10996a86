"""The path of a camera from points that stand still, whatever it does, and none for one at rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.types import Camera
from limn.core.geometry.rotations import log_so3, nearest_rotation
from limn.core.perspective.path.following import follow_shot
from limn.core.perspective.path.shot import ShotPath
from limn.core.perspective.path.two_views import relative_pose
from moving_room import (
    MovingRoom,
    cameras,
    path_error,
    room_points,
    seen_by,
    shake,
    sideways,
    smooth,
)

COUNT = 70


def turn_errors_deg(found: ShotPath, filmed: list[Camera]) -> np.ndarray:
    true = np.stack([filmed[f].T_world_camera[:3, :3].T for f in found.frames])
    apart = np.swapaxes(found.R, 1, 2) @ true
    mean = nearest_rotation(apart.sum(0))
    return np.degrees(np.linalg.norm(log_so3(mean.T @ apart), axis=-1))


def test_a_carried_camera_is_followed() -> None:
    filmed = cameras(sideways(), shake())
    found = follow_shot(seen_by(filmed))
    assert found is not None
    assert found.model == "carried"
    assert len(found.frames) == COUNT
    assert turn_errors_deg(found, filmed).max() < 0.15
    assert path_error(found, filmed) < 0.005
    assert np.abs(found.focal / filmed[0].K[0, 0] - 1).max() < 0.03
    assert not found.held.any()


@pytest.mark.parametrize("wrong", [0.75, 1.3])
def test_a_walk_towards_tells_the_focal_length(wrong: float) -> None:
    ahead = np.linspace(0, 2.2, COUNT)
    path = np.stack([0.1 * ahead, 0 * ahead, ahead], -1) + smooth(COUNT, (0.03, 0.03, 0.02))
    filmed = cameras(path, shake())
    found = follow_shot(seen_by(filmed, wrong=wrong))
    assert found is not None
    assert found.model == "carried"
    assert turn_errors_deg(found, filmed).max() < 0.2
    assert path_error(found, filmed) < 0.01
    assert np.abs(found.focal / filmed[0].K[0, 0] - 1).max() < 0.02


def test_an_orbit_is_followed_all_the_way() -> None:
    angle = np.radians(np.linspace(0, 90, COUNT))
    path = np.stack([4.5 * np.sin(angle), 0 * angle, 4.5 * (1 - np.cos(angle))], -1)
    filmed = cameras(path, np.stack([0 * angle, -angle, 0 * angle], -1))
    found = follow_shot(seen_by(filmed))
    assert found is not None
    assert turn_errors_deg(found, filmed).max() < 0.3
    assert path_error(found, filmed) < 0.005


def test_what_moves_by_itself_has_no_say() -> None:
    filmed = cameras(sideways(), shake())
    found = follow_shot(seen_by(filmed, MovingRoom(filmed, strays=0.2)))
    assert found is not None
    assert turn_errors_deg(found, filmed).max() < 0.3
    assert path_error(found, filmed) < 0.01


def test_few_points_are_enough() -> None:
    filmed = cameras(sideways(), shake())
    found = follow_shot(seen_by(filmed, MovingRoom(filmed, most=35, noise_px=0.4)))
    assert found is not None
    assert turn_errors_deg(found, filmed).max() < 1.0
    assert path_error(found, filmed) < 0.02


def test_a_turn_is_no_path() -> None:
    filmed = cameras(np.zeros((COUNT, 3)), shake(deg=3.0))
    found = follow_shot(seen_by(filmed))
    assert found is not None
    assert found.model == "turns"
    assert np.ptp(found.centers, axis=0).max() < 1e-9
    assert np.ptp(found.focal) < 1e-6
    assert turn_errors_deg(found, filmed).max() < 0.2


def test_a_zoom_from_a_tripod_is_no_path() -> None:
    zoom = np.linspace(1.0, 1.7, COUNT)
    filmed = cameras(np.zeros((COUNT, 3)), shake(), zoom)
    found = follow_shot(seen_by(filmed, wrong=1.25))
    assert found is not None
    assert found.model == "zooms"
    assert np.ptp(found.centers, axis=0).max() < 1e-9
    assert np.abs(found.focal / found.focal[0] / zoom - 1).max() < 0.01
    assert np.abs(found.focal / [c.K[0, 0] for c in filmed] - 1).max() < 0.03
    assert turn_errors_deg(found, filmed).max() < 0.1


def test_a_carried_camera_may_zoom() -> None:
    zoom = np.linspace(1.0, 1.5, COUNT)
    along = np.linspace(0, 2.0, COUNT)
    path = np.stack([along, 0 * along, 0.3 * np.sin(3 * along)], -1)
    filmed = cameras(path, shake(), zoom)
    found = follow_shot(seen_by(filmed, wrong=1.1))
    assert found is not None
    assert found.model == "carried"
    assert np.abs(found.focal / found.focal[0] / zoom - 1).max() < 0.05
    assert turn_errors_deg(found, filmed).max() < 0.5
    assert path_error(found, filmed) < 0.02


def test_precise_points_tell_the_lens_of_a_carried_zoom() -> None:
    """Where points might all be off by a pixel the focal length would be, by a fifth."""
    zoom = np.linspace(1.0, 1.5, COUNT)
    along = np.linspace(0, 2.0, COUNT)
    path = np.stack([along, 0 * along, 0.1 * np.sin(3 * along)], -1)
    filmed = cameras(path, shake(), zoom)
    room = MovingRoom(filmed, noise_px=0.1, most=90)
    found = follow_shot(seen_by(filmed, room, wrong=1.2))
    assert found is not None
    assert found.model == "carried"
    assert np.abs(found.focal / [c.K[0, 0] for c in filmed] - 1).max() < 0.06


def test_a_floor_alone_is_enough() -> None:
    floor = np.random.default_rng(2).uniform([-5, -2, 0], [5, 5, 0], (500, 3))
    filmed = cameras(sideways(), shake())
    found = follow_shot(seen_by(filmed, MovingRoom(filmed, points=floor), wrong=1.05, doubt=0.05))
    assert found is not None
    assert found.model == "carried"
    assert turn_errors_deg(found, filmed).max() < 1.0
    assert path_error(found, filmed) < 0.03


def test_where_everything_moves_there_is_no_path() -> None:
    filmed = cameras(np.zeros((COUNT, 3)), np.zeros((COUNT, 3)))
    assert follow_shot(seen_by(filmed, MovingRoom(filmed, strays=1.0))) is None


def test_a_moment_without_points_is_bridged() -> None:
    filmed = cameras(sideways(), shake())
    sparse = seen_by(filmed)
    few = (sparse.look < 30) | (sparse.look > 36)
    # In those looks all but three points are hidden.
    shown = np.concatenate([np.flatnonzero(sparse.look == k)[:3] for k in range(30, 37)])
    few[shown] = True
    hidden = replace(sparse, look=sparse.look[few], point=sparse.point[few], xy=sparse.xy[few])
    found = follow_shot(hidden)
    assert found is not None
    assert found.held[30:37].all()
    assert not found.held[:30].any()
    # The hand shakes by as much meanwhile.
    assert turn_errors_deg(found, filmed).max() < 2.0
    assert path_error(found, filmed) < 0.02


@pytest.mark.parametrize("wrong", [0.9, 1.0, 1.1])
def test_two_views_of_a_plane_are_told_apart(wrong: float) -> None:
    wall = room_points()[:300] * [1, 1, 0]
    filmed = cameras(sideways(), shake())
    a, b = filmed[0], filmed[-1]
    seen = []
    for camera in (a, b):
        T = camera.T_world_camera
        Y = (wall - T[:3, 3]) @ T[:3, :3]
        seen.append(np.where(Y[:, 2:] > 0.5, Y[:, :2] / Y[:, 2:], np.nan) / wrong)
    rows = np.isfinite(seen[0]).all(1) & np.isfinite(seen[1]).all(1)
    pose = relative_pose(seen[0][rows], seen[1][rows], 0.001, np.eye(3))
    assert pose.cost < 0.5
    assert pose.front > 0.95


@pytest.mark.parametrize("grows", [0.0, 0.5])
def test_a_window_that_wanders_over_a_still_picture_is_not_carried(grows: float) -> None:
    at_rest = cameras(np.zeros((COUNT, 3)), np.zeros((COUNT, 3)))
    seen = seen_by(at_rest, wrong=1.0)
    place = smooth(COUNT, (120.0, 70.0), seed=4)
    size = 1 + grows * np.linspace(0, 1, COUNT)
    cut = replace(seen, xy=size[seen.look, None] * seen.xy + place[seen.look])
    found = follow_shot(cut)
    assert found is not None
    assert found.model == ("zooms" if grows else "turns")
    assert np.ptp(found.centers, axis=0).max() < 1e-9


def test_a_tripod_that_is_called_carried_is_followed_or_left() -> None:
    filmed = cameras(np.zeros((COUNT, 3)), shake(deg=3.0))
    seen = seen_by(filmed)
    assert follow_shot(seen) is not None
    forced = follow_shot(seen, prefers_carried=True)
    assert forced is None or forced.model in ("turns", "carried")
