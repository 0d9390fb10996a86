# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""``limn retarget`` from end to end: a take, a .blend with a skinned character, what can fail."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import core, make_take
from target_rigs import makehuman_rig, skin

sys.path.insert(0, str(Path(__file__).parents[1] / "core"))  # the walker
bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy

FRAMES = 20
HAND, FOOT = "mixamorig:LeftHand", "mixamorig:RightFoot"


def limn(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "limn.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def walking(count: int = FRAMES) -> Any:
    person = import_module("walking_source").walking(count)
    fields = {name: getattr(person, name) for name in person.__dataclass_fields__}
    return core("data.types").Person(**fields)


@pytest.fixture
def folder(scene: Any, tmp_path: Path) -> Path:
    """A folder with a take and a file with a skinned character."""
    take = make_take(FRAMES, fps=30.0, people=(walking(),))
    core("data.take_file").save_take(take, tmp_path / "walk.take.npz")
    rig = makehuman_rig(bpy, "mixamo", seed=8)
    skin(bpy, rig)
    write(tmp_path / "hero.blend")
    return tmp_path


def write(path: Path) -> None:
    blocks = {*bpy.data.objects, *bpy.data.meshes, *bpy.data.armatures, bpy.context.scene}
    bpy.data.libraries.write(str(path), blocks)


def opened(path: Path) -> dict[str, Any]:
    """The objects of a file, brought into the emptied scene."""
    bpy.data.batch_remove([*bpy.data.objects, *bpy.data.actions, *bpy.data.armatures])
    with bpy.data.libraries.load(str(path)) as (there, here):
        here.objects = list(there.objects)
    for one in here.objects:
        bpy.context.scene.collection.objects.link(one)
    return {one.name.split(".")[0]: one for one in here.objects}


def test_the_command_moves_a_skinned_character(folder: Path) -> None:
    out, preset = folder / "out.blend", folder / "map.json"
    before = (folder / "hero.blend").read_bytes()
    result = limn(
        "retarget", folder / "walk.take.npz", "--rig", folder / "hero.blend",
        "--armature", "mixamo", "--save-map", preset, "--clip-rate",
        "-o", out,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "mixamo (mixamo, " in result.stdout
    assert (folder / "hero.blend").read_bytes() == before
    assert json.loads(preset.read_text())["convention"] == "mixamo"
    moved = opened(out)
    rig, body = moved["mixamo"], moved["Skin"]
    bpy.context.scene.render.fps = 30
    xyz = core("geometry.kinematics").person_joints_world(walking())
    joint = core("data.skeletons").joint
    for frame in (1, 10, FRAMES):
        bpy.context.scene.frame_set(frame)
        now = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
        arm = now.pose.bones[HAND].head - now.pose.bones["mixamorig:LeftForeArm"].head
        want = xyz[frame - 1, joint("left_wrist")] - xyz[frame - 1, joint("left_elbow")]
        cosine = float(np.dot(arm, want) / np.linalg.norm(arm) / np.linalg.norm(want))
        assert np.degrees(np.arccos(min(cosine, 1.0))) < 1.0
        skinned = body.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for bone in (HAND, FOOT):
            # The skin's vertices lie at the heads of the bones that move them.
            at = body.vertex_groups[bone].index
            vertex = skinned.matrix_world @ skinned.data.vertices[at].co
            assert 1e3 * (vertex - now.matrix_world @ now.pose.bones[bone].head).length < 1.0
    again = limn(
        "retarget", folder / "walk.take.npz", "--rig", folder / "hero.blend",
        "--map", preset, "--in-place", "--no-planting", "--tolerance", "0.5", "--json",
        "-o", folder / "again.blend",
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["blend"] == str(folder / "again.blend")


def in_another_blender(script: str) -> str:
    """What a script prints: scenes that come and go would bring down Blender 5.2's own process."""
    lines = (
        "import os, sys, bpy",
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})",
        "from target_rigs import makehuman_rig",
        script,
        "sys.stdout.flush()",
        "os._exit(0)",
    )
    command = [sys.executable, "-c", "\n".join(lines)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def saved(path: Path, *steps: str) -> Path:
    """A file with the rig, after ``steps``."""
    start = "bpy.ops.wm.read_homefile(use_empty=True)\nrig = makehuman_rig(bpy, 'mixamo')"
    save = f"bpy.ops.wm.save_as_mainfile(filepath={str(path)!r})"
    in_another_blender("\n".join((start, *steps, save)))
    return path


@pytest.mark.parametrize("option", [(), ("--clip-rate",)])
def test_the_files_time_stays_unless_the_clips_is_wanted(
    folder: Path, option: tuple[str, ...]
) -> None:
    rig = saved(
        folder / "timed.blend",
        "scene = bpy.context.scene",
        "scene.frame_start, scene.frame_end, scene.render.fps = 101, 196, 24",
    )
    out = folder / "out.blend"
    result = limn("retarget", folder / "walk.take.npz", "--rig", rig, *option, "-o", out)
    assert result.returncode == 0, result.stderr
    told = in_another_blender(
        f"bpy.ops.wm.open_mainfile(filepath={str(out)!r})\n"
        "s = bpy.context.scene\nprint('time', s.render.fps, s.frame_start, s.frame_end)"
    )
    time = (30, 101, 100 + FRAMES) if option else (24, 101, 196)
    assert f"time {time[0]} {time[1]} {time[2]}\n" in told
    assert f"at {time[0]} a second" in result.stdout


def test_a_rig_in_another_scene_is_found(folder: Path) -> None:
    rig = saved(
        folder / "two.blend",
        "other = bpy.data.scenes.new('Shot2')",
        "bpy.context.scene.collection.objects.unlink(rig)",
        "other.collection.objects.link(rig)",
    )
    arguments = ("retarget", folder / "walk.take.npz", "--rig", rig)
    result = limn(*arguments, "--armature", "mixamo", "-o", folder / "out.blend")
    assert result.returncode == 0, result.stderr
    assert "in scene Shot2" in limn(*arguments, "--armature", "X", "-o", folder / "x.blend").stderr


def without_a_leg(folder: Path) -> tuple[str | Path, ...]:
    bpy.data.batch_remove(list(bpy.data.objects))
    rig = makehuman_rig(bpy, "mixamo")
    bpy.ops.object.mode_set(mode="EDIT")
    bones = rig.data.edit_bones
    for name in ("LeftUpLeg", "LeftLeg", "LeftFoot", "LeftToeBase"):
        bones.remove(bones[f"mixamorig:{name}"])
    bpy.ops.object.mode_set(mode="OBJECT")
    write(folder / "legless.blend")
    return "--rig", folder / "legless.blend"


def map_to_a_bone_that_is_gone(folder: Path) -> tuple[str | Path, ...]:
    document = {"format": "limn-bone-map", "version": 1, "bones": {"pelvis": "mixamorig:Hip"}}
    (folder / "old.json").write_text(json.dumps(document))
    return "--rig", folder / "hero.blend", "--map", folder / "old.json"


def somebody_without_a_pose(folder: Path) -> tuple[str | Path, ...]:
    empty = replace_rows(walking(), 0)
    take = make_take(FRAMES, fps=30.0, people=(empty,))
    core("data.take_file").save_take(take, folder / "walk.take.npz")
    return "--rig", folder / "hero.blend"


def nobody(folder: Path) -> tuple[str | Path, ...]:
    core("data.take_file").save_take(make_take(FRAMES, people=()), folder / "walk.take.npz")
    return "--rig", folder / "hero.blend"


def replace_rows(person: Any, count: int) -> Any:
    rows = import_module(core("editing.trimming").__name__)
    return rows.at_rows(person, np.arange(count), np.arange(count))


def no_such_armature(folder: Path) -> tuple[str | Path, ...]:
    return "--rig", folder / "hero.blend", "--armature", "Villain"


def no_blend_file(folder: Path) -> tuple[str | Path, ...]:
    (folder / "text.blend").write_text("no blend file")
    return "--rig", folder / "text.blend"


def unknown_controls(folder: Path) -> tuple[str | Path, ...]:
    return "--rig", folder / "hero.blend", "--controls", "ik"


@pytest.mark.parametrize(
    ("make", "code", "sentence"),
    [
        (without_a_leg, 8, "has no bone for left hip, left knee, left ankle"),
        (map_to_a_bone_that_is_gone, 8, "no bone mixamorig:Hip, which the map names"),
        (somebody_without_a_pose, 8, "has no pose in any frame"),
        (nobody, 8, "holds nobody"),
        (no_such_armature, 8, "no armature Villain; its armatures: mixamo"),
        (no_blend_file, 8, "is it a .blend file"),
        (unknown_controls, 8, "no IK controls"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_cant_be_done_is_one_sentence_and_leaves_nothing(
    folder: Path, make: Any, code: int, sentence: str
) -> None:
    options = make(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    result = limn("retarget", folder / "walk.take.npz", *options, "-o", folder / "out.blend")
    assert (result.returncode, result.stderr.count("\n")) == (code, 1), result.stderr
    assert sentence in result.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that takes no file from anyone")
def test_a_read_only_folder_is_one_sentence(folder: Path) -> None:
    for name in ("/proc/sys/out.blend", "/proc/sys/out.json"):
        arguments = ("--save-map", name, "-o", folder / "out.blend")
        if name.endswith("blend"):
            arguments = ("-o", name)
        result = limn(
            "retarget", folder / "walk.take.npz", "--rig", folder / "hero.blend", *arguments
        )
        assert (result.returncode, result.stderr.count("\n")) == (7, 1), result.stderr
        assert "Can't write" in result.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["hero.blend", "walk.take.npz"]


def test_a_file_that_the_rig_links_is_never_written_over(folder: Path) -> None:
    linked = folder / "library.blend"
    (folder / "hero.blend").rename(linked)
    script = (
        "import bpy, sys\n"
        "bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)\n"
        "with bpy.data.libraries.load(sys.argv[1], link=True) as (there, here):\n"
        "    here.objects = list(there.objects)\n"
        "for one in here.objects:\n"
        "    bpy.context.scene.collection.objects.link(one)\n"
        "bpy.ops.wm.save_as_mainfile(filepath=sys.argv[2])\n"
    )
    rig = folder / "hero.blend"
    subprocess.run([sys.executable, "-c", script, str(linked), str(rig)], check=True, timeout=120)
    before = linked.read_bytes()
    ended = limn("retarget", folder / "walk.take.npz", "--rig", rig, "-o", linked)
    assert ended.returncode == 7, ended.stderr
    assert "is linked by the rig's file" in ended.stderr
    assert linked.read_bytes() == before
