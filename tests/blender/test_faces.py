# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Faces in Blender: keys on the free body's shapes, and on characters that have ARKit's names."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, core, make_take, walking_person
from target_rigs import makehuman_rig

sys.path.insert(0, str(Path(__file__).parents[1] / "core"))  # a made-up SMPL-X file
bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy
COUNT = 20


def talker() -> Any:
    """Somebody who walks, opens the mouth and blinks once with the left eye."""
    shapes = core("data.faces.shapes")
    person = walking_person(np.arange(COUNT), 1, "Person 1")
    weights = np.zeros((COUNT, 52), np.float32)
    weights[:, shapes.shape("jawOpen")] = (1 - np.cos(np.arange(COUNT) / 3)) / 2
    weights[8:11, shapes.shape("eyeBlinkLeft")] = [0.5, 1.0, 0.4]
    quats = person.quat_parent_joint.copy()
    quats[:, 22] = [1, 0, 0, 0]
    angle = 0.31 * weights[:, shapes.shape("jawOpen")] / 2
    quats[:, 22, 0], quats[:, 22, 1] = np.cos(angle), np.sin(angle)
    return replace(person, face_weights=weights, quat_parent_joint=quats)


def body_of(person: Any) -> Any:
    build = import_module(f"{MODULE}.scene.build")
    report = build.build_take(bpy.context, make_take(people=(person,)), take_path="a.take.npz")
    return import_module(f"{MODULE}.scene.figures.body").body_of(
        bpy.data.objects[report.armatures[0]]
    )


def curves(owner: Any) -> dict[str, Any]:
    found = import_module(f"{MODULE}.scene.curves").curves_of(owner)
    return {path: curve for (path, _), curve in found.items()}


def deformed(body: Any) -> np.ndarray:
    shown = body.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = shown.to_mesh()
    xyz = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", xyz)
    shown.to_mesh_clear()
    return xyz.reshape(-1, 3)


def path_of(name: str) -> str:
    return f'key_blocks["{name}"].value'


def test_the_free_bodys_shapes_are_keyed_where_they_move(scene: Any) -> None:
    person = talker()
    body = body_of(person)
    keyed = curves(body.data.shape_keys)
    assert set(keyed) == {path_of("jawOpen"), path_of("eyeBlinkLeft")}
    # Few keys where nothing moves.
    assert len(keyed[path_of("eyeBlinkLeft")].keyframe_points) < 8
    block = body.data.shape_keys.key_blocks["jawOpen"]
    weights = person.face_weights[:, core("data.faces.shapes").shape("jawOpen")]
    for pose in (0, 4, 9, 19):
        scene.frame_set(pose + 1)
        assert block.value == pytest.approx(weights[pose], abs=5e-3)


def test_the_mesh_opens_its_mouth_once(scene: Any) -> None:
    person = talker()
    body = body_of(person)
    bodies = core("bodies.free_body")
    fitted = bodies.fit_body(core("bodies.body_file").load_free_body(), person.rest_xyz_body)
    for pose in (0, 9, 13):
        scene.frame_set(pose + 1)
        want = bodies.person_vertices(fitted, person, pose)
        assert 1e3 * np.abs(deformed(body) - want).max() < 0.6
    # The jaw's bone turns, and the mesh isn't opened by it as well.
    shut = replace(person, face_weights=0 * person.face_weights)
    moved = bodies.person_vertices(fitted, person, 9) - bodies.person_vertices(fitted, shut, 9)
    unit = fitted.body.face_units["jawOpen"]
    most = fitted.scale * np.linalg.norm(unit.xyz, axis=1).max()
    assert np.linalg.norm(moved, axis=1).max() == pytest.approx(most, rel=0.05)


def test_without_a_face_nothing_is_keyed(scene: Any) -> None:
    body = body_of(walking_person(np.arange(COUNT), 1, "Person 1"))
    keys = body.data.shape_keys
    assert keys.animation_data is None or keys.animation_data.action is None


def _character(names: list[str]) -> tuple[Any, Any]:
    """A rig with a mesh whose shapes go by ``names``."""
    rig = makehuman_rig(bpy, "default")
    mesh = bpy.data.meshes.new("Face")
    mesh.from_pydata([(0, 0, 0), (0, 0, 1), (0, 1, 0)], [], [(0, 1, 2)])
    owner = bpy.data.objects.new("Face", mesh)
    bpy.context.scene.collection.objects.link(owner)
    owner.modifiers.new("Armature", "ARMATURE").object = rig
    for name in ("Basis", *names):
        owner.shape_key_add(name=name, from_mix=False)
    return rig, owner


@pytest.mark.parametrize(
    ("names", "jaw", "blink"),
    [
        (["jawOpen", "EyeBlink_L", "EyeBlink_R", "fat"], "jawOpen", "EyeBlink_L"),
        (["aa", "blinkLeft", "blinkRight", "happy"], "aa", "blinkLeft"),
    ],
)
def test_a_characters_own_shapes_are_keyed_on_retarget(
    scene: Any, names: list[str], jaw: str, blink: str
) -> None:
    rig, owner = _character(names)
    person = talker()
    take = make_take(COUNT, fps=30.0, people=(person,))
    scene.render.fps, scene.render.fps_base = 30, 1.0
    retarget = import_module(f"{MODULE}.scene.retarget")
    options = core("retargeting.posing").RetargetOptions()
    timeline = retarget.timeline_of(scene, take)
    retarget.retarget_person(rig, person, timeline, 30.0, retarget.recognise_rig(rig), options)
    keyed = curves(owner.data.shape_keys)
    assert set(keyed) == {path_of(jaw), path_of(blink)}
    block = owner.data.shape_keys.key_blocks[jaw]
    weights = person.face_weights[:, core("data.faces.shapes").shape("jawOpen")]
    scene.frame_set(scene.frame_start + 9)
    assert block.value == pytest.approx(weights[9], abs=5e-3)


@pytest.mark.parametrize("has_shape", [False, True])
def test_a_jaws_bone_turns_where_no_shape_opens_the_mouth(scene: Any, has_shape: bool) -> None:
    rig, _ = _character(["jawOpen"] if has_shape else ["fat"])
    person = talker()
    scene.render.fps, scene.render.fps_base = 30, 1.0
    retarget = import_module(f"{MODULE}.scene.retarget")
    options = core("retargeting.posing").RetargetOptions()
    timeline = retarget.timeline_of(scene, make_take(COUNT, fps=30.0, people=(person,)))
    bone_map = retarget.recognise_rig(rig)
    assert bone_map.chains["jaw"] == ("jaw",)
    retarget.retarget_person(rig, person, timeline, 30.0, bone_map, options)
    turned = {path for path in curves(rig) if path.startswith('pose.bones["jaw"]')}
    assert bool(turned) != has_shape
    weights = person.face_weights[:, core("data.faces.shapes").shape("jawOpen")]
    rest = rig.data.bones["head"].matrix_local.inverted() @ rig.data.bones["jaw"].matrix_local
    for pose in (0, 9, 15):
        scene.frame_set(scene.frame_start + pose)
        now = rig.pose.bones["head"].matrix.inverted() @ rig.pose.bones["jaw"].matrix
        angle = (rest.inverted() @ now).to_quaternion().angle
        want = 0.0 if has_shape else 0.31 * weights[pose]
        assert angle == pytest.approx(want, abs=2e-3)


def test_a_resting_jaw_is_left_alone(scene: Any) -> None:
    rig, _ = _character(["fat"])
    person = walking_person(np.arange(COUNT), 1, "Person 1")
    quats = person.quat_parent_joint.copy()
    quats[:, 22] = [1, 0, 0, 0]
    person = replace(person, quat_parent_joint=quats)
    retarget = import_module(f"{MODULE}.scene.retarget")
    options = core("retargeting.posing").RetargetOptions()
    timeline = retarget.timeline_of(scene, make_take(COUNT, fps=30.0, people=(person,)))
    retarget.retarget_person(rig, person, timeline, 30.0, retarget.recognise_rig(rig), options)
    assert not any('"jaw"' in path for path in curves(rig))


def test_what_somebody_keyed_on_a_face_is_read_back(scene: Any) -> None:
    person = talker()
    take = make_take(people=(person,))
    body = body_of(person)
    playing = import_module(f"{MODULE}.scene.figures.playing.person")
    shapes = core("data.faces.shapes")
    figure = body.parent
    same, is_changed = playing.playing_take(scene, take, [figure])
    assert not is_changed
    assert same is take
    block = body.data.shape_keys.key_blocks["browInnerUp"]
    for frame, value in ((1, 0.0), (10, 0.8), (20, 0.0)):
        block.value = value
        block.keyframe_insert("value", frame=frame)
    keyed = curves(body.data.shape_keys)[path_of("eyeBlinkLeft")]
    for point in keyed.keyframe_points:
        point.co.y = 0.0
    edited, is_changed = playing.playing_take(scene, take, [figure])
    assert is_changed
    weights = edited.people[0].face_weights
    assert weights[9, shapes.shape("browInnerUp")] == pytest.approx(0.8, abs=1e-3)
    assert np.abs(weights[:, shapes.shape("eyeBlinkLeft")]).max() == 0
    jaw = shapes.shape("jawOpen")
    assert weights[:, jaw] == pytest.approx(person.face_weights[:, jaw], abs=0.01)


@pytest.mark.parametrize("edits", [False, True])
def test_solve_again_keeps_the_face_that_somebody_edited(
    scene: Any, tmp_path: Path, edits: bool
) -> None:
    person = talker()
    body = body_of(person)
    keys = body.data.shape_keys
    name = keys.animation_data.action.name
    if edits:
        curves(keys)[path_of("jawOpen")].keyframe_points[3].co.y = 0.77
    rebuild = import_module(f"{MODULE}.scene.figures.rebuild")
    take = make_take(people=(person,))
    report = rebuild.rebuild_take(bpy.context, take, [body.parent], take_path="a.take.npz")
    kept = [one for one in bpy.data.actions if one.name == f"{name} edited"]
    assert len(kept) == int(edits)
    assert any(f"'{name} edited'" in note for note in report.notes) == edits
    now = curves(body.data.shape_keys)[path_of("jawOpen")]
    assert now.keyframe_points[3].co.y != pytest.approx(0.77)


@pytest.mark.parametrize("edits", [False, True])
def test_another_run_keeps_the_face_that_somebody_edited(scene: Any, edits: bool) -> None:
    keys = body_of(talker()).data.shape_keys
    action = keys.animation_data.action
    name = action.name
    if edits:
        curves(keys)[path_of("jawOpen")].keyframe_points[3].co.y = 0.77
    again = body_of(talker()).data.shape_keys.animation_data.action
    assert again.name == name
    faces = [one for one in bpy.data.actions if one != again and "face" in one.name]
    assert [(one.name, one.use_fake_user) for one in faces] == [(f"{name} edited", True)] * edits


def test_shapes_that_somebody_drives_are_left_to_that(scene: Any) -> None:
    rig, owner = _character(["jawOpen", "eyeBlinkLeft"])
    owner.data.shape_keys.key_blocks["jawOpen"].driver_add("value")
    faces = import_module(f"{MODULE}.scene.figures.faces")
    assert faces.retarget_face(rig, talker(), np.arange(COUNT) + 1.0) == [owner.name]
    assert set(curves(owner.data.shape_keys)) == {path_of("eyeBlinkLeft")}


def test_a_users_own_smplx_body_smiles_by_its_expressions(scene: Any, tmp_path: Path) -> None:
    files = import_module("smplx_file")
    arrays = files.smplx_arrays(10, 10, with_pose=False)
    arrays["lmk_faces_idx"] = np.arange(0, 51 * 20, 20)
    model = core("bodies.smplx_model").load_smplx(files.write_smplx(tmp_path, arrays))
    shapes = core("data.faces.shapes")
    person = talker()
    weights = person.face_weights.copy()
    weights[:, shapes.shape("mouthSmileLeft")] = np.linspace(0, 1, COUNT)
    person = replace(person, face_weights=weights)
    build = import_module(f"{MODULE}.scene.build")
    report = build.build_take(
        bpy.context, make_take(people=(person,)), take_path="a.take.npz", smplx=model
    )
    figure = bpy.data.objects[report.armatures[0]]
    body = import_module(f"{MODULE}.scene.figures.body").body_of(figure)
    told = core("bodies.smplx_face").expressions_of(model, weights)
    most = int(np.abs(told[-1]).argmax())
    scene.frame_set(COUNT)
    block = body.data.shape_keys.key_blocks[f"Expression {most + 1:02}"]
    assert abs(block.value) > 0.01
    assert block.value == pytest.approx(told[-1, most], abs=5e-3)


def test_a_glb_has_the_shapes_that_move_as_morph_targets_with_weights(
    scene: Any, tmp_path: Path
) -> None:
    body = body_of(talker())
    files = import_module(f"{MODULE}.scene.files.exporters")
    path = files.export_scene(bpy.context, [body.parent], tmp_path / "talk.glb")
    content = path.read_bytes()
    told = json.loads(content[20 : 20 + int.from_bytes(content[12:16], "little")])
    (mesh,) = [one for one in told["meshes"] if "targetNames" in one.get("extras", {})]
    assert set(mesh["extras"]["targetNames"]) == {"jawOpen", "eyeBlinkLeft"}
    paths = {c["target"]["path"] for one in told["animations"] for c in one["channels"]}
    assert {"rotation", "weights"} <= paths
