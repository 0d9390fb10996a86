# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_keys import all_curves
from blender_takes import MODULE, core, make_take, walking_person

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy


def built() -> tuple[Any, Any]:
    person = walking_person(np.arange(4), 1, "Person 1")
    build = import_module(f"{MODULE}.scene.build")
    report = build.build_take(bpy.context, make_take(4, people=(person,)), take_path="w.take.npz")
    return bpy.data.objects[report.armatures[0]], person


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("suffix", [".fbx", ".glb", ".usdc", ".abc"])
def test_blenders_formats_hold_armature_or_mesh(scene: Any, tmp_path: Path, suffix: str) -> None:
    armature, _ = built()
    files = import_module(f"{MODULE}.scene.files.exporters")
    before = [o.name for o in bpy.context.selected_objects]
    path = files.export_scene(bpy.context, [armature], tmp_path / f"walk{suffix}")
    assert path.stat().st_size > 100_000
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert [o.name for o in bpy.context.selected_objects] == before


@pytest.mark.filterwarnings("default")
def test_glb_comes_back_with_the_body_in_place(scene: Any, tmp_path: Path) -> None:
    armature, person = built()
    files = import_module(f"{MODULE}.scene.files.exporters")
    path = files.export_scene(bpy.context, [armature], tmp_path / "walk.glb")
    bpy.data.batch_remove(list(bpy.data.objects))
    bpy.ops.import_scene.gltf(filepath=str(path))
    mesh = next(o for o in bpy.data.objects if o.type == "MESH" and len(o.data.vertices) > 5000)
    bpy.context.scene.frame_set(3)
    shown = mesh.evaluated_get(bpy.context.evaluated_depsgraph_get())
    corners = np.array([shown.matrix_world @ v.co for v in shown.data.vertices])
    fitted = core("bodies.free_body").fit_body(
        core("bodies.body_file").load_free_body(), person.rest_xyz_body
    )
    want = core("bodies.free_body").person_vertices(fitted, person, 2)
    error_mm = 1e3 * np.abs([corners.min(0) - want.min(0), corners.max(0) - want.max(0)]).max()
    # Without the pose's correctives.
    assert error_mm < 10, f"{error_mm:.1f} mm"


def glb_json(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])


@pytest.mark.filterwarnings("default")
def test_a_glb_has_everybody_under_their_names_and_no_correctives(
    scene: Any, tmp_path: Path
) -> None:
    people = (
        walking_person(np.arange(0, 5), 1, "Anna"),
        walking_person(np.arange(3, 8), 2, "Bo"),
    )
    build = import_module(f"{MODULE}.scene.build")
    report = build.build_take(bpy.context, make_take(8, people=people), take_path="w.take.npz")
    figures = [bpy.data.objects[name] for name in report.armatures]
    anna, bo = (next(c for c in one.children if c.type == "MESH") for one in figures)
    before = {
        body.name: (
            body.data.name,
            [key.name for key in body.data.shape_keys.key_blocks],
            len(body.data.shape_keys.animation_data.drivers),
        )
        for body in (anna, bo)
    }
    keys = anna.data.shape_keys.key_blocks
    keys["Weight"].value = 1.5
    keys["jawOpen"].value = 1.0
    keys["jawOpen"].keyframe_insert("value", frame=1)
    scene.frame_set(1)
    assert figures[1].hide_viewport, "Bo isn't there yet"
    hidden = {o.name: (o.hide_viewport, o.hide_render) for o in bpy.data.objects}
    wide = keys["Weight"].data
    files = import_module(f"{MODULE}.scene.files.exporters")
    path = files.export_scene(bpy.context, figures, tmp_path / "two.glb")
    told = glb_json(path)
    names = {one["name"] for one in told["animations"]}
    assert names == {"Anna", "Bo"}, "one animation a person, the face with the bones"
    # Blender numbers a mesh's name while another has it, as those of earlier tests may.
    targets = {
        m["name"].partition(".")[0]: m.get("extras", {}).get("targetNames", [])
        for m in told["meshes"]
    }
    assert targets == {"Anna body": ["jawOpen"], "Bo body": []}, "only what somebody keyed"
    for body in (anna, bo):
        name, blocks, drivers = before[body.name]
        assert body.data.name == name
        assert [key.name for key in body.data.shape_keys.key_blocks] == blocks
        assert len(body.data.shape_keys.animation_data.drivers) == drivers
    assert {o.name: (o.hide_viewport, o.hide_render) for o in bpy.data.objects} == hidden
    assert not any(c.mute for c in all_curves(figures[1].animation_data.action))
    # The slider is in the mesh that was written.
    basis, weight = (np.array([p.co for p in data]) for data in (keys["Basis"].data, wide))
    mesh = next(m for m in told["meshes"] if m["name"].partition(".")[0] == "Anna body")
    reach = [told["accessors"][p["attributes"]["POSITION"]]["max"][0] for p in mesh["primitives"]]
    assert max(reach) == pytest.approx((basis + 1.5 * (weight - basis))[:, 0].max(), abs=1e-4)


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("suffix", [".fbx", ".usdc", ".abc"])
def test_who_is_not_there_at_the_playhead_is_exported_too(
    scene: Any, tmp_path: Path, suffix: str
) -> None:
    people = (
        walking_person(np.arange(0, 5), 1, "Anna"),
        walking_person(np.arange(3, 8), 2, "Bo"),
    )
    build = import_module(f"{MODULE}.scene.build")
    report = build.build_take(bpy.context, make_take(8, people=people), take_path="w.take.npz")
    figures = [bpy.data.objects[name] for name in report.armatures]
    scene.frame_set(1)
    files = import_module(f"{MODULE}.scene.files.exporters")
    path = files.export_scene(bpy.context, figures, tmp_path / f"two{suffix}")
    bpy.data.batch_remove(list(bpy.data.objects))
    if suffix == ".fbx":
        bpy.ops.import_scene.fbx(filepath=str(path))
    elif suffix == ".usdc":
        bpy.ops.wm.usd_import(filepath=str(path))
    else:
        bpy.ops.wm.alembic_import(filepath=str(path), as_background_job=False)
    meshes = [o for o in bpy.data.objects if o.type == "MESH"]
    assert len(meshes) == 2


@pytest.mark.parametrize("name", ["walk.xyz", "gone/walk.glb"])
def test_refusals_write_nothing(scene: Any, tmp_path: Path, name: str) -> None:
    armature, _ = built()
    files = import_module(f"{MODULE}.scene.files.exporters")
    with pytest.raises(core("data.errors").OutputError):
        files.export_scene(bpy.context, [armature], tmp_path / name)
    assert not list(tmp_path.rglob("*"))


def test_a_file_of_gaps_is_refused_in_a_sentence(scene: Any) -> None:
    module = import_module(f"{MODULE}.scene.files.file_export")
    module.check_span(Path("walk.glb"), 14, 5000)
    module.check_span(Path("walk.glb"), 9000, 180_000)
    with pytest.raises(core("data.errors").OutputError, match="--first-frame") as caught:
        module.check_span(Path("walk.glb"), 14, 90_000)
    assert "walk.glb would hold 90000 frames for 14" in str(caught.value)
