# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""What the user had set up in a scene stays: their Movie Clip, the range."""

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
    module = import_module(f"{MODULE}.scene.build")
    return module.build_take(bpy.context, take, take_path="walk.take.npz")


def write_clip(folder: Path, count: int) -> Path:
    cv2 = pytest.importorskip("cv2")
    path = folder / "walk.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 25.0, (640, 480))
    for i in range(count):
        writer.write(np.full((480, 640, 3), 10 * i, np.uint8))
    writer.release()
    return path


def test_the_users_own_movie_clip_is_not_moved_and_keys_lie_on_it(
    scene: Any, tmp_path: Path
) -> None:
    footage = write_clip(tmp_path, 20)
    own = bpy.data.movieclips.load(str(footage))
    own.frame_start, scene.frame_end = 51, 200
    take = make_take(10, source_frame=np.arange(10) + 2, clip_path=str(footage))
    report = build(take)
    assert own.frame_start == 51
    assert (scene.frame_start, scene.frame_end, scene.frame_current) == (1, 200, 53)
    owner = bpy.data.objects[report.armatures[0]]
    assert tuple(owner.animation_data.action.frame_range) == (53, 62)
    background = bpy.data.objects[report.camera].data.background_images[0]
    assert background.clip == own
    scene.frame_end = 60
    assert any("53 to 62" in note for note in build(take).notes)
    # What Limn loaded itself follows the scene.
    bpy.data.movieclips.remove(own)
    scene.frame_start = 11
    assert bpy.data.objects[build(take).camera].data.background_images[0].clip.frame_start == 9
    scene.frame_start = 21
    assert bpy.data.objects[build(take).camera].data.background_images[0].clip.frame_start == 19
