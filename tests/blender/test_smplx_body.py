# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, core, make_take, walking_person

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy

sys.path.insert(0, str(Path(__file__).parents[1] / "core"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A licence-free file in the SMPL-X layout, read by the extension's own loader."""
    files = import_module("smplx_file")
    path = files.write_smplx(tmp_path_factory.mktemp("smplx"), files.smplx_arrays(10, 10))
    return path


def test_user_model_is_where_our_own_forward_puts_it(scene: Any, model: Path) -> None:
    smplx = core("bodies.smplx_model").load_smplx(model)
    person = walking_person(np.arange(6), 1, "Person 1", still_fingers=False)
    build = import_module(f"{MODULE}.scene.build")
    report = build.build_take(
        bpy.context, make_take(6, people=(person,)), take_path="walk.take.npz", smplx=smplx
    )
    armature = bpy.data.objects[report.armatures[0]]
    body = import_module(f"{MODULE}.scene.figures.body").body_of(armature)
    keys = set(body.data.shape_keys.key_blocks.keys())
    assert {"Beta 01", "Expression 10", "pose left_elbow 00"} <= keys
    betas = core("bodies.smplx_pose").betas_from_motion(smplx, person)
    fitted = core("bodies.smplx_fit").fit_smplx(smplx, person.rest_xyz_body, betas)
    for pose in (0, 5):
        bpy.context.scene.frame_set(pose + 1)
        shown = body.evaluated_get(bpy.context.evaluated_depsgraph_get())
        mesh = shown.to_mesh()
        xyz = np.empty(3 * len(mesh.vertices), np.float32)
        mesh.vertices.foreach_get("co", xyz)
        shown.to_mesh_clear()
        want = core("bodies.free_body").person_vertices(fitted, person, pose)
        error_mm = 1e3 * np.abs(xyz.reshape(-1, 3) - want).max()
        assert error_mm < 0.1, f"{error_mm:.4f} mm"


def test_limn_build_takes_the_users_model(model: Path, tmp_path: Path) -> None:
    take = tmp_path / "walk.take.npz"
    core("data.take_file").save_take(make_take(6), take)
    out = tmp_path / "walk.blend"
    command = [sys.executable, "-m", "limn.cli", "build", str(take), "-o", str(out)]
    done = subprocess.run(
        [*command, "--smplx", str(model)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    with bpy.data.libraries.load(str(out)) as (source, _):
        meshes = list(source.meshes)
        counts = source.objects
    assert meshes
    assert any("Person 1" in name for name in counts)


@pytest.mark.parametrize("text", ["", "not a model"])
def test_a_foreign_model_is_one_sentence_and_no_file(tmp_path: Path, text: str) -> None:
    take = tmp_path / "walk.take.npz"
    core("data.take_file").save_take(make_take(6), take)
    (tmp_path / "SMPLX_NEUTRAL.npz").write_text(text, "utf-8")
    out = tmp_path / "walk.blend"
    command = [sys.executable, "-m", "limn.cli", "build", str(take), "-o", str(out)]
    model = ["--smplx", str(tmp_path)]
    done = subprocess.run([*command, *model], capture_output=True, text=True, check=False)
    assert done.returncode == 4, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "SMPLX_NEUTRAL.npz" in done.stderr
    assert not out.exists()


def test_the_preferences_model_is_everybodys_body(scene: Any, model: Path, tmp_path: Path) -> None:
    take = tmp_path / "walk.take.npz"
    core("data.take_file").save_take(make_take(6), take)
    chosen = bpy.context.preferences.addons[MODULE].preferences
    chosen.smplx_path = str(model.parent)
    try:
        assert bpy.ops.limn.load_take(filepath=str(take)) == {"FINISHED"}
        body = next(o for o in scene.objects if o.type == "MESH" and o.parent)
        count = len(core("bodies.smplx_model").load_smplx(model).xyz)
        assert len(body.data.vertices) == count
        before = sorted(o.name for o in scene.objects)
        chosen.smplx_path = str(tmp_path / "nothing.npz")
        with pytest.raises(RuntimeError, match=r"nothing\.npz does not exist"):
            bpy.ops.limn.load_take(filepath=str(take))
        assert sorted(o.name for o in scene.objects) == before
    finally:
        chosen.smplx_path = ""
