"""Calibrations of several cameras as other tools write them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.errors import SettingsError
from limn.core.data.settings import Settings
from limn.core.data.types import Camera, Take
from limn.core.data.views.view import GivenOfView
from limn.core.formats.calibration.rig_file import cameras_for, read_calibration
from limn.core.formats.table import export_take
from limn.core.geometry.camera import camera_at
from limn.core.geometry.rotations import exp_so3
from limn.core.pipeline.films.scene import solve_films
from limn.tools.jobs import finished
from synthetic_motion import jumping
from together_views import filmed, part_of, round_about

TURN = np.array([0.1, -0.7, 0.3])
POSE2SIM = """
[cam_1]
name = "front"
size = [1280.0, 720.0]
matrix = [[1000.0, 0.0, 640.0], [0.0, 1010.0, 360.0], [0.0, 0.0, 1.0]]
distortions = [-0.1, 0.02, 0.0, 0.001]
rotation = [0.1, -0.7, 0.3]
translation = [0.5, 1.0, 4.0]
fisheye = false

[cam_2]
name = "side"
size = [1280.0, 720.0]
matrix = [[900.0, 0.0, 640.0], [0.0, 900.0, 360.0], [0.0, 0.0, 1.0]]
distortions = [0.0, 0.0, 0.0, 0.0, 0.0]
rotation = [0.0, 0.0, 0.0]
translation = [0.0, 0.0, 5.0]

[metadata]
adjusted = false
"""
EASYMOCAP = """%YAML:1.0
---
names:
   - "1"
K_1: !!opencv-matrix
   rows: 3
   cols: 3
   dt: d
   data: [1000.0, 0.0, 640.0, 0.0, 1010.0, 360.0, 0.0, 0.0, 1.0]
dist_1: !!opencv-matrix
   rows: 1
   cols: 5
   dt: d
   data: [-0.1, 0.02, 0.0, 0.001, 0.0]
R_1: !!opencv-matrix
   rows: 3
   cols: 1
   dt: d
   data: [0.1, -0.7,
      0.3]
T_1: !!opencv-matrix
   rows: 3
   cols: 1
   dt: d
   data: [0.5, 1.0, 4.0]
"""


@pytest.fixture(scope="module")
def take() -> Take:
    motion = part_of(jumping(60.0), 0, None, 2)
    films = [filmed(motion, yaw, f"{name}.mp4") for yaw, name in ((0.0, "front"), (70.0, "side"))]
    return finished(solve_films(films, Settings()))


def written(tmp_path: Path, text: str, name: str = "rig.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("text", [POSE2SIM, EASYMOCAP, POSE2SIM.replace("cam_1]", "cameras.1]")])
def test_a_camera_is_read_as_it_was_written(tmp_path: Path, text: str) -> None:
    cameras = read_calibration(written(tmp_path, text))
    one = next(camera for camera in cameras if camera.name in ("front", "1"))
    np.testing.assert_allclose(one.K, [[1000, 0, 640], [0, 1010, 360], [0, 0, 1]])
    np.testing.assert_allclose(one.dist, [-0.1, 0.02, 0, 0.001])
    np.testing.assert_allclose(one.R, exp_so3(TURN))
    np.testing.assert_allclose(one.t, [0.5, 1.0, 4.0])


def test_millimetres_become_metres(tmp_path: Path) -> None:
    text = POSE2SIM.replace("[0.0, 0.0, 5.0]", "[0.0, 0.0, 5000.0]")
    assert read_calibration(written(tmp_path, text))[1].t[2] == pytest.approx(5.0)


def test_a_picture_of_another_size_scales_the_matrix(tmp_path: Path) -> None:
    one = read_calibration(written(tmp_path, POSE2SIM))[0].for_size((640, 360))
    np.testing.assert_allclose(one.K[:2], [[500, 0, 320], [0, 505, 180]])
    with pytest.raises(SettingsError, match="1280 x 720 pixels, and its clip has 720 x 1280"):
        read_calibration(written(tmp_path, POSE2SIM))[0].for_size((720, 1280))


def test_cameras_go_to_clips_by_name_else_in_order(tmp_path: Path) -> None:
    path = written(tmp_path, POSE2SIM)
    cameras = read_calibration(path)

    def names(*clips: str) -> list[str]:
        return [one.name for one in cameras_for(cameras, [Path(clip) for clip in clips], path)]

    assert names("side_01.mp4", "front_01.mp4") == ["side", "front"]
    assert names("a.mp4", "b.mp4") == ["front", "side"]
    with pytest.raises(SettingsError, match="holds the cameras front, side"):
        names("a.mp4", "b.mp4", "c.mp4")


@pytest.mark.parametrize(
    "text",
    [
        "", "not a file of cameras", "[a]\nb = 1",
        POSE2SIM.replace("[0.1, -0.7, 0.3]", '["x"]'),
        POSE2SIM.replace("[0.1, -0.7, 0.3]", "[1.0]"),
        POSE2SIM.replace("1000.0, 0.0, 640.0", "-1.0, 0.0, 640.0"),
        POSE2SIM.replace("[0.0, 0.0, 0.0, 0.0, 0.0]", "[0.0, 0.0, 0.0, 0.0, 0.5]"),
        POSE2SIM.replace("[0.5, 1.0, 4.0]", "[nan, 1.0, 4.0]"),
        EASYMOCAP.replace("T_1", "T_2"), EASYMOCAP.replace("0.7", "x"),
    ],
)  # fmt: skip
def test_other_files_end_in_a_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match=r"is damaged or no calibration of cameras"):
        read_calibration(written(tmp_path, text))
    with pytest.raises(SettingsError, match="does not exist"):
        read_calibration(tmp_path / "none.toml")


def test_calibrated_cameras_stay_and_give_the_scene_its_size() -> None:
    motion, yaws = part_of(jumping(60.0), 0, None, 2), (0.0, 70.0)
    worlds = [np.linalg.inv(round_about(yaw).T_world_camera) for yaw in yaws]
    films = []
    for k, (yaw, T) in enumerate(zip(yaws, worlds, strict=True)):
        own = round_about(yaw)
        camera = Camera(K=own.K, size_px=own.size_px)
        known = {"camera": camera, "pose": T @ np.linalg.inv(worlds[0])}
        given = GivenOfView(intrinsics=True, pose=True)
        films.append(filmed(motion, yaw, f"{k}.mp4", k, given=given, **known))
    take = finished(solve_films(films, Settings()))
    own, other = take.camera.T_world_camera, take.views[0].part.camera.T_world_camera
    np.testing.assert_allclose(np.linalg.inv(other) @ own, worlds[1] @ np.linalg.inv(worlds[0]),
                               atol=1e-9)  # fmt: skip
    height = motion.rest_xyz[:, 1].max() - motion.rest_xyz[:, 1].min()
    assert take.people[0].height_m == pytest.approx(height * 1.06, rel=0.08)


def test_cameras_are_exported_as_they_are_read(take: Take, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    assert export_take(take, path) == [path]
    cameras = read_calibration(path)
    assert [one.name for one in cameras] == ["front", "side"]
    for one, own in zip(cameras, (take.camera, take.views[0].part.camera), strict=True):
        np.testing.assert_allclose(one.world_to_camera @ own.T_world_camera, np.eye(4), atol=1e-9)
        np.testing.assert_allclose(one.K, own.K)
    export_take(take, tmp_path / "a.cameras.json")
    told = json.loads((tmp_path / "a.cameras.json").read_text("utf-8"))["cameras"]
    assert [one["starts_s"] for one in told] == [0.0, take.views[0].starts_s]
    np.testing.assert_allclose(told[1]["R_camera_world"], cameras[1].R, atol=1e-9)


def test_of_cameras_that_move_every_frame_is_told(take: Take, tmp_path: Path) -> None:
    still = take.views[0].part
    count = len(still.time_s)
    way = np.linspace(0, 1, count)[:, None].astype(np.float32)
    part = replace(
        still,
        path=way * np.array([1, 0.2, 0], np.float32),
        turns=way * np.array([0, 0.3, 0], np.float32),
        zoom=1 + 0.5 * way[:, 0],
    )
    moving = replace(take, views=(replace(take.views[0], part=part),))
    export_take(moving, tmp_path / "a.cameras.json")
    own, told = json.loads((tmp_path / "a.cameras.json").read_text("utf-8"))["cameras"]
    assert "frames" not in own
    frames = {name: np.array(values) for name, values in told["frames"].items()}
    assert all(len(values) == count for values in frames.values())
    for at in (0, count - 1):
        camera = camera_at(part, at)
        T = np.eye(4)
        T[:3, :3], T[:3, 3] = frames["R_camera_world"][at], frames["t_camera_world"][at]
        np.testing.assert_allclose(T @ camera.T_world_camera, np.eye(4), atol=1e-6)
        np.testing.assert_allclose(frames["K"][at], camera.K, rtol=1e-6)
    export_take(moving, tmp_path / "a.toml")
    text = (tmp_path / "a.toml").read_text("utf-8")
    assert text.count("moves: this is the middle of its way") == 1
    assert [one.name for one in read_calibration(tmp_path / "a.toml")] == ["front", "side"]
