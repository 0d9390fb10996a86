# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""What a character's armature does, as a take: by its bones' names, whatever controls them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, core

sys.path.insert(0, str(Path(__file__).parents[1] / "core"))  # the walker, the rest poses
bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy
matrix = import_module("test_retarget_matrix")

FPS = 30.0


@pytest.fixture
def rigify(scene: Any) -> Iterator[None]:
    import addon_utils

    addon_utils.enable("rigify", default_set=True)
    yield
    addon_utils.disable("rigify", default_set=True)


def _moving_rig(kind: str) -> tuple[Any, Any, dict[str, np.ndarray]]:
    """A rig that walks, the person, and where its bones are."""
    bpy.context.scene.render.fps = 30
    rig, person = matrix.make_rig(kind, "t" if kind == "generated" else "a", 1.0), matrix.walking()
    bone_map = matrix.module().recognise_rig(rig)
    matrix.retarget(rig, person, bone_map, plant=False)
    rig.location = (0.5, -0.2, 0.0)
    rig.rotation_euler[2] = 0.4
    xyz, _ = matrix.posed(rig, matrix.bones_of(kind, bone_map.chains))
    return rig, person, xyz


def _sample(rig: Any, path: Path) -> int:
    sampling = import_module(f"{MODULE}.scene.motion.sampling")
    return sampling.sample_armature(bpy.context.scene, rig, path)


def _as_is(path: Path) -> Any:
    asked = core("importing.as_take").ImportSettings(is_as_it_is=True)
    return core("importing.opening").import_motion(path, asked)


@pytest.mark.parametrize("kind", ["mixamo", "metarig", "generated", "cmu_mb"])
def test_an_armatures_action_comes_back_as_a_take(rigify: None, tmp_path: Path, kind: str) -> None:
    rig, _, xyz = _moving_rig(kind)
    assert _sample(rig, tmp_path / "a.npz") == matrix.FRAMES
    take = _as_is(tmp_path / "a.npz")
    assert take.clip.fps == pytest.approx(FPS)
    (told,) = take.people
    assert len(told.frames) == matrix.FRAMES
    got = core("geometry.kinematics").person_joints_world(told)
    joint = core("data.skeletons").joint
    for side in matrix.SIDES:
        for start, end in matrix.LIMBS:
            a, b = f"{side}_{start}", f"{side}_{end}"
            off = matrix.degrees(got[:, joint(b)] - got[:, joint(a)], xyz[b] - xyz[a])
            assert off < 2.0, (a, off)
    hips = (got[:, joint("left_hip")] + got[:, joint("right_hip")]) / 2
    theirs = (xyz["left_hip"] + xyz["right_hip"]) / 2
    np.testing.assert_allclose(hips - hips[0], theirs - theirs[0], atol=0.01)


def test_the_command_reads_a_blend_file(scene: Any, tmp_path: Path) -> None:
    rig, _, _ = _moving_rig("mixamo")
    rig.name = "Hero"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "hero.blend"), copy=True)
    out = tmp_path / "a.take.npz"
    words = ["import", tmp_path / "hero.blend", "--armature", rig.name, "--as-is", "-o", out]

    def run(*more: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "limn.cli", *map(str, more)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    done = run(*words)
    assert done.returncode == 0, done.stderr
    take = core("data.take_file").load_take(out)
    assert len(take.time_s) == matrix.FRAMES
    assert take.clip.path.endswith("hero.blend")
    words[3] = "Nobody"
    failed = run(*words)
    assert failed.returncode != 0
    assert "no armature Nobody" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_an_armature_without_a_body_is_one_sentence(scene: Any, tmp_path: Path) -> None:
    data = bpy.data.armatures.new("Tail")
    rig = bpy.data.objects.new("Tail", data)
    scene.collection.objects.link(rig)
    with pytest.raises(core("data.errors").RigError, match="no bones"):
        _sample(rig, tmp_path / "a.npz")
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    bone = data.edit_bones.new("tail")
    bone.tail = (0, 0, 1)
    bpy.ops.object.mode_set(mode="OBJECT")
    _sample(rig, tmp_path / "a.npz")
    with pytest.raises(core("data.errors").TakeError, match="no naming that Limn knows"):
        _as_is(tmp_path / "a.npz")


def test_the_operator_makes_a_take_of_the_active_armature(scene: Any, tmp_path: Path) -> None:
    rig, _, _ = _moving_rig("mixamo")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "hero.blend"), copy=False)
    rig = bpy.data.objects[rig.name]
    bpy.context.view_layer.objects.active = rig
    before = {o.name for o in bpy.context.scene.objects if o.type == "ARMATURE"}
    assert bpy.ops.limn.import_armature(is_as_it_is=True) == {"FINISHED"}
    after = {o.name for o in bpy.context.scene.objects if o.type == "ARMATURE"}
    assert len(after - before) == 1
    (take,) = tmp_path.glob("*.take.npz")
    assert len(core("data.take_file").load_take(take).time_s) == matrix.FRAMES
