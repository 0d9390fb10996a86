# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""The camera brought after an edited motion, its keys moved and nobody else's, and keys and moves
of somebody's own when it is made again."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from blender_keys import changed, every_key
from blender_takes import MODULE, core, make_take
from movers import mover

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy


def pixels(scene: Any, owner: Any, frames: range) -> np.ndarray:
    """Where every bone's head is in the camera's picture, (t, n, 2), shares of its sides."""
    from bpy_extras.object_utils import world_to_camera_view

    out = []
    for frame in frames:
        scene.frame_set(frame)
        now = owner.evaluated_get(bpy.context.evaluated_depsgraph_get())
        heads = [now.matrix_world @ bone.head for bone in now.pose.bones]
        out.append([world_to_camera_view(scene, scene.camera, head)[:2] for head in heads])
    return np.array(out)


@pytest.mark.parametrize("how", ["still", "turning", "carried"])
def test_the_camera_follows_a_figure_that_was_placed(scene: Any, tmp_path: Any, how: str) -> None:
    is_turning = how != "still"
    turns = np.radians(np.linspace([-3, 8, 1], [4, -20, 2], 20)) if is_turning else np.zeros((0, 3))
    along = np.linspace([0, 0, 0], [0.6, -0.1, 0.3], 20) if how == "carried" else np.zeros((0, 3))
    take = replace(make_take(20), turns=turns.astype(np.float32), path=along.astype(np.float32))
    path = tmp_path / "walk.take.npz"
    core("data.take_file").save_take(take, path)
    scene.render.fps = 25
    build = import_module(f"{MODULE}.scene.build").build_take
    report = build(bpy.context, take, take_path=str(path))
    rig, camera = bpy.data.objects[report.armatures[0]], bpy.data.objects[report.camera]
    before = pixels(scene, rig, range(1, 21))
    scene.cursor.location = (2.5, 1.0, -0.4)
    scene.limn_motion.use_facing, scene.limn_motion.facing_deg = True, 130.0
    bpy.ops.limn.place_motion(to="CURSOR")
    scene.limn_motion.use_facing = False
    assert np.abs(pixels(scene, rig, range(1, 21)) - before).max() > 0.1
    keys = every_key(rig)
    action = camera.animation_data.action if is_turning else None
    assert bpy.ops.limn.aim_camera(how="FOOTAGE") == {"FINISHED"}
    np.testing.assert_allclose(pixels(scene, rig, range(1, 21)), before, atol=2e-3)
    assert not changed(keys, every_key(rig))
    assert (camera.animation_data.action if is_turning else None) == action
    # Once more changes nothing: the camera follows the take, not where it was last.
    bpy.ops.limn.aim_camera(how="FOOTAGE")
    np.testing.assert_allclose(pixels(scene, rig, range(1, 21)), before, atol=2e-3)


def test_the_camera_is_centred_on_any_character(scene: Any) -> None:
    figure = mover("figure")
    rig = mover("mixamo")
    rig.location = (1.0, 2.0, 0.0)
    place = scene.camera.matrix_world.translation.copy()
    scene.frame_set(9)
    assert bpy.ops.limn.aim_camera(how="CENTRE") == {"FINISHED"}
    bpy.context.view_layer.update()
    seen = pixels(scene, rig, range(9, 10))[0]
    np.testing.assert_allclose((seen.min(0) + seen.max(0)) / 2, 0.5, atol=0.12)
    assert scene.camera.matrix_world.translation == place
    with pytest.raises(RuntimeError, match="only Centre works"):
        bpy.ops.limn.aim_camera(how="FOOTAGE")
    bpy.data.objects.remove(scene.camera)
    bpy.context.view_layer.objects.active = figure
    with pytest.raises(RuntimeError, match="no camera to aim"):
        bpy.ops.limn.aim_camera(how="CENTRE")


def build(take: Any) -> Any:
    module = import_module(f"{MODULE}.scene.build")
    return module.build_take(bpy.context, take, take_path="walk.take.npz")


def solved_again(take: Any, figure: Any) -> Any:
    rebuild = import_module(f"{MODULE}.scene.figures.rebuild").rebuild_take
    return rebuild(bpy.context, take, [figure], take_path="walk.take.npz")


def turning_take(count: int = 12) -> Any:
    turns = np.radians(np.linspace([-3, 8, 1], [4, -20, 2], count)).astype(np.float32)
    zoom = np.linspace(1, 1.5, count, dtype=np.float32)
    return replace(make_take(count), turns=turns, zoom=zoom)


@pytest.mark.parametrize("which", ["place", "lens", "own action"])
def test_another_run_keeps_the_cameras_edited_keys(scene: Any, which: str) -> None:
    take = make_take(12) if which == "own action" else turning_take()
    build(take)
    assert not any("edits stay" in note for note in build(take).notes)
    camera = scene.camera
    owner = camera.data if which == "lens" else camera
    setattr(owner, *(("lens", 80.0) if which == "lens" else ("location", (1.0, 2.0, 3.0))))
    owner.keyframe_insert("lens" if which == "lens" else "location", frame=5)
    action = owner.animation_data.action
    report = build(take)
    assert sum(f"edits stay in the action '{action.name}'" in note for note in report.notes) == 1
    assert action.use_fake_user
    assert action.name.endswith(" edited") == (which != "own action")
    assert scene.camera.name == "Limn Camera"
    count = len(bpy.data.actions)
    assert not any("edits stay" in note for note in build(take).notes)
    assert len(bpy.data.actions) == count, "nothing that nobody edited is left"


@pytest.mark.parametrize("change", ["", "moved", "lens"])
def test_another_run_tells_of_a_camera_that_was_changed_without_keys(
    scene: Any, change: str
) -> None:
    build(make_take(4))
    if change == "moved":
        scene.camera.location.x += 2.0
    elif change == "lens":
        scene.camera.data.lens *= 1.5
    bpy.context.view_layer.update()
    notes = build(make_take(4)).notes
    assert sum(note.startswith("Limn Camera was moved or given") for note in notes) == bool(change)


@pytest.mark.parametrize("change", ["cut", "cut and moved back", "emptied", "moved"])
def test_solve_again_takes_only_a_move_of_all_keys_for_one(scene: Any, change: str) -> None:
    take = turning_take()
    figure = bpy.data.objects[build(take).armatures[0]]
    camera = scene.camera
    made: dict[Any, Any] = {key: told[1] for key, told in every_key(camera).items()}
    found = import_module(f"{MODULE}.scene.curves").curves_of(camera)
    for (path, index), curve in found.items():
        if change == "moved":
            for key in curve.keyframe_points:
                key.co_ui.y += 2.0 if (path, index) == ("location", 0) else 0.0
        elif path == "rotation_quaternion":
            for _ in range(len(curve.keyframe_points) if change == "emptied" else 2):
                curve.keyframe_points.remove(curve.keyframe_points[0])
            for key in curve.keyframe_points:
                key.co_ui.x -= 2.0 if change == "cut and moved back" else 0.0
    assert any("edits stay" in note for note in solved_again(take, figure).notes)
    now = every_key(camera)
    assert now.keys() == made.keys()
    for key, was in made.items():
        offset = 2.0 if change == "moved" and key[:2] == ("location", 0) else 0.0
        assert now[key][1] == pytest.approx(was + offset, abs=1e-4), key
