# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""The depth relief in Blender: on the camera's rays, in metres, in step with the clip."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, core, make_take, tilted_camera

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy

FRAMES, SHAPE = 6, (9, 12)
OPEN = """
import os, sys, bpy
bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
owner, start = bpy.data.objects["Limn Depth"], bpy.context.scene.frame_start
for frame in (start, start + 4):
    bpy.context.scene.frame_set(frame)
    shown = owner.evaluated_get(bpy.context.evaluated_depsgraph_get())
    sys.stdout.write(f" {-shown.to_mesh().vertices[0].co.z}")
sys.stdout.flush()
os._exit(0)
"""


def made_relief(frames: int = FRAMES) -> Any:
    rng = np.random.default_rng(5)
    z = 6 + 0.05 * rng.normal(size=(frames, *SHAPE)) + np.arange(frames)[:, None, None]
    z[:, 3:6, 4:7] = 2.5  # something near, cut out of what is behind it
    return core("depth.relief").Relief(z.astype(np.float32))


def built(take: Any, relief: Any, cache: Path) -> tuple[Any, Any, list[str]]:
    """The relief, its camera and what was warned of."""
    report = import_module(f"{MODULE}.scene.build").build_take(
        bpy.context, take, take_path="w.take.npz", with_body=False
    )
    timeline = import_module(f"{MODULE}.scene.timeline")
    camera = bpy.data.objects[report.camera]
    owner, warnings = import_module(f"{MODULE}.scene.relief.surface").add_relief(
        take,
        relief,
        camera,
        bpy.data.collections[report.collection],
        timeline.set_timeline(bpy.context.scene, take)[0],
        cache,
    )
    return owner, camera, warnings


def shape_at(owner: Any, frame: int) -> tuple[np.ndarray, int, np.ndarray]:
    """World points (v, 3) in a scene frame, the number of faces, and 1 / metres as told."""
    bpy.context.scene.frame_set(frame)
    bpy.context.view_layer.update()
    shown = owner.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = shown.to_mesh()
    xyz = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", xyz)
    inverse = np.empty(len(mesh.vertices), np.float32)
    mesh.attributes["limn_inverse_depth"].data.foreach_get("value", inverse)
    T = np.array(shown.matrix_world)
    out = xyz.reshape(-1, 3) @ T[:3, :3].T + T[:3, 3], len(mesh.polygons), inverse
    shown.to_mesh_clear()
    return out


def change(owner: Any, name: str, value: float) -> None:
    import_module(f"{MODULE}.scene.relief.nodes").set_input(owner.modifiers["Relief"], name, value)
    owner.update_tag()


def test_points_lie_in_the_world_where_the_camera_sees_them(scene: Any, tmp_path: Path) -> None:
    take, relief = make_take(FRAMES), made_relief()
    owner, camera, warnings = built(take, relief, tmp_path / "w.depth.pc2")
    assert owner.parent == camera
    assert any("relief is empty" in sentence for sentence in warnings), "there is no footage"
    start = scene.frame_start
    for position in (0, 3, 5):
        xyz, _, inverse = shape_at(owner, start + position)
        want = relief.xyz_camera(position, take.camera).reshape(-1, 3)
        T = take.camera.T_world_camera
        assert np.abs(xyz - (want @ T[:3, :3].T + T[:3, 3])).max() < 2e-3
        assert np.allclose(1 / inverse, relief.z_m[position].ravel(), rtol=1e-4)


def test_it_is_cut_where_the_map_jumps_and_flat_where_that_is_asked(
    scene: Any, tmp_path: Path
) -> None:
    take, relief = make_take(FRAMES), made_relief()
    owner, _, _ = built(take, relief, tmp_path / "w.depth.pc2")
    start, whole = scene.frame_start, (SHAPE[0] - 1) * (SHAPE[1] - 1)
    _, faces, _ = shape_at(owner, start)
    # The 3 x 3 near points keep the 2 x 2 faces between them; a ring of 12 round those is cut.
    assert faces == whole - 12
    change(owner, "Tear", 10.0)
    assert shape_at(owner, start)[1] == whole
    change(owner, "Tear", 1.06)
    change(owner, "Flatness", 1.0)
    change(owner, "Distance", 7.5)
    xyz, faces, inverse = shape_at(owner, start + 2)
    T = take.camera.T_world_camera
    seen = (xyz - T[:3, 3]) @ T[:3, :3]
    assert np.allclose(seen[:, 2], 7.5, atol=1e-3)
    assert faces == whole, "a flat picture has no holes"
    want = relief.xyz_camera(2, take.camera).reshape(-1, 3)
    assert np.allclose(seen[:, :2] / 7.5, want[:, :2] / want[:, 2:], atol=1e-3)
    assert np.allclose(1 / inverse, relief.z_m[2].ravel(), rtol=1e-4), "its colours stay"


def test_uneven_frames_are_shown_when_they_are_due(scene: Any, tmp_path: Path) -> None:
    source = np.array([4, 6, 8, 11, 12, 20])
    time_s = (source - 4) / 25.0
    take = make_take(FRAMES, source_frame=source, time_s=time_s, step=1)
    relief = made_relief()
    owner, _, _ = built(take, relief, tmp_path / "w.depth.pc2")
    for frame, position in ((0, 0), (1, 0), (2, 1), (7, 3), (8, 4), (15, 4), (16, 5)):
        _, _, inverse = shape_at(owner, scene.frame_start + frame)
        assert np.allclose(1 / inverse, relief.z_m[position].ravel(), rtol=1e-4), frame


def test_another_run_leaves_one_and_a_photo_needs_no_file(scene: Any, tmp_path: Path) -> None:
    cache = tmp_path / "w.depth.pc2"
    built(make_take(FRAMES), made_relief(), cache)
    before = [len(blocks) for blocks in (bpy.data.meshes, bpy.data.materials, bpy.data.actions)]
    owner, camera, _ = built(make_take(FRAMES), made_relief(), cache)
    assert [child.name for child in camera.children] == [owner.name]
    assert sum("limn_depth" in one for one in bpy.data.objects) == 1
    now = [len(blocks) for blocks in (bpy.data.meshes, bpy.data.materials, bpy.data.actions)]
    assert now == before
    cache.unlink()
    photo = make_take(1, is_still=True, clip_path="/no/such/photo.png")
    owner, _, _ = built(photo, made_relief(1), cache)
    assert not cache.exists()
    assert [modifier.name for modifier in owner.modifiers] == ["Relief"]
    assert len(shape_at(owner, 40)[0]) == SHAPE[0] * SHAPE[1]


def test_a_blend_file_has_it(scene: Any, tmp_path: Path) -> None:
    take_file = core("data.take_file")
    take = make_take(FRAMES, camera=tilted_camera((640, 480), 600, 600, (319.5, 239.5)))
    take_file.save_take(take, tmp_path / "w.take.npz")
    import_module(f"{MODULE}.core.depth.relief_file").save_relief(
        made_relief(), take, tmp_path / "w.depth.npz"
    )
    output = tmp_path / "w.blend"
    command = [sys.executable, "-m", "limn.scene.files.blend_file", "w.take.npz", "w.blend"]

    def run(depth: str) -> subprocess.CompletedProcess[str]:
        whole = [*command, "--depth", depth]
        return subprocess.run(whole, cwd=tmp_path, capture_output=True, text=True, check=False)

    failed = run("w.take.npz")
    assert (failed.returncode, output.exists()) == (5, False)
    assert "limn: w.take.npz is damaged or no depth" in failed.stderr
    output.mkdir()
    (tmp_path / "w.depth.pc2").write_bytes(b"earlier")
    assert run("w.depth.npz").returncode == 7
    assert (tmp_path / "w.depth.pc2").read_bytes() == b"earlier", "they stay or go together"
    output.rmdir()
    assert run("w.depth.npz").returncode == 0
    assert (tmp_path / "w.depth.pc2").stat().st_size == 32 + FRAMES * SHAPE[0] * SHAPE[1] * 12
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for file in (output, tmp_path / "w.depth.pc2"):
        file.rename(moved / file.name)
    script = [sys.executable, "-c", OPEN, str(moved / "w.blend")]
    ended = subprocess.run(script, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    depths = [float(word) for word in ended.stdout.split()[-2:]]
    assert np.allclose(depths, made_relief().z_m[[0, 4], 0, 0], rtol=1e-3), "moved by its file"
