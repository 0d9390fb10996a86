# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""A camera that the artist has already: the scene's own one, keyed, as a table for the worker."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import numpy as np
import pytest
from blender_takes import MODULE, core
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector


def table_of(scene: Any, clip: Path, size_px: tuple[int, int] = (640, 480)) -> Any:
    text = import_module(f"{MODULE}.scene.given_camera").camera_table(scene, clip)
    info = core("data.types").ClipInfo(str(clip), size_px, 30.0, 0)
    return core("formats.cameras.table").read_table(text, info)


def off_px(scene: Any, given: Any, size_px: tuple[int, int], first: int = 11) -> float:
    """Pixels by which points lie elsewhere through ``given`` than Blender shows them."""
    worst = 0.0
    for frame, T, K in zip(given.frames.tolist(), given.T_world_camera, given.K, strict=True):
        scene.frame_set(first + frame)
        for point in ((0.3, 2, 1), (-1, 3, 2), (1.5, 4, 0.2)):
            shown = world_to_camera_view(scene, scene.camera, Vector(point))
            want = np.array([shown.x, 1 - shown.y]) * size_px - 0.5
            seen = K @ (T[:3, :3].T @ (np.array(point) - T[:3, 3]))
            worst = max(worst, float(np.abs(seen[:2] / seen[2] - want).max()))
    return worst


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


@pytest.mark.parametrize("how", ["shift", "vertical", "tall", "scaled", "pixels", "keyed lens"])
def test_whatever_a_camera_is_set_to_points_lie_where_blender_shows_them(
    scene: Any, keyed: Any, how: str
) -> None:
    size, data, render = (640, 480), keyed.data, scene.render
    if how == "shift":
        data.shift_x, data.shift_y = 0.1, -0.2
    elif how == "vertical":
        data.sensor_fit, data.sensor_height = "VERTICAL", 20
    elif how == "tall":
        size = (480, 640)
        render.resolution_x, render.resolution_y = size
    elif how == "scaled":  # of a smaller picture, and hung on something large
        render.resolution_x, render.resolution_y = 1280, 960
        render.resolution_percentage = 50
        parent = bpy.data.objects.new("Crane", None)
        scene.collection.objects.link(parent)
        parent.scale, parent.rotation_euler = (3, 3, 3), (0.1, 0.2, 0.3)
        keyed.parent, keyed.scale = parent, (2, 0.5, 1)
    elif how == "pixels":
        render.pixel_aspect_x = 1.5
    else:
        for frame, lens in ((11, 30), (21, 60)):
            data.lens = lens
            data.keyframe_insert("lens", frame=frame)
    given = table_of(scene, Path("nowhere.mp4"), size)
    assert off_px(scene, given, size) < 0.02
    assert len(given.frames) == 11


def test_markers_switch_cameras(scene: Any, keyed: Any) -> None:
    other = bpy.data.objects.new("Other", bpy.data.cameras.new("Other"))
    scene.collection.objects.link(other)
    other.location = (9, 8, 7)
    for frame, camera in ((11, keyed), (17, other)):
        scene.timeline_markers.new("cut", frame=frame).camera = camera
    scene.frame_set(12)
    given = table_of(scene, Path("nowhere.mp4"))
    assert np.allclose(given.T_world_camera[6:, :3, 3], (9, 8, 7))
    assert not np.allclose(given.T_world_camera[5, :3, 3], (9, 8, 7))
    assert scene.camera == keyed


def test_what_no_clip_was_filmed_with_is_refused(scene: Any, keyed: Any) -> None:
    def refused(reason: str, size_px: tuple[int, int] = (640, 480)) -> None:
        with pytest.raises(Exception, match=reason) as told:
            table_of(scene, Path("nowhere.mp4"), size_px)
        assert "\n" not in str(told.value)

    refused("640 x 480.*and the clip has 640 x 360", (640, 360))
    parent = bpy.data.objects.new("Crane", None)
    scene.collection.objects.link(parent)
    keyed.parent, parent.scale = parent, (1, 1, -1)
    refused("mirrored")
    parent.scale = (1, 3, 1)
    refused("askew")
    parent.scale = (0, 0, 0)
    refused("scaled to nothing")
    keyed.parent = None
    keyed.data.type = "ORTHO"
    refused("isn't a perspective one")
    keyed.data.type = "PERSP"
    scene.frame_start = scene.frame_end = 11
    assert table_of(scene, Path("nowhere.mp4")).frames.tolist() == [0]


LENSES = {
    "POLYNOMIAL": {"k1": -0.1, "k2": 0.03, "k3": 0.004},
    "BROWN": {"brown_k1": -0.1, "brown_p1": 0.01, "brown_p2": -0.006},
    "DIVISION": {"division_k1": -0.06},
    "NUKE": {"nuke_k1": -0.03},
}


@pytest.mark.parametrize("model", LENSES)
def test_the_lens_that_blender_tracked_with_is_told_in_opencvs_words(
    scene: Any, tmp_path: Path, model: str
) -> None:
    """The formulas are libmv's; solves of tracks drawn by them are 0.000 pixels off."""
    image = bpy.data.images.new("film", 320, 180)
    image.filepath_raw, image.file_format = str(tmp_path / "film.png"), "PNG"
    image.save()
    clip = bpy.data.movieclips.load(str(tmp_path / "film.png"))
    lens, told = clip.tracking.camera, LENSES[model]
    lens.units, lens.pixel_aspect, lens.focal_length_pixels = "PIXELS", 1.5, 300
    lens.principal_point_pixels, lens.distortion_model = (150, 100), model
    for name, value in told.items():
        setattr(lens, name, value)
    own = import_module(f"{MODULE}.scene.solver.lens").tracked_lens(lens, (320, 180))
    straight = np.stack(np.meshgrid(np.linspace(-0.4, 0.4, 5), np.linspace(-0.2, 0.2, 5)), -1)
    r2 = (straight**2).sum(-1, keepdims=True)
    if model in ("POLYNOMIAL", "BROWN"):
        at = straight * sum(
            value * r2 ** int(name[-1]) for name, value in told.items() if "k" in name
        )
        at = at + straight
        x, y = straight[..., 0], -straight[..., 1]  # Blender's y points up
        p1, p2 = told.get("brown_p1", 0), told.get("brown_p2", 0)
        r2 = r2[..., 0]
        at[..., 0] += p1 * (r2 + 2 * x * x) + p2 * 2 * x * y
        at[..., 1] -= p2 * (r2 + 2 * y * y) + p1 * 2 * x * y
    else:
        unit = 1.0 if model == "DIVISION" else 300 / 160
        at = straight
        for _ in range(40):
            drawn = (at**2).sum(-1, keepdims=True) * unit**2
            at = straight * (1 + next(iter(told.values())) * drawn)
    want = at * (300, 450) + (150 - 0.5, 180 - 100 - 0.5)
    seen = core("geometry.camera").distort(straight, own[1]) @ own[0][:2, :2] + own[0][:2, 2]
    assert np.abs(seen - want).max() < 0.15
    lens.distortion_model, lens.nuke_k1, lens.nuke_k2 = "NUKE", -0.6, 0.9
    with pytest.raises(Exception, match=r"pixels from any that Limn knows|folds"):
        import_module(f"{MODULE}.scene.solver.lens").tracked_lens(lens, (320, 180))
    bpy.data.movieclips.remove(clip)


@pytest.mark.parametrize(
    ("name", "kind", "begins"),
    [
        ("f_0004.jp2", "SEQUENCE", 0),
        ("f_0011.jp2", "SEQUENCE", 7),
        ("f_0011.jp2", "MOVIE", None),
        ("f_0011.png", "SEQUENCE", None),
        ("g_0011.jp2", "SEQUENCE", None),
        ("../f_0011.jp2", "SEQUENCE", None),
    ],
)
def test_a_sequences_clip_may_begin_at_a_later_picture(
    tmp_path: Path, name: str, kind: str, begins: int | None
) -> None:
    clip = SimpleNamespace(filepath=str(tmp_path / name), source=kind)
    told = import_module(f"{MODULE}.scene.given_camera")._begins(clip, tmp_path / "f_0004.jp2")
    assert told == begins


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
