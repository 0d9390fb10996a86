"""The gallery in Blender: its figures lie on the armature's joints, edited or not."""

# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
from __future__ import annotations

import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, core, make_take, walking_person

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy


def built(take: Any) -> list[Any]:
    build = import_module(f"{MODULE}.scene.build")
    timeline = import_module(f"{MODULE}.scene.timeline")
    gallery = import_module(f"{MODULE}.scene.gallery.figures")
    report = build.build_take(bpy.context, take, take_path="w.take.npz", with_body=False)
    armatures = [bpy.data.objects[name] for name in report.armatures]
    warnings = gallery.add_gallery(
        bpy.context.scene,
        take,
        armatures,
        bpy.data.collections[report.collection],
        timeline.set_timeline(bpy.context.scene, take)[0],
    )
    assert all("wall" in sentence for sentence in warnings)
    return armatures


def two_people(frames: int = 12) -> Any:
    one = walking_person(np.arange(frames), 1, "Person 1")
    two = walking_person(np.arange(4, frames), 2, "Person 2")
    return make_take(frames, people=(one, two))


def at(frame: int) -> Any:
    bpy.context.scene.frame_set(frame)
    bpy.context.view_layer.update()
    return bpy.context.evaluated_depsgraph_get()


def test_spheres_and_cylinders_lie_on_the_joints(scene: Any) -> None:
    take = two_people()
    armatures = built(take)
    names, links = core("data.skeletons").COCO_17, core("gallery.figures").LINKS
    start = bpy.context.scene.frame_start
    for position in (0, 5, 11):
        graph = at(start + position)
        for person, armature in zip(take.people, armatures, strict=True):
            if position not in person.frames:
                continue
            k = int(np.searchsorted(person.frames, position))
            want = core("gallery.figures").gallery_joints(person)[k]
            for name, xyz in zip(names, want, strict=True):
                sphere = bpy.data.objects[f"{armature.name} {name}"].evaluated_get(graph)
                assert np.abs(np.array(sphere.matrix_world.translation) - xyz).max() < 1e-3
            for a, b, _ in links:
                name = f"{armature.name} {names[a]} to {names[b]}"
                matrix = bpy.data.objects[name].evaluated_get(graph).matrix_world
                ends = np.array([matrix.translation, matrix @ type(matrix.translation)((0, 1, 0))])
                assert np.abs(ends - want[[a, b]]).max() < 2e-3
                width = float(matrix.col[0].to_3d().length)
                assert 0.015 < width < 0.035


def test_figures_follow_an_edited_pose_and_hide_with_their_person(scene: Any) -> None:
    take = two_people()
    one, two = built(take)
    start = bpy.context.scene.frame_start
    wrist = bpy.data.objects[f"{one.name} left_wrist"]
    at(start + 5)
    before = np.array(wrist.matrix_world.translation)
    one.animation_data.action = None
    one.pose.bones["left_shoulder"].rotation_quaternion = (0.7, 0.7, 0.0, 0.0)
    graph = at(start + 5)
    moved = wrist.evaluated_get(graph).matrix_world.translation
    assert np.linalg.norm(np.array(moved) - before) > 0.1
    link = bpy.data.objects[f"{one.name} left_elbow to left_wrist"].evaluated_get(graph)
    end = link.matrix_world @ type(moved)((0, 1, 0))
    assert np.abs(np.array(end) - np.array(moved)).max() < 2e-3
    graph = at(start + 1)
    sphere, tile = (
        bpy.data.objects[f"{two.name} {part}"].evaluated_get(graph)
        for part in ("nose", "left_ankle tile")
    )
    assert sphere.hide_render
    assert tile.hide_render
    at(start + 8)
    graph = bpy.context.evaluated_depsgraph_get()
    assert not bpy.data.objects[f"{two.name} nose"].evaluated_get(graph).hide_render


def test_wall_floor_and_camera_show_everybody(scene: Any) -> None:
    take = two_people()
    built(take)
    current = bpy.context.scene
    assert current.camera.name == "Gallery Camera"
    wall = bpy.data.objects["Photo wall"]
    corners = np.array([wall.matrix_world @ v.co for v in wall.data.vertices])
    width, height = (
        np.linalg.norm(corners[1] - corners[0]),
        np.linalg.norm(corners[3] - corners[0]),
    )
    assert abs(width / height / (take.camera.size_px[0] / take.camera.size_px[1]) - 1) < 0.05
    assert abs(corners[2:, 2]).max() < 1e-6
    assert len(bpy.data.objects["Tiles"].data.polygons) > 20
    from bpy_extras.object_utils import world_to_camera_view

    joints = np.concatenate(
        [core("gallery.figures").gallery_joints(p).reshape(-1, 3) for p in take.people]
    )
    for position in (0, 11):
        at(current.frame_start + position)
        points = np.concatenate([corners, joints])
        make = type(current.camera.location)
        seen = np.array([world_to_camera_view(current, current.camera, make(p)) for p in points])
        assert (seen[:, :2] > 0).all()
        assert (seen[:, :2] < 1).all()
        assert (seen[:, 2] > 0).all()


def test_colours_are_the_founding_projects(scene: Any) -> None:
    armature = built(two_people())[0]
    names = core("data.skeletons").COCO_17
    for a, b, rgb in core("gallery.figures").LINKS:
        owner = bpy.data.objects[f"{armature.name} {names[a]} to {names[b]}"]
        linear = np.array(owner.material_slots[0].material.diffuse_color[:3])
        shown = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
        assert np.abs(shown - rgb).max() < 2e-3


def test_every_shot_has_its_room(scene: Any) -> None:
    take = two_people()
    moved = take.camera.T_world_camera.copy()
    moved[:3, 3] += [1.0, -2.0, 0.2]
    take = replace(take, cuts=np.array([6], np.int32), T_world_shots=moved[None])
    built(take)
    start = bpy.context.scene.frame_start
    for position, shown in ((2, "Photo wall"), (9, "Photo wall 2")):
        graph = at(start + position)
        for name in ("Photo wall", "Photo wall 2"):
            hidden = bpy.data.objects[name].evaluated_get(graph).hide_render
            assert hidden == (name != shown)


@pytest.mark.filterwarnings("default")
def test_the_file_is_written_and_opens(scene: Any, tmp_path: Path) -> None:
    take = two_people()
    core("data.take_file").save_take(take, tmp_path / "w.take.npz")
    blend_file = import_module(f"{MODULE}.scene.files.blend_file")
    output = tmp_path / "gallery.blend"
    assert blend_file.main([str(tmp_path / "w.take.npz"), str(output), "--style", "gallery"]) == 0
    bpy.ops.wm.open_mainfile(filepath=str(output))
    assert "Gallery" in bpy.data.collections
    assert sum(" to " in o.name for o in bpy.data.objects) == 36
    assert [p.name for p in tmp_path.iterdir() if "part" in p.name] == []
    assert sys.modules[f"{MODULE}.scene.gallery.figures"]


def test_the_panels_gallery_is_a_scene_of_its_own(scene: Any, tmp_path: Path) -> None:
    take = two_people()
    path = tmp_path / "w.take.npz"
    core("data.take_file").save_take(take, path)
    build = import_module(f"{MODULE}.scene.build")
    scene.frame_start = 20
    build.build_take(bpy.context, take, take_path=str(path))
    before = sorted(o.name for o in scene.objects)
    world, camera = scene.world, scene.camera
    shown: list[Any] = []
    for _ in range(2):  # the second one replaces the first
        bpy.context.window.scene = scene
        assert bpy.ops.limn.make_gallery() == {"FINISHED"}
        shown = [s for s in bpy.data.scenes if s != scene]
        assert len(shown) == 1
        assert sorted(o.name for o in scene.objects) == before
        assert (scene.world, scene.camera) == (world, camera)
    gallery = shown[0]
    assert gallery.camera.name.startswith("Gallery Camera")
    bpy.context.window.scene = gallery
    gallery.frame_set(20 + 7)
    graph = bpy.context.evaluated_depsgraph_get()
    person = take.people[0]
    want = core("gallery.figures").gallery_joints(person)[7]
    for name, xyz in zip(core("data.skeletons").COCO_17, want, strict=True):
        owner = gallery.objects[f"Person 1 {name}"].evaluated_get(graph)
        assert np.abs(np.array(owner.matrix_world.translation) - xyz).max() < 1e-3
    # What somebody put into it stays, with it.
    bpy.context.window.scene = scene
    mine = bpy.data.objects.new("Mine", None)
    scene.collection.objects.link(mine)
    gallery.collection.objects.link(mine)
    assert bpy.ops.limn.make_gallery() == {"FINISHED"}
    assert mine.name in gallery.objects
    assert scene.camera == camera
    assert gallery in list(bpy.data.scenes)
    bpy.context.window.scene = scene
    for one in [s for s in bpy.data.scenes if s != scene]:
        bpy.data.scenes.remove(one)
