# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, core, make_take, walking_person

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy


def body_module() -> Any:
    return import_module(f"{MODULE}.scene.figures.body")


def armature_with_body(person: Any) -> tuple[Any, Any]:
    """The first armature of a built take with its body."""
    build = import_module(f"{MODULE}.scene.build")
    report = build.build_take(bpy.context, make_take(people=(person,)), take_path="walk.take.npz")
    armature = bpy.data.objects[report.armatures[0]]
    body = body_module().body_of(armature)
    if body is None:
        body = body_module().add_body(bpy.context, armature, person, (0.9, 0.4, 0.1))
    return armature, body


def deformed(body: Any) -> np.ndarray:
    graph = bpy.context.evaluated_depsgraph_get()
    shown = body.evaluated_get(graph)
    mesh = shown.to_mesh()
    xyz = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", xyz)
    shown.to_mesh_clear()
    return (
        xyz.reshape(-1, 3) @ np.array(shown.matrix_world.to_3x3()).T
        + shown.matrix_world.translation
    )


@pytest.mark.parametrize("still_fingers", [True, False])
def test_mesh_is_where_our_own_forward_puts_it(scene: Any, still_fingers: bool) -> None:
    person = walking_person(np.arange(20), 1, "Person 1", still_fingers)
    _, body = armature_with_body(person)
    fitted = core("bodies.free_body").fit_body(
        core("bodies.body_file").load_free_body(), person.rest_xyz_body
    )
    for pose in (0, 7, 19):
        bpy.context.scene.frame_set(pose + 1)
        want = core("bodies.free_body").person_vertices(fitted, person, pose)
        error_mm = 1e3 * np.abs(deformed(body) - want).max()
        assert error_mm < 0.1, f"{error_mm:.4f} mm at pose {pose}"


def test_mesh_follows_an_edit_of_the_armature(scene: Any) -> None:
    person = walking_person(np.arange(3), 2, "Person 1")
    armature, body = armature_with_body(person)
    bpy.context.scene.frame_set(1)
    before = deformed(body)
    armature.animation_data.action = None
    armature.pose.bones["left_elbow"].rotation_quaternion = (0.7, 0.7, 0.1, 0.0)
    bpy.context.view_layer.update()
    moved = np.linalg.norm(deformed(body) - before, axis=1) > 1e-3
    weights = (
        core("bodies.free_body")
        .fit_body(core("bodies.body_file").load_free_body(), person.rest_xyz_body)
        .skin.weights
    )
    hand = weights[:, 20] > 0.5
    leg = weights[:, 4] > 0.5
    assert moved[hand].all()
    assert not moved[leg].any()


def test_sliders_reshape_without_moving_the_skeleton(scene: Any) -> None:
    person = walking_person(np.arange(3), 1, "Person 1")
    armature, body = armature_with_body(person)
    bpy.context.scene.frame_set(1)
    heads = [bone.head.copy() for bone in armature.pose.bones]
    before = deformed(body)
    body.data.shape_keys.key_blocks["Weight"].value = 1.0
    bpy.context.view_layer.update()
    assert np.abs(deformed(body) - before).max() > 0.01
    assert [bone.head.copy() for bone in armature.pose.bones] == heads


def test_body_hides_where_the_person_is_not(scene: Any) -> None:
    person = walking_person(np.arange(5, 10), 1, "Person 1")
    _, body = armature_with_body(person)
    for frame, hidden in ((2, True), (7, False), (15, True)):
        bpy.context.scene.frame_set(frame)
        graph = bpy.context.evaluated_depsgraph_get()
        assert body.evaluated_get(graph).hide_render is hidden, frame


def test_keys_have_names_a_person_understands(scene: Any) -> None:
    _, body = armature_with_body(walking_person(np.arange(3), 1, "Person 1"))
    names = set(body.data.shape_keys.key_blocks.keys())
    assert {"Height", "Weight", "Muscle", "Proportions", "Sex", "Age", "jawOpen"} <= names
    assert len(body.data.materials) == 8
    assert all(polygon.use_smooth for polygon in body.data.polygons)
    assert max(len(vertex.groups) for vertex in body.data.vertices) <= 4
    assert body.data.uv_layers.active is not None


def test_the_panels_sliders_are_those_of_the_shape_and_can_be_reset(scene: Any) -> None:
    build = import_module(f"{MODULE}.scene.build")
    report = build.build_take(bpy.context, make_take(4), take_path="w.take.npz")
    panel = import_module(f"{MODULE}.operators.body.panel")
    armature = bpy.data.objects[report.armatures[0]]
    bpy.context.view_layer.objects.active = armature
    body = panel.shaped_body(bpy.context)
    wanted = [name.capitalize() for name in core("bodies.body_file").load_free_body().sliders]
    assert [key.name for key in panel.sliders_of(body)] == wanted
    assert panel.BodySection.poll(bpy.context)
    assert not bpy.ops.limn.reset_body.poll()
    body.data.shape_keys.key_blocks["Weight"].value = 1.2
    body.data.shape_keys.key_blocks["jawOpen"].value = 0.5
    assert bpy.ops.limn.reset_body() == {"FINISHED"}
    assert not any(key.value for key in panel.sliders_of(body))
    assert body.data.shape_keys.key_blocks["jawOpen"].value == 0.5, "the face isn't the shape"


def test_people_have_the_previews_colours_and_a_skin_that_is_not_grey(scene: Any) -> None:
    colours = core("bodies.person_colours")
    people = tuple(walking_person(np.arange(4), n, f"P{n}") for n in range(3))
    build = import_module(f"{MODULE}.scene.build")
    report = build.build_take(bpy.context, make_take(4, people=people), take_path="w.take.npz")
    palette = import_module(f"{MODULE}.media.drawing.figures").PALETTE
    for number, name in enumerate(report.armatures):
        rgb = np.array(bpy.data.objects[name].color[:3])
        shown = np.where(rgb <= 0.0031308, 12.92 * rgb, 1.055 * rgb ** (1 / 2.4) - 0.055)
        np.testing.assert_allclose(255 * shown[::-1], palette[number], atol=0.01)
    skin = bpy.data.materials["Limn skin"].diffuse_color[:3]
    np.testing.assert_allclose(skin, colours.linear(colours.SKIN_SRGB), atol=1e-6)
    assert max(skin) > 1.5 * min(skin)
