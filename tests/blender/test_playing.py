# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""What a figure plays in the scene leads: retargeting and exports see every edit made to it."""

from __future__ import annotations

import csv
import json
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
    scene.render.frame_map_old = scene.render.frame_map_new = 100
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


def test_a_parent_that_a_script_just_set_counts(built: tuple[Any, Any], scene: Any) -> None:
    take, figure = built
    carrier = bpy.data.objects.new("Carrier", None)
    scene.collection.objects.link(carrier)
    carrier.scale = (2.0, 2.0, 2.0)
    figure.parent = carrier
    played = playing().playing_person(scene, figure, take.people[0]).person
    twice = 2 * take.people[0].rest_xyz_body
    np.testing.assert_allclose(played.rest_xyz_body, twice, atol=1e-5)


def test_a_figure_that_is_inside_out_is_refused_in_a_sentence(
    built: tuple[Any, Any], scene: Any
) -> None:
    take, figure = built
    figure.scale.x = -1.0
    with pytest.raises(core("data.errors").RigError, match="negative scale"):
        playing().playing_person(scene, figure, take.people[0])


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


def exported_times(tmp_path: Path) -> list[float]:
    """Seconds of the pelvis' rows in a CSV of what plays."""
    out = tmp_path / "timed.csv"
    assert bpy.ops.limn.export_take(filepath=str(out), suffix=".csv") == {"FINISHED"}
    rows = list(csv.DictReader(out.read_text("utf-8").splitlines()))
    return [float(row["time_s"]) for row in rows if row["joint"] == "pelvis"]


def squeezed(figure: Any, _scene: Any) -> None:
    curves = import_module(f"{MODULE}.scene.curves").curves_of(figure).values()
    for curve in curves:
        for point in curve.keyframe_points:
            point.co[0] *= 0.5
        curve.update()


def stretched(_figure: Any, scene: Any) -> None:
    scene.render.frame_map_old, scene.render.frame_map_new = 200, 100


def at_twice_the_rate(_figure: Any, scene: Any) -> None:
    scene.render.fps *= 2


@pytest.mark.parametrize("change", [squeezed, stretched, at_twice_the_rate])
def test_a_motion_that_plays_twice_as_fast_is_exported_so(
    change: Any, built: tuple[Any, Any], scene: Any, tmp_path: Path
) -> None:
    _, figure = built
    before = exported_times(tmp_path)
    change(figure, scene)
    after = exported_times(tmp_path)
    assert len(after) == len(before)
    np.testing.assert_allclose(np.diff(after), 0.5 * np.diff(before), atol=2e-3)


def test_a_motion_that_only_begins_later_is_the_takes_own(
    built: tuple[Any, Any], scene: Any
) -> None:
    take, figure = built
    for curve in import_module(f"{MODULE}.scene.curves").curves_of(figure).values():
        for point in curve.keyframe_points:
            point.co[0] += 25
        curve.update()
    assert playing().playing_take(scene, take, [figure])[1] is False


def test_time_stretching_is_no_affair_of_the_keys(built: tuple[Any, Any], scene: Any) -> None:
    take, figure = built
    goal = bpy.data.objects.new("Goal", None)
    scene.collection.objects.link(goal)
    constraint = figure.pose.bones["head"].constraints.new("COPY_ROTATION")
    constraint.target, constraint.influence = goal, 0.5
    plain = playing().playing_person(scene, figure, take.people[0])
    scene.render.frame_map_new = 300
    slow = playing().playing_person(scene, figure, take.people[0])
    assert slow.scene_frames.tolist() == plain.scene_frames.tolist()
    np.testing.assert_array_equal(slow.person.quat_parent_joint, plain.person.quat_parent_joint)


def test_blenders_exporters_write_a_stretched_motion_whole(
    built: tuple[Any, Any], scene: Any, tmp_path: Path
) -> None:
    _, figure = built
    first, last = (float(frame) for frame in figure.animation_data.action.frame_range)
    scene.frame_start, scene.frame_end = 2 * round(first), 2 * round(last)
    scene.frame_set(2 * round(first) + 4)
    scene.render.frame_map_new = 200
    before = (scene.render.fps, scene.render.fps_base, scene.frame_start, scene.frame_end)
    timeline = import_module(f"{MODULE}.scene.timeline")
    rate = timeline.played_rate(scene)
    with timeline.without_stretching(scene):
        assert (scene.frame_start, scene.frame_end) == (round(first), round(last))
        assert scene.render.fps / scene.render.fps_base == pytest.approx(rate)
        assert timeline.played_rate(scene) == pytest.approx(rate)
        assert scene.frame_current == round(first) + 2
    after = (scene.render.fps, scene.render.fps_base, scene.frame_start, scene.frame_end)
    assert after == pytest.approx(before)
    assert (scene.render.frame_map_old, scene.render.frame_map_new) == (100, 200)
    assert scene.frame_current == 2 * round(first) + 4
    scene.render.frame_map_new = 100


@pytest.mark.parametrize("rate", [(25, 1.0, 100), (25, 1.0, 200), (30, 1.001, 100), (12, 0.96, 50)])
def test_a_glb_lasts_as_long_as_what_plays(
    rate: tuple[int, float, int], built: tuple[Any, Any], scene: Any, tmp_path: Path
) -> None:
    _, figure = built
    keys = {key.name for key in bpy.data.shape_keys}
    first, last = figure.animation_data.action.frame_range
    render = scene.render
    render.fps, render.fps_base, render.frame_map_new = rate
    path = tmp_path / "timed.glb"
    assert bpy.ops.limn.export_take(filepath=str(path), suffix=".glb") == {"FINISHED"}
    assert (render.fps, render.fps_base) == pytest.approx(rate[:2])
    assert {key.name for key in bpy.data.shape_keys} == keys, "keys of nothing fail the next save"
    wanted = (last - first) * rate[1] / rate[0] * rate[2] / 100
    assert _seconds_of(path) == pytest.approx(wanted, rel=1e-4)
    render.frame_map_new = 100


def _seconds_of(glb: Path) -> float:
    """How long the longest animation of a GLB file is."""
    data = glb.read_bytes()
    told = json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])
    inputs = {s["input"] for one in told["animations"] for s in one["samplers"]}
    spans = [told["accessors"][i] for i in inputs]
    return max(one["max"][0] - one["min"][0] for one in spans)
