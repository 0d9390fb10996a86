"""Feet that stand stay where they are, feet in the air do not, and the floor is level."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.data.arrays import F64, Floats
from limn.core.data.settings import Settings
from limn.core.data.skeletons import joint
from limn.core.data.types import Take
from limn.core.geometry.kinematics import person_joints_world
from limn.core.solving.floor.contacts import spans
from limn.core.solving.floor.ground import find_grounds
from synthetic import Clip, Flaws, camera_at, watch
from synthetic_motion import jumping, squatting, standing, turning, walking
from synthetic_skeleton import Motion

ANKLES = [joint("left_ankle"), joint("right_ankle")]


def slide_mm(take: Take, motion: Motion) -> np.ndarray:
    """(t - 1, 2) how far ankles move in a frame while they truly stand; NaN where they don't."""
    person = take.people[0]
    ankles = person_joints_world(person)[:, ANKLES].astype(np.float64)
    step = 1000 * np.linalg.norm(np.diff(ankles, axis=0), axis=-1)
    stands = motion.planted[person.frames]
    # Half a tenth of a second at both ends of a contact is easing.
    edge = 2
    inside = np.ones_like(stands)
    for shift in range(-edge, edge + 1):
        inside &= np.roll(stands, shift, axis=0)
    return np.where(inside[1:] & inside[:-1], step, np.nan)


@pytest.mark.parametrize(
    ("motion", "noise_m", "mm"),
    [
        (squatting(30.0, 2.0), 0.0, 0.5),
        (squatting(30.0, 2.0), 0.02, 1.0),
        (walking(30.0, 3.0).moved(yaw_deg=70), 0.0, 1.5),
        (walking(30.0, 3.0).moved(yaw_deg=70), 0.015, 3.0),
    ],
    ids=["squat", "squat, noise", "walk", "walk, noise"],
)
def test_planted_feet_do_not_slide(motion: Motion, noise_m: float, mm: float) -> None:
    take = watch(motion, flaws=Flaws(noise_m=noise_m)).estimate()
    slide = float(np.nanmean(slide_mm(take, motion)))
    assert slide < mm, f"planted feet slide {slide:.2f} mm a frame"
    free = watch(motion, flaws=Flaws(noise_m=noise_m)).estimate(Settings(contacts="off"))
    assert slide < float(np.nanmean(slide_mm(free, motion))) + 0.05


def called_planted(motion: Motion, clip: Clip) -> tuple[float, float]:
    """Share of true stands that are called so, and of true flights that are called stands."""
    person = clip.estimate().people[0]
    called = person.contact[:, [0, 2]] > 0.5
    true = motion.planted[person.frames]
    return float(called[true].mean()), float(called[~true].mean())


@pytest.mark.parametrize("yaw_deg", [0, 45, 90])
def test_steps_and_stands_are_told_apart(yaw_deg: float) -> None:
    motion = walking(30.0, 3.0).moved(yaw_deg=yaw_deg)
    stands, flights = called_planted(motion, watch(motion, flaws=Flaws(noise_m=0.005)))
    assert stands > 0.8, f"only {stands:.0%} of the stands are seen"
    assert flights < 0.15, f"{flights:.0%} of the swinging is called standing"


def test_feet_in_a_jump_are_not_planted_and_stay_in_the_air() -> None:
    motion = jumping(30.0, height_m=0.3)
    take = watch(motion, flaws=Flaws(noise_m=0.005)).estimate()
    person = take.people[0]
    called = person.contact[:, [0, 2]] > 0.5
    in_air = ~motion.planted[:, 0]
    high = motion.joints()[:, ANKLES[0], 2] > motion.joints()[0, ANKLES[0], 2] + 0.08
    assert not called[high].any(), "feet are called planted at the top of a jump"
    assert called[~in_air].mean() > 0.85
    ankles = person_joints_world(person)[:, ANKLES, 2].mean(1)
    rise = float(ankles[high].max() - np.median(ankles[~in_air]))
    assert rise == pytest.approx(0.30, abs=0.05), f"the jump is {rise:.2f} m high, not 0.30 m"


@pytest.mark.parametrize(("tilt_deg", "roll_deg"), [(0, 0), (15, 0), (-10, 0), (5, 8), (25, -5)])
def test_the_floor_is_level_however_the_camera_is_held(tilt_deg: float, roll_deg: float) -> None:
    height = 1.3 + 4.5 * np.tan(np.radians(tilt_deg)) * 0.5
    camera = camera_at(tilt_deg=tilt_deg, roll_deg=roll_deg, height_m=height)
    take = watch(standing(30.0, 1.5), camera=camera, flaws=Flaws(noise_m=0.005)).estimate()
    up_out, up_true = take.camera.T_world_camera[2, :3], camera.T_world_camera[2, :3]
    off = np.degrees(np.arccos(np.clip(up_out @ up_true, -1, 1)))
    # Wanted: 2 degrees. A person who stays on the spot shares the say with a level camera's prior.
    allowed = 1.5 + 0.25 * abs(tilt_deg)
    assert off < allowed, f"up is {off:.1f} degrees off"


def test_the_world_starts_under_the_person_and_the_camera_looks_along_y() -> None:
    take = watch(squatting(30.0, 1.5)).estimate()
    person = take.people[0]
    assert np.abs(person.root_xyz_world[0, :2]).max() < 0.02
    assert 0.75 < person.root_xyz_world[0, 2] < 1.1
    ahead = take.camera.T_world_camera[:3, 2]
    assert ahead[1] > 0.9
    assert abs(ahead[0]) < 1e-6
    assert take.camera.T_world_camera[1, 3] < -3
    R = take.camera.T_world_camera[:3, :3]
    assert np.abs(R @ R.T - np.eye(3)).max() < 1e-9
    assert np.linalg.det(R) == pytest.approx(1)


def test_soles_meet_the_floor() -> None:
    for motion in (squatting(30.0, 1.5), turning(30.0, 2.0)):
        take = watch(motion).estimate()
        balls = person_joints_world(take.people[0])[:, [10, 11], 2]
        stands = take.people[0].contact[:, [0, 2]] > 0.9
        height = 1000 * balls[stands]
        assert -15 < np.median(height) < 60, (
            f"the balls of the feet are {np.median(height):.0f} mm up"
        )
        assert height.min() > -40, f"a foot is {-height.min():.0f} mm in the floor"


def test_with_contacts_off_no_foot_is_called_planted() -> None:
    (person,) = watch(standing(30.0, 1.0)).estimate(Settings(contacts="off")).people
    assert not person.contact.any()


def test_spans_are_the_runs_of_true() -> None:
    on = np.array([1, 1, 0, 0, 1, 0, 1], bool)
    assert spans(on) == [(0, 2), (4, 5), (6, 7)]
    assert spans(np.zeros(3, bool)) == []
    assert spans(np.ones(3, bool)) == [(0, 3)]


def stick(way: Floats, frames: int) -> F64:
    """A straight body (t, 19, 3) in camera space that goes ``way`` from feet to shoulders."""
    X = np.zeros((frames, points.COUNT, 3))
    X[:, 0:2], X[:, 6:8], X[:, 10:12] = (np.asarray(way) * m for m in (1.4, 0.9, 0.0))
    X[:, [0, 6, 10], 0] += 0.1
    X[:, [1, 7, 11], 0] -= 0.1
    return X + np.array([0.0, 1.0, 4.0])


UP, ASIDE, DOWN = [0.0, -1.0, 0.0], [0.99, -0.1, 0.1], [0.1, 0.99, 0.0]
FROM_ABOVE = [0.0, -0.3, 0.954]


@pytest.mark.parametrize("turned", [ASIDE, DOWN], ids=["lies", "stands on the hands"])
def test_who_lies_or_stands_on_the_hands_is_no_plumb_line(turned: Floats) -> None:
    body = np.concatenate([stick(UP, 10), stick(turned, 60)])
    (ground,) = find_grounds([body], [np.zeros((len(body), 2))])
    assert float(ground.normal @ UP) > np.cos(np.radians(1.0))


@pytest.mark.parametrize("way", [ASIDE, FROM_ABOVE], ids=["picture on its side", "from above"])
def test_who_is_never_seen_upright_tells_up_all_the_same(way: Floats) -> None:
    (ground,) = find_grounds([stick(way, 60)], [np.zeros((60, 2))])
    assert float(ground.normal @ np.asarray(way)) > np.cos(np.radians(25.0))


@pytest.mark.parametrize("is_alone", [True, False])
def test_a_photo_of_a_handstand_has_its_floor_under_the_hands(is_alone: bool) -> None:
    hands = stick([0.3, 0.95, 0.0], 1)
    bodies = [hands] if is_alone else [hands, stick(UP, 1) + np.array([1.0, 0.0, 0.0])]
    grounds = find_grounds(bodies, [np.zeros((1, 2))] * len(bodies))
    assert float(grounds[0].normal @ UP) > np.cos(np.radians(1.0))
    assert grounds[0].height(hands).min() == pytest.approx(0.02, abs=0.03)
