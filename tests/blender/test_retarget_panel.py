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
    assert fields.roles["left_elbow"].bones == "mixamorig:LeftForeArm"
    fields.roles["head"].bones = ""
    preset = str(tmp_path / "hero.json")
    assert bpy.ops.limn.save_bone_map(filepath=preset) == {"FINISHED"}
    bpy.ops.limn.recognise_rig()
    assert fields.roles["head"].bones
    assert bpy.ops.limn.load_bone_map(filepath=preset) == {"FINISHED"}
    assert not fields.roles["head"].bones
    bpy.ops.limn.retarget()
    paths = {curve.data_path for curve in all_curves(fields.target.animation_data.action)}
    assert not any("mixamorig:Head" in path for path in paths)


def test_a_map_to_a_bone_that_is_gone_is_one_sentence(fields: Any) -> None:
    bpy.ops.limn.recognise_rig()
    fields.roles["head"].bones = "Skull"
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
    fields.roles["head"].bones = ""
    preset = str(tmp_path / "hero.json")
    bpy.ops.limn.save_bone_map(filepath=preset)
    bpy.ops.limn.load_bone_map(filepath=preset)
    fields.target = makehuman_rig(bpy, "mixamo")
    assert fields.convention == "mixamo"
    fields.target = makehuman_rig(bpy, "game_engine")
    assert not fields.convention


def test_bone_names_may_hold_what_separates_names(fields: Any) -> None:
    for bone in fields.target.data.bones:
        bone.name = bone.name.replace("mixamorig:", "a, b;c|")
    bpy.ops.limn.recognise_rig()
    assert fields.roles["left_elbow"].bones == '"a, b;c|LeftForeArm"'
    assert bpy.ops.limn.retarget() == {"FINISHED"}


def test_the_characters_keys_begin_where_the_figures_do(fields: Any, scene: Any) -> None:
    figure = bpy.context.view_layer.objects.active
    scene.frame_start = 20
    bpy.ops.limn.retarget()
    starts = [o.animation_data.action.frame_range[0] for o in (figure, fields.target)]
    assert starts[0] == pytest.approx(starts[1], abs=0.01)
