"""People before a camera that is carried or zooms stand in the world as if it stood still."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.errors import TakeError
from limn.core.data.observations import Background, Observed
from limn.core.data.settings import Settings
from limn.core.data.take_file import load_take, save_take
from limn.core.data.types import Take
from limn.core.editing.mirroring import mirror_take
from limn.core.editing.rigid_move import moved
from limn.core.editing.trimming import stretch
from limn.core.evaluation.predictions import prediction_of
from limn.core.geometry.camera import camera_at as camera_of_frame
from limn.core.geometry.camera import cameras_at, project
from limn.core.geometry.even_time import at_even_time
from limn.core.geometry.kinematics import person_joints_world
from limn.core.geometry.rotations import exp_so3, nearest_rotation
from limn.core.pipeline.solve_again import solve_again
from limn.core.solving import person as person_solve
from limn.tools.jobs import finished
from moving_room import MovingRoom, smooth
from synthetic import Actor, Clip, Flaws, camera_at, watch
from synthetic_motion import walking

COUNT = 75


def walk_along(count: int = COUNT) -> Clip:
    """Somebody who walks across, and a camera that is carried along beside them."""
    motion = walking(30.0, count / 30).moved(yaw_deg=80)
    along = np.linspace(0, 2.4, count)
    path = np.stack([along, 0 * along, 0.1 * along], -1) + smooth(count, (0.02, 0.03, 0.02))
    turns = np.radians(smooth(count, (0.5, 1.0, 0.3), seed=1))
    return watch(motion, camera=camera_at(), turns=turns, path=path)


def zoomed_in(count: int = COUNT) -> Clip:
    """The same from a tripod that pans and zooms."""
    motion = walking(30.0, count / 30).moved(yaw_deg=80)
    u = np.linspace(0, 1, count)
    turns = np.stack([0 * u, 0.25 * u, 0 * u], -1)
    return watch(motion, camera=camera_at(), turns=turns, zoom=1 + 0.6 * u**2)


def background_of(clip: Clip) -> MovingRoom:
    return MovingRoom([clip.camera_at(i) for i in range(clip.frame_count)])


def estimated(clip: Clip, **options: object) -> Take:
    return clip.estimate(background=background_of(clip), **options)  # type: ignore[arg-type]


def root_error_m(take: Take, clip: Clip) -> float:
    """Mean distance of the pelvis from the truth after the best rigid motion."""
    person = take.people[0]
    out = person.root_xyz_world.astype(np.float64)
    hips = clip.actors[0].motion.landmarks()[person.frames][:, 23:25].mean(1)
    out, hips = out - out.mean(0), hips - hips.mean(0)
    return float(np.linalg.norm(out @ nearest_rotation(hips.T @ out).T - hips, axis=1).mean())


@pytest.fixture(scope="module")
def take() -> Take:
    return estimated(walk_along())


def test_who_walks_beside_a_carried_camera_walks_through_the_world(take: Take) -> None:
    clip = walk_along()
    assert root_error_m(take, clip) < 0.12
    assert root_error_m(clip.estimate(), clip) > 4 * root_error_m(take, clip)
    T = cameras_at(take, np.arange(COUNT, dtype=np.int32))
    way = np.linalg.norm(np.diff(T[:, :3, 3], axis=0), axis=1).sum()
    assert clip.path is not None
    true = np.linalg.norm(np.diff(clip.path, axis=0), axis=1).sum()
    assert way == pytest.approx(true, rel=0.1)
    assert any("is carried" in warning for warning in take.warnings)


def test_each_frame_has_the_camera_that_saw_it(take: Take) -> None:
    clip = walk_along()
    joints = person_joints_world(take.people[0])
    for frame in (0, 30, 70):
        px = project(camera_of_frame(take, frame), joints[frame, 20])
        assert np.linalg.norm(px - clip.xy_px[0, frame, 15]) < 5
    assert take.report["people"][0]["checks"]["reprojection_share"]["word"] == "good"  # type: ignore[index]


def test_a_zoom_is_told_from_a_walk() -> None:
    clip = zoomed_in()
    take = estimated(clip)
    assert not len(take.path)
    assert len(take.zoom) == COUNT
    assert take.zoom[-1] / take.zoom[0] == pytest.approx(1.6, rel=0.03)
    assert root_error_m(take, clip) < 0.12
    joints = person_joints_world(take.people[0])
    predicted = prediction_of(take)
    for frame in (0, 40, 74):
        px = project(camera_of_frame(take, frame), joints[frame, 20])
        assert np.linalg.norm(px - clip.xy_px[0, frame, 15]) < 6
        column = predicted.names.index("left_wrist")
        assert np.allclose(predicted.xy_px[frame, 0, column], px, atol=0.1)
    assert any("zooms by 1.6" in warning for warning in take.warnings)
    assert take.report["people"][0]["checks"]["reprojection_share"]["word"] == "good"  # type: ignore[index]


def test_a_take_keeps_what_was_seen_and_solves_again_alike(take: Take, tmp_path: Path) -> None:
    path = tmp_path / "a.take.npz"
    save_take(take, path)
    back = load_take(path)
    for name in ("turns", "path", "zoom"):
        assert np.array_equal(getattr(back, name), getattr(take, name))
    assert back.observed is not None
    assert back.observed.background is not None
    again = finished(solve_again(back, Settings()))
    assert np.allclose(again.path, take.path, atol=1e-6)
    assert np.allclose(again.people[0].root_xyz_world, take.people[0].root_xyz_world, atol=1e-5)


def test_editing_keeps_people_over_their_footage(take: Take) -> None:
    for one in (take, estimated(zoomed_in())):
        joints = person_joints_world(one.people[0])
        before = {f: project(camera_of_frame(one, f), joints[f, 15]) for f in (12, 60)}
        away = np.eye(4)
        away[:3, :3], away[:3, 3] = exp_so3(np.array([0, 0, 1.1])), [1, 2, 0]
        far, part, mirrored = moved(one, away), stretch(one, None, 10, 70), mirror_take(one)
        width = one.camera.size_px[0]
        for frame, px in before.items():
            xyz = person_joints_world(far.people[0])[frame, 15]
            assert np.abs(project(camera_of_frame(far, frame), xyz) - px).max() < 0.5
            xyz = person_joints_world(part.people[0])[frame - 10, 15]
            assert np.abs(project(camera_of_frame(part, frame - 10), xyz) - px).max() < 0.5
            xyz = person_joints_world(mirrored.people[0])[frame, 15]
            flipped = project(camera_of_frame(mirrored, frame), xyz)
            assert np.abs(flipped - [width - 1 - px[0], px[1]]).max() < 1.5


def test_uneven_times_change_little(take: Take) -> None:
    clip = walk_along()
    dropped = frozenset({9, 20, 21, 33, 48, 60})
    uneven = estimated(replace(clip, dropped=dropped))
    kept = [i for i in range(COUNT) if i not in dropped]
    assert len(uneven.time_s) == len(kept) == len(uneven.path)
    T, whole = (cameras_at(t, np.arange(len(t.time_s), dtype=np.int32)) for t in (uneven, take))
    way = np.linalg.norm(T[-1, :3, 3] - T[0, :3, 3])
    assert way == pytest.approx(np.linalg.norm(whole[-1, :3, 3] - whole[0, :3, 3]), rel=0.1)
    even, _ = at_even_time(uneven)
    assert len(even.path) == len(even.time_s) == COUNT


def test_a_camera_at_rest_stays_to_the_bit() -> None:
    clip = watch(walking(30.0, 2.0).moved(yaw_deg=80), camera=camera_at())
    plain, looked = clip.estimate(), estimated(clip)
    assert looked.observed is not None
    assert looked.observed.background is None
    assert not len(looked.path)
    assert np.array_equal(plain.people[0].root_xyz_world, looked.people[0].root_xyz_world)
    assert np.array_equal(plain.people[0].quat_parent_joint, looked.people[0].quat_parent_joint)


def test_a_damaged_background_is_refused(take: Take, tmp_path: Path) -> None:
    assert take.observed is not None
    seen: Observed = take.observed
    assert seen.background is not None
    good = seen.background
    for bad in (
        replace(good, frames=good.frames[::-1].copy()),
        replace(good, frames=good.frames + np.int32(5000)),
        Background(good.frames[:2] * 0, good.points[:2] * 0, good.xy_px[:2]),
    ):
        path = tmp_path / "bad.take.npz"
        save_take(replace(take, observed=replace(seen, background=bad)), path)
        with pytest.raises(TakeError, match="background"):
            load_take(path)


def test_a_path_with_two_people_before_it_tells_who_is_taller() -> None:
    whole = walking(30.0, COUNT / 30)
    people = [
        replace(whole, rest_xyz=whole.rest_xyz * size, root_xyz=whole.root_xyz * size)
        for size in (0.95, 1.05)
    ]
    there = people[0].moved((-0.5, -0.5), yaw_deg=80), people[1].moved((0.5, 0.9), yaw_deg=-95)
    clip = replace(walk_along(), actors=tuple(Actor(motion) for motion in there))
    take = estimated(clip)
    assert len(take.people) == 2
    first, second = take.people
    left = first if first.root_xyz_world[0, 0] < second.root_xyz_world[0, 0] else second
    right = second if left is first else first
    assert right.height_m / left.height_m == pytest.approx(1.05 / 0.95, rel=0.03)
    assert (first.height_m + second.height_m) / 2 == pytest.approx(1.70, rel=0.02)
    given = estimated(clip, settings=Settings(height_m=1.8))
    assert all(person.height_m == pytest.approx(1.8, rel=1e-6) for person in given.people)


def test_what_no_camera_explains_is_told() -> None:
    clip = walk_along()
    room = MovingRoom([clip.camera_at(i) for i in range(COUNT)], strays=1.0)
    take = clip.estimate(background=room)
    assert not len(take.path)
    assert any("no camera's motion explains" in warning for warning in take.warnings)


@pytest.mark.parametrize("filmed", [walk_along, zoomed_in])
def test_noise_trembles_less_before_a_camera_that_moves(
    filmed: Callable[[], Clip], monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = replace(filmed(), flaws=Flaws(noise_m=0.015))

    def jerk() -> float:
        joints = person_joints_world(estimated(clip).people[0])
        return float(np.linalg.norm(np.diff(joints, n=3, axis=0), axis=-1).mean())

    steadied = jerk()
    monkeypatch.setattr(person_solve, "_MOVED_ACCELERATION", 1.0)
    assert steadied < 0.95 * jerk()
