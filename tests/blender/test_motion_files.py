# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""What Limn writes, read back by Blender's own importers."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, core, make_take

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy


def errors_mm(armature: Any, take: Any, names: list[str]) -> float:
    want = core("kinematics").person_joints_world(take.people[0])
    joint, worst = core("skeletons").joint, 0.0
    for frame in range(len(take.time_s)):
        bpy.context.scene.frame_set(1 + frame)
        posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for name in names:
            head = np.array(posed.matrix_world @ posed.pose.bones[name].head)
            worst = max(worst, 1e3 * float(np.abs(head - want[frame, joint(name)]).max()))
    return worst


# Blender's importer leaves the file for the garbage collector to close.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_bvh_comes_back_through_blenders_importer(scene: Any, tmp_path: Path) -> None:
    take = make_take(12, fps=24.0)
    save = import_module(f"{MODULE}.core.formats.bvh").save_bvh
    save(take, take.people[0], tmp_path / "walk.bvh")
    bpy.ops.import_anim.bvh(
        filepath=str(tmp_path / "walk.bvh"), global_scale=0.01, axis_forward="-Z", axis_up="Y"
    )
    names = [name for name in core("skeletons").SMPLX_55 if name != "pelvis"]
    assert errors_mm(bpy.context.object, take, ["pelvis", *names]) < 1.0


# Blender 5.2's own FBX exporter sets the shape of arrays, which numpy 2.5 deprecates.
@pytest.mark.filterwarnings("default:Setting the shape:DeprecationWarning")
@pytest.mark.parametrize("suffix", [".fbx", ".glb"])
def test_the_script_behind_limn_export_writes_what_blender_reads(
    scene: Any, tmp_path: Path, suffix: str
) -> None:
    take = make_take(6, fps=24.0)
    build = import_module(f"{MODULE}.scene.build")
    report = build.build_take(bpy.context, take, take_path="x")
    out = tmp_path / f"walk{suffix}"
    export = import_module(f"{MODULE}.scene.scene_files").export_scene
    export(bpy.context, [bpy.data.objects[name] for name in report.armatures], out)
    bpy.data.batch_remove([*bpy.data.objects, *bpy.data.actions, *bpy.data.armatures])
    if suffix == ".fbx":
        bpy.ops.import_scene.fbx(filepath=str(out))
    else:
        bpy.ops.import_scene.gltf(filepath=str(out))
    (armature,) = [o for o in bpy.data.objects if o.type == "ARMATURE"]
    action = armature.animation_data.action
    first = action.frame_range[0]
    bpy.context.scene.frame_start = 1
    if abs(first - 1) > 0.5:
        for curve in import_module("blender_keys").all_curves(action):
            for key in curve.keyframe_points:
                key.co.x += 1 - first
    limbs = ["left_knee", "right_wrist", "left_ankle", "head"]
    assert errors_mm(armature, take, limbs) < 1.0
