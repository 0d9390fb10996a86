# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Characters in the states that artists leave them in: what hides keys is cleared, or told."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, core, make_take
from target_rigs import makehuman_rig

sys.path.insert(0, str(Path(__file__).parents[1] / "core"))  # the walker
bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy

FRAMES = 12
SIDES = ("Left", "Right")
KEYED = tuple(
    f"mixamorig:{name}"
    for name in ("Hips", "Head", *(s + part for s in SIDES for part in ("ForeArm", "Hand", "Foot")))
)


def keyed(rig: Any, *, in_place: bool = False) -> tuple[np.ndarray, list[str]]:
    """Heads (t, n, 3) of ``KEYED`` as they are evaluated, and the notes."""
    walker = import_module("walking_source").walking(FRAMES)
    fields = {name: getattr(walker, name) for name in walker.__dataclass_fields__}
    person = core("data.types").Person(**fields)
    module = import_module(f"{MODULE}.scene.retarget")
    scene = bpy.context.scene
    scene.frame_start, scene.render.fps, scene.render.fps_base = 1, 30, 1.0
    take = make_take(FRAMES, fps=30.0, people=(person,))
    options = core("retargeting.posing").RetargetOptions(in_place=in_place)
    notes: list[str] = []
    module.retarget_person(
        rig, person, module.timeline_of(scene, take), 30.0, module.recognise_rig(rig), options,
        notes=notes,
    )  # fmt: skip
    out = np.empty((FRAMES, len(KEYED), 3))
    for frame in range(FRAMES):
        scene.frame_set(1 + frame)
        posed = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
        out[frame] = [posed.matrix_world @ posed.pose.bones[name].head for name in KEYED]
    return out, notes


@pytest.fixture
def untouched(scene: Any) -> np.ndarray:
    return keyed(makehuman_rig(bpy, "mixamo"))[0]


def test_a_rig_as_it_came_needs_no_word(scene: Any) -> None:
    assert keyed(makehuman_rig(bpy, "mixamo"))[1] == []


def test_leftover_offsets_scale_and_carriers_lie_at_rest(untouched: np.ndarray) -> None:
    rig = makehuman_rig(bpy, "mixamo")
    for bone in rig.pose.bones:
        bone.location, bone.scale = (0.05, 0.02, 0.0), (1.1, 1.0, 1.0)
    xyz, notes = keyed(rig)
    assert np.abs(xyz - untouched).max() < 1e-4
    assert len(notes) == 1
    assert "left posed" in notes[0]


def test_inverse_kinematics_of_legs_lets_go_in_this_action_only(untouched: np.ndarray) -> None:
    rig = makehuman_rig(bpy, "mixamo")
    goal = bpy.data.objects.new("Goal", None)
    bpy.context.scene.collection.objects.link(goal)
    for side in SIDES:
        constraint = rig.pose.bones[f"mixamorig:{side}Leg"].constraints.new("IK")
        constraint.target, constraint.chain_count = goal, 2
    xyz, notes = keyed(rig)
    assert np.abs(xyz - untouched).max() < 1e-4
    assert "switches it off" in notes[0]
    rig.animation_data.action = None
    influence = rig.pose.bones["mixamorig:LeftLeg"].constraints["IK"].influence
    assert influence in (0.0, 1.0)  # keyed, hence an artist's other actions bring their own


def test_an_armature_held_at_rest_shows_its_pose(untouched: np.ndarray) -> None:
    rig = makehuman_rig(bpy, "mixamo")
    rig.data.pose_position = "REST"
    xyz, notes = keyed(rig)
    assert np.abs(xyz - untouched).max() < 1e-4
    assert "rest position" in notes[0]


def test_a_root_without_local_location_travels_alike(untouched: np.ndarray) -> None:
    rig = makehuman_rig(bpy, "mixamo")
    rig.data.bones["mixamorig:Hips"].use_local_location = False
    assert np.abs(keyed(rig)[0] - untouched).max() < 1e-4


def test_the_objects_place_is_no_part_of_the_motion(untouched: np.ndarray) -> None:
    rig = makehuman_rig(bpy, "mixamo")
    rig.location = (3.0, 2.0, 0.0)
    assert np.abs(keyed(rig)[0] - untouched).max() < 1e-4
    stays, notes = keyed(rig, in_place=True)
    assert notes == []
    assert np.abs(stays[:, 0, :2] - [3.0, 2.0]).max() < 0.3


def test_constraints_that_overrule_and_tracks_that_play_alone_are_told(scene: Any) -> None:
    rig = makehuman_rig(bpy, "mixamo")
    goal = bpy.data.objects.new("Goal", None)
    scene.collection.objects.link(goal)
    rig.pose.bones["mixamorig:Head"].constraints.new("COPY_ROTATION").target = goal
    rig.animation_data_create().nla_tracks.new().is_solo = True
    _, notes = keyed(rig)
    assert [note for note in notes if "mixamorig:Head" in note]
    assert [note for note in notes if "plays alone" in note]


def test_uneven_scale_and_tweak_mode_are_refused_before_anything_changes(scene: Any) -> None:
    rig = makehuman_rig(bpy, "mixamo")
    rig.scale = (1.0, 1.0, 1.2)
    with pytest.raises(core("data.errors").RigError, match="scaled unevenly"):
        keyed(rig)
    rig.scale = (1.0, 1.0, 1.0)
    rig.keyframe_insert("location", frame=1)
    animation = rig.animation_data
    track = animation.nla_tracks.new()
    track.strips.new("idle", 1, animation.action).select = True
    animation.action = None
    animation.nla_tracks.active = track
    animation.use_tweak_mode = True
    actions = len(bpy.data.actions)
    with pytest.raises(core("data.errors").RigError, match="tweak mode"):
        keyed(rig)
    assert len(bpy.data.actions) == actions
    animation.use_tweak_mode = False


def test_drivers_and_limits_on_mapped_bones_are_told(scene: Any) -> None:
    rig = makehuman_rig(bpy, "mixamo")
    bones = rig.pose.bones
    bones["mixamorig:LeftArm"].constraints.new("LIMIT_ROTATION").use_limit_x = True
    bones["mixamorig:Hips"].constraints.new("LIMIT_SCALE")
    bones["mixamorig:Head"].driver_add("rotation_quaternion", 1)
    bones["mixamorig:Neck"].driver_add("scale", 1)
    assert keyed(rig)[1] == [
        "Constraints of mixamorig:LeftArm may overrule the keys.",
        "Drivers set rotations of mixamorig:Head, whatever the keys are.",
    ]


def carried_rig() -> Any:
    """A rig whose hips hang on a bone on the floor, as most do that were rigged by hand, and a
    control beside it."""
    rig = makehuman_rig(bpy, "mixamo")
    bpy.ops.object.mode_set(mode="EDIT")
    stand = rig.data.edit_bones.new("Stand")
    stand.tail = (0, 0.2, 0)
    rig.data.edit_bones.new("Control").tail = (0, 0.1, 0)
    rig.data.edit_bones["mixamorig:Hips"].parent = stand
    bpy.ops.object.mode_set(mode="OBJECT")
    return rig


def drive(owner: Any, prop: str, index: int, value: float) -> None:
    owner.driver_add(prop, index).driver.expression = str(value)


def test_what_holds_bones_above_mapped_ones_is_told(scene: Any) -> None:
    rig = carried_rig()
    stand = rig.pose.bones["Stand"]
    stand.constraints.new("LIMIT_ROTATION").use_limit_x = True
    assert keyed(rig)[1] == ["Constraints of Stand may overrule the keys."]
    stand.constraints.remove(stand.constraints[0])
    goal = bpy.data.objects.new("Goal", None)
    stand.constraints.new("COPY_LOCATION").target = goal
    assert keyed(rig)[1] == ["Constraints of Stand may overrule the keys."]
    # As in control rigs, whose bones above follow keyed ones.
    own = stand.constraints[0]
    own.target, own.subtarget = rig, "Control"
    assert keyed(rig)[1] == []


def test_drivers_that_hold_bones_off_their_rest_are_told_and_not_called_posed(scene: Any) -> None:
    rig = carried_rig()
    bones = rig.pose.bones
    bones["Stand"].rotation_mode = "XYZ"
    drive(bones["Stand"], "rotation_euler", 0, 0.6)
    drive(bones["mixamorig:Hips"], "location", 2, 1.5)
    drive(bones["mixamorig:Spine"], "scale", 1, 1.0)  # at rest
    bpy.context.view_layer.update()
    said = "Drivers move or scale mixamorig:Hips, Stand, which the motion doesn't know of."
    assert keyed(rig)[1] == [said]
    drive(rig, "rotation_euler", 2, 0.4)
    assert f"{rig.name} itself is moved by its drivers" in keyed(rig)[1][-1]


def test_a_turned_character_is_known_by_its_shape(scene: Any) -> None:
    rig = makehuman_rig(bpy, "mixamo")
    recognise = import_module(f"{MODULE}.scene.retarget").recognise_rig
    named = recognise(rig).chains
    for number, bone in enumerate(list(rig.data.bones)):
        bone.name = f"b{number}"
    names = {bone.name for bone in rig.data.bones}
    straight = recognise(rig)
    rig.rotation_euler.z = 0.9
    bpy.context.view_layer.update()
    turned = recognise(rig)
    assert turned.convention == straight.convention == "shape"
    assert turned.chains == straight.chains
    assert set(turned.bones) <= names
    assert len(turned.chains["left_knee"]) == len(named["left_knee"])


def test_hips_connected_to_a_bone_are_carried_by_it(untouched: np.ndarray) -> None:
    rig = makehuman_rig(bpy, "mixamo")
    bpy.ops.object.mode_set(mode="EDIT")
    hips = rig.data.edit_bones["mixamorig:Hips"]
    stand = rig.data.edit_bones.new("Stand")
    stand.head, stand.tail = (0, 0, 0), hips.head
    hips.parent, hips.use_connect = stand, True
    bpy.ops.object.mode_set(mode="OBJECT")
    heads, notes = keyed(rig)
    assert np.abs(heads - untouched).max() < 1e-4
    assert notes == []


def test_what_moves_the_object_itself_is_told_and_edit_mode_refused(scene: Any) -> None:
    horse = bpy.data.objects.new("Horse", None)
    scene.collection.objects.link(horse)
    rig = makehuman_rig(bpy, "mixamo")
    rig.parent = horse
    assert keyed(rig)[1] == [], "a parent that stands still needs no word"
    horse.keyframe_insert("location", frame=1)
    rig.constraints.new("COPY_LOCATION").target = horse
    said = "default itself is moved by its constraints, Horse; the motion adds to that."
    assert keyed(rig)[1] == [said.replace("default", rig.name)]
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(core("data.errors").RigError, match="is in Edit Mode"):
        keyed(rig)
    bpy.ops.object.mode_set(mode="OBJECT")
