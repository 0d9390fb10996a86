# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Another tool's motion by File > Import: a figure with a key on every frame, where it walked."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_keys import all_curves
from blender_takes import core

sys.path.insert(0, str(Path(__file__).parents[1] / "core"))  # the walker
bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy
FRAMES = 24


@pytest.fixture
def motion(tmp_path: Path) -> Path:
    """A walk as an AMASS file."""
    walker = import_module("walking_source").walking(FRAMES)
    quats = walker.quat_parent_joint.astype(np.float64)
    poses = core("geometry.rotations").rotvec_from_quat(quats).reshape(FRAMES, -1)
    file = tmp_path / "walk_stageii.npz"
    np.savez(file, poses=poses, trans=walker.root_xyz_world, mocap_frame_rate=30.0)
    return file


def figures(scene: Any) -> list[Any]:
    return [o for o in scene.objects if o.type == "ARMATURE"]


def test_a_result_becomes_a_keyed_figure(scene: Any, motion: Path) -> None:
    assert bpy.ops.limn.import_motion(filepath=str(motion), is_as_it_is=True) == {"FINISHED"}
    (figure,) = figures(scene)
    curve = next(c for c in all_curves(figure.animation_data.action) if "location" in c.data_path)
    assert len(curve.keyframe_points) == FRAMES
    take = core("data.take_file").load_take(motion.with_name("walk_stageii.take.npz"))
    xyz = core("geometry.kinematics").person_joints_world(take.people[0])
    names = core("data.skeletons").SMPLX_55
    for frame in (0, FRAMES - 1):
        scene.frame_set(1 + frame)
        posed = figure.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for name in ("left_wrist", "right_ankle"):
            at = posed.matrix_world @ posed.pose.bones[name].head
            np.testing.assert_allclose(at, xyz[frame, names.index(name)], atol=2e-3)


def test_cleaned_is_what_comes_unless_asked(scene: Any, motion: Path) -> None:
    assert bpy.ops.limn.import_motion(filepath=str(motion), height_m=1.9) == {"FINISHED"}
    take = core("data.take_file").load_take(motion.with_name("walk_stageii.take.npz"))
    assert take.people[0].height_m == pytest.approx(1.9)
    assert take.people[0].contact.max() == 1.0
    assert len(figures(scene)) == 1


def test_what_is_no_motion_changes_nothing(scene: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad.pkl"
    bad.write_bytes(b"cos\nsystem\n(S'touch " + str(tmp_path / "ran").encode() + b"'\ntR.")
    with pytest.raises(RuntimeError, match="never runs"):
        bpy.ops.limn.import_motion(filepath=str(bad))
    with pytest.raises(RuntimeError, match="Choose a file"):
        bpy.ops.limn.import_motion(filepath=str(tmp_path / "missing.npz"))
    assert not figures(scene)
    assert not (tmp_path / "ran").exists()


def test_files_may_be_dropped_on_a_view() -> None:
    handler = bpy.types.LIMN_FH_motion
    assert handler.bl_import_operator == "limn.import_motion"
    assert ".pt" in handler.bl_file_extensions.split(";")


def test_the_camera_of_an_import_moves_as_its_file_tells(scene: Any, tmp_path: Path) -> None:
    sys.path.insert(0, str(Path(__file__).parents[1]))
    walker = import_module("walking_source").walking(FRAMES)
    file = tmp_path / "hmr4d_results.pt"
    import_module("foreign_motion").gvhmr(file, walker)
    assert bpy.ops.limn.import_motion(filepath=str(file), is_as_it_is=True) == {"FINISHED"}
    camera = scene.camera
    take = core("data.take_file").load_take(file.with_name("hmr4d_results.take.npz"))
    want = core("geometry.camera").cameras_at(take, np.arange(FRAMES, dtype=np.int32))
    places = []
    for frame in range(FRAMES):
        scene.frame_set(1 + frame)
        seen = camera.evaluated_get(bpy.context.evaluated_depsgraph_get())
        places.append(np.array(seen.matrix_world)[:3, 3])
    np.testing.assert_allclose(places, want[:, :3, 3], atol=2e-3)
    assert np.ptp(np.array(places), axis=0).max() > 0.3


def test_a_scene_keeps_its_camera_where_motion_brings_none(scene: Any, motion: Path) -> None:
    assert bpy.ops.limn.import_motion(filepath=str(motion), is_as_it_is=True) == {"FINISHED"}
    first, render = scene.camera, scene.render
    assert first is not None, "a scene without a camera gets one"
    render.resolution_x, render.resolution_y = 640, 480
    other = motion.with_name("other_stageii.npz")
    other.write_bytes(motion.read_bytes())
    assert bpy.ops.limn.import_motion(filepath=str(other), is_as_it_is=True) == {"FINISHED"}
    assert len(figures(scene)) == 2
    assert scene.camera == first
    assert (render.resolution_x, render.resolution_y) == (640, 480)
    said = [line.text for line in bpy.context.window_manager.limn_run.outcome]
    assert not [line for line in said if "camera" in line or "field of view" in line], said
