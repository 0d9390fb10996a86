# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
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
    assert error_mm < 2, f"{error_mm:.1f} mm"


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
