# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Takes onto real rigs, measured on what Blender evaluates."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_keys import all_curves
from blender_takes import MODULE, core, make_take
from target_rigs import generated_rig, makehuman_rig, metarig

sys.path.insert(0, str(Path(__file__).parents[1] / "core"))  # the walker
bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy

LIMBS = (
    ("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"),
)  # fmt: skip
DEFORM = {
    "shoulder": "DEF-upper_arm", "elbow": "DEF-forearm", "wrist": "DEF-hand", "hip": "DEF-thigh",
    "knee": "DEF-shin", "ankle": "DEF-foot",
}  # fmt: skip


@pytest.fixture
def rigify(scene: Any) -> Iterator[None]:
    """Blender's own Rigify; left enabled, Blender 4.5's module hangs when Python exits."""
    import addon_utils

    addon_utils.enable("rigify", default_set=True)
    yield
    addon_utils.disable("rigify", default_set=True)


def walking(count: int) -> Any:
    """The walker of the core's tests, as the extension's own type."""
    person = import_module("walking_source").walking(count)
    fields = {name: getattr(person, name) for name in person.__dataclass_fields__}
    return core("data.types").Person(**fields)


def module() -> Any:
    return import_module(f"{MODULE}.scene.retarget")


def run(rig: Any, person: Any, bone_map: Any = None, tolerance: float = 0.0, **options: Any) -> Any:
    take = make_take(len(person.frames), fps=30.0, people=(person,))
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 30, 1.0
    retarget = module()
    chosen = bone_map or retarget.recognise_rig(rig)
    wanted = core("retargeting.posing").RetargetOptions(**options)
    timeline = retarget.timeline_of(scene, take)
    retarget.retarget_person(rig, person, timeline, 30.0, chosen, wanted, tolerance)
    return chosen


def heads(rig: Any, names: dict[str, str], count: int) -> dict[str, np.ndarray]:
    out = {role: np.empty((count, 3)) for role in names}
    for frame in range(count):
        bpy.context.scene.frame_set(bpy.context.scene.frame_start + frame)
        posed = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for role, name in names.items():
            out[role][frame] = posed.matrix_world @ posed.pose.bones[name].head
    return out


def limb_bones(chains: Any) -> dict[str, str]:
    parts = {part for pair in LIMBS for part in pair}
    return {f"{s}_{p}": chains[f"{s}_{p}"][0] for s in ("left", "right") for p in parts}


def check(
    rig: Any,
    person: Any,
    names: dict[str, str],
    limit_deg: float = 1.0,
    slide_limit_mm: float = 3.0,
) -> None:
    count = len(person.frames)
    got = heads(rig, names, count)
    xyz = core("geometry.kinematics").person_joints_world(person).astype(np.float64)
    joint = core("data.skeletons").joint
    for side in ("left", "right"):
        for a, b in LIMBS:
            limb = got[f"{side}_{b}"] - got[f"{side}_{a}"]
            want = xyz[:, joint(f"{side}_{b}")] - xyz[:, joint(f"{side}_{a}")]
            cross = np.linalg.norm(np.cross(limb, want), axis=-1)
            degrees = np.degrees(np.arctan2(cross, (limb * want).sum(-1))).max()
            assert degrees < limit_deg, f"{side} {a}: {degrees:.2f} degrees"
        on = person.contact[:, 0 if side == "left" else 2] > 0.5
        edges = np.flatnonzero(np.diff(np.r_[0, on, 0]))
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            stand = got[f"{side}_ankle"][start:stop]
            slide = 1e3 * np.linalg.norm(stand - stand.mean(0), axis=-1).max()
            assert slide < slide_limit_mm, f"{side} ankle slides {slide:.2f} mm"


@pytest.mark.parametrize("name", ["default", "mixamo", "game_engine", "cmu_mb"])
def test_makehumans_rigs_with_any_roll_move_as_the_person(scene: Any, name: str) -> None:
    rig, person = makehuman_rig(bpy, name, seed=5), walking(40)
    chosen = run(rig, person)
    check(rig, person, limb_bones(chosen.chains))


def test_rigifys_metarig_moves_as_the_person(rigify: None) -> None:
    rig, person = metarig(bpy), walking(40)
    chosen = run(rig, person)
    assert chosen.convention == "rigify_metarig"
    # Rigify's hips are narrower for its legs: standing on both feet bends legs by 1.6 degrees.
    check(rig, person, limb_bones(chosen.chains), limit_deg=1.7)
    run(rig, person, plant_feet=False)
    check(rig, person, limb_bones(chosen.chains), limit_deg=0.1, slide_limit_mm=40)


def test_rigifys_generated_rig_moves_by_its_fk_controls(rigify: None) -> None:
    rig, person = generated_rig(bpy), walking(40)
    chosen = run(rig, person)
    assert chosen.convention == "rigify"
    assert rig.pose.bones["thigh_parent.L"]["IK_FK"] == 1.0
    assert rig.pose.bones["torso"]["neck_follow"] == 1.0
    suffix = {"left": ".L", "right": ".R"}
    names = {f"{s}_{p}": DEFORM[p] + suffix[s] for s in suffix for p in DEFORM}
    check(rig, person, names, limit_deg=1.7)


def test_scale_rotation_and_parents_of_the_object_dont_matter(scene: Any) -> None:
    person = walking(40)
    holder = bpy.data.objects.new("Holder", None)
    scene.collection.objects.link(holder)
    rig = makehuman_rig(bpy, "mixamo", seed=1)
    # As an FBX importer leaves it: centimetres lying on their back under a turned, scaled object.
    rig.data.transform(__import__("mathutils").Matrix.Diagonal((100, 100, 100, 1)))
    rig.parent = holder
    rig.rotation_euler = (0.3, 0.2, 1.0)
    rig.scale = (0.01, 0.01, 0.01)
    bpy.context.view_layer.update()
    rig.matrix_parent_inverse.identity()
    upright = rig.matrix_basis.to_3x3().normalized().inverted().to_4x4()
    holder.matrix_world = upright
    bpy.context.view_layer.update()
    chosen = run(rig, person)
    check(rig, person, limb_bones(chosen.chains))


@pytest.mark.parametrize("mode", ["XYZ", "ZYX", "YXZ", "AXIS_ANGLE", "QUATERNION"])
def test_bones_keep_their_rotation_modes(scene: Any, mode: str) -> None:
    rig, person = makehuman_rig(bpy, "mixamo", seed=2), walking(40)
    for bone in rig.pose.bones:
        bone.rotation_mode = mode
    chosen = run(rig, person)
    assert {bone.rotation_mode for bone in rig.pose.bones} == {mode}
    check(rig, person, limb_bones(chosen.chains))


def test_one_action_no_constraints_and_the_old_action_is_kept(scene: Any) -> None:
    rig, person = makehuman_rig(bpy, "cmu_mb"), walking(10)
    earlier = bpy.data.actions.new("Idle")
    rig.animation_data_create().action = earlier
    before = set(bpy.data.actions)
    chosen = run(rig, person)
    assert len(set(bpy.data.actions) - before) == 1
    assert earlier.use_fake_user
    assert not any(bone.constraints for bone in rig.pose.bones)
    keyed = {c.data_path.split('"')[1] for c in all_curves(rig.animation_data.action)}
    assert keyed == set(chosen.bones)


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ", "AXIS_ANGLE"])
def test_thinned_keys_stay_within_their_tolerance(scene: Any, mode: str) -> None:
    rig, person = makehuman_rig(bpy, "mixamo"), walking(60)
    for bone in rig.pose.bones:
        bone.rotation_mode = mode

    def basis() -> np.ndarray:
        out = np.empty((60, len(rig.pose.bones), 4, 4))
        for row in range(60):
            bpy.context.scene.frame_set(1 + row)
            now = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
            out[row] = [np.array(bone.matrix_basis) for bone in now.pose.bones]
        return out

    run(rig, person)
    full, count = (
        basis(),
        sum(len(c.keyframe_points) for c in all_curves(rig.animation_data.action)),
    )
    run(rig, person, tolerance=0.5)
    some, fewer = (
        basis(),
        sum(len(c.keyframe_points) for c in all_curves(rig.animation_data.action)),
    )
    assert fewer < 0.75 * count
    half = np.linalg.norm((full - some)[..., :3, :3], axis=(-2, -1)) / np.sqrt(8)
    degrees = 2 * np.degrees(np.arcsin(half.clip(0, 1))).max()
    assert degrees < 0.505, f"{degrees:.3f} degrees"
    assert 1e3 * np.linalg.norm((full - some)[..., :3, 3], axis=-1).max() < 0.505


def test_a_thousand_frames_are_moved(scene: Any) -> None:
    rig, person = makehuman_rig(bpy, "default"), walking(1000)
    chosen = module().recognise_rig(rig)
    run(rig, person, chosen)
    assert len(chosen.bones) == 67


def test_what_cant_be_moved_is_one_sentence_and_changes_nothing(scene: Any) -> None:
    error = core("data.errors").RigError
    person = walking(5)
    rig = makehuman_rig(bpy, "mixamo")
    chosen = module().recognise_rig(rig)
    bpy.ops.object.mode_set(mode="EDIT")
    rig.data.edit_bones.remove(rig.data.edit_bones["mixamorig:LeftLeg"])
    bpy.ops.object.mode_set(mode="OBJECT")
    before = len(bpy.data.actions)
    with pytest.raises(error, match="no bone mixamorig:LeftLeg"):
        run(rig, person, chosen)
    with pytest.raises(error, match="no bone for left knee"):
        run(rig, person)
    empty = bpy.data.objects.new("Empty", None)
    with pytest.raises(error, match="no armature"):
        module().recognise_rig(empty)
    assert len(bpy.data.actions) == before
    assert rig.animation_data is None
