# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""What the user had set up in a scene stays: their Movie Clip, the range."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, core, make_take

bpy = pytest.importorskip("bpy")
from bpy_extras.object_utils import world_to_camera_view  # noqa: E402 - needs bpy

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


def test_a_built_scene_shows_what_its_take_was_solved_with(scene: Any, tmp_path: Path) -> None:
    path, blend = tmp_path / "walk.take.npz", tmp_path / "walk.blend"
    settings = {"fov_deg": 71.0, "height_m": 1.83, "contacts": "off"}
    core("data.take_file").save_take(replace(make_take(4), settings=settings), path)
    command = [sys.executable, "-m", "limn.scene.files.blend_file", str(path), str(blend)]
    subprocess.run(command, check=True, capture_output=True)
    bpy.ops.wm.open_mainfile(filepath=str(blend))
    figure = next(o for o in bpy.data.objects if o.type == "ARMATURE")
    assert figure["limn_take"] == "//walk.take.npz"
    fields = bpy.context.scene.limn
    assert (fields.use_fov, fields.use_height, fields.contacts) == (True, True, "off")
    assert (fields.fov_deg, fields.height_m) == pytest.approx((71.0, 1.83))
    # From then on the fields are the user's.
    fields.use_fov = False
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=str(blend))
    assert not bpy.context.scene.limn.use_fov


def seen_at(owner: Any, camera: Any, bone: str, frame: int) -> tuple[float, float]:
    """Where the camera sees the head of a bone, as shares of the picture."""
    bpy.context.scene.frame_set(frame)
    posed = owner.evaluated_get(bpy.context.evaluated_depsgraph_get())
    at = posed.matrix_world @ posed.pose.bones[bone].head
    return tuple(world_to_camera_view(bpy.context.scene, camera, at))[:2]


@pytest.mark.parametrize(("system", "size"), [("METRIC", 100.0), ("NONE", 1.0)])
def test_in_a_centimetre_scene_people_are_as_tall_as_they_are(
    scene: Any, system: str, size: float
) -> None:
    take = replace(make_take(8), cuts=np.array([4], np.int32), T_world_shots=shots())
    metres = build(take)
    names = (metres.armatures[0], metres.camera)
    owner, camera = (bpy.data.objects[name] for name in names)
    (body,) = owner.children
    tall = body.dimensions.z
    seen = [seen_at(owner, camera, "head", frame) for frame in (1, 7)]
    scene.unit_settings.system, scene.unit_settings.scale_length = system, 0.01
    try:
        report = build(take)
        owner, camera = (bpy.data.objects[n] for n in (report.armatures[0], report.camera))
        (body,) = owner.children
        bpy.context.view_layer.update()
        assert body.dimensions.z == pytest.approx(size * tall, rel=1e-4)
        got = [seen_at(owner, camera, "head", frame) for frame in (1, 7)]
        np.testing.assert_allclose(got, seen, atol=1e-4)
        playing = import_module(f"{MODULE}.scene.figures.playing.person").playing_person
        person = playing(scene, owner, take.people[0]).person
        np.testing.assert_allclose(person.root_xyz_world, take.people[0].root_xyz_world, atol=1e-4)
        np.testing.assert_allclose(person.rest_xyz_body, take.people[0].rest_xyz_body, atol=1e-4)
        assert person.height_m == pytest.approx(take.people[0].height_m, rel=1e-4)
    finally:
        scene.unit_settings.system, scene.unit_settings.scale_length = "METRIC", 1.0


def shots() -> Any:
    T = np.array(make_take(2).camera.T_world_camera)
    T[0, 3] += 0.4
    return T[None]


def test_who_is_posing_something_else_goes_on_posing(scene: Any) -> None:
    armature = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    armature.select_set(True)
    bpy.ops.object.mode_set(mode="POSE")
    report = build(make_take(4))
    assert bpy.context.mode == "POSE"
    assert bpy.context.view_layer.objects.active == armature
    assert bpy.context.selected_objects == [armature]
    # One of the figures that are replaced can't stay in a mode.
    bpy.ops.object.mode_set(mode="OBJECT")
    armature.select_set(False)
    bpy.context.view_layer.objects.active = bpy.data.objects[report.armatures[0]]
    bpy.ops.object.mode_set(mode="POSE")
    assert bpy.context.view_layer.objects.active.name == build(make_take(4)).armatures[0]
    assert bpy.context.mode == "OBJECT"


def _person(report: Any, number: int = 0) -> Any:
    return bpy.data.objects[report.armatures[number]]


def test_copies_of_figures_outlive_another_run(scene: Any) -> None:
    figure = _person(build(make_take(4)))
    (body,) = figure.children
    copies = [figure.copy(), body.copy()]
    for copy in copies:
        figure.users_collection[0].objects.link(copy)
    copies[1].parent = copies[0]
    scene.camera.users_collection[0].objects.link(scene.camera.copy())
    report = build(make_take(4))
    assert "Person 1.001" not in report.replaced
    assert all(copy.name in scene.objects for copy in copies)
    assert copies[1].parent == copies[0]
    assert sum(one.type == "CAMERA" for one in scene.objects) == 2
    assert sum(one.type == "ARMATURE" for one in scene.objects) == 2


def test_what_hangs_on_figures_and_looks_at_them_goes_over_to_the_next(scene: Any) -> None:
    figure = _person(build(make_take(4)))
    camera = scene.camera
    sword, hat, eye = (bpy.data.objects.new(name, None) for name in ("Sword", "Hat", "Eye"))
    for one in (sword, hat, eye):
        scene.collection.objects.link(one)
    sword.parent, sword.parent_type, sword.parent_bone = figure, "BONE", "right_wrist"
    hat.parent = camera
    looks = eye.constraints.new("TRACK_TO")
    looks.target, looks.subtarget = figure, "head"
    bpy.context.view_layer.update()
    place = sword.matrix_world.copy()
    before = {block.name for block in (*bpy.data.armatures, *bpy.data.actions, *bpy.data.meshes)}
    again = _person(build(make_take(4)))
    assert again != figure
    assert sword.parent == looks.target == again
    assert hat.parent == scene.camera != camera
    bpy.context.view_layer.update()
    assert (sword.matrix_world.translation - place.translation).length < 1e-5
    after = {block.name for block in (*bpy.data.armatures, *bpy.data.actions, *bpy.data.meshes)}
    assert after == before, "nothing is left of the earlier run"
    # Somebody who isn't there any more leaves what hung on them where it was.
    build(make_take(4, people=()))
    assert sword.parent is None
    bpy.context.view_layer.update()
    assert (sword.matrix_world.translation - place.translation).length < 1e-5


def test_a_run_that_cannot_be_built_leaves_the_earlier_one(
    scene: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(make_take(4))
    module = import_module(f"{MODULE}.scene.build")
    before = {one.name: one.users_collection for one in scene.objects}
    camera = scene.camera

    def fails(*_: Any, **__: Any) -> None:
        raise core("data.errors").ModelError("no body")

    monkeypatch.setattr(module, "_build_body", fails)
    with pytest.raises(core("data.errors").ModelError):
        build(make_take(4))
    there = {name: bpy.data.objects[name].users_collection for name in before}
    assert there == before
    assert scene.camera == camera


def solved_again(take: Any, figure: Any) -> Any:
    rebuild = import_module(f"{MODULE}.scene.figures.rebuild").rebuild_take
    return rebuild(bpy.context, take, [figure], take_path="walk.take.npz")


def test_a_camera_that_somebody_changed_stays_so(scene: Any) -> None:
    take = make_take(6)
    figure, camera = _person(build(take)), scene.camera
    solved_again(take, figure)
    made = camera.matrix_world.copy()
    camera.location.x += 2.0
    camera.data.lens *= 1.5
    bpy.context.view_layer.update()
    moved, lens = camera.matrix_world.copy(), camera.data.lens
    for _ in range(2):
        solved_again(take, figure)
        bpy.context.view_layer.update()
        assert camera.data.lens == pytest.approx(lens)
        assert (camera.matrix_world.translation - moved.translation).length < 1e-4
    camera.matrix_world = made
    for frame, y in ((1, 0.0), (9, 1.0)):
        camera.location.y = made.translation.y + y
        camera.keyframe_insert("location", frame=frame)
    action = camera.animation_data.action
    solved_again(take, figure)
    assert camera.animation_data.action == action, "somebody's own animation goes on"
    scene.frame_set(9)
    assert camera.location.y == pytest.approx(made.translation.y + 1.0, abs=1e-4)


def test_edited_keys_of_a_camera_stay_beside_the_new(scene: Any) -> None:
    turns = np.linspace(0, 0.2, 18, dtype=np.float32).reshape(6, 3)
    take = replace(make_take(6), turns=turns)
    figure, camera = _person(build(take)), scene.camera
    before = camera.animation_data.action
    assert not any("edits stay" in note for note in solved_again(take, figure).notes)
    assert camera.animation_data.action != before
    camera.location.x += 1.0
    camera.keyframe_insert("location", frame=3)
    edited = camera.animation_data.action
    assert any("edits stay" in note for note in solved_again(take, figure).notes)
    assert camera.animation_data.action != edited
    assert edited.name.endswith("edited")
    assert edited.use_fake_user


@pytest.mark.parametrize("how", ["another run", "Solve Again"])
def test_a_body_stays_as_somebody_made_it_look(scene: Any, how: str) -> None:
    take = make_take(4)
    figure = _person(build(take))

    def again() -> Any:
        return build(take) if how == "another run" else solved_again(take, figure)

    def body() -> Any:
        return bpy.data.objects["Person 1 body"]

    again()
    assert not [one for one in bpy.data.meshes if "edited" in one.name]
    figure = bpy.data.objects["Person 1"]
    red = bpy.data.materials.new("Red")
    body().data.materials[0] = red
    body().data.shape_keys.key_blocks["Weight"].value = 0.5
    again()
    assert body().data.materials[0] == red
    assert body().data.shape_keys.key_blocks["Weight"].value == pytest.approx(0.5)
    figure, sculpted = bpy.data.objects["Person 1"], body().data
    sculpted.shape_keys.key_blocks[0].data[7].co.x += 0.01
    assert any("stay in the mesh" in note for note in again().notes)
    assert body().data != sculpted
    assert sculpted.name == "Person 1 body edited"
    assert sculpted.use_fake_user
    bpy.data.meshes.remove(sculpted)
