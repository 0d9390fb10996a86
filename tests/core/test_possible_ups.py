"""Which way is up where lines of a scene run along more than three directions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.data.arrays import Floats
from limn.core.geometry.camera import camera_of_focal
from limn.core.geometry.rotations import exp_so3
from limn.core.perspective.manhattan import find_axes, segments_of
from limn.core.perspective.possible_ups import PossibleUps, find_possible_ups, off_people
from limn.core.solving.floor.ground import find_grounds
from room_lines import angle_deg, in_clip, room_axes, room_lines
from solved_people import somebody

SIZE = (1280, 720)
NO_CUTS = np.zeros(0, np.int32)
CAMERA = camera_of_focal(SIZE, 1100.0)
DOUBT = np.radians(4.0)


def turned(way: Floats, degrees: float) -> Floats:
    return exp_so3(np.radians(degrees) * np.array([1.0, 0.0, 0.0])) @ way


def tiles_askew(pitch: float, seed: int) -> Floats:
    """A wall's few seams, and a floor's many tiles that are turned by 35 degrees against it."""
    wall = room_lines(CAMERA, room_axes(pitch, 0, 0)[:2], count=30, seed=seed)
    floor = room_lines(CAMERA, room_axes(pitch, 0, 35)[1:], count=80, seed=seed + 1)
    return np.concatenate([wall, floor])


def ups_of(*pictures: Floats, turns: Floats | None = None) -> PossibleUps | None:
    (found,) = find_possible_ups(in_clip(*pictures), NO_CUTS, CAMERA, turns)
    return found


def test_a_floor_laid_askew_does_not_tilt_the_world() -> None:
    up, lines = room_axes(20, 0, 0)[0], tiles_askew(20, 2)
    alone, found = find_axes(segments_of(lines, CAMERA)), ups_of(lines)
    assert alone is not None
    assert found is not None
    assert angle_deg(alone.axes[0], up) > 10
    for bodies in (-6, 0, 6):
        told, doubt = found.with_bodies(turned(up, bodies), DOUBT)
        assert angle_deg(told, up) < 0.5
        assert doubt < np.radians(1.5)
    bent = np.zeros((60, points.COUNT, 3))
    bent[:, 0:2], bent[:, 6:8] = 1.4 * turned(up, 6), 0.9 * turned(up, 6)
    (ground,) = find_grounds([bent + np.array([0.0, 1.0, 4.0])], [np.zeros((60, 2))], found)
    assert angle_deg(ground.normal, up) < 0.5


def test_of_ways_that_lines_make_as_likely_bodies_choose_and_the_doubt_is_told() -> None:
    level = room_axes(0, 0, 0)[0]
    one, other = turned(level, 5), turned(level, -5)
    both = PossibleUps(np.array([one, other]), np.array([30.0, 30.0]))
    told, _ = both.with_bodies(turned(level, 6), DOUBT)
    assert angle_deg(told, one) < 1.5
    between, doubt = both.with_bodies(level, DOUBT)
    assert angle_deg(between, level) < 0.5
    assert doubt == pytest.approx(np.radians(5) / np.sqrt(2), rel=0.1)


def test_without_better_lines_bodies_tell_up() -> None:
    up = room_axes(10, 0, 0)[0]
    for found in (
        PossibleUps(np.zeros((0, 3)), np.zeros(0)),
        PossibleUps(turned(up, 10)[None], np.array([-4.0])),
        # A roof, a ramp.
        PossibleUps(turned(up, 40)[None], np.array([50.0])),
    ):
        told, doubt = found.with_bodies(up, DOUBT)
        assert angle_deg(told, up) < 1.0
        assert doubt == pytest.approx(DOUBT, rel=0.05)


def test_pictures_of_a_shot_tell_one_way_up_or_none() -> None:
    rooms = [room_axes(-5, 3, 50), room_axes(30, 0, 40)]
    pictures = [room_lines(CAMERA, axes, seed=i) for i, axes in enumerate(rooms)]
    assert ups_of(*pictures) is None
    assert ups_of(np.zeros((0, 4))) is None
    # Of a camera that turned in between they are one room.
    turns = np.array([np.eye(3)] * 10 + [rooms[0].T @ rooms[1]])
    found = ups_of(*pictures, turns=turns)
    assert found is not None
    assert angle_deg(found.with_bodies(turned(rooms[0][0], 5), DOUBT)[0], rooms[0][0]) < 0.5


def test_lines_on_people_are_not_the_scene() -> None:
    inside, across = [210, 110, 230, 300], [150, 200, 260, 210]
    lines = in_clip(np.array([inside, across]), np.array([inside]))
    track = somebody(0).track
    stripes = replace(track, boxes_px=np.tile(np.array([200, 100, 300, 400], np.float32), (3, 1)))
    kept = off_people(lines, [stripes], SIZE)
    assert kept is not None
    # By the second picture, at frame 10, they have been gone for longer than they stay.
    assert kept[:, 1:].astype(int).tolist() == [across, inside]
    whole = replace(track, boxes_px=np.tile(np.array([0, 0, 1200, 720], np.float32), (3, 1)))
    assert np.array_equal(off_people(lines, [whole], SIZE), lines)
    assert off_people(None, [stripes], SIZE) is None
