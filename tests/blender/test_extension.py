# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, core, make_take, walking_person

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy

RUNTIMES = ("onnxruntime", "cv2", "rich", "trimesh")


def test_enabling_loads_no_runtime_library(extension: ModuleType, tmp_path: Path) -> None:
    script = tmp_path / "enable.py"
    script.write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import conftest\n"
        "fixture = conftest.extension.__wrapped__ if hasattr(conftest.extension, '__wrapped__')"
        " else conftest.extension.__pytest_wrapped__.obj\n"
        "steps = fixture(); next(steps)\n"
        f"loaded = [m for m in {RUNTIMES!r} if m in sys.modules]\n"
        "next(steps, None)\n"
        "sys.stderr.write('LOADED ' + ','.join(loaded) + '\\n')\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip().endswith("LOADED"), done.stderr


def test_register_unregister_register(extension: ModuleType) -> None:
    assert hasattr(bpy.types, "VIEW3D_PT_limn")
    extension.unregister()
    assert not hasattr(bpy.types, "VIEW3D_PT_limn")
    assert not hasattr(bpy.types.Scene, "limn")
    extension.register()
    assert hasattr(bpy.types, "VIEW3D_PT_limn")
    assert bpy.context.scene.limn.quality == "balanced"


def test_every_field_and_button_has_a_tooltip(extension: ModuleType) -> None:
    groups = [bpy.types.LIMN_PG_settings.bl_rna] if hasattr(bpy.types, "LIMN_PG_settings") else []
    groups.append(bpy.context.scene.limn.bl_rna)
    for group in groups:
        for prop in group.properties:
            if prop.identifier not in ("rna_type", "name", "has_defaults"):
                assert len(prop.description) > 10, prop.identifier
    for name in ("estimate_pose", "cancel", "load_take", "self_test"):
        assert len(getattr(bpy.ops.limn, name).get_rna_type().description) > 10, name


def test_the_button_says_why_it_is_grey(scene: Any) -> None:
    scene.limn.source = "FILE"
    scene.limn.clip_path = ""
    with pytest.raises(RuntimeError, match="Choose a video or a photo first"):
        bpy.ops.limn.estimate_pose()
    scene.limn.source = "MOVIE_CLIP"
    with pytest.raises(RuntimeError, match="Choose a movie clip first"):
        bpy.ops.limn.estimate_pose()


def scene_state() -> tuple[object, ...]:
    scene = bpy.context.scene
    return (
        sorted(o.name for o in scene.objects),
        scene.frame_start,
        scene.frame_end,
        scene.render.fps,
        scene.render.resolution_x,
        len(bpy.data.actions),
        len(bpy.data.collections),
    )


@pytest.mark.parametrize("kind", ["missing", "text", "empty", "folder"])
def test_a_bad_clip_is_one_sentence_and_the_scene_stays(
    scene: Any, tmp_path: Path, kind: str
) -> None:
    clip = tmp_path / "clip.mp4"
    if kind == "text":
        clip.write_text("this is no video")
    elif kind == "empty":
        clip.write_bytes(b"")
    elif kind == "folder":
        clip.mkdir()
    scene.limn.source = "FILE"
    scene.limn.clip_path = str(clip)
    before = scene_state()
    with pytest.raises(RuntimeError) as caught:
        bpy.ops.limn.estimate_pose()
    assert "clip.mp4" in str(caught.value)
    assert "Traceback" not in str(caught.value)
    assert scene_state() == before
    assert [p.name for p in tmp_path.iterdir()] == ([] if kind == "missing" else ["clip.mp4"])


def test_loading_a_take_builds_it_and_lists_people(scene: Any, tmp_path: Path) -> None:
    people = (
        walking_person(np.arange(20), 1, "Person 1"),
        walking_person(np.arange(4, 9), 2, "Person 2"),
    )
    path = tmp_path / "walk.take.npz"
    core("data.take_file").save_take(make_take(people=people), path)
    assert bpy.ops.limn.load_take(filepath=str(path)) == {"FINISHED"}
    lines = [line.text for line in bpy.context.window_manager.limn_run.outcome]
    assert lines[0].startswith("Person 1: all 20 frames (1-20)")
    assert any(line.startswith("Person 2: 5 of 20 frames (5-9)") for line in lines)
    assert bpy.data.objects["Person 2"]["limn_take"] == str(path)


def test_a_broken_take_is_one_sentence(scene: Any, tmp_path: Path) -> None:
    path = tmp_path / "walk.take.npz"
    path.write_bytes(b"PK\x03\x04 not really")
    before = scene_state()
    with pytest.raises(RuntimeError, match="damaged or not a Limn take"):
        bpy.ops.limn.load_take(filepath=str(path))
    assert scene_state() == before


def as_the_worker_reads(request: Any) -> Any:
    """The arguments that the worker makes of what the panel asks."""
    read = import_module("limn.core.pipeline.request").read_request
    parser = import_module("limn.cli.main").make_parser()
    return import_module("limn.cli.requests").arguments_of(read(request.as_line()), parser)


def test_the_panel_becomes_a_request(scene: Any, tmp_path: Path) -> None:
    clip = tmp_path / "walk.mp4"
    clip.write_bytes(b"x")
    fields = scene.limn
    fields.source, fields.clip_path, fields.quality = "FILE", str(clip), "best"
    fields.use_height, fields.height_m = True, 1.8
    fields.use_range, fields.first_frame, fields.last_frame = True, 11, 20
    request = import_module(f"{MODULE}.operators.estimate.request").make_request(bpy.context)
    fields.use_height = fields.use_range = False
    asked = request.options
    assert request.command == "estimate"
    assert asked["clips"] == [str(clip)]
    assert asked["output"] == str(tmp_path / "walk.take.npz")
    assert (asked["quality"], asked["height_m"]) == ("best", 1.8)
    assert (asked["first_frame"], asked["last_frame"]) == (10, 19)
    assert not {"fov_deg", "estimator", "depth_model"} & set(asked)
    arguments = as_the_worker_reads(request)
    assert (arguments.height_m, arguments.fov_deg, arguments.step) == (1.8, None, 1)


def test_the_panel_names_the_networks_and_says_what_is_missing(scene: Any, tmp_path: Path) -> None:
    clip = tmp_path / "walk.mp4"
    clip.write_bytes(b"x")
    fields = scene.limn
    fields.source, fields.clip_path, fields.estimator = "FILE", str(clip), "centernet-depth"
    make_request = import_module(f"{MODULE}.operators.estimate.request").make_request
    try:
        with pytest.raises(Exception, match="'centernet-depth' needs a depth network"):
            make_request(bpy.context)
        fields.depth_model = str(tmp_path / "small.onnx")
        fields.depth_input = " size=384,sense=metric "
        asked = make_request(bpy.context).options
    finally:
        for name in ("estimator", "depth_model", "depth_input"):
            fields.property_unset(name)
    assert asked["estimator"] == "centernet-depth"
    assert asked["depth_model"] == str(tmp_path / "small.onnx")
    assert asked["depth_input"] == "size=384,sense=metric"


def test_a_take_goes_to_limns_folder_when_the_clips_is_read_only(scene: Any) -> None:
    take_path = import_module(f"{MODULE}.operators.settings.preferences").take_path
    chosen = take_path(bpy.context, Path("/proc/clip.mp4"))
    assert chosen.name == "clip.take.npz"
    assert chosen.parent.is_dir()
    assert "limn" in str(chosen.parent)


def test_the_self_test_names_what_it_checked(extension: ModuleType) -> None:
    assert bpy.ops.limn.self_test() == {"FINISHED"}
    assert len(bpy.context.window_manager.limn_run.checks) > 0


def test_scenes_start_with_the_defaults_of_the_preferences(scene: Any) -> None:
    module = import_module(f"{MODULE}.operators.settings.preferences")
    chosen = module.preferences(bpy.context)
    chosen.quality, chosen.max_people = "best", 2
    try:
        module.give_defaults()
        assert (scene.limn.quality, scene.limn.max_people) == ("best", 2)
        scene.limn.quality = "fast"
        module.give_defaults()
        assert scene.limn.quality == "fast", "a scene that was touched keeps its own"
    finally:
        chosen.property_unset("quality")
        chosen.property_unset("max_people")


def test_time_left_is_worded_for_people(extension: ModuleType) -> None:
    running = import_module(f"{MODULE}.operators.run.modal")
    assert [running.time_left(s) for s in (0.2, 12.4, 89, 150)] == [
        "1 s left",
        "12 s left",
        "89 s left",
        "2 min left",
    ]
