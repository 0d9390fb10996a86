"""Cameras of other tools: read as they mean it, refused in a sentence, and taken but for size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from limn.core.data.errors import SettingsError
from limn.core.data.types import ClipInfo
from limn.core.formats.cameras.reading import read_camera
from limn.core.formats.cameras.table import CameraRows, table_text
from limn.core.geometry.rotations import exp_so3, quat_from_matrix
from moving_room import cameras, shake, sideways

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
    if name == "a.txt":
        assert "none of .csv, .toml, .yml, .yaml, images.txt, images.bin" in str(told.value)


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
