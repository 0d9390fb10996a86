# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Clean Up: what each tool does, and that it leaves every other key as it was."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from blender_keys import all_curves, bones_of, changed, every_key
from blender_takes import MODULE
from movers import COUNT, apart, mover, poses, root_of
from target_rigs import makehuman_rig

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy

KINDS = ("figure", "mixamo", "euler")
FIRST, LAST = 8, 22


def with_handmade_keys(owner: Any) -> None:
    """Free handles of a bent curve, on either side of the range and within it."""
    name = "left_wrist" if "left_wrist" in owner.pose.bones else "mixamorig:LeftHand"
    bone = owner.pose.bones[name]
    prop = "rotation_euler" if bone.rotation_mode == "ZXY" else "rotation_quaternion"
    for curve in all_curves(owner.animation_data.action):
        if curve.data_path != bone.path_from_id(prop):
            continue
        for key in curve.keyframe_points:
            key.interpolation = "BEZIER"
            key.handle_left_type = key.handle_right_type = "FREE"
            key.handle_left = (key.co[0] - 0.3, key.co[1] + 0.01)
            key.handle_right = (key.co[0] + 0.25, key.co[1] - 0.02)


@pytest.fixture(autouse=True)
def whole_range(scene: Any) -> Iterator[None]:
    yield
    bpy.context.scene.use_preview_range = False
    bpy.context.scene.property_unset("limn_cleanup")


@pytest.fixture(params=KINDS)
def rig(request: Any, scene: Any) -> Any:
    rig = mover(request.param)
    with_handmade_keys(rig)
    scene.frame_start, scene.frame_end = 1, COUNT
    scene.use_preview_range = True
    scene.frame_preview_start, scene.frame_preview_end = FIRST, LAST
    return rig


def roughness(path: np.ndarray) -> float:
    return float(np.abs(np.diff(path, 3, axis=0)).mean())


def test_smoothing_calms_the_range_and_leaves_every_other_key(rig: Any) -> None:
    shaken = next(
        c for c in all_curves(rig.animation_data.action) if c.data_path.endswith(".location")
    )
    rng = np.random.default_rng(1)
    for key in shaken.keyframe_points:
        key.co[1] += float(rng.normal(0, 0.02))
    shaken.update()
    root, before, was = root_of(rig), every_key(rig), poses(rig)
    assert bpy.ops.limn.smooth_motion() == {"FINISHED"}
    moved = changed(before, every_key(rig))
    assert moved
    assert all(FIRST <= frame <= LAST for _, _, frame in moved)
    assert not any(path.endswith('"]') for path, _, _ in moved), "no contact, no confidence"
    assert len(before) == len(every_key(rig)), "no key more, none less"
    inside, now = slice(FIRST, LAST - 1), poses(rig)
    assert roughness(now[root][inside, :3, 3]) < 0.4 * roughness(was[root][inside, :3, 3])
    steps = np.abs(np.diff(now[root][:, :3, 3], axis=0)).max()
    assert steps < 1.5 * np.abs(np.diff(was[root][:, :3, 3], axis=0)).max(), "joined to its sides"


def test_handles_made_by_hand_go_with_their_keys(rig: Any) -> None:
    before = every_key(rig)
    bpy.ops.limn.smooth_motion()
    after = every_key(rig)
    handmade = [key for key, one in before.items() if one[-1] == "FREE" and one[6] == "BEZIER"]
    assert len(handmade) > COUNT
    for key in handmade:
        was, now = np.array(before[key][:6], float), np.array(after[key][:6], float)
        np.testing.assert_allclose(now - now[[0, 1] * 3], was - was[[0, 1] * 3], atol=1e-6)
        assert before[key][6:] == after[key][6:]


def test_smoothing_in_pose_mode_is_of_the_selected_bones(rig: Any) -> None:
    root, before = root_of(rig), every_key(rig)
    bpy.ops.object.mode_set(mode="POSE")
    for bone in rig.pose.bones:
        chosen = bone if hasattr(bone, "select") else bone.bone
        chosen.select = bone.name == root
    assert bpy.ops.limn.smooth_motion() == {"FINISHED"}
    bpy.ops.object.mode_set(mode="OBJECT")
    assert bones_of(changed(before, every_key(rig))) == {root}


def slide(rig: Any, per_frame: float) -> None:
    """Let the whole character slide along."""
    path = rig.pose.bones[root_of(rig)].path_from_id("location")
    for curve in all_curves(rig.animation_data.action):
        if curve.data_path == path and curve.array_index == 0:
            for key in curve.keyframe_points:
                key.co[1] += per_frame * key.co[0]
            curve.update()


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_locked_foot_stands_and_only_its_leg_is_keyed(rig: Any, scene: Any, side: str) -> None:
    is_figure = "pelvis" in rig.pose.bones
    spelled = side.capitalize()
    leg = (
        [f"{side}_hip", f"{side}_knee", f"{side}_ankle"]
        if is_figure
        else [f"mixamorig:{spelled}{part}" for part in ("UpLeg", "Leg", "Foot")]
    )
    slide(rig, 0.01)
    step = 15
    first, last, ease = step - 3, step + 4, 2
    scene.frame_preview_start, scene.frame_preview_end = first, last
    scene.limn_cleanup.ease = ease
    before, was = every_key(rig), poses(rig)
    scene.frame_set(step)
    assert bpy.ops.limn.lock_foot(side=side) == {"FINISHED"}
    assert scene.frame_current == step
    moved, now = changed(before, every_key(rig)), poses(rig)
    assert bones_of(moved) <= set(leg)
    assert all(first <= frame <= last for _, _, frame in moved)
    held = slice(first - 1 + ease, last - ease)
    assert np.ptp(was[leg[2]][held, :3, 3], axis=0).max() > 0.02, "it moved"
    np.testing.assert_allclose(
        now[leg[2]][held], np.broadcast_to(was[leg[2]][step - 1], (held.stop - held.start, 4, 4)),
        atol=2e-3,
    )  # fmt: skip
    # At its ends and outside the pose is as it was, and the other leg and the trunk throughout.
    others = {name for name in was if name not in leg and "Toe" not in name}
    others -= {f"{side}_foot"}
    assert apart({n: was[n] for n in others}, {n: now[n] for n in others}) < 1e-5
    away = [row for row in range(COUNT) if not first <= row < last - 1]
    assert apart({n: T[away] for n, T in was.items()}, {n: T[away] for n, T in now.items()}) < 1e-4
    thigh = [np.linalg.norm(T[leg[1]][:, :3, 3] - T[leg[0]][:, :3, 3], axis=-1) for T in (was, now)]
    np.testing.assert_allclose(thigh[1], thigh[0], atol=1e-5)


def test_a_foot_out_of_reach_is_told(scene: Any) -> None:
    rig = mover("figure")
    scene.use_preview_range = False
    scene.frame_start, scene.frame_end = 1, COUNT
    lock = import_module(f"{MODULE}.scene.motion.foot_lock").lock_foot
    slide(rig, 0.1)  # away over the floor
    scene.frame_set(2)
    assert lock(scene, rig, "left", 1, COUNT, 0) > 1.0


def test_a_leg_without_rotation_keys_is_refused(scene: Any) -> None:
    rig = makehuman_rig(bpy, "mixamo")
    bpy.context.view_layer.objects.active = rig
    for frame in (1, 20):
        rig.pose.bones["mixamorig:Hips"].keyframe_insert("location", frame=frame)
    scene.use_preview_range = False
    with pytest.raises(RuntimeError, match="has no rotation keys"):
        bpy.ops.limn.lock_foot(side="left")


def test_the_cycle_that_was_put_in_is_found(scene: Any) -> None:
    rig = makehuman_rig(bpy, "mixamo")
    bpy.context.view_layer.objects.active = rig
    period, first = 24, 17
    for frame in range(1, 80):
        phase = 2 * np.pi * frame / period
        fade = 1.0 if first <= frame <= first + period + 2 else 1.0 + 0.02 * abs(frame - first - 12)
        for name, swing in (("LeftUpLeg", 0.6), ("RightUpLeg", -0.6), ("LeftArm", -0.4)):
            bone = rig.pose.bones[f"mixamorig:{name}"]
            bone.rotation_mode = "XYZ"
            bone.rotation_euler = (swing * np.sin(phase) * fade, 0.1 * np.cos(phase), 0)
            bone.keyframe_insert("rotation_euler", frame=frame)
        hips = rig.pose.bones["mixamorig:Hips"]
        hips.location = (0, 0, 0.03 * frame)
        hips.keyframe_insert("location", frame=frame)
    scene.frame_start, scene.frame_end = 1, 79
    scene.use_preview_range = False
    scene.limn_cleanup.shortest = 12
    before = every_key(rig)
    assert bpy.ops.limn.find_cycle() == {"FINISHED"}
    assert scene.use_preview_range
    found = scene.frame_preview_start, scene.frame_preview_end
    assert found[1] - found[0] == period
    assert first - 2 <= found[0] <= first + 4
    assert not changed(before, every_key(rig))


@pytest.mark.parametrize("turn", [False, True])
def test_root_motion_leaves_what_is_seen(rig: Any, scene: Any, turn: bool) -> None:
    scene.limn_cleanup.turn = turn
    before, was, root = every_key(rig), poses(rig), root_of(rig)
    assert bpy.ops.limn.extract_root_motion() == {"FINISHED"}
    assert apart(was, poses(rig)) < 2e-3
    moved = changed(before, every_key(rig))
    paths = {path for path, _, _ in moved}
    bones = {path.split('"')[1] for path in paths if path.startswith("pose.bones")}
    assert bones == {root}, "only what travels is keyed anew"
    assert {path for path in paths if not path.startswith("pose.bones")} <= {
        "location", "rotation_euler", "rotation_quaternion",
    }  # fmt: skip
    for frame in (1, 15, COUNT):
        scene.frame_set(frame)
        spot = rig.matrix_world.translation
        np.testing.assert_allclose(spot[:2], was[root][frame - 1, :2, 3], atol=2e-3)
    with pytest.raises(RuntimeError, match="has keys of its own already"):
        bpy.ops.limn.extract_root_motion()


def test_the_floor_is_set_by_the_lowest_point_and_only_heights_change(rig: Any, scene: Any) -> None:
    scene.frame_set(12)
    before, was, root = every_key(rig), poses(rig), root_of(rig)
    assert bpy.ops.limn.set_floor() == {"FINISHED"}
    now, moved = poses(rig), changed(before, every_key(rig))
    rise = now[root][0, 2, 3] - was[root][0, 2, 3]
    lift = np.eye(4)
    lift[2, 3] = rise
    assert apart({name: lift @ T for name, T in was.items()}, now) < 1e-4
    assert {path for path, _, _ in moved} == {rig.pose.bones[root].path_from_id("location")}
    lowest = import_module(f"{MODULE}.scene.motion.cleaning").lowest_point
    scene.frame_set(12)
    assert abs(lowest(rig)) < 1e-4
    keys = {(path, at): one[6:] for (path, _, at), one in before.items()}
    assert keys == {(path, at): one[6:] for (path, _, at), one in every_key(rig).items()}
    rig.location.z, rig.rotation_euler.y = 0.7, 0.2
    scene.frame_set(5)
    assert bpy.ops.limn.set_floor() == {"FINISHED"}
    scene.frame_set(5)
    assert abs(lowest(rig)) < 1e-4, "another level, of a figure that was moved"


@pytest.mark.parametrize(
    ("tool", "told"),
    [
        ("smooth_motion", "Smooth Range"),
        ("set_floor", "Set Floor Here"),
        ("extract_root_motion", "Extract Root Motion"),
        ("lock_foot", "Lock Foot"),
        ("aim_camera", "Re-aim Camera"),
        ("find_cycle", "Find Cycle"),
    ],
)
def test_each_is_one_undo_step_with_a_name(scene: Any, tool: str, told: str) -> None:
    operator = getattr(bpy.types, f"LIMN_OT_{tool}")
    # Blender pushes one step under the label for every operator with this option.
    assert "UNDO" in operator.bl_options
    assert operator.bl_label == told


@pytest.mark.parametrize("tool", ["smooth_motion", "set_floor", "extract_root_motion", "lock_foot"])
def test_undo_brings_every_key_back(scene: Any, tool: str) -> None:
    rig = mover("mixamo")
    scene.frame_start, scene.frame_end, scene.use_preview_range = 1, COUNT, False
    name, before = rig.name, every_key(rig)
    bpy.ops.ed.undo_push(message="start")
    assert getattr(bpy.ops.limn, tool)() == {"FINISHED"}
    assert changed(before, every_key(rig))
    bpy.ops.ed.undo_push(message="done")  # Blender's own, where a window is
    bpy.ops.ed.undo()
    assert not changed(before, every_key(bpy.data.objects[name]))


def test_ranges_and_fields_that_make_no_sense_are_one_sentence(rig: Any, scene: Any) -> None:
    before = every_key(rig)
    scene.frame_preview_start, scene.frame_preview_end = 500, 600
    for tool in ("smooth_motion", "lock_foot"):
        with pytest.raises(RuntimeError, match="has no key from 500 to 600"):
            getattr(bpy.ops.limn, tool)()
    scene.frame_preview_start, scene.frame_preview_end = 5, 8
    scene.limn_cleanup.ease = 9
    with pytest.raises(RuntimeError, match="leaves none in which the foot is held"):
        bpy.ops.limn.lock_foot()
    assert not changed(before, every_key(rig))


def test_undone_root_motion_leaves_the_object_where_it_was(scene: Any) -> None:
    name = mover("figure").name
    place = tuple(bpy.data.objects[name].location)
    scene.frame_set(17)
    bpy.ops.ed.undo_push(message="start")
    assert bpy.ops.limn.extract_root_motion() == {"FINISHED"}
    bpy.ops.ed.undo_push(message="done")  # Blender's own, where a window is
    scene.frame_set(17)  # as a redraw plays it
    assert tuple(bpy.data.objects[name].location) != place
    bpy.ops.ed.undo()
    bpy.context.view_layer.update()
    assert tuple(bpy.data.objects[name].location) == place
    assert tuple(bpy.data.objects[name].matrix_world.translation) == place
