# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Add Depth: from the button through the real worker and a depth network into the scene."""

from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, core
from onnx_files import constant_network, need_runtime

bpy = pytest.importorskip("bpy")
pytest.importorskip("cv2")
need_runtime()
from bpy_extras.object_utils import world_to_camera_view  # noqa: E402 - needs bpy
from solved_takes import solved_take  # noqa: E402 - needs cv2

pytestmark = pytest.mark.bpy


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return solved_take(tmp_path_factory.mktemp("walk"), people=1)[0]


@pytest.fixture
def take(scene: Any, walk: Path, tmp_path: Path) -> Path:
    """The take of one person, loaded, with its footage where it was."""
    path = Path(shutil.copy(walk, tmp_path))
    assert bpy.ops.limn.load_take(filepath=str(path)) == {"FINISHED"}
    return path


@pytest.fixture
def network(take: Path, tmp_path: Path) -> Path:
    """A depth network that answers with the inverse depth of the take's own floor."""
    camera = core("data.take_file").load_take(take).camera
    width, height = camera.size_px
    px = (np.stack(np.meshgrid(np.arange(64), np.arange(64)), -1) + 0.5) / 64 * (width, height)
    ray = np.concatenate([px - 0.5, np.ones((64, 64, 1))], -1) @ np.linalg.inv(camera.K).T
    down = -(ray @ camera.T_world_camera[:3, :3].T)[..., 2]
    inverse = np.maximum(down / camera.T_world_camera[2, 3], 0.05)
    path = tmp_path / "floor.onnx"
    path.write_bytes(constant_network({"depth": 500 * inverse[None] + 40}, (1, 3, 64, 64)))
    return path


def test_the_button_hangs_the_map_on_the_camera(scene: Any, take: Path, network: Path) -> None:
    scene.limn.depth_model = str(network)
    assert bpy.ops.limn.add_depth() == {"FINISHED"}
    owner = bpy.data.objects["Limn Depth"]
    assert owner.parent == scene.camera
    assert (take.parent / "walk.depth.pc2").is_file()
    assert not (take.parent / "walk.depth.npz").exists(), "only what the scene needs stays"
    lines = [line.text for line in bpy.context.window_manager.limn_run.outcome]
    assert lines == ["Depth: Limn Depth, moved by walk.depth.pc2"]
    scene.frame_set(scene.frame_start + 10)
    shown = owner.evaluated_get(bpy.context.evaluated_depsgraph_get())
    corners = [shown.matrix_world @ shown.to_mesh().vertices[k].co for k in (0, -1)]
    shown.to_mesh_clear()
    seen = [world_to_camera_view(scene, scene.camera, corner) for corner in corners]
    assert np.allclose([view[:2] for view in seen], [(0, 1), (1, 0)], atol=1e-3)
    assert all(view[2] > 0.2 for view in seen)
    assert bpy.ops.limn.add_depth() == {"FINISHED"}
    assert sum("limn_depth" in one for one in bpy.data.objects) == 1


def test_the_preview_shows_the_map(scene: Any, take: Path, network: Path) -> None:
    scene.limn.depth_model, scene.limn.preview_depth = str(network), True
    scene.limn.depth_input = "colour=red"
    with pytest.raises(RuntimeError, match="has no 'colour'"):
        bpy.ops.limn.render_preview()
    scene.limn.depth_input = "sense=inverse"
    assert bpy.ops.limn.render_preview() == {"FINISHED"}
    assert (take.parent / "walk.preview.mp4").stat().st_size > 1000


def test_the_command_lets_another_blender_build_with_depth(
    extension: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = import_module(f"{MODULE}.operators.background.commands")
    asked: list[list[str]] = []

    def run(command: list[str], **_: Any) -> Any:
        asked.append(command)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(commands.subprocess, "run", run)
    given = ["build", "w.take.npz", "-o", "w.blend", "--depth", "--blender", "b"]
    assert commands.run_command(given) == 0
    assert asked[0][-len(given) :] == given
    monkeypatch.setattr(commands, "_build", lambda arguments: 42)
    assert commands.run_command(["build", "w.take.npz", "-o", "w.blend"]) == 42


def counted() -> list[int]:
    blocks = (bpy.data.objects, bpy.data.meshes, bpy.data.materials, bpy.data.actions)
    return [len(one) for one in blocks]


def test_what_is_missing_is_said_and_changes_nothing(scene: Any, take: Path, network: Path) -> None:
    def refused(sentence: str) -> None:
        before, files = counted(), sorted(take.parent.iterdir())
        with pytest.raises(RuntimeError, match=sentence):
            bpy.ops.limn.add_depth()
        assert counted() == before
        assert sorted(take.parent.iterdir()) == files

    refused("made without a depth network")
    scene.limn.depth_model = str(network.with_name("gone.onnx"))
    refused("gone.onnx is missing")
    bright = network.with_name("flat.onnx")
    bright.write_bytes(constant_network({"depth": np.ones((1, 64, 64))}, (1, 3, 64, 64)))
    scene.limn.depth_model = str(bright)
    # The clip of this test is plain grey, of which a network may well tell nothing.
    refused("doesn't fit the people")
    bpy.data.objects.remove(scene.camera)
    refused("camera that was made with Person 1 isn't there")
    for armature in [one for one in bpy.data.objects if one.type == "ARMATURE"]:
        bpy.data.objects.remove(armature)
    assert not bpy.ops.limn.add_depth.poll()
