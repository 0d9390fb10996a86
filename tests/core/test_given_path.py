"""A camera that is given: taken but for its size, told where it can't be this clip's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.errors import SettingsError
from limn.core.data.observations import GivenCamera
from limn.core.data.settings import Settings
from limn.core.data.take_file import load_take, save_take
from limn.core.data.types import Take
from limn.core.formats.cameras.reading import read_camera
from limn.core.formats.table import export_take
from limn.core.geometry.camera import cameras_at
from limn.core.geometry.rotations import exp_so3, log_so3
from limn.core.perspective.given_camera import filmed_by
from limn.core.pipeline.solve_again import solve_again
from limn.tools.jobs import finished
from moving_room import MovingRoom, shake, sideways
from synthetic import Clip, camera_at, watch
from synthetic_motion import walking

COUNT = 60


def walk_along() -> Clip:
    motion = walking(30.0, COUNT / 30).moved(yaw_deg=80)
    return watch(motion, camera=camera_at(), turns=shake(COUNT), path=sideways(COUNT))


def given_of(clip: Clip, unit: float, step: int = 3) -> GivenCamera:
    """The clip's true camera in another world and ``unit``, at every ``step``-th frame."""
    frames = np.arange(0, clip.frame_count, step)
    T = np.stack([clip.camera_at(int(f)).T_world_camera for f in frames])
    away = exp_so3(np.array([0.4, -0.2, 1.0]))
    T[:, :3, :3] = away @ T[:, :3, :3]
    T[:, :3, 3] = (T[:, :3, 3] @ away.T) * unit + [3, 4, 5]
    K = np.tile(clip.camera.K, (len(frames), 1, 1))
    return GivenCamera(frames.astype(np.int32), T, K, np.zeros(4))


@pytest.mark.parametrize("unit", [1.0, 40.0])
def test_a_given_path_is_taken_but_for_its_size(tmp_path: Path, unit: float) -> None:
    clip = walk_along()
    plain = clip.estimate()
    assert plain.observed is not None
    given = replace(plain, observed=replace(plain.observed, given=given_of(clip, unit)))
    path = tmp_path / "a.take.npz"
    save_take(given, path)
    take = finished(solve_again(load_take(path), Settings(camera="given")))
    T = cameras_at(take, np.arange(COUNT, dtype=np.int32))
    true = np.stack([clip.camera_at(i).T_world_camera for i in range(COUNT)])
    way, along = (np.linalg.norm(np.diff(x[:, :3, 3], axis=0), axis=1).sum() for x in (T, true))
    assert way == pytest.approx(along, rel=0.1)
    apart = T[:, :3, :3] @ np.swapaxes(true[:, :3, :3], 1, 2)
    assert np.degrees(np.linalg.norm(log_so3(apart[0].T @ apart), axis=-1)).max() < 0.8
    assert not take.camera.is_estimated


@pytest.fixture(scope="module")
def watched() -> Take:
    clip = walk_along()
    room = MovingRoom([clip.camera_at(i) for i in range(COUNT)])
    return clip.estimate(background=room)


READ = {
    "true": (lambda g: g, ()),
    "no lens": (lambda g: replace(g, K=0 * g.K), ()),
    "opengl": (lambda g: at(g, g.T_world_camera @ np.diag([1.0, -1, -1, 1])), ("were OpenGL's",)),
    "inverse": (
        lambda g: at(g, np.linalg.inv(g.T_world_camera)),
        ("took the world to the camera",),
    ),
    "late": (
        lambda g: replace(g, frames=g.frames + np.int32(1)),
        ("began a frame earlier", "1 frame"),
    ),
    "short": (lambda g: replace(g, K=g.K * [[0.5], [0.5], [1]]), ("Check its axes",)),
    "still": (lambda g: at(g, 0 * g.T_world_camera + g.T_world_camera[:1]), ("pixels off",)),
    "ends": (lambda g: part(g, np.arange(5, COUNT - 7)), ("nothing of 12 frames; it rests",)),
    "gap after the first": (
        lambda g: part(g, np.r_[0, 11:COUNT]),
        ("nothing of 10 frames; it goes on evenly",),
    ),
    "gap": (lambda g: part(g, np.r_[:20, 30:COUNT]), ("nothing of 10 frames; it goes on evenly",)),
}


def at(given: GivenCamera, T: np.ndarray) -> GivenCamera:
    return replace(given, T_world_camera=T)


def part(given: GivenCamera, rows: np.ndarray) -> GivenCamera:
    return GivenCamera(given.frames[rows], given.T_world_camera[rows], given.K[rows], given.dist)


@pytest.mark.parametrize("how", READ)
def test_a_camera_that_did_not_film_the_clip_is_told(watched: Take, how: str) -> None:
    read, told = READ[how]
    clip, seen = walk_along(), watched.observed
    assert seen is not None
    filming = filmed_by(read(given_of(clip, 7.0, step=1)), seen, watched.camera)
    assert [part in " ".join(filming.doubts) for part in told] == [True] * len(told), filming.doubts
    assert len(filming.doubts) == len(told)


def test_a_camera_that_turns_before_a_still_background_is_told(watched: Take) -> None:
    clip = walk_along()
    assert watched.observed is not None
    seen = replace(
        watched.observed, background=None, turns=None, lines=np.zeros((0, 5), np.float32)
    )
    given = given_of(clip, 1.0)
    turned = given.T_world_camera.copy()
    turned[-1, :3, :3] = turned[0, :3, :3] @ exp_so3(np.array([0, 0.3, 0]))
    assert "stands still" in filmed_by(at(given, turned), seen, watched.camera).doubts[-1]
    unseen = replace(seen, lines=None)
    assert not any(
        "stands still" in one for one in filmed_by(at(given, turned), unseen, watched.camera).doubts
    )


@pytest.mark.parametrize("wrong", [0.6, 1.5])
def test_a_path_without_a_lens_tells_it(watched: Take, wrong: float) -> None:
    clip, seen = walk_along(), watched.observed
    assert seen is not None
    given = given_of(clip, 7.0, step=1)
    guess = clip.camera.K.copy()
    guess[:2, :2] *= wrong
    camera = replace(watched.camera, K=guess, focal_doubt=0.25)
    found = filmed_by(replace(given, K=0 * given.K), seen, camera)
    assert found.camera.K[0, 0] == pytest.approx(clip.camera.K[0, 0], rel=0.02)
    assert found.camera.focal_doubt < 0.1
    assert not found.doubts
    straight = np.tile(given.T_world_camera[:1], (COUNT, 1, 1))
    away = filmed_by(at(replace(given, K=0 * given.K), straight), seen, camera)
    assert away.camera.K[0, 0] == guess[0, 0], "no path tells nothing"


def test_frames_that_nobody_saw_are_refused(watched: Take) -> None:
    given = given_of(walk_along(), 1.0)
    assert watched.observed is not None
    far = replace(given, frames=given.frames + np.int32(900))
    with pytest.raises(
        SettingsError, match="900 to 957 of the file, and what was seen are 0 to 59"
    ):
        filmed_by(far, watched.observed, watched.camera)


def test_given_without_a_camera_is_refused() -> None:
    take = walk_along().estimate()
    with pytest.raises(SettingsError, match="--camera FILE"):
        finished(solve_again(take, Settings(camera="given")))


def test_a_camera_may_be_told_to_stand_still_or_to_be_carried() -> None:
    clip = walk_along()
    room = MovingRoom([clip.camera_at(i) for i in range(COUNT)])
    take = clip.estimate(background=room)
    assert len(take.path) == COUNT
    still = finished(solve_again(take, Settings(camera="still")))
    assert not len(still.path)
    assert not len(still.turns)
    moving = finished(solve_again(take, Settings(camera="moving")))
    assert np.allclose(moving.path, take.path, atol=1e-6)


def test_a_given_path_is_not_smoothed_over_a_cut(watched: Take) -> None:
    given = given_of(walk_along(), 1.0)
    T = given.T_world_camera.copy()
    T[10:, :3, 3] += 50.0
    assert watched.observed is not None
    cut = replace(watched.observed, cuts=np.array([29], np.int32), background=None)
    motion = filmed_by(at(given, T), cut, watched.camera).motion
    assert motion is not None
    assert motion.centers is not None
    assert np.ptp(motion.centers[:29], axis=0).max() < 1.5
    assert np.ptp(motion.centers[29:], axis=0).max() < 1.5


def test_a_takes_camera_is_written_as_a_table_and_read_again(tmp_path: Path, watched: Take) -> None:
    zoomed = replace(watched, zoom=np.linspace(1, 1.2, COUNT).astype(np.float32))
    path = tmp_path / "a.camera.csv"
    assert export_take(zoomed, path, frames=range(5, 50)) == [path]
    read = read_camera(path, replace(zoomed.clip, first_frame=5, frame_count=45))
    assert read.frames.tolist() == [*range(5, 50)]
    rows = np.arange(5, 50, dtype=np.int32)
    assert np.allclose(read.T_world_camera, cameras_at(zoomed, rows), atol=1e-6)
    assert np.allclose(read.K[:, 0, 0], zoomed.camera.K[0, 0] * zoomed.zoom[5:50], rtol=1e-5)
    assert np.allclose(read.K[:, :2, 2], zoomed.camera.K[:2, 2], atol=1e-3)
