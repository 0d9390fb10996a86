"""Floors of several heights: every standing foot is on one, and nobody is under the world's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.data.skeletons import joint
from limn.core.data.types import Take
from limn.core.geometry.ballistics import GRAVITY_MPS2, fit_flight
from limn.core.geometry.camera import camera_from_world
from limn.core.geometry.kinematics import person_joints_world
from limn.core.geometry.rotations import exp_so3
from limn.core.solving.floor.levels import Stand, level_of_stands, stands_of
from limn.core.tracking.gating import cut
from limn.core.tracking.track_merging import are_one
from synthetic import Actor, Clip, Flaws, camera_at, watch
from synthetic_motion import climbing, leaping_down, raised, standing, turning, walking
from synthetic_skeleton import Motion

ANKLES = [joint("left_ankle"), joint("right_ankle")]
BALLS = [joint("left_foot"), joint("right_foot")]
ROOF_M = 1.8
WIDE = camera_at(distance_m=8.0, height_m=1.4, tilt_deg=0.0)


def standing_balls(take: Take, who: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions in the clip (n,) and heights (n,) of the balls of feet that are called standing."""
    person = take.people[who]
    on = person.contact[:, [0, 2]] > 0.9
    height = person_joints_world(person)[:, BALLS, 2]
    return np.repeat(person.frames[:, None], 2, axis=1)[on], height[on]


def levels_of(take: Take) -> list[float]:
    levels: Any = take.report["floor_levels_m"]
    return levels


@pytest.mark.parametrize("main_is_on_the_roof", [True, False])
def test_of_a_man_on_a_roof_and_a_woman_below_the_lawn_is_the_floor(
    main_is_on_the_roof: bool,
) -> None:
    above = raised(turning(30.0, 2.0), ROOF_M).moved((-1.5, 0.0))
    below = walking(30.0, 2.0).moved((1.0, 0.0), yaw_deg=90)
    people = (above, below) if main_is_on_the_roof else (below, above)
    clip = watch(*people, camera=WIDE, flaws=Flaws(noise_m=0.005))
    if not main_is_on_the_roof:  # who is there for longer comes first
        gone = np.arange(len(above)) < 45
        clip = replace(clip, actors=(Actor(below), Actor(above, gone)))
    take = clip.estimate()
    heights = sorted(float(np.median(standing_balls(take, who)[1])) for who in (0, 1))
    assert heights[0] == pytest.approx(0.03, abs=0.05)
    assert heights[1] == pytest.approx(ROOF_M + 0.03, abs=0.12)
    assert take.camera.T_world_camera[2, 3] == pytest.approx(1.4, abs=0.15)
    assert levels_of(take) == [0.0, pytest.approx(ROOF_M, abs=0.12)]
    (said,) = (warning for warning in take.warnings if "floors of" in warning)
    assert said.startswith("People stand on floors of 2 heights, 0.00 and 1.")
    checks: Any = take.report["people"]
    for entry in checks:
        assert entry["checks"]["floor_penetration_mm"]["word"] == "good"


@pytest.mark.parametrize(
    "motion", [walking(30.0, 3.0).moved(yaw_deg=70), turning(30.0, 2.0)], ids=["walk", "turn"]
)
def test_a_level_floor_stays_one_floor(motion: Motion) -> None:
    take = watch(motion, flaws=Flaws(noise_m=0.015)).estimate()
    assert levels_of(take) == [0.0]
    assert not any("floors of" in warning for warning in take.warnings)


def test_every_step_of_a_stair_is_a_floor_of_its_own() -> None:
    stair_m = 0.17
    take = watch(climbing(30.0, 3.0, stair_m), camera=WIDE, flaws=Flaws(noise_m=0.003)).estimate()
    _, height = standing_balls(take, 0)
    step = (height - height.min()) / stair_m
    assert step.max() > 3.5
    assert np.abs(step - np.round(step)).mean() < 0.15
    assert np.abs(step - np.round(step)).max() < 0.35
    assert np.diff(levels_of(take)) == pytest.approx(stair_m, abs=0.03)
    assert levels_of(take)[0] == 0.0


@pytest.mark.parametrize("seconds", [2.85, 2.9])
def test_a_last_step_is_a_floor_though_the_other_foot_never_reaches_it(seconds: float) -> None:
    """The clip ends a third of a second after the foot has come to stand."""
    motion = climbing(30.0, seconds)
    assert not motion.planted[-1].all()
    take = watch(motion, camera=WIDE, flaws=Flaws(noise_m=0.003)).estimate()
    true = motion.joints()[:, BALLS, 2]
    off = person_joints_world(take.people[0])[:, BALLS, 2] - true
    last = motion.planted[-1]
    assert float(off[-1][last][0] - np.median(off)) == pytest.approx(0.0, abs=0.04)
    assert np.diff(levels_of(take))[-1] == pytest.approx(0.17, abs=0.04)


def test_a_foot_that_is_held_up_still_makes_no_floor() -> None:
    motion = standing(30.0, 2.0)
    R = motion.R_parent_joint.copy()
    bend = np.radians(80.0)
    cos, sin = np.cos(bend), np.sin(bend)
    hip, knee = joint("left_hip"), joint("left_knee")
    R[:, hip] = R[:, hip] @ np.array([[1, 0, 0], [0, cos, sin], [0, -sin, cos]])
    R[:, knee] = R[:, knee] @ np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])
    planted = motion.planted & np.array([False, True])
    heron = replace(motion, R_parent_joint=R, planted=planted)
    assert heron.joints()[:, ANKLES[0], 2].min() > 0.3, "the foot isn't up"
    take = watch(heron).estimate()
    assert levels_of(take) == [0.0]


def leap(gap: tuple[int, int] | None, *motions: Motion) -> tuple[Clip, Take]:
    """A clip of leaps in which nobody is seen in the frames of ``gap``, and what is found."""
    clip = watch(*motions, camera=WIDE, flaws=Flaws(noise_m=0.005))
    if gap is not None:
        seen = np.ones(len(motions[0]), bool)
        seen[slice(*gap)] = False
        clip = replace(clip, actors=tuple(Actor(motion, seen) for motion in motions))
    return clip, clip.estimate()


@pytest.mark.parametrize("gap", [None, (36, 50), (33, 54)], ids=["seen", "half", "whole flight"])
def test_who_leaps_off_a_roof_is_one_person_on_two_floors(gap: tuple[int, int] | None) -> None:
    motion = leaping_down(drop_m=ROOF_M).moved((-1.5, 0.0))
    clip, take = leap(gap, motion)
    (person,) = take.people
    np.testing.assert_array_equal(person.frames, np.arange(len(motion)))
    frame, height = standing_balls(take, 0)
    assert np.median(height[frame < 30]) == pytest.approx(ROOF_M + 0.03, abs=0.12)
    assert np.median(height[frame > 60]) == pytest.approx(0.03, abs=0.05)
    assert levels_of(take) == [0.0, pytest.approx(ROOF_M, abs=0.12)]
    checks: Any = take.report["people"]
    assert checks[0]["checks"]["floor_penetration_mm"]["value"] < 10, "a fall is no sunk foot"
    true = camera_from_world(clip.camera, motion.root_xyz)
    out = camera_from_world(take.camera, person.root_xyz_world.astype(np.float64))
    off = np.abs(out - true)[:, :2].max(0)
    assert off.max() < 0.16, f"the flight is {1000 * off.max():.0f} mm off"


def test_who_walks_off_to_the_left_is_not_who_falls_on_the_right() -> None:
    """Where one track ends in the air and another begins lies on a parabola; whether it is one
    flight, the ways that both went before and after tell as well."""
    clip, take = leap((33, 54), leaping_down(drop_m=ROOF_M, across_mps=2.0).moved((-1.5, 0.0)))
    assert take.observed is not None
    (track,) = take.observed.tracks
    hole = int(np.searchsorted(track.frames, 40))
    before, after = cut(track, slice(0, hole)), cut(track, slice(hole, None))
    assert are_one(before, after, clip.fps)
    center_px = before.center_px.copy()
    center_px[:, 0] += np.linspace(900, 0, len(center_px))
    assert not are_one(replace(before, center_px=center_px), after, clip.fps)


def test_who_leaps_onto_a_box_stands_on_it() -> None:
    down = leaping_down(drop_m=0.5, up_mps=1.5)
    motion = replace(
        down,
        root_xyz=down.root_xyz[::-1].copy(),
        R_parent_joint=down.R_parent_joint[::-1].copy(),
        planted=down.planted[::-1].copy(),
    )
    take = watch(motion, camera=WIDE, flaws=Flaws(noise_m=0.005)).estimate()
    frame, height = standing_balls(take, 0)
    true = motion.joints()[:, BALLS, 2].min(1)
    assert np.abs(height - true[frame]).max() < 0.02, "a contact is on no level"
    assert levels_of(take) == [0.0, pytest.approx(0.5, abs=0.02)]


def test_two_who_cross_in_the_air_while_nobody_is_seen_are_not_swapped() -> None:
    right = leaping_down(across_mps=1.8).moved((-1.3, 0.0))
    left = leaping_down(across_mps=-1.8).moved((1.3, 0.4))
    clip, take = leap((38, 54), right, left)
    assert len(take.people) == 2
    for person in take.people:
        x = camera_from_world(take.camera, person.root_xyz_world.astype(np.float64))[:, 0]
        assert np.sign(x[0]) == -np.sign(x[-1]), "somebody turned round in the air"
        assert len(person.frames) == len(right)
    assert clip.xy_px.shape[0] == 2


def test_a_parabola_is_found_though_a_third_of_the_sights_is_wrong() -> None:
    t = np.linspace(0, 0.8, 24)
    xy = 150.0 * np.stack([2.0 * t, -3.0 * t + 0.5 * GRAVITY_MPS2 * t**2], axis=-1) + 300
    xy[::3] += 120.0
    flight = fit_flight(t, xy, np.ones(24), 150.0)
    np.testing.assert_allclose(flight.speed_at(0.0), [2.0, -3.0], atol=0.35)
    np.testing.assert_allclose(flight.speed_at(0.8)[1], -3.0 + 0.8 * GRAVITY_MPS2, atol=0.35)


def test_a_foot_that_is_still_for_two_frames_makes_no_floor() -> None:
    up = np.array([0.0, -1.0, 0.0])
    below = np.array([0.0, -0.9, 0.0])

    def stand(start: int, stop: int, height: float) -> Stand:
        return Stand(0, start, stop, np.array([0.0, -height, 5.0]), below, np.zeros(3))

    long_ones = [stand(0, 12, 0.0), stand(30, 45, 0.02)]
    assert level_of_stands([*long_ones, stand(20, 22, 0.18)], up, 0.9, 30.0).tolist() == [0, 0, 0]
    assert level_of_stands([*long_ones, stand(20, 26, 0.18)], up, 0.9, 30.0).tolist() == [0, 0, 1]
    short = [stand(0, 2, 0.0), stand(20, 22, 0.18)]
    assert level_of_stands(short, up, 0.9, 30.0).tolist() == [0, 1], "all there is"


def test_who_bears_whom_is_the_same_however_the_camera_is_held() -> None:
    """A step down onto the other foot, which bears, and one that is put up aside, which doesn't."""
    t, up = 40, np.array([0.0, -1.0, 0.0])
    left, right, hips = np.zeros((t, 3)), np.zeros((t, 3)), np.zeros((t, 3))
    left[:], right[:] = [0.0, 0.0, 4.0], [0.4, -0.2, 4.0]
    hips[:], hips[20:] = [0.05, -0.9, 4.0], [0.38, -1.1, 4.0]
    contacts = np.zeros((t, 2))
    contacts[:20, 0] = contacts[20:, 1] = 1.0
    X = np.repeat(hips[:, None], 19, axis=1)
    for side, foot in enumerate(points.FEET):
        X[:, list(foot)] = (left, right)[side][:, None]

    def bears(X: np.ndarray, up: np.ndarray) -> list[bool]:
        return [stand.is_alone for stand in stands_of(X, contacts, up)]

    aside = X.copy()
    aside[20:, 6:8] = hips[0]
    for turn in ([0, 0, 0], [0, 0, np.pi / 2], [np.pi / 2, 0, 0], [0.2, 0.2, -1.4]):
        R = exp_so3(np.array([turn]))[0]
        assert bears(X @ R.T, R @ up) == [True, True]
        assert bears(aside @ R.T, R @ up) == [True, False]
