"""Cameras of other tools: read as they mean it, refused in a sentence, and taken but for size."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.errors import SettingsError
from limn.core.data.observations import GivenCamera
from limn.core.data.settings import Settings
from limn.core.data.take_file import load_take, save_take
from limn.core.data.types import ClipInfo, Take
from limn.core.formats.cameras.reading import read_camera
from limn.core.formats.cameras.table import CameraRows, table_text
from limn.core.formats.table import export_take
from limn.core.geometry.camera import cameras_at
from limn.core.geometry.rotations import exp_so3, log_so3, quat_from_matrix
from limn.core.perspective.given_camera import filmed_by
from limn.core.pipeline.solve_again import solve_again
from limn.tools.jobs import finished
from moving_room import MovingRoom, cameras, shake, sideways
from synthetic import Clip, camera_at, watch
from synthetic_motion import walking

SIZE = (1280, 720)


def clip_info(name: str = "clip", frames: int = 0) -> ClipInfo:
    return ClipInfo(f"{name}.mp4", SIZE, 30.0, frames)


COUNT = 60


def poses(count: int = 5) -> np.ndarray:
    return np.stack([c.T_world_camera for c in cameras(sideways(count), shake(count))])


def colmap(folder: Path, T: np.ndarray, lens: str, first: int = 0) -> Path:
    lines = ["# a comment"]
    for i, pose in enumerate(T):
        R, t = pose[:3, :3].T, -pose[:3, :3].T @ pose[:3, 3]
        values = [*np.atleast_1d(quat_from_matrix(R)), *t]
        name = f"shots/frame_{i + first:04d}.png"
        lines += [f"{i + 1} " + " ".join(f"{v:.12f}" for v in values) + f" 1 {name}", "1 2 -1"]
    (folder / "images.txt").write_text("\n".join(lines) + "\n")
    (folder / "cameras.txt").write_text(f"# cameras\n1 {lens}\n")
    return folder


@pytest.mark.parametrize("first", [0, 1])
def test_colmaps_text_model_is_read(tmp_path: Path, first: int) -> None:
    T = poses()
    read = read_camera(
        colmap(tmp_path, T, "OPENCV 640 360 500 510 320 180 0.1 0.01 0.001 0.002", first),
        clip_info(),
    )
    assert read.frames.tolist() == [0, 1, 2, 3, 4]
    assert np.allclose(read.T_world_camera, T, atol=1e-6)
    assert np.allclose(read.K[0], [[1000, 0, 639.5], [0, 1020, 359.5], [0, 0, 1]])
    assert np.allclose(read.dist, [0.1, 0.01, 0.001, 0.002])
    by_file = read_camera(tmp_path / "images.txt", clip_info())
    assert np.allclose(by_file.T_world_camera, T, atol=1e-6)


def test_a_table_is_read_as_it_is_written(tmp_path: Path) -> None:
    T = poses()
    frames, focal = np.array([3, 4, 6, 7, 9]), np.linspace(900, 1100, 5)
    path = tmp_path / "camera.csv"
    K = np.tile(np.array([[0, 0, 639.5], [0, 0, 359.5], [0, 0, 1.0]]), (5, 1, 1))
    K[:, 0, 0] = K[:, 1, 1] = focal
    path.write_text(table_text(CameraRows(frames, T, K, np.array([0.1, 0, 0, 0]))))
    read = read_camera(path, clip_info())
    assert read.frames.tolist() == frames.tolist()
    assert np.allclose(read.T_world_camera, T, atol=1e-6)
    assert np.allclose(read.K[:, 0, 0], focal, atol=1e-3)
    assert np.allclose(read.dist, [0.1, 0, 0, 0])
    assert read.has_lens
    path.write_text("qw,qx,qy,qz,x,y,z,frame\n2,0,0,0,1,2,3,1\n1,0,0,0,0,0,0,0\n")
    bare = read_camera(path, clip_info())
    assert bare.frames.tolist() == [0, 1]
    assert np.allclose(bare.T_world_camera[1, :3, 3], [1, 2, 3])
    assert not bare.has_lens


CALIBRATION = """
[cam_01]
name = "cam01"
size = [640.0, 360.0]
matrix = [[500.0, 0.0, 319.5], [0.0, 500.0, 179.5], [0.0, 0.0, 1.0]]
distortions = [-0.1, 0.02, 0.0, 0.0]
rotation = [0.1, 1.2, -0.3]
translation = [0.5, 0.2, 4.0]
fisheye = false
[other]
name = "cam02"
size = [640.0, 360.0]
matrix = [[700.0, 0.0, 319.5], [0.0, 700.0, 179.5], [0.0, 0.0, 1.0]]
rotation = [0.0, 0.0, 0.0]
translation = [0.0, 0.0, 0.0]
[metadata]
error = 0.3
"""


def test_a_calibration_gives_the_camera_that_is_called_as_the_clip(tmp_path: Path) -> None:
    path = tmp_path / "Calib.toml"
    path.write_text(CALIBRATION)
    read = read_camera(path, clip_info("cam01"))
    assert np.allclose(read.K[0], [[1000, 0, 639.5], [0, 1000, 359.5], [0, 0, 1]])
    R = exp_so3(np.array([0.1, 1.2, -0.3]))
    assert np.allclose(read.T_world_camera[0, :3, 3], -R.T @ [0.5, 0.2, 4.0])
    assert read_camera(path, clip_info("walk_cam02_day1")).K[0, 0, 0] == pytest.approx(1400)
    with pytest.raises(SettingsError, match="cam01, cam02"):
        read_camera(path, clip_info("walk"))


BAD = {
    "a.csv": "frame,x,y,z,qw,qx,qy\n",
    "b.csv": "frame,x,y,z,qw,qx,qy,qz\n",
    "c.csv": "frame,x,y,z,qw,qx,qy,qz\n0,0,0,0,0,0,0,0\n",
    "d.csv": "frame,x,y,z,qw,qx,qy,qz\n0,0,0,nan,1,0,0,0\n",
    "e.csv": "frame,x,y,z,qw,qx,qy,qz\n0,0,0,0,1,0,0,0\n0,0,0,0,1,0,0,0\n",
    "f.csv": "frame,x,y,z,qw,qx,qy,qz\n0.5,0,0,0,1,0,0,0\n",
    "g.csv": "frame,x,y,z,qw,qx,qy,qz,focal_px\n0,0,0,0,1,0,0,0,-5\n",
    "h.csv": "frame,x,y,z,qw,qx,qy,qz\n0,0,0\n",
    "a.toml": "[cam\n",
    "b.toml": "[cam]\nmatrix = [[1,0],[0,1]]\n",
    "c.toml": "[cam]\nsize = [1, 2]\n",
    "d.toml": CALIBRATION.replace("500.0, 0.0, 319.5", "nan, 0.0, 319.5"),
    "e.toml": CALIBRATION.replace("rotation = [0.1, 1.2, -0.3]", 'rotation = "none"'),
    "a.txt": "camera",
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_camera_is_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(BAD[name])
    with pytest.raises(SettingsError) as told:
        read_camera(path, clip_info("cam01"))
    assert "\n" not in str(told.value)
    assert name in str(told.value)


def test_damaged_models_of_colmap_are_refused(tmp_path: Path) -> None:
    T = poses(2)
    for lens in ("FISHEYE 640 360 1 2 3 4", "PINHOLE 640 360 500", "PINHOLE 0 360 1 1 1 1"):
        with pytest.raises(SettingsError):
            read_camera(colmap(tmp_path, T, lens), clip_info())
    colmap(tmp_path, T, "SIMPLE_PINHOLE 640 360 500 320 180")
    (tmp_path / "images.txt").write_text("1 1 0 0 0 0 0 0 7 a1.png\n\n")
    with pytest.raises(SettingsError, match="no camera 7"):
        read_camera(tmp_path, clip_info())
    (tmp_path / "cameras.txt").unlink()
    with pytest.raises(SettingsError):
        read_camera(tmp_path, clip_info())


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
