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
    want = core("geometry.kinematics").person_joints_world(take.people[0])
    joint, worst = core("data.skeletons").joint, 0.0
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
    names = [name for name in core("data.skeletons").SMPLX_55 if name != "pelvis"]
    assert errors_mm(bpy.context.object, take, ["pelvis", *names]) < 1.0
    assert turn_error_deg(bpy.context.object, take, ["pelvis", *names]) < 0.1
    bones = bpy.context.object.data.bones
    for finger in ("left_index", "right_thumb", "left_pinky"):
        last, tip = bones[f"{finger}2"].length, bones[f"{finger}3"].length
        assert abs(tip - 0.8 * last) < 1e-4, f"{finger} ends {tip:.3f} m on"


def turn_error_deg(armature: Any, take: Any, names: list[str]) -> float:
    """How far bones turn away from rest otherwise than the joints do, whatever axes they have."""
    source = core("retargeting.source").source_motion(take.people[0])
    worst = 0.0
    for frame in range(len(take.time_s)):
        bpy.context.scene.frame_set(1 + frame)
        posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for name in names:
            bone = posed.pose.bones[name]
            now, rest = (
                np.array((posed.matrix_world @ m).to_quaternion().to_matrix())
                for m in (bone.matrix, bone.bone.matrix_local)
            )
            half = np.linalg.norm(now @ rest.T - source.turn_of(name)[frame]) / np.sqrt(8)
            worst = max(worst, float(2 * np.degrees(np.arcsin(min(half, 1.0)))))
    return worst


def read_back(path: Path) -> None:
    """Into the emptied scene, by Blender's own importer, the first frame at frame 1."""
    bpy.data.batch_remove(
        [*bpy.data.objects, *bpy.data.actions, *bpy.data.armatures, *bpy.data.meshes]
    )
    if path.suffix == ".fbx":
        bpy.ops.import_scene.fbx(filepath=str(path), use_anim=True)
    elif path.suffix == ".glb":
        bpy.ops.import_scene.gltf(filepath=str(path))
    elif path.suffix == ".usdc":
        bpy.ops.wm.usd_import(filepath=str(path), set_frame_range=False)
    else:
        bpy.ops.wm.alembic_import(
            filepath=str(path), set_frame_range=False, as_background_job=False
        )
    for action in bpy.data.actions:
        first = action.frame_range[0]
        if abs(first - 1) > 0.5:
            for curve in import_module("blender_keys").all_curves(action):
                for key in curve.keyframe_points:
                    key.co.x += 1 - first


def vertices(count: int) -> np.ndarray:
    """World positions (t, n, 3) of the body in every frame."""
    (body,) = [o for o in bpy.data.objects if o.type == "MESH" and o.modifiers]
    if body.data.shape_keys is not None:
        # Blender's USD importer limits keys to 0 and above; the file holds negative values too.
        for key in body.data.shape_keys.key_blocks:
            key.slider_min = -1.0
    out = []
    for frame in range(1, 1 + count):
        bpy.context.scene.frame_set(frame)
        now = body.evaluated_get(bpy.context.evaluated_depsgraph_get())
        mesh = now.to_mesh()
        xyz = np.empty(3 * len(mesh.vertices), np.float32)
        mesh.vertices.foreach_get("co", xyz)
        world = np.array(now.matrix_world)
        out.append(xyz.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3])
        now.to_mesh_clear()
    return np.stack(out)


def built(scene: Any, take: Any) -> list[Any]:
    report = import_module(f"{MODULE}.scene.build").build_take(bpy.context, take, take_path="x")
    return [bpy.data.objects[name] for name in report.armatures]


# Blender 5.2's own FBX exporter sets the shape of arrays, which numpy 2.5 deprecates.
@pytest.mark.filterwarnings("default:Setting the shape:DeprecationWarning")
@pytest.mark.parametrize("suffix", [".fbx", ".glb", ".usdc"])
def test_blenders_formats_come_back_joint_by_joint_and_as_a_body(
    scene: Any, tmp_path: Path, suffix: str
) -> None:
    take = make_take(6, fps=24.0)
    armatures = built(scene, take)
    (body,) = [o for o in bpy.data.objects if o.type == "MESH" and o.data.shape_keys]
    correctives = [key for key in body.data.shape_keys.key_blocks if key.name.startswith("pose ")]
    assert len(correctives) == 40
    for key in correctives:
        key.mute = suffix == ".glb"  # which has none
    want = vertices(6)
    out = tmp_path / f"walk{suffix}"
    import_module(f"{MODULE}.scene.files.exporters").export_scene(bpy.context, armatures, out)
    read_back(out)
    (armature,) = [o for o in bpy.data.objects if o.type == "ARMATURE"]
    names = list(core("data.skeletons").SMPLX_55)
    assert errors_mm(armature, take, names) < 1.0
    assert turn_error_deg(armature, take, names) < 0.1
    got = vertices(6)
    if suffix == ".glb":  # which has a vertex for every corner's normal
        apart = [
            np.abs(got[:, None, i] - want).max(-1).min(-1) for i in range(0, got.shape[1], 997)
        ]
        assert 1e3 * max(a.max() for a in apart) < 1.0
    else:
        assert 1e3 * np.abs(got - want).max() < 1.0


def test_alembic_comes_back_as_the_same_body(scene: Any, tmp_path: Path) -> None:
    take = make_take(6, fps=24.0)
    armatures = built(scene, take)
    want, out = vertices(6), tmp_path / "walk.abc"
    import_module(f"{MODULE}.scene.files.exporters").export_scene(bpy.context, armatures, out)
    read_back(out)
    assert 1e3 * np.abs(vertices(6) - want).max() < 1.0
