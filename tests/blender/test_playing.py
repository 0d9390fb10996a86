# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""What a figure plays in the scene leads: retargeting and exports see every edit made to it."""

from __future__ import annotations

import csv
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, core, make_take
from target_rigs import makehuman_rig

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy


@pytest.fixture
def built(scene: Any, tmp_path: Path) -> tuple[Any, Any]:
    """A take and its first figure, active."""
    take = make_take()
    path = tmp_path / "walk.take.npz"
    core("data.take_file").save_take(take, path)
    build = import_module(f"{MODULE}.scene.build")
    report = build.build_take(bpy.context, take, take_path=str(path))
    figure = bpy.data.objects[report.armatures[0]]
    for other in bpy.context.view_layer.objects:
        other.select_set(other == figure)
    bpy.context.view_layer.objects.active = figure
    scene.limn_retarget.roles.clear()
    return take, figure


def playing() -> Any:
    return import_module(f"{MODULE}.scene.figures.playing.person")


def pelvis(figure: Any, frame: float) -> np.ndarray:
    bpy.context.scene.frame_set(int(frame))
    now = figure.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array(now.matrix_world @ now.pose.bones["pelvis"].head)


def test_an_untouched_figure_plays_the_take(built: tuple[Any, Any], scene: Any) -> None:
    take, figure = built
    made = take.people[0]
    now = playing().playing_person(scene, figure, made).person
    assert np.abs(now.root_xyz_world - made.root_xyz_world).max() < 1e-5
    dots = np.abs((now.quat_parent_joint * made.quat_parent_joint).sum(-1))
    assert dots.min() > 1 - 1e-5
    assert np.abs(now.rest_xyz_body - made.rest_xyz_body).max() < 1e-5
    assert playing().playing_take(scene, take, [figure])[1] is False


def test_curves_and_scene_tell_the_same(built: tuple[Any, Any], scene: Any) -> None:
    take, figure = built
    figure.location, figure.rotation_euler = (1.0, 2.0, 0.3), (0.0, 0.0, 0.7)
    bpy.context.view_layer.update()
    alone = playing().playing_person(scene, figure, take.people[0])
    goal = bpy.data.objects.new("Goal", None)
    scene.collection.objects.link(goal)
    # A constraint without influence moves nothing, but only Blender can know.
    constraint = figure.pose.bones["head"].constraints.new("COPY_ROTATION")
    constraint.target, constraint.influence = goal, 0.0
    scene.frame_set(7)
    evaluated = playing().playing_person(scene, figure, take.people[0])
    assert scene.frame_current == 7
    for name in ("root_xyz_world", "quat_parent_joint"):
        a, b = getattr(alone.person, name), getattr(evaluated.person, name)
        assert np.abs(a - b).max() < 2e-4, name
    assert (
        np.abs(alone.person.root_xyz_world[0] - pelvis(figure, alone.scene_frames[0])).max() < 1e-4
    )
    # What the constraint does is seen as well.
    constraint.influence = 1.0
    held = playing().playing_person(scene, figure, take.people[0]).person
    assert np.abs(held.quat_parent_joint - alone.person.quat_parent_joint).max() > 1e-2


def hips_of_character(figure: Any, scene: Any) -> np.ndarray:
    rig = makehuman_rig(bpy, "mixamo")
    bpy.context.view_layer.objects.active = figure
    scene.limn_retarget.target = rig
    assert bpy.ops.limn.retarget() == {"FINISHED"}
    scene.frame_set(int(figure.animation_data.action.frame_range[0]))
    now = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array(now.matrix_world @ now.pose.bones["mixamorig:Hips"].head)


def test_a_moved_figure_moves_its_character(built: tuple[Any, Any], scene: Any) -> None:
    _, figure = built
    before = hips_of_character(figure, scene)
    figure.location = (5.0, 4.0, 0.0)
    bpy.context.view_layer.update()
    moved = hips_of_character(figure, scene) - before
    assert moved == pytest.approx([5.0, 4.0, 0.0], abs=1e-3)


def test_exports_are_of_what_plays(built: tuple[Any, Any], tmp_path: Path) -> None:
    _, figure = built
    bpy.context.scene.cursor.location = (5.0, 5.0, 0.0)
    assert bpy.ops.limn.place_motion(to="CURSOR") == {"FINISHED"}
    out = tmp_path / "moved.csv"
    assert bpy.ops.limn.export_take(filepath=str(out), suffix=".csv") == {"FINISHED"}
    rows = [row for row in csv.reader(out.read_text("utf-8").splitlines()) if "pelvis" in row]
    assert [float(value) for value in rows[0][4:6]] == pytest.approx([5.0, 5.0], abs=0.01)
    scene_start = figure.animation_data.action.frame_range[0]
    bpy.context.scene.frame_start = int(scene_start) + 4
    bpy.context.scene.frame_end = int(scene_start) + 9
    assert bpy.ops.limn.trim_motion() == {"FINISHED"}
    assert bpy.ops.limn.export_take(filepath=str(out), suffix=".csv") == {"FINISHED"}
    frames = {row[1] for row in csv.reader(out.read_text("utf-8").splitlines()) if "pelvis" in row}
    assert len(frames) == 6


def test_mirrored_feet_keep_their_contacts(built: tuple[Any, Any], scene: Any) -> None:
    take, figure = built
    before = playing().playing_person(scene, figure, take.people[0]).person.contact
    assert np.abs(before[:, :2] - before[:, 2:]).max() > 0.1
    assert bpy.ops.limn.mirror_motion() == {"FINISHED"}
    after = playing().playing_person(scene, figure, take.people[0]).person.contact
    assert np.abs(after - before[:, [2, 3, 0, 1]]).max() < 1e-6


@pytest.mark.parametrize("how", ["renamed", "removed"])
def test_a_figure_that_lacks_bones_is_refused_in_a_sentence(
    how: str, built: tuple[Any, Any], scene: Any
) -> None:
    take, figure = built
    if how == "renamed":
        figure.data.bones["left_wrist"].name = "Hand.L"
    else:
        bpy.context.view_layer.objects.active = figure
        bpy.ops.object.mode_set(mode="EDIT")
        figure.data.edit_bones.remove(figure.data.edit_bones["left_wrist"])
        bpy.ops.object.mode_set(mode="OBJECT")
    playing = import_module(f"{MODULE}.scene.figures.playing.person")
    with pytest.raises(core("data.errors").RigError, match="lacks left_wrist"):
        playing.playing_person(scene, figure, take.people[0])
