# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
from __future__ import annotations

import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_keys import keys_of, snapshot
from blender_takes import MODULE, core, make_take, tilted_camera, walking_person

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy


def build(take: Any, **options: Any) -> Any:
    module = import_module(f"{MODULE}.scene.build")
    return module.build_take(bpy.context, take, take_path="walk.take.npz", **options)


def evaluated_heads(armature: Any, frame: float) -> np.ndarray:
    whole = int(np.floor(frame))
    bpy.context.scene.frame_set(whole, subframe=float(frame - whole))
    posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
    names = core("data.skeletons").SMPLX_55
    return np.array([posed.matrix_world @ posed.pose.bones[name].head for name in names])


def test_every_bone_stands_where_the_kinematics_say(scene: Any) -> None:
    people = tuple(
        walking_person(np.arange(20), seed, f"Person {seed}", still_fingers=seed == 1)
        for seed in (1, 2)
    )
    take = make_take(people=people)
    report = build(take)
    for name, person in zip(report.armatures, people, strict=True):
        want = core("geometry.kinematics").person_joints_world(person)
        for i in range(len(want)):
            got = evaluated_heads(bpy.data.objects[name], scene.frame_start + i)
            error_mm = 1e3 * np.abs(got - want[i]).max()
            assert error_mm < 0.1, f"{name} frame {i}: {error_mm:.3f} mm"


def test_fingers_that_hold_still_get_one_key(scene: Any) -> None:
    name = build(make_take()).armatures[0]
    armature = bpy.data.objects[name]
    assert len(keys_of(armature, 'pose.bones["left_index2"].rotation_quaternion')) == 1
    assert len(keys_of(armature, 'pose.bones["left_knee"].rotation_quaternion')) == 20
    assert len(keys_of(armature, 'pose.bones["pelvis"].location')) == 20


def test_limbs_bend_about_local_x_on_both_sides(scene: Any) -> None:
    armature = bpy.data.objects[build(make_take()).armatures[0]]
    bones = armature.data.bones
    # (bone, direction in which its tail moves when it turns by a positive angle about local X)
    bends = {
        "left_knee": (0, 1, 0),
        "left_elbow": (0, -1, 0),
        "left_hip": (0, 1, 0),
        "spine2": (0, -1, 0),
        "left_index2": (0, 0, -1),
        "left_wrist": (0, 0, -1),
    }
    for name, towards in bends.items():
        for side in {name, name.replace("left", "right")}:
            z_axis = np.array(bones[side].matrix_local.to_3x3())[:, 2]
            assert z_axis @ np.array(towards) > 0.8, f"{side} bends towards {z_axis}"
    flip = np.diag([-1.0, 1, 1])
    for name in core("data.skeletons").SMPLX_55:
        if name.startswith("left_"):
            left = np.array(bones[name].matrix_local.to_3x3())
            right = np.array(bones[name.replace("left_", "right_")].matrix_local.to_3x3())
            np.testing.assert_allclose(flip @ left @ flip, right, atol=2e-4, err_msg=name)
            assert bones[name].length == pytest.approx(
                bones[name.replace("left_", "right_")].length, rel=1e-4
            )


@pytest.mark.parametrize(
    ("fps", "want"),
    [
        (30000 / 1001, (30, 1.001)),
        (29.97, (30, 1.001)),
        (24000 / 1001, (24, 1.001)),
        (25.0, (25, 1.0)),
        (59.94, (60, 1.001)),
        (12.5, (12, 0.96)),
        (0.5, (1, 2.0)),
    ],
)
def test_frame_rate_and_range_are_the_clips(
    scene: Any, fps: float, want: tuple[int, float]
) -> None:
    build(make_take(fps=fps))
    assert (scene.render.fps, round(scene.render.fps_base, 5)) == want
    assert (scene.frame_start, scene.frame_end) == (1, 20)


def test_keys_lie_at_their_own_time_at_a_variable_rate(scene: Any) -> None:
    gaps = np.array([0.0, 1, 1.5, 0.5, 2, 1, 1, 1.25, 0.75, 1]) / 25
    take = make_take(10, time_s=np.cumsum(gaps))
    armature = bpy.data.objects[build(take).armatures[0]]
    keys = keys_of(armature, 'pose.bones["left_knee"].rotation_quaternion', 2)
    np.testing.assert_allclose(keys[:, 0], 1 + take.time_s * 25, atol=1e-4)
    want = core("geometry.kinematics").person_joints_world(take.people[0])
    got = evaluated_heads(armature, 1 + take.time_s[2] * 25)
    assert 1e3 * np.abs(got - want[2]).max() < 0.1


def test_a_step_and_a_later_start_keep_whole_frames(scene: Any) -> None:
    scene.frame_start = 101
    take = make_take(
        6,
        fps=24000 / 1001,
        source_frame=[40, 42, 44, 46, 48, 50],
        time_s=np.arange(6) * 2 * 1001 / 24000,
    )
    armature = bpy.data.objects[build(take).armatures[0]]
    keys = keys_of(armature, 'pose.bones["left_knee"].rotation_quaternion')
    assert keys[:, 0].tolist() == [101, 103, 105, 107, 109, 111]
    assert (scene.frame_start, scene.frame_end) == (101, 111)


def test_a_photo_leaves_the_timeline_alone(scene: Any) -> None:
    build(make_take(1, is_still=True))
    assert (scene.frame_start, scene.frame_end, scene.render.fps) == (1, 250, 24)


def test_a_person_is_hidden_where_they_are_absent(scene: Any) -> None:
    frames = np.r_[3:8, 12:18]
    take = make_take(people=(walking_person(frames, 1, "Person 1"),))
    armature = bpy.data.objects[build(take).armatures[0]]
    for i in range(20):
        scene.frame_set(1 + i)
        assert armature.hide_viewport == armature.hide_render == (i not in frames), i
    keys = keys_of(armature, 'pose.bones["left_knee"].rotation_quaternion')
    assert keys[:, 0].tolist() == (1 + frames).tolist()


def test_evidence_is_animated_and_editable(scene: Any) -> None:
    take = make_take()
    armature = bpy.data.objects[build(take).armatures[0]]
    person = take.people[0]
    for i in (0, 7, 19):
        scene.frame_set(1 + i)
        wrist = core("data.skeletons").joint("left_wrist")
        assert armature.pose.bones["left_wrist"]["confidence"] == pytest.approx(
            person.confidence[i, wrist], abs=1e-5
        )
        assert armature["contact_right_toe"] == pytest.approx(person.contact[i, 3])
        assert bool(armature["bridged"]) == bool(person.bridged[i])


@pytest.mark.parametrize(
    ("size_px", "fx", "fy", "center"),
    [
        ((640, 480), 600, 600, (319.5, 239.5)),
        ((1920, 1080), 1700, 1700, (890.0, 601.0)),
        ((540, 960), 900, 900, (300.25, 401.5)),
        ((720, 576), 800, 750, (340.0, 300.0)),
        ((720, 576), 750, 800, (340.0, 300.0)),
    ],
)
def test_bones_lie_over_the_picture(
    scene: Any, size_px: tuple[int, int], fx: float, fy: float, center: tuple[float, float]
) -> None:
    from bpy_extras.object_utils import world_to_camera_view
    from mathutils import Vector

    camera = tilted_camera(size_px, fx, fy, center)
    take = make_take(camera=camera)
    report = build(take)
    owner = bpy.data.objects[report.camera]
    assert (scene.render.resolution_x, scene.render.resolution_y) == size_px
    assert scene.camera == owner
    bpy.context.view_layer.update()
    joints = core("geometry.kinematics").person_joints_world(take.people[0])[::5].reshape(-1, 3)
    T_camera_world = np.linalg.inv(camera.T_world_camera)
    xyz = joints @ T_camera_world[:3, :3].T + T_camera_world[:3, 3]
    want_px = (xyz @ camera.K.T)[:, :2] / xyz[:, 2:]
    views = np.array([world_to_camera_view(scene, owner, Vector(p.tolist())) for p in joints])
    got_px = np.stack([views[:, 0] * size_px[0] - 0.5, (1 - views[:, 1]) * size_px[1] - 0.5], -1)
    assert np.abs(got_px - want_px).max() < 0.5, np.abs(got_px - want_px).max()


def test_loading_twice_gives_the_same_keys_and_replaces(scene: Any) -> None:
    keep = bpy.data.objects.new("mine", None)
    scene.collection.objects.link(keep)
    first = build(make_take())
    before = snapshot(bpy.data.objects[first.armatures[0]])
    second = build(make_take())
    assert second.armatures == first.armatures
    assert second.replaced
    assert any("Replaced" in note for note in second.notes)
    assert snapshot(bpy.data.objects[second.armatures[0]]) == before
    assert sorted(o.name for o in scene.objects) == [
        "Limn Camera",
        "Person 1",
        "Person 1 body",
        "mine",
    ]
    assert (len(bpy.data.actions), len(bpy.data.armatures), len(bpy.data.cameras)) == (1, 1, 1)


def test_without_replacing_the_second_run_is_numbered(scene: Any) -> None:
    first = build(make_take())
    second = build(make_take(), replace=False)
    assert not second.replaced
    assert second.collection == first.collection + " 2"
    assert len([o for o in scene.objects if o.type == "ARMATURE"]) == 2


def test_another_clip_is_left_alone(scene: Any) -> None:
    build(make_take(clip_path="/no/such/folder/other.mp4"))
    report = build(make_take())
    assert not report.replaced
    assert len([o for o in scene.objects if o.type == "ARMATURE"]) == 2


def test_a_hidden_collection_and_edit_mode_do_not_stop_a_second_run(scene: Any) -> None:
    first = build(make_take())
    layer = bpy.context.view_layer.layer_collection.children[first.collection]
    layer.exclude = True
    build(make_take())
    layer.exclude = False
    bpy.context.view_layer.objects.active = bpy.data.objects["Person 1"]
    bpy.ops.object.mode_set(mode="POSE")
    report = build(make_take())
    assert bpy.data.objects[report.armatures[0]].mode == "OBJECT"


def test_keys_are_written_in_bulk_however_many_there_are(scene: Any) -> None:
    def calls_of_building(frames: int) -> int:
        person = walking_person(np.arange(frames), 1, "Person 1", still_fingers=False)
        take, events = make_take(frames, people=(person,)), []
        sys.setprofile(lambda frame, event, argument: events.append(event))
        try:
            build(take)
        finally:
            sys.setprofile(None)
        return events.count("call") + events.count("c_call")

    calls_of_building(10)  # what is made or read once
    few, many = calls_of_building(20), calls_of_building(200)
    assert many < 1.5 * few, f"{few} calls for 20 frames grow to {many} for 200"


def test_a_missing_clip_is_told(scene: Any) -> None:
    report = build(make_take())
    assert any("is not there" in warning for warning in report.warnings)


def write_clip(folder: Path, count: int) -> Path:
    """A video of ``count`` pictures, each a little brighter than the one before."""
    cv2 = pytest.importorskip("cv2")
    path = folder / "walk.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 25.0, (640, 480))
    for i in range(count):
        writer.write(np.full((480, 640, 3), 10 * i, np.uint8))
    writer.release()
    return path


def test_the_clip_lies_behind_the_camera_in_step(scene: Any, tmp_path: Path) -> None:
    scene.frame_start = 11
    clip = write_clip(tmp_path, 20)
    take = make_take(16, clip_path=str(clip), source_frame=np.arange(4, 20))
    report = build(take)
    assert not report.warnings
    background = bpy.data.objects[report.camera].data.background_images[0]
    assert tuple(background.clip.size) == (640, 480)
    # The take starts with the file's fifth picture, and that is shown at the scene's start.
    assert background.clip.frame_start == 11 - 4
    assert background.clip.frame_duration == 20


def test_a_guessed_field_of_view_is_noted(scene: Any) -> None:
    take = make_take()
    for is_estimated in (True, False):
        camera = replace(take.camera, focal_doubt=0.2 if is_estimated else 0.0)
        notes = build(replace(take, camera=camera)).notes
        assert any("nearer" in note for note in notes) == is_estimated
