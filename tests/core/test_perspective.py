"""Straight lines tell the field of view and the upright, or say that they can't."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.data.observations import Observed
from limn.core.data.settings import Settings
from limn.core.data.types import FOCAL_DOUBT, Camera, Frame
from limn.core.geometry.camera import camera_from_fov, camera_of_focal
from limn.core.perspective.collecting import LineCollector, by_picture
from limn.core.perspective.focal import camera_from_lines, estimate_focal
from limn.core.perspective.manhattan import find_axes, segments_of
from limn.core.perspective.upright import find_uprights
from limn.core.solving.floor.ground import find_grounds
from room_lines import RoomScene, angle_deg, in_clip, room_axes, room_lines
from synthetic import camera_at, watch
from synthetic_motion import squatting, walking

SIZE = (1280, 720)
NO_CUTS = np.zeros(0, np.int32)


@pytest.mark.parametrize("focal", [700.0, 1100.0, 1900.0])
@pytest.mark.parametrize(("pitch", "roll", "yaw"), [(15, 0, 35), (-12, 4, 60), (28, -9, 20)])
def test_a_room_tells_focal_length_and_upright(
    focal: float, pitch: float, roll: float, yaw: float
) -> None:
    axes = room_axes(pitch, roll, yaw)
    camera = camera_of_focal(SIZE, focal)
    lines = room_lines(camera, axes)
    told = estimate_focal([lines], SIZE)
    assert told.px == pytest.approx(focal, rel=0.05)
    assert abs(np.log(told.px / focal)) < 1.5 * told.doubt < 0.25
    frame = find_axes(segments_of(lines, camera))
    assert frame is not None
    assert angle_deg(frame.axes[0], axes[0]) < 0.6
    assert np.abs(frame.axes @ frame.axes.T - np.eye(3)).max() < 1e-9


def test_lines_of_a_distorted_picture_are_straightened() -> None:
    axes = room_axes(15, 0, 35)
    K = camera_of_focal(SIZE, 900.0).K
    bent = Camera(K, SIZE, dist=np.array([-0.25, 0.08, 0, 0]))
    frame = find_axes(segments_of(room_lines(bent, axes), bent))
    assert frame is not None
    assert angle_deg(frame.axes[0], axes[0]) < 0.5


def test_a_wall_seen_straight_on_tells_no_focal_length() -> None:
    camera = camera_of_focal(SIZE, 1900.0)
    wall = room_lines(camera, room_axes(0, 0, 0)[:2])
    told = estimate_focal([wall], SIZE)
    assert told.doubt > 0.8 * FOCAL_DOUBT
    assert told.px == pytest.approx(camera_from_fov(SIZE, None).K[0, 0], rel=0.1)


@pytest.mark.parametrize("lines", [None, np.zeros((0, 5), np.float32)])
def test_without_lines_it_is_the_guess(lines: np.ndarray | None) -> None:
    camera, guess = camera_from_lines(lines, SIZE), camera_from_fov(SIZE, None)
    assert camera.K == pytest.approx(guess.K)
    assert camera.focal_doubt == FOCAL_DOUBT
    assert find_uprights(lines, NO_CUTS, camera) == [None]


def test_lines_of_nothing_are_no_news() -> None:
    rng = np.random.default_rng(0)
    middle, way = rng.uniform(0, 700, (80, 2)), rng.normal(0, 60, (80, 2))
    told = estimate_focal([np.concatenate([middle, middle + way], axis=1)], SIZE)
    assert told.doubt > 0.6 * FOCAL_DOUBT


def test_the_same_lines_give_the_same_answer_in_any_order() -> None:
    lines = room_lines(camera_of_focal(SIZE, 1100.0), room_axes(15, 0, 35))
    assert estimate_focal([lines], SIZE) == estimate_focal([lines.copy()], SIZE)
    turned = estimate_focal([lines[:, [2, 3, 0, 1]]], SIZE)
    assert turned.px == pytest.approx(estimate_focal([lines], SIZE).px, rel=0.01)


def test_every_shot_has_its_own_upright_and_a_moving_camera_none() -> None:
    camera = camera_of_focal(SIZE, 1100.0)
    ways = [room_axes(10, 0, 30), room_axes(10, 0, 30), room_axes(-5, 3, 50), room_axes(30, 0, 40)]
    pictures = [room_lines(camera, axes, seed=i) for i, axes in enumerate(ways)]
    found = find_uprights(in_clip(*pictures), np.array([15], np.int32), camera)
    assert found[0] is not None
    assert angle_deg(found[0].axes[0], ways[0][0]) < 0.5
    assert found[1] is None


def test_a_few_pictures_are_looked_at_however_long_the_clip() -> None:
    looked: list[int] = []

    def find(bgr: np.ndarray) -> np.ndarray:
        looked.append(int(bgr[0, 0, 0]))
        return np.full((2, 4), float(bgr[0, 0, 0]), np.float32)

    with ThreadPoolExecutor(1) as pool:
        collector = LineCollector(find)
        for position in range(200):
            bgr = np.full((2, 2, 3), position, np.uint8)
            chunk = [Frame(position, position / 2, bgr)]
            collector.read(pool, position, chunk, starts_shot=position in (0, 50))
    numbers = np.arange(200, dtype=np.int32)
    lines = collector.finish(Observed(numbers / 2, numbers, ())).lines
    assert looked == [0, 8, 16, 50, 58, 66]
    assert sorted(by_picture(lines)) == looked
    assert np.array_equal(by_picture(lines)[58], np.full((2, 4), 58.0))


def lines_of(camera: Camera, yaw_deg: float = 35.0) -> np.ndarray:
    """A room with upright walls before a camera of ``camera_at``."""
    turn = np.radians(yaw_deg)
    level = [[np.cos(turn), np.sin(turn), 0.0], [-np.sin(turn), np.cos(turn), 0.0]]
    world = np.array([[0.0, 0.0, 1.0], *level])
    return room_lines(camera, world @ camera.T_world_camera[:3, :3])


def test_a_clip_in_a_room_is_as_good_as_one_with_a_known_camera() -> None:
    camera = camera_at(tilt_deg=14, fov_deg=42)
    clip = watch(squatting(30.0, 1.5), camera=camera)
    room = lines_of(camera)
    take = clip.estimate(camera_is_known=False, scene=RoomScene(camera, room))
    assert take.camera.K[0, 0] == pytest.approx(camera.K[0, 0], rel=0.05)
    assert take.report["field_of_view"] == "measured"
    up = take.camera.T_world_camera[2, :3]
    assert angle_deg(up, camera.T_world_camera[2, :3]) < 0.7
    guessed = clip.estimate(camera_is_known=False)
    assert guessed.report["field_of_view"] == "guessed"
    given = clip.estimate(
        Settings(fov_deg=50.0), camera_is_known=False, scene=RoomScene(camera, room)
    )
    assert given.report["horizontal_fov_deg"] == pytest.approx(50.0, abs=0.1)
    assert given.report["field_of_view"] == "given"


def test_the_lines_are_kept_for_solving_again() -> None:
    camera = camera_at(tilt_deg=14, fov_deg=42)
    room = lines_of(camera).astype(np.float32)
    take = watch(squatting(30.0, 1.0), camera=camera).estimate(scene=RoomScene(camera, room))
    assert take.observed is not None
    assert take.observed.lines is not None
    assert np.array_equal(by_picture(take.observed.lines)[0], room)
    with pytest.raises(ValueError, match="lines"):
        Observed(take.time_s, take.source_frame, (), lines=np.zeros((3, 4), np.float32))


def test_the_scene_levels_the_floor_unless_bodies_contradict() -> None:
    camera = camera_at(tilt_deg=14)
    motion = walking(30.0, 2.0)
    clip = watch(motion, camera=camera)
    # Leaning back as networks' people do, at worst by 13 degrees about the picture's x.
    lean = np.radians(13.0)
    R = np.array([[1, 0, 0], [0, np.cos(lean), -np.sin(lean)], [0, np.sin(lean), np.cos(lean)]])
    X = clip.xyz_camera[0][:, points.FROM_BLAZEPOSE]
    X = (X - X.mean((0, 1))) @ R.T + X.mean((0, 1))
    nobody_stands = np.zeros((len(X), 2))
    up = camera.T_world_camera[2, :3]
    frame = find_uprights(in_clip(lines_of(camera)), NO_CUTS, camera)[0]
    assert frame is not None
    alone = find_grounds([X], [nobody_stands])[0].normal
    level = find_grounds([X], [nobody_stands], frame)[0].normal
    assert angle_deg(alone, up) > 3
    assert angle_deg(level, up) < 0.7
    turn = np.radians(40.0)
    askew = np.array([[1, 0, 0], [0, np.cos(turn), -np.sin(turn)], [0, np.sin(turn), np.cos(turn)]])
    wrong = replace(frame, axes=frame.axes @ askew.T)
    assert angle_deg(find_grounds([X], [nobody_stands], wrong)[0].normal, alone) < 1e-3
