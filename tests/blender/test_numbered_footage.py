# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Numbered pictures behind the camera: which of them Blender shows, and when."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, make_take

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy


def build(take: Any) -> Any:
    return import_module(f"{MODULE}.scene.build").build_take(
        bpy.context, take, take_path="walk.take.npz"
    )


def write_pictures(folder: Path, *names: str) -> None:
    cv2 = pytest.importorskip("cv2")
    for name in names:
        cv2.imwrite(str(folder / name), np.full((480, 640, 3), 90, np.uint8))


def footage_behind(report: Any) -> Any:
    return bpy.data.objects[report.camera].data.background_images[0].clip


def test_numbered_pictures_lie_behind_the_camera(scene: Any, tmp_path: Path) -> None:
    write_pictures(tmp_path, "shot_9.png", "shot_10.png", "shot_11.png")
    report = build(make_take(3, clip_path=str(tmp_path / "shot_#.png")))
    assert not report.warnings
    clip = footage_behind(report)
    assert clip.source == "SEQUENCE"
    assert Path(clip.filepath).name == "shot_9.png"


@pytest.mark.parametrize("name", ["", "shot_####.png"])
def test_pictures_before_0_are_waited_for(scene: Any, tmp_path: Path, name: str) -> None:
    # Blender counts names from 0 on: what comes before lies before the clip.
    write_pictures(tmp_path, *(f"shot_{n:04d}.png" for n in range(-3, 3)))
    (tmp_path / "a note.txt").write_text("no picture")
    report = build(make_take(6, clip_path=str(tmp_path / name)))
    assert not report.warnings
    clip = footage_behind(report)
    assert Path(clip.filepath).name == "shot_0000.png"
    assert clip.frame_start == scene.frame_start + 3


def test_pictures_that_blender_numbers_otherwise_are_told(scene: Any, tmp_path: Path) -> None:
    (before := tmp_path / "before").mkdir()
    write_pictures(before, *(f"shot_{n:04d}.png" for n in range(-3, 0)))
    report = build(make_take(3, clip_path=str(before)))
    assert "counts pictures from 0" in report.warnings[0]
    (twos := tmp_path / "twos").mkdir()
    write_pictures(twos, *(f"shot_{n:04d}.png" for n in (2, 4, 6)))
    assert "not in step" in build(make_take(3, clip_path=str(twos))).warnings[0]
