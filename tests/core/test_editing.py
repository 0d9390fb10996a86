"""Laws of editing takes: what must hold whatever the motion."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.errors import OutputError, SettingsError
from limn.core.data.skeletons import SMPLX_55, SMPLX_MIRROR
from limn.core.data.types import Person, Take
from limn.core.editing.blending import join_takes, mix_takes
from limn.core.editing.looping import loop_quats, loop_take, loop_vectors
from limn.core.editing.mirroring import mirror_take
from limn.core.editing.rigid_move import heading, place_take
from limn.core.editing.standing import stand
from limn.core.editing.trimming import positions_of, stretch
from limn.core.geometry.camera import project
from limn.core.geometry.kinematics import person_joints_world
from limn.core.geometry.rotations import exp_so3, matrix_from_quat, multiply_quats, quat_from_matrix
from limn.core.retargeting.roles import LEG

sys.path.insert(0, str(Path(__file__).parents[1] / "export"))
sys.path.insert(0, str(Path(__file__).parent))
from motion_takes import moving_person, two_people
from walking_source import walking

UPPER = [n for n, name in enumerate(SMPLX_55) if name.split("_")[-1] not in LEG]


@pytest.fixture
def take() -> Take:
    return two_people()


def one(person: Person, fps: float = 30.0) -> Take:
    count = int(person.frames[-1]) + 1
    return replace(
        two_people(),
        people=(person,),
        time_s=np.arange(count) / fps,
        source_frame=np.arange(count, dtype=np.int32),
    )


def apart_mm(a: Person, b: Person) -> float:
    return 1e3 * float(np.abs(person_joints_world(a) - person_joints_world(b)).max())


def turns_deg(a: np.ndarray, b: np.ndarray) -> float:
    R = matrix_from_quat(a.astype(float)), matrix_from_quat(b.astype(float))
    half = np.linalg.norm(R[0] - R[1], axis=(-2, -1)) / np.sqrt(8)
    return float(2 * np.degrees(np.arcsin(half.clip(0, 1))).max())


def test_a_trimmed_takes_frames_are_the_slice(take: Take) -> None:
    cut = stretch(take, None, *positions_of(take, 13, 17))
    assert cut.source_frame.tolist() == [13, 14, 15, 16, 17]
    np.testing.assert_allclose(cut.time_s, np.arange(5) / 25)
    for was, now in zip(take.people, cut.people, strict=True):
        rows = (was.frames >= 3) & (was.frames <= 7)
        assert now.frames.tolist() == (was.frames[rows] - 3).tolist()
        np.testing.assert_array_equal(now.quat_parent_joint, was.quat_parent_joint[rows])
        np.testing.assert_array_equal(now.root_xyz_world, was.root_xyz_world[rows])
    with pytest.raises(SettingsError, match="lies before"):
        positions_of(take, 17, 13)
    with pytest.raises(SettingsError, match="holds 10 to 21"):
        positions_of(take, 30, 40)


def test_mirrored_twice_is_the_take(take: Take) -> None:
    twice = mirror_take(mirror_take(take))
    for was, now in zip(take.people, twice.people, strict=True):
        assert apart_mm(was, now) < 0.01
        assert turns_deg(was.quat_parent_joint, now.quat_parent_joint) < 1e-3
        for field in ("contact", "confidence", "xy_px", "xy_score", "rest_xyz_body"):
            np.testing.assert_allclose(getattr(now, field), getattr(was, field), atol=1e-4)
    np.testing.assert_allclose(twice.camera.T_world_camera, take.camera.T_world_camera, atol=1e-6)
    np.testing.assert_allclose(twice.camera.K, take.camera.K)


def test_mirrored_joints_are_the_twins_on_the_other_side(take: Take) -> None:
    mirrored = mirror_take(take)
    was, now = take.people[0], mirrored.people[0]
    ahead, at = heading(was), was.root_xyz_world[0]
    across = np.array([-ahead[1], ahead[0], 0])
    xyz = person_joints_world(was).astype(float)[:, list(SMPLX_MIRROR)]
    want = xyz - 2 * ((xyz - at) @ across)[..., None] * across
    assert 1e3 * np.abs(person_joints_world(now) - want).max() < 0.01
    np.testing.assert_allclose(heading(now), ahead, atol=1e-5)
    np.testing.assert_allclose(now.root_xyz_world[0], at, atol=1e-6)


def test_the_mirrored_take_lies_over_the_flipped_film(take: Take) -> None:
    camera = replace(take.camera, dist=np.array([0.05, -0.01, 0.004, 0.006]))
    take = replace(take, camera=camera)
    mirrored = mirror_take(take)
    for was, now in zip(take.people, mirrored.people, strict=True):
        a = project(take.camera, person_joints_world(was).astype(float))
        b = project(mirrored.camera, person_joints_world(now).astype(float))
        width = take.camera.size_px[0]
        np.testing.assert_allclose(width - 1 - b[..., 0], a[:, list(SMPLX_MIRROR), 0], atol=1e-2)
        np.testing.assert_allclose(b[..., 1], a[:, list(SMPLX_MIRROR), 1], atol=1e-2)


@pytest.mark.parametrize("blend", [2, 5, 60])
@pytest.mark.parametrize("in_place", [False, True])
def test_a_loops_ends_meet_in_place_and_speed(blend: int, in_place: bool) -> None:
    walker = walking(47)
    looped = loop_take(one(walker), blend, in_place=in_place).people[0]
    q = looped.quat_parent_joint.astype(float)
    assert turns_deg(q[:1], q[-1:]) < 0.01
    back = np.array([1.0, -1, -1, -1])
    steps = multiply_quats(q[:-1] * back, q[1:])
    own = max(turns_deg(a[None], b[None]) for a, b in zip(steps[1:], steps[:-1], strict=True))
    assert turns_deg(steps[:1], steps[-1:]) <= own, "the speed jumps over the seam"
    root = looped.root_xyz_world.astype(float)
    bends = np.linalg.norm(np.diff(root, 2, axis=0), axis=-1).max()
    assert np.linalg.norm(root[1] - root[0] - (root[-1] - root[-2])) <= bends + 1e-5
    way = (root[-1] - root[0]) * 1e3
    assert abs(way[2]) < 0.01
    if in_place:
        assert np.abs(way).max() < 0.01
    else:
        path = walker.root_xyz_world
        np.testing.assert_allclose(way[:2], 1e3 * (path[-1] - path[0])[:2], atol=0.01)
    # What is far from the ends stays as it was, apart from legs that stand.
    width = min(blend, 23)
    middle = slice(width, 47 - width)
    was = walker.quat_parent_joint[middle]
    assert turns_deg(q[middle][:, UPPER], was[:, UPPER]) < 0.01
    if in_place:
        assert turns_deg(q[middle], was) < 0.01


def test_what_loops_already_is_left_alone() -> None:
    phase = np.linspace(0, 2 * np.pi, 31)
    wave = np.stack([np.sin(phase), np.cos(2 * phase)], -1)
    np.testing.assert_allclose(loop_vectors(wave, 6, np.zeros(2)), wave, atol=0.01)
    turn = quat_from_matrix(exp_so3(np.stack([wave[:, 0], wave[:, 1], 0 * phase], -1)))[:, None]
    assert turns_deg(loop_quats(turn, 6), turn) < 1.0


def test_placing_keeps_relative_motion_and_the_view(take: Take) -> None:
    moved = place_take(take, (1.0, -2.0, 0.3), 30.0)
    first = moved.people[0]
    np.testing.assert_allclose(first.root_xyz_world[0, :2], (1, -2), atol=1e-5)
    want_z = take.people[0].root_xyz_world[0, 2] + 0.3
    assert first.root_xyz_world[0, 2] == pytest.approx(want_z, abs=1e-5)
    angle = np.radians(30)
    np.testing.assert_allclose(heading(first), [np.sin(angle), -np.cos(angle), 0], atol=1e-5)
    for was, now in zip(take.people, moved.people, strict=True):
        a, b = person_joints_world(was).astype(float), person_joints_world(now).astype(float)
        np.testing.assert_allclose(b[..., 2] - a[..., 2], 0.3, atol=1e-4)
        for start in (0, 5):
            lengths = [np.linalg.norm(x - x[start, 0], axis=-1) for x in (a, b)]
            np.testing.assert_allclose(*lengths, atol=1e-5)
        np.testing.assert_array_equal(was.quat_parent_joint[:, 1:], now.quat_parent_joint[:, 1:])
        pixels = [project(t.camera, x) for t, x in ((take, a), (moved, b))]
        np.testing.assert_allclose(*pixels, atol=1e-2)
    again = place_take(moved, (1.0, -2.0, 0.0), 30.0)
    assert apart_mm(again.people[0], first) < 0.01


def test_a_mix_by_nothing_or_all_is_one_of_the_two(take: Take) -> None:
    a, b = one(moving_person("A", list(range(10)), 1)), one(moving_person("B", list(range(8)), 2))
    for weight, wanted in ((0.0, a), (1.0, b)):
        got = mix_takes(a, b, weight).people[0]
        want = wanted.people[0]
        assert len(got.frames) == 8
        np.testing.assert_allclose(got.rest_xyz_body, want.rest_xyz_body, atol=1e-6)
        np.testing.assert_allclose(got.root_xyz_world, want.root_xyz_world[:8], atol=1e-6)
        assert turns_deg(got.quat_parent_joint, want.quat_parent_joint[:8]) < 1e-3
    half = mix_takes(a, b, 0.5).people[0]
    for want in (a, b):
        apart = turns_deg(half.quat_parent_joint[:1], want.people[0].quat_parent_joint[:1, :])
        between = turns_deg(a.people[0].quat_parent_joint[:1], b.people[0].quat_parent_joint[:1, :])
        assert apart == pytest.approx(between / 2, rel=0.02)


def test_one_take_after_the_other_goes_on_from_where_the_first_ends() -> None:
    a, b = one(walking(40)), place_take(one(walking(50, seed=3)), (7.0, 3.0, 0.0), 120.0)
    both = join_takes(a, b, 12).people[0]
    assert len(both.frames) == 40 + 50 - 12
    for rows, take, theirs in ((slice(0, 28), a, slice(0, 28)), (slice(40, 78), b, slice(12, 50))):
        was = take.people[0]
        now, then = both.quat_parent_joint[rows], was.quat_parent_joint[theirs]
        assert turns_deg(now[:, UPPER[1:]], then[:, UPPER[1:]]) < 0.01
        paths = [p - p[:1] for p in (both.root_xyz_world[rows], was.root_xyz_world[theirs])]
        lengths = [float(np.linalg.norm(p[-1])) for p in paths]
        assert lengths[0] == pytest.approx(lengths[1], abs=0.05), "the path gives for feet to stand"
    steps = np.linalg.norm(np.diff(both.root_xyz_world.astype(float), axis=0), axis=-1)
    assert steps.max() < 0.05, "nobody jumps"


def test_what_cant_be_edited_is_one_sentence(take: Take) -> None:
    nobody = replace(take, people=())
    for edit in (lambda: mirror_take(nobody), lambda: place_take(nobody, None, 0.0)):
        with pytest.raises(OutputError, match="no pose"):
            edit()
    with pytest.raises(SettingsError, match="nobody to blend"):
        mix_takes(take, nobody, 0.5)
    with pytest.raises(SettingsError, match="between 0 and 1"):
        mix_takes(take, take, 1.5)
    with pytest.raises(SettingsError, match="frames a second"):
        join_takes(take, replace(take, time_s=take.time_s * 2), 3)
    with pytest.raises(SettingsError, match="overlap is 99"):
        join_takes(take, take, 99)
    with pytest.raises(OutputError, match="without a gap"):
        loop_take(take, 4)
    short = stretch(take, "Anna", 0, 2)
    with pytest.raises(SettingsError, match="at least 4 frames"):
        loop_take(short, 4)
    with pytest.raises(SettingsError, match="cut"):
        loop_take(replace(take, cuts=np.array([5]), T_world_shots=np.eye(4)[None]), 4)


def slide_mm(person: Person) -> float:
    """How far an ankle wanders within one stand of the walker, whose feet stand flat."""
    xyz, worst = person_joints_world(person).astype(float), 0.0
    for column, name in ((0, "left_ankle"), (2, "right_ankle")):
        on = person.contact[:, column] > 0.5
        edges = np.flatnonzero(np.diff(np.r_[0, on, 0]))
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            ankle = xyz[start:stop, SMPLX_55.index(name)]
            worst = max(worst, 1e3 * np.linalg.norm((ankle - ankle.mean(0))[:, :2], axis=-1).max())
    return float(worst)


def test_feet_stand_in_a_cycle_and_over_a_change() -> None:
    cycle = loop_take(one(stretch(one(walking(60)), None, 5, 46).people[0]), 8)
    assert slide_mm(cycle.people[0]) < 4
    both = join_takes(one(walking(60)), one(walking(60, seed=4)), 12)
    assert slide_mm(both.people[0]) < 3
    untouched = walking(60)
    assert apart_mm(stand(untouched, 30.0), untouched) < 1
