"""Laws of the clean-up tools on takes and arrays: smoothing, foot lock, floor, cycles."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.errors import OutputError, SettingsError
from limn.core.data.skeletons import joint
from limn.core.data.types import Person, Take
from limn.core.editing.foot_lock import bend, lock_foot
from limn.core.editing.grounding import set_floor
from limn.core.editing.loop_search import find_cycle, find_cycle_of
from limn.core.editing.smoothing import smooth_quats, smooth_take, smooth_vectors
from limn.core.editing.trimming import at_rows
from limn.core.geometry.camera import project
from limn.core.geometry.euler import matrix_from_euler, nearest_eulers
from limn.core.geometry.kinematics import person_joints_world
from limn.core.geometry.rotations import exp_so3, quat_from_matrix

sys.path.insert(0, str(Path(__file__).parents[1] / "export"))
sys.path.insert(0, str(Path(__file__).parent))
from motion_takes import two_people
from walking_source import walking


def one(person: Person) -> Take:
    return replace(
        two_people(30.0, len(person.frames)),
        people=(person,),
        time_s=np.arange(len(person.frames)) / 30.0,
        source_frame=np.arange(len(person.frames), dtype=np.int32),
    )


def test_a_smoothed_stretch_halves_its_cutoff_and_leaves_the_rest() -> None:
    fps, cutoff = 30.0, 4.0
    t = np.arange(400) / fps
    wave = np.stack([np.sin(2 * np.pi * cutoff * t), t], axis=-1)
    inside = (np.arange(400) >= 100) & (np.arange(400) < 300)
    calm = smooth_vectors(wave, inside, cutoff, fps)
    np.testing.assert_array_equal(calm[~inside], wave[~inside])
    middle = slice(150, 250)
    assert np.abs(calm[middle, 0]).max() == pytest.approx(0.5, abs=0.03)
    np.testing.assert_allclose(calm[:, 1], wave[:, 1], atol=1e-5)


def test_smoothed_rotations_are_rotations_and_of_one_sign() -> None:
    rng = np.random.default_rng(3)
    turns = exp_so3(np.cumsum(rng.normal(0, 0.1, (60, 3)), axis=0))
    quats = quat_from_matrix(turns) * rng.choice([-1, 1], (60, 1))
    inside = np.zeros(60, np.bool_)
    inside[20:40] = True
    calm = smooth_quats(quats, inside, 2.0, 30.0)
    np.testing.assert_allclose(np.linalg.norm(calm, axis=-1), 1, atol=1e-9)
    assert (calm[1:] * calm[:-1]).sum(-1).min() > 0
    same = np.abs((calm * quats).sum(-1))
    np.testing.assert_allclose(same[~inside], 1, atol=1e-9)
    assert (
        np.abs(np.diff(calm[20:40], 2, axis=0)).mean()
        < 0.5
        * np.abs(np.diff(smooth_quats(quats, ~inside & inside, 2.0, 30.0)[20:40], 2, axis=0)).mean()
    )


def test_a_smoothed_takes_other_frames_are_bit_for_bit_and_gaps_part_it() -> None:
    take = two_people()
    calm = smooth_take(take, 3, 9, 2.0)
    for was, now in zip(take.people, calm.people, strict=True):
        beside = (was.frames < 3) | (was.frames > 9)
        for name in ("root_xyz_world", "quat_parent_joint"):
            a, b = getattr(was, name), getattr(now, name)
            assert a[beside].tobytes() == b[beside].tobytes()
            assert not np.array_equal(a, b)
        assert was.contact is now.contact
    # Bo leaves for two frames: his two frames before aren't drawn to where he is afterwards.
    np.testing.assert_array_equal(
        calm.people[1].root_xyz_world[:2], take.people[1].root_xyz_world[:2]
    )
    with pytest.raises(SettingsError, match="0 Hz"):
        smooth_take(take, 3, 9, 0.0)


def test_a_bent_leg_reaches_its_goal_in_its_own_plane() -> None:
    rng = np.random.default_rng(4)
    hip = rng.normal(0, 0.1, (50, 3)) + np.array([0, 0, 0.9])
    knee = hip + np.array([0.02, -0.1, -0.4]) + rng.normal(0, 0.02, (50, 3))
    ankle = knee + np.array([0, 0.12, -0.38]) + rng.normal(0, 0.02, (50, 3))
    goal = ankle + rng.normal(0, 0.05, (50, 3))
    hinge = np.tile([1.0, 0, 0], (50, 1))
    thigh, shin, short = bend(hip, knee, ankle, goal, hinge)
    knee_at = hip + np.einsum("tab,tb->ta", thigh, knee - hip)
    ankle_at = knee_at + np.einsum("tab,tb->ta", shin, ankle - knee)
    reached = short == 0
    assert reached.sum() > 30
    np.testing.assert_allclose(ankle_at[reached], goal[reached], atol=1e-7)
    beside = np.linalg.norm(ankle_at - goal, axis=-1)
    np.testing.assert_allclose(beside, short, atol=1e-7)
    # The fold stays on its side: no knee turns backwards.
    was = np.cross(knee - hip, ankle - knee)
    now = np.einsum("tba,tb->ta", thigh, np.cross(knee_at - hip, ankle_at - knee_at))
    assert (was * now).sum(-1)[reached].min() > 0


def test_a_straight_leg_folds_forward() -> None:
    hip, knee, ankle = (np.array([[0.0, 0, z]]) for z in (0.9, 0.5, 0.1))
    thigh, _, short = bend(hip, knee, ankle, ankle + np.array([0, 0, 0.2]), np.array([[1.0, 0, 0]]))
    knee_at = hip + np.einsum("tab,tb->ta", thigh, knee - hip)
    assert short[0] == 0
    assert knee_at[0, 1] < -0.1, "people face -y"


def test_a_locked_foot_stands_and_nothing_else_moves() -> None:
    person = walking(60)
    slid = replace(person, root_xyz_world=person.root_xyz_world + np.linspace(0, 0.6, 60)[:, None]
                   * np.array([1, 0, 0], np.float32))  # fmt: skip
    take = one(replace(slid, root_xyz_world=slid.root_xyz_world.astype(np.float32)))
    locked = lock_foot(take, "left", 10, 25, 3).people[0]
    was, now = person_joints_world(take.people[0]), person_joints_world(locked)
    ankle = joint("left_ankle")
    assert np.ptp(was[13:23, ankle], axis=0).max() > 0.05
    np.testing.assert_allclose(now[13:23, ankle], np.tile(now[18, ankle], (10, 1)), atol=1e-4)
    np.testing.assert_allclose(now[18, ankle], was[18, ankle], atol=1e-4)
    leg = [joint(f"left_{part}") for part in ("knee", "ankle", "foot")]
    others = [j for j in range(55) if j not in leg]
    np.testing.assert_allclose(now[:, others], was[:, others], atol=1e-6)
    beside = np.r_[0:10, 26:60]
    assert (
        locked.quat_parent_joint[beside].tobytes()
        == take.people[0].quat_parent_joint[beside].tobytes()
    )
    with pytest.raises(SettingsError, match="leaves none"):
        lock_foot(take, "left", 10, 12, 4)


def test_a_foot_of_somebody_who_is_away_isnt_held() -> None:
    bo = replace(two_people(), people=two_people().people[1:])
    with pytest.raises(OutputError, match="Bo isn't there"):
        lock_foot(bo, "left", 0, 8, 1)


def test_the_floor_is_under_the_lower_sole_and_the_view_stays() -> None:
    take = one(walking(40))
    raised = replace(
        take.people[0],
        root_xyz_world=take.people[0].root_xyz_world + np.array([0, 0, 0.37], np.float32),
    )
    set_down = set_floor(one(raised), 20)
    back = set_floor(take, 20)
    a, b = person_joints_world(set_down.people[0]), person_joints_world(back.people[0])
    np.testing.assert_allclose(a, b, atol=1e-5)
    # The walker was made to stand on the floor; the stances' heights differ by its few mm.
    assert abs(b[0, 0, 2] - person_joints_world(take.people[0])[0, 0, 2]) < 0.012
    was = project(one(raised).camera, person_joints_world(raised).reshape(-1, 3))
    now = project(set_down.camera, a.reshape(-1, 3))
    np.testing.assert_allclose(now, was, atol=0.02)


def test_the_cycle_that_was_put_in_is_found() -> None:
    t = np.arange(120)
    period = 31
    phase = 2 * np.pi * t / period
    drift = 1 + 0.004 * np.abs(t - 60.0)
    points = np.stack(
        [np.stack([np.sin(phase + k) * drift, 0.3 * np.cos(phase - k) * drift, 0.1 * k + 0 * t], -1)
         for k in range(6)], axis=1,
    )  # fmt: skip
    points[:, 0] = 0
    points += np.stack([0.02 * t, 0.01 * t, 0 * t], -1)[:, None]
    ahead = np.tile([1.0, 0, 0], (120, 1))
    found = find_cycle(points, ahead, 30.0, 10, None)
    assert (found.last - found.first) % period == 0
    assert found.apart_m < 0.1
    turned = points @ exp_so3(np.array([0, 0, 1.1])).T
    told = find_cycle(turned, ahead @ exp_so3(np.array([0, 0, 1.1])).T, 30.0, 10, None)
    assert (told.first, told.last) == (found.first, found.last)
    with pytest.raises(SettingsError, match="no cycle"):
        find_cycle(np.tile(points[:1], (60, 1, 1)), ahead[:60], 30.0, 10, None)
    with pytest.raises(SettingsError, match="too few"):
        find_cycle(points[:8], ahead[:8], 30.0, 10, None)


def test_a_walkers_cycle_is_two_of_their_steps() -> None:
    rows = np.tile(np.arange(40, dtype=np.int32), 3)[:100]
    stepping = at_rows(walking(40), rows, np.arange(100, dtype=np.int32))
    first, last = find_cycle_of(one(stepping), 0.8)
    assert (last - first) % 40 == 0
    with pytest.raises(OutputError, match="missing for a while"):
        find_cycle_of(replace(two_people(), people=two_people().people[1:]), 0.2)


@pytest.mark.parametrize("order", ["XYZ", "ZXY", "YXZ"])
def test_the_nearest_spelling_is_the_same_rotation(order: str) -> None:
    rng = np.random.default_rng(5)
    like = rng.uniform(-9, 9, (40, 3))
    product = order[::-1]
    columns = ["XYZ".index(axis) for axis in product]
    middle = "XYZ".index(order[1])
    other = like + np.pi
    other[:, middle] = np.pi - like[:, middle]
    spelled = other + 2 * np.pi * rng.integers(-2, 3, (40, 3))
    np.testing.assert_allclose(
        matrix_from_euler(spelled[:, columns], product),
        matrix_from_euler(like[:, columns], product),
        atol=1e-9,
    )
    np.testing.assert_allclose(nearest_eulers(spelled, order, like), like, atol=1e-9)
