# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""A camera that the artist has already: the scene's own one, keyed, as a table for the worker."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from blender_takes import MODULE, core


def table_of(scene: Any, clip: Path) -> Any:
    text = import_module(f"{MODULE}.scene.given_camera").camera_table(scene, clip)
    return core("formats.cameras.table").read_table(text, (640, 480))


@pytest.fixture
def keyed(scene: Any) -> Any:
    camera = bpy.data.objects.new("Mine", bpy.data.cameras.new("Mine"))
    scene.collection.objects.link(camera)
    for frame, place in ((11, (0, -5, 1)), (21, (2, -5, 1))):
        camera.location, camera.rotation_euler = place, (1.5, 0, 0.05 * frame)
        camera.keyframe_insert("location", frame=frame)
        camera.keyframe_insert("rotation_euler", frame=frame)
    scene.camera = camera
    scene.frame_start, scene.frame_end = 11, 21
    scene.render.resolution_x, scene.render.resolution_y = 640, 480
    return camera


def test_the_scenes_keyed_camera_is_written_frame_by_frame(scene: Any, keyed: Any) -> None:
    scene.frame_set(14)
    given = table_of(scene, Path("nowhere.mp4"))
    assert scene.frame_current == 14
    assert given.frames.tolist() == list(range(11))
    flip = np.diag([1.0, -1.0, -1.0, 1.0])
    for position in (0, 5, 10):
        scene.frame_set(11 + position)
        want = np.array(keyed.matrix_world) @ flip
        np.testing.assert_allclose(given.T_world_camera[position], want, atol=1e-5)
    assert given.K[0, 0, 0] == pytest.approx(keyed.data.lens / keyed.data.sensor_width * 640)


def test_limns_own_camera_is_none(scene: Any, keyed: Any) -> None:
    keyed[import_module(f"{MODULE}.scene.keeping.edited").MADE_KEY] = True
    with pytest.raises(Exception, match="solve it in the Movie Clip editor"):
        table_of(scene, Path("nowhere.mp4"))


def test_the_panel_hands_the_camera_to_the_worker(scene: Any, keyed: Any, tmp_path: Path) -> None:
    request = import_module(f"{MODULE}.operators.estimate.request")
    settings = scene.limn
    settings.camera = "moving"
    clip = Path("nowhere.mp4")
    assert request.camera_options(bpy.context, settings, clip) == {"camera": "moving"}
    settings.camera = "given"
    file = Path(request.camera_options(bpy.context, settings, clip)["camera"])
    assert file.read_text().startswith("frame,x,y,z")
    scene.camera = None
    with pytest.raises(Exception, match="no camera of this clip"):
        request.camera_options(bpy.context, settings, clip)
    known = request.camera_options(bpy.context, settings, clip, is_known=True)
    assert known == {"camera": "given"}
