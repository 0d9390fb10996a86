# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""What moves a character under or beside the new action, at whatever frame: cleared, else told."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from blender_keys import all_curves
from blender_takes import MODULE, core
from target_rigs import makehuman_rig
from test_retarget_obstacles import carried_rig, keyed

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy

LEG = "mixamorig:LeftLeg"


def push_down(rig: Any) -> None:
    """The action becomes a strip, and the first frame is shown."""
    animation = rig.animation_data
    animation.nla_tracks.new().strips.new("old", 1, animation.action)
    animation.action = None
    bpy.context.scene.frame_set(1)


def key(owner: Any, prop: str, first: Any, last: Any) -> None:
    for frame, value in ((1, first), (12, last)):
        setattr(owner, prop, value)
        owner.keyframe_insert(prop, frame=frame)


@pytest.fixture
def untouched(scene: Any) -> np.ndarray:
    return keyed(makehuman_rig(bpy, "mixamo"))[0]


def test_strips_that_move_bones_later_are_held_at_rest(untouched: np.ndarray) -> None:
    rig = carried_rig()
    bones = rig.pose.bones
    key(bones["Stand"], "location", (0, 0, 0), (0, 0, 2))
    key(bones["mixamorig:LeftArm"], "scale", (1, 1, 1), (2, 2, 2))
    push_down(rig)
    xyz, notes = keyed(rig)
    assert np.abs(xyz - untouched).max() < 1e-4
    assert notes == ["NLA tracks move 2 bones; the new action holds them at rest."]
    rig.animation_data.nla_tracks[0].mute = True
    assert keyed(rig)[1] == []


def test_strips_that_switch_inverse_kinematics_on_are_held(untouched: np.ndarray) -> None:
    rig = makehuman_rig(bpy, "mixamo")
    constraint = rig.pose.bones[LEG].constraints.new("IK")
    constraint.target = bpy.data.objects.new("Goal", None)
    bpy.context.scene.collection.objects.link(constraint.target)
    constraint.chain_count = 2
    key(constraint, "influence", 0.0, 1.0)
    push_down(rig)
    xyz, notes = keyed(rig)
    assert np.abs(xyz - untouched).max() < 1e-4
    assert "switches it off" in notes[0]
    constraint.driver_add("influence").driver.expression = "1.0"
    bpy.context.view_layer.update()
    assert "as a driver switches it" in keyed(rig)[1][0]


def test_strips_of_the_object_and_drivers_by_the_frame_are_told(scene: Any) -> None:
    rig = makehuman_rig(bpy, "mixamo")
    key(rig, "location", (0, 0, 0), (0, 0, 2))
    push_down(rig)
    assert "moved by its NLA tracks" in keyed(rig)[1][0]
    other = makehuman_rig(bpy, "mixamo")
    curve = other.pose.bones["mixamorig:LeftArm"].driver_add("location", 1)
    curve.driver.expression = "(frame - 12) / 10"  # nothing where it is looked at
    scene.frame_set(12)
    assert "Drivers move or scale mixamorig:LeftArm" in keyed(other)[1][0]
    third = makehuman_rig(bpy, "mixamo")
    curve = third.pose.bones[LEG].driver_add("location", 1)
    frame = curve.driver.variables.new()
    frame.name, frame.type = "f", "CONTEXT_PROP"
    frame.targets[0].data_path = "frame_current"
    curve.driver.expression = "f - 12"
    scene.frame_set(12)
    assert f"Drivers move or scale {LEG}" in keyed(third)[1][0]


def test_a_copied_scale_is_told_where_it_shows(scene: Any) -> None:
    rig = makehuman_rig(bpy, "mixamo")
    goal = bpy.data.objects.new("Goal", None)
    scene.collection.objects.link(goal)
    rig.pose.bones[LEG].constraints.new("COPY_SCALE").target = goal
    assert keyed(rig)[1] == []
    goal.scale = (2, 2, 2)
    bpy.context.view_layer.update()
    assert keyed(rig)[1] == [f"Constraints of {LEG} may overrule the keys."]


def test_whatever_else_moves_a_bone_is_told(scene: Any) -> None:
    rig = carried_rig()
    rig.pose.bones["Control"].location = (0, 0.5, 0)
    copied = rig.pose.bones["Stand"].constraints.new("COPY_LOCATION")
    copied.target, copied.subtarget = rig, "Control"
    notes = keyed(rig)[1]
    assert len(notes) == 1
    assert "something else moves it" in notes[0]


def test_a_strip_of_modifiers_without_keys_is_held_at_rest(untouched: np.ndarray) -> None:
    rig = makehuman_rig(bpy, "mixamo")
    arm = rig.pose.bones["mixamorig:LeftArm"]
    arm.keyframe_insert("scale", frame=1)
    for curve in all_curves(rig.animation_data.action):
        curve.keyframe_points.clear()
        curve.modifiers.new("GENERATOR").coefficients = (2.0, 0.0)
    push_down(rig)
    xyz, notes = keyed(rig)
    assert np.abs(xyz - untouched).max() < 1e-4
    assert notes == ["NLA tracks move 1 bone; the new action holds them at rest."]


def test_a_bone_by_itself_and_frames_without_anybody_are_no_reason_for_doubt(scene: Any) -> None:
    rig = makehuman_rig(bpy, "mixamo")
    bpy.context.view_layer.update()
    told = import_module(f"{MODULE}.scene.rigs.told")
    head = np.array(rig.matrix_world @ rig.data.bones[LEG].head_local)
    frames = np.array([1.0, 2.0, 3.0, 50.0, 51.0])

    def said(away: float, frame: int) -> list[str]:
        scene.frame_set(frame)
        motion = SimpleNamespace(names=(LEG,), head_xyz=np.tile(head + away, (5, 1, 1)))
        return told.seen_elsewhere(rig, motion, frames, np.zeros(3))

    assert [said(away, 2) for away in (0.0, 1e-5)] == [[], []]
    assert said(1.0, 2)
    assert said(1.0, 60)
    assert said(1.0, 25) == []


def test_a_character_hidden_before_it_was_moved_is_refused(scene: Any) -> None:
    rig = makehuman_rig(bpy, "mixamo")
    bpy.context.view_layer.update()
    rig.hide_viewport = True
    rig.location = (2, 0, 0)
    bpy.context.view_layer.update()
    with pytest.raises(core("data.errors").RigError, match="show it first"):
        keyed(rig)


def hand_on_a_stand(*, connected: bool = False) -> Any:
    rig = carried_rig()
    bpy.ops.object.mode_set(mode="EDIT")
    bones = rig.data.edit_bones
    hand = bones["mixamorig:LeftHand"]
    stick = bones.new("Stick")
    stick.head, stick.tail, stick.parent = (0, 0, 0.1), hand.head, bones["Stand"]
    hand.use_connect = False
    hand.parent = stick
    hand.use_connect = connected
    bpy.ops.object.mode_set(mode="OBJECT")
    return rig


@pytest.mark.parametrize("scale", [1.0, -1.0])
@pytest.mark.parametrize("local", [True, False])
def test_a_hand_that_hangs_on_a_stand_goes_with_its_arm(
    untouched: np.ndarray, scale: float, local: bool
) -> None:
    rig = hand_on_a_stand()
    rig.data.bones["mixamorig:LeftHand"].use_local_location = local
    if scale < 0:  # the same bones, seen in a mirror twice
        rig.data.transform(np.diag([-1.0, 1.0, 1.0, 1.0]).tolist())
        rig.scale = (-1, 1, 1)
        bpy.context.view_layer.update()
    xyz, notes = keyed(rig)
    assert np.abs(xyz - untouched).max() < 1e-4
    assert notes == []


def test_hands_that_may_be_carried_are_left_and_connected_ones_refused(scene: Any) -> None:
    rig = hand_on_a_stand()
    hand = rig.pose.bones["mixamorig:LeftHand"]
    goal = bpy.data.objects.new("Goal", None)
    hand.constraints.new("CHILD_OF").target = goal
    keyed(rig)
    assert not any("LeftHand" in curve.data_path and "location" in curve.data_path
                   for curve in all_curves(rig.animation_data.action))  # fmt: skip
    with pytest.raises(core("data.errors").RigError, match="is connected to Stick"):
        keyed(hand_on_a_stand(connected=True))
