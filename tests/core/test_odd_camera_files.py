"""Camera files as clumsy and hostile people bring them: the right camera, or one sentence."""

from __future__ import annotations

import random
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from camera_files import (
    CALIBRATION,
    CLIP,
    COUNT,
    NAMES,
    OPENCV,
    POSES,
    binary,
    colmap,
    table,
)
from limn.core.data.errors import SettingsError
from limn.core.data.types import ClipInfo
from limn.core.formats.cameras.reading import read_camera
from limn.core.geometry.camera import distort


def refused(path: Path, reason: str, clip: ClipInfo = CLIP) -> None:
    with pytest.raises(SettingsError, match=reason) as told:
        read_camera(path, clip)
    assert "\n" not in str(told.value)


def is_right(path: Path, clip: ClipInfo = CLIP) -> bool:
    read = read_camera(path, clip)
    return read.frames.tolist() == [*range(COUNT)] and np.allclose(
        read.T_world_camera, POSES, atol=1e-6
    )


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("how", ["plain", "bom", "crlf", "blanks", "comment", "first 1", "far"])
def test_tables_of_spreadsheets_are_read(tmp_path: Path, mark: str, how: str) -> None:
    first = {"first 1": 1, "far": 1001}.get(how, 0)
    path = table(tmp_path / "camera.csv", first, lens="focal_px=900", mark=mark)
    text = path.read_text("utf-8")
    text = "\ufeff" + text if how == "bom" else text
    text = text.replace("\n", "\r\n") if how == "crlf" else text
    text = text + mark * 8 + "\n\n" if how == "blanks" else text
    text = "# by a tool\n\n" + text if how == "comment" else text
    path.write_bytes(text.encode())
    assert is_right(path)
    assert read_camera(path, CLIP).K[0, 0, 0] == 900


def test_pixels_of_another_size_and_shape(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    head = "frame,x,y,z,qw,qx,qy,qz,focal_px,focal_y_px,cx_px,cy_px,width_px,height_px\n"
    path.write_text(head + "0,0,0,0,1,0,0,0,500,510,300,170,640,360\n")
    read = read_camera(path, CLIP)
    assert np.allclose(read.K[0], [[1000, 0, 600.5], [0, 1020, 340.5], [0, 0, 1]])
    path.write_text(head + "0,0,0,0,1,0,0,0,500,510,170,300,360,640\n")
    refused(path, "360 x 640 pixels, and the clip has 1280 x 720")
    for focal_y in ("0.01", "900000"):
        path.write_text(head + f"0,0,0,0,1,0,0,0,500,{focal_y},300,170,640,360\n")
        refused(path, "a focal length of")
    path.write_text(head + "0,0,0,0,1,0,0,0,500,510,300,170,0,0\n")
    refused(path, "no size")


@pytest.mark.parametrize(
    ("lens", "reason"),
    [
        ("focal_px=35", "focal length of 35 can't be"),
        ("focal_px=1.2", "can't be"),
        ("focal_px=900000", "can't be"),
        ("focal_px=1e99", "no likely number"),
        ("focal_px=nan", "no likely number"),
        ("focal_px=", "no number under focal_px"),
        ("x=3", "names the column x twice"),
    ],
)
def test_lenses_that_are_none(tmp_path: Path, lens: str, reason: str) -> None:
    refused(table(tmp_path / "a.csv", lens=lens), reason)


def test_distortion_that_changes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = "0,0,0,0,1,0,0,0,900,0.1\n1,0,0,0,1,0,0,0,900,0.2\n"
    path.write_text("frame,x,y,z,qw,qx,qy,qz,focal_px,k1\n" + rows)
    refused(path, "k1 changes from row to row")


def test_frames_that_the_clip_does_not_have(tmp_path: Path) -> None:
    refused(table(tmp_path / "a.csv", first=500, count=3), "500 to 502, and the clip's 0 to 5")
    part = replace(CLIP, first_frame=40, frame_count=10)
    refused(table(tmp_path / "a.csv", first=10, count=6), "10 to 15, and the clip's 40 to 49", part)
    longer = read_camera(table(tmp_path / "a.csv", first=2, count=60), CLIP)
    assert longer.frames[0] == 2


@pytest.mark.parametrize("points", ["", "1 2 -1", "1 2 -1 4 5.5 6 7 8 9 1 2 3", "none"])
@pytest.mark.parametrize("where", [".", "sparse/0", "0"])
def test_models_in_text_with_any_points(tmp_path: Path, points: str, where: str) -> None:
    colmap(tmp_path / where, NAMES, {1: OPENCV}, [1] * COUNT, points)
    assert is_right(tmp_path)


def test_a_line_too_long_for_a_name_is_of_points(tmp_path: Path) -> None:
    """Of a line as long as a file may be each number would take fifty times its bytes."""
    colmap(tmp_path, NAMES, {1: OPENCV}, [1] * COUNT, "1 2 -1 " * 1000 + "3")
    assert is_right(tmp_path)


@pytest.mark.parametrize(
    ("first", "count", "frames"),
    [(0, 6, 0), (1, 6, 0), (1001, 6, 0), (2, 5, 1), (1, 4, 0), (3, 3, 3), (0, 3, 0)],
)
def test_pictures_are_counted_from_anywhere(
    tmp_path: Path, first: int, count: int, frames: int
) -> None:
    names = [f"a/{i + first:06d}.png" for i in range(count)]
    colmap(tmp_path, names, {1: OPENCV}, [1] * count)
    assert read_camera(tmp_path, CLIP).frames.tolist() == [*range(frames, frames + count)]


def test_numbered_pictures_are_known_by_their_names(tmp_path: Path) -> None:
    for i in range(COUNT):
        (tmp_path / f"shot_{i + 3:04d}.png").touch()
    names = [f"shot_{i + 3:04d}.png" for i in (1, 2, 4)]
    model = colmap(tmp_path / "model", names, {1: OPENCV}, [1] * 3)
    for clip in (tmp_path, tmp_path / "shot_####.png", tmp_path / "shot_%04d.png"):
        read = read_camera(model, replace(CLIP, path=str(clip)))
        assert read.frames.tolist() == [1, 2, 4]
    photo = replace(CLIP, path=str(tmp_path / "shot_0005.png"), is_still=True, frame_count=1)
    read = read_camera(model, photo)
    assert read.frames.tolist() == [0]
    assert np.allclose(read.T_world_camera[0], POSES[1])


def test_of_several_cameras_that_of_the_clip_is_taken(tmp_path: Path) -> None:
    names = [f"{side}/{i:03d}.png" for side in ("left", "Walk") for i in range(3)]
    other = OPENCV.replace("500 510", "700 710")
    colmap(tmp_path, names, {1: OPENCV, 2: other}, [1] * 3 + [2] * 3)
    read = read_camera(tmp_path, CLIP)
    assert read.K[0, 0, 0] == 1400
    assert np.allclose(read.T_world_camera, POSES[3:])
    refused(tmp_path, r"folders of images \(Walk, left\) is called as the clip", clip_called("run"))


def clip_called(name: str) -> ClipInfo:
    return replace(CLIP, path=f"{name}.mp4")


def test_lenses_of_every_images_own_put_the_picture_as_they_do(tmp_path: Path) -> None:
    """COLMAP's default: focal length and distortion trade against each other."""
    lenses = {
        i: f"SIMPLE_RADIAL 1280 720 {900 + 9 * i} 640 360 {-0.1 - 0.01 * i}" for i in range(6)
    }
    colmap(tmp_path, NAMES, lenses, [*range(6)])
    read = read_camera(tmp_path, CLIP)
    ray = np.stack(np.meshgrid(np.linspace(-0.6, 0.6, 7), np.linspace(-0.35, 0.35, 5)), -1)
    for i, K in enumerate(read.K):
        want = (900 + 9 * i) * distort(ray, np.array([-0.1 - 0.01 * i, 0, 0, 0]))
        seen = K[0, 0] * distort(ray, read.dist)
        plain = (900 + 9 * i) * distort(ray, read.dist)
        assert np.abs(seen - want).max() < max(3.0, 0.5 * np.abs(plain - want).max())


@pytest.mark.parametrize(
    ("lens", "reason"),
    [
        ("OPENCV_FISHEYE 640 360 500 500 320 180 0.1 0 0 0", "distortion Limn doesn't know"),
        ("FULL_OPENCV 640 360 500 500 320 180 0 0 0 0 0.1 0 0 0", "doesn't know"),
        ("FOV 640 360 500 500 320 180 1", "model FOV"),
        ("PINHOLE 360 640 500 500 180 320", "360 x 640 pixels, and the clip has"),
        ("PINHOLE 640 360 500 500 900 180", "its middle lies outside"),
        ("PINHOLE 640 360 20 20 320 180", "can't be that of"),
        ("PINHOLE 640 360 500 500 320", "PINHOLE of 3 numbers"),
        ("PINHOLE 640 360 nan 500 320 180", "no likely number"),
        ("PINHOLE", "of 2 fields"),
    ],
)
def test_lenses_of_colmap_that_limn_does_not_know(tmp_path: Path, lens: str, reason: str) -> None:
    refused(colmap(tmp_path, NAMES, {1: lens}, [1] * COUNT), reason)
    plain = colmap(
        tmp_path, NAMES, {1: "FULL_OPENCV 640 360 500 500 320 180 0.1 0 0 0 0 0 0 0"}, [1] * COUNT
    )
    assert read_camera(plain, CLIP).dist[0] == 0.1


def test_binary_models_are_read(tmp_path: Path) -> None:
    assert is_right(binary(tmp_path))
    assert is_right(tmp_path / "images.bin")
    read = read_camera(tmp_path, CLIP)
    assert np.allclose(read.K[0], [[1000, 0, 639.5], [0, 1020, 359.5], [0, 0, 1]])
    assert np.allclose(read.dist, [0.1, 0.01, 0.001, 0.002])
    for kept in (4, 30, 90, 200):
        refused(binary(tmp_path, kept=kept), "cut off")
    refused(binary(tmp_path, model=8), "model 8, not one of")
    (binary(tmp_path) / "images.bin").write_bytes(struct.pack("<Q", 2**60))
    refused(tmp_path, "entries")
    (tmp_path / "images.bin").unlink()
    refused(tmp_path, "no images.txt and no images.bin")


@pytest.mark.parametrize(
    ("was", "now", "reason"),
    [
        ("size = [640, 360]", "size = [360, 640]", "360 x 640 pixels, and the clip"),
        ("size = [640, 360]\n", "", None),
        ("size = [640, 360]", "size = [1280, 720]", None),
        ("500.0, 0, 319.5", "5.0, 0, 319.5", "focal length of 10 can't be"),
        ("319.5]", "3000.5]", "its middle lies outside"),
        ("rotation", "fisheye = true\nrotation", "is a fisheye"),
        ("[0.1, 1.2, -0.3]", "[[1, 0, 0], [0, 1, 0], [0, 0, -1]]", "no rotation"),
        ("[0.5, 0.2, 4.0]", "[500.0, 200.0, 4000.0]", None),
        ("[cam1]", "\ufeff[cam1]", None),
    ],
)
def test_calibrations(tmp_path: Path, was: str, now: str, reason: str | None) -> None:
    path = tmp_path / "Calib.toml"
    assert was in CALIBRATION
    path.write_text(CALIBRATION.replace(was, now), "utf-8")
    if reason is None:
        read = read_camera(path, CLIP)
        assert np.linalg.norm(read.T_world_camera[0, :3, 3]) == pytest.approx(4.036, abs=0.01)
    else:
        refused(path, reason)


def test_a_cameras_name_is_a_word_of_the_clips(tmp_path: Path) -> None:
    path = tmp_path / "Calib.toml"
    second = CALIBRATION.replace("cam1", "cam10").replace("500.0", "600.0")
    path.write_text(CALIBRATION + second)
    assert read_camera(path, clip_called("walk_cam10")).K[0, 0, 0] == 1200
    assert read_camera(path, clip_called("cam1_walk")).K[0, 0, 0] == 1000
    refused(path, "cam1, cam10", clip_called("cam100"))
    path.write_text((CALIBRATION + second).replace('"cam10"', '"b"').replace('"cam1"', '"a"'))
    refused(path, "a, b", clip_called("walkabout"))
    assert read_camera(path, clip_called("walk_b")).K[0, 0, 0] == 1200


def test_whatever_is_in_a_file_ends_in_a_camera_or_a_sentence(tmp_path: Path) -> None:
    rng, told = random.Random(0), list[str]()
    made = [
        table(tmp_path / "a.csv", lens="focal_px=900"),
        colmap(tmp_path / "text", NAMES, {1: OPENCV}, [1] * COUNT) / "images.txt",
        tmp_path / "text" / "cameras.txt",
        binary(tmp_path) / "images.bin",
        tmp_path / "cameras.bin",
        tmp_path / "a.toml",
    ]
    made[-1].write_text(CALIBRATION)
    asked = [made[0], made[1], made[1], made[3], made[3], made[5]]
    for path, opened in zip(made, asked, strict=True):
        whole = path.read_bytes()
        for _ in range(60):
            data = bytearray(whole)
            for _ in range(rng.randint(1, 4)):
                at = rng.randrange(len(data))
                data[at : at + rng.randint(0, 9)] = rng.choice(
                    [b"", b"\0", b"\xff", b"nan", b"-", b"9" * 30, b"\n", b",", b"1e400", b'"']
                )
            path.write_bytes(bytes(data[: rng.choice([len(data), rng.randrange(len(data) + 1)])]))
            try:
                read = read_camera(opened, CLIP)
            except SettingsError as error:
                told.append(str(error))
            else:
                assert np.isfinite(read.T_world_camera).all()
                assert np.isfinite(read.K).all()
        path.write_bytes(whole)
    assert len(told) > 100
    assert not [one for one in told if "\n" in one]
