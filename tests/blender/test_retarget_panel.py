# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""The Retarget section: a figure onto a character through the operators."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from blender_keys import all_curves
from blender_takes import MODULE, core, make_take
from target_rigs import makehuman_rig

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy


@pytest.fixture
def fields(scene: Any, tmp_path: Path) -> Any:
    """A built take, its figure active, and a character chosen."""
    take = make_take()
    path = tmp_path / "walk.take.npz"
    core("data.take_file").save_take(take, path)
    rig = makehuman_rig(bpy, "mixamo")
    build = import_module(f"{MODULE}.scene.build")
    build.build_take(bpy.context, take, take_path=str(path))
    chosen = scene.limn_retarget
    chosen.roles.clear()
    chosen.target = rig
    return chosen


def test_the_button_keys_the_character(fields: Any) -> None:
    assert bpy.ops.limn.retarget() == {"FINISHED"}
    assert fields.convention == "mixamo"
    curves = all_curves(fields.target.animation_data.action)
    assert any("mixamorig:LeftArm" in curve.data_path for curve in curves)


def test_the_map_is_shown_edited_saved_and_loaded(fields: Any, tmp_path: Path) -> None:
    bpy.ops.limn.recognise_rig()
    assert fields.roles["left_elbow"].bone == "mixamorig:LeftForeArm"
    spine = "mixamorig:Spine, mixamorig:Spine1, mixamorig:Spine2"
    assert [line.bones for line in fields.roles if line.name == "spine"] == [spine] * 3
    fields.roles["head"].bone = ""
    preset = str(tmp_path / "hero.json")
    assert bpy.ops.limn.save_bone_map(filepath=preset) == {"FINISHED"}
    bpy.ops.limn.recognise_rig()
    assert fields.roles["head"].bone
    assert bpy.ops.limn.load_bone_map(filepath=preset) == {"FINISHED"}
    assert not fields.roles["head"].bone
    bpy.ops.limn.retarget()
    paths = {curve.data_path for curve in all_curves(fields.target.animation_data.action)}
    assert not any("mixamorig:Head" in path for path in paths)


def test_a_map_to_a_bone_that_is_gone_is_one_sentence(fields: Any) -> None:
    bpy.ops.limn.recognise_rig()
    fields.roles["head"].bone = "Skull"
    with pytest.raises(RuntimeError, match="no bone Skull"):
        bpy.ops.limn.retarget()
    assert fields.target.animation_data is None


def test_ik_controls_that_nobody_knows_are_one_sentence(fields: Any) -> None:
    fields.controls = "ik"
    with pytest.raises(RuntimeError, match="no IK controls that Limn knows"):
        bpy.ops.limn.retarget()
    assert fields.target.animation_data is None
    fields.controls = "fk"


def test_another_character_is_recognised_anew(fields: Any) -> None:
    bpy.ops.limn.retarget()
    fields.target = makehuman_rig(bpy, "game_engine")
    assert bpy.ops.limn.retarget() == {"FINISHED"}
    assert fields.convention != "mixamo"


def test_a_loaded_map_stays_with_a_character_that_has_its_bones(
    fields: Any, tmp_path: Path
) -> None:
    bpy.ops.limn.recognise_rig()
    fields.roles["head"].bone = ""
    preset = str(tmp_path / "hero.json")
    bpy.ops.limn.save_bone_map(filepath=preset)
    bpy.ops.limn.load_bone_map(filepath=preset)
    fields.target = makehuman_rig(bpy, "mixamo")
    assert fields.convention == "mixamo"
    fields.target = makehuman_rig(bpy, "game_engine")
    assert fields.convention == "unreal"
    assert fields.roles["head"].bone


def test_bone_names_may_hold_what_separates_names(fields: Any) -> None:
    for bone in fields.target.data.bones:
        bone.name = bone.name.replace("mixamorig:", "a, b;c|")
    bpy.ops.limn.recognise_rig()
    assert fields.roles["left_elbow"].bone == "a, b;c|LeftForeArm"
    assert bpy.ops.limn.retarget() == {"FINISHED"}


def test_the_characters_keys_begin_where_the_figures_do(fields: Any, scene: Any) -> None:
    figure = bpy.context.view_layer.objects.active
    scene.frame_start = 20
    bpy.ops.limn.retarget()
    starts = [o.animation_data.action.frame_range[0] for o in (figure, fields.target)]
    assert starts[0] == pytest.approx(starts[1], abs=0.01)


def test_a_target_is_recognised_when_it_is_chosen(fields: Any) -> None:
    assert fields.convention == "mixamo"
    assert [line.bone for line in fields.roles if line.name == "spine"] == [
        "mixamorig:Spine", "mixamorig:Spine1", "mixamorig:Spine2",
    ]  # fmt: skip
    fields.target = None
    assert not len(fields.roles)
    assert not fields.convention
    assert not bpy.ops.limn.recognise_rig.poll()


def test_a_target_that_nobody_knows_says_so_in_the_panel(fields: Any) -> None:
    data = bpy.data.armatures.new("Box")
    box = bpy.data.objects.new("Box", data)
    bpy.context.scene.collection.objects.link(box)
    fields.target = box
    assert "Box" in fields.trouble
    assert not len(fields.roles)
    fields.target = makehuman_rig(bpy, "mixamo")
    assert not fields.trouble


def test_the_chosen_source_is_taken_and_not_the_selected_figure(
    fields: Any, scene: Any, tmp_path: Path
) -> None:
    source_of = import_module(f"{MODULE}.operators.retarget.ops").source_of
    first = bpy.context.view_layer.objects.active
    assert source_of(bpy.context) == first
    other = make_take(clip_path="/no/such/folder/other.mp4")
    core("data.take_file").save_take(other, tmp_path / "other.take.npz")
    build = import_module(f"{MODULE}.scene.build").build_take
    built = build(bpy.context, other, take_path=str(tmp_path / "other.take.npz"))
    second = bpy.data.objects[built.armatures[0]]
    bpy.context.view_layer.objects.active = second
    assert source_of(bpy.context) == second
    fields.source = first
    assert source_of(bpy.context) == first
    assert bpy.ops.limn.retarget() == {"FINISHED"}
    fields.source = None


def test_lines_are_added_to_a_chain_and_taken_out(fields: Any) -> None:
    names = [line.name for line in fields.roles]
    fields.role = names.index("spine")
    bpy.ops.limn.add_bone()
    assert [line.name for line in fields.roles].count("spine") == names.count("spine") + 1
    assert fields.roles[fields.role].name == "spine"
    assert not fields.roles[fields.role].bone
    bpy.ops.limn.remove_bone()
    assert [line.name for line in fields.roles] == names
    fields.role = names.index("head")
    bpy.ops.limn.remove_bone()
    assert [line.name for line in fields.roles] == names, "a role's last line stays"
    assert not fields.roles["head"].bone


def test_the_list_and_the_characters_active_bone_follow_each_other(fields: Any) -> None:
    names = [line.name for line in fields.roles]
    fields.role = names.index("left_elbow")
    bones = fields.target.data.bones
    assert bones.active.name == "mixamorig:LeftForeArm"
    bones.active = bones["mixamorig:RightUpLeg"]
    assert fields.role == names.index("right_hip")
