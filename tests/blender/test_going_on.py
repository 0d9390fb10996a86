# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""A run that was cancelled or crashed amid a clip goes on where it was, from the panel."""

from __future__ import annotations

import os
import time
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from blender_takes import MODULE, core
from onnx_files import need_runtime

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "walk.mp4"
FRAMES = 24


def module(name: str) -> Any:
    return import_module(f"{MODULE}.operators.{name}")


@pytest.fixture
def clip(scene: Any, tmp_path: Path) -> Path:
    """A clip of which nothing is kept yet, chosen in the panel."""
    file = tmp_path / "walk.mp4"
    file.write_bytes(EXAMPLE.read_bytes())
    scene.limn.source, scene.limn.clip_path, scene.limn.quality = "FILE", str(file), "fast"
    scene.limn.use_range, scene.limn.first_frame, scene.limn.last_frame = True, 1, FRAMES
    return file


def leave_part(clip: Path) -> Path:
    folder = module("estimate.unfinished").parts_folder(clip)
    folder.mkdir(parents=True)
    part_file = core("pipeline.keeping.part_file")
    part = part_file.name_of(folder, 0, 9, "one")
    part_file.save_part(part, part_file.Part("somebody", "", {}))
    return part


def button(scene: Any) -> str:
    """What the main button says."""
    bpy.ops.limn.dismiss_notes()
    said: list[str] = []

    def operator(name: str, text: str = "", **_: Any) -> Any:
        if name == "limn.estimate_pose":
            said.append(text)
        return MagicMock()

    row = MagicMock()
    row.operator.side_effect = operator
    layout = MagicMock()
    layout.row.return_value = row
    context = SimpleNamespace(
        scene=scene, window_manager=bpy.context.window_manager, area=SimpleNamespace(type="OTHER")
    )
    module("estimate.panel").VIEW3D_PT_limn.draw(SimpleNamespace(layout=layout), context)
    (text,) = said
    return text


def test_the_button_says_that_a_run_goes_on(scene: Any, clip: Path) -> None:
    assert button(scene) == ""
    part = leave_part(clip)
    assert button(scene) == "Continue"
    scene.limn.clip_path = str(clip.with_name("other.mp4"))
    assert button(scene) == ""
    scene.limn.clip_path = ""
    assert button(scene) == ""
    core("pipeline.keeping.part_file").remove_parts(part.parent)


def test_every_run_keeps_what_it_sees_where_the_next_looks(scene: Any, clip: Path) -> None:
    unfinished = module("estimate.unfinished")
    asked = module("estimate.ops").LIMN_OT_estimate_pose.prepare(SimpleNamespace(), bpy.context)
    folder = Path(asked.options["parts"])
    assert folder == unfinished.parts_folder(clip)
    assert folder.parent.is_dir(), "the worker makes one folder only"
    assert clip.parent not in folder.parents, "nothing is left beside the clip"
    assert unfinished.parts_folder(clip.parent / "x" / "walk.mp4") != folder


def test_what_nobody_goes_on_with_is_removed_after_a_month(scene: Any, clip: Path) -> None:
    unfinished = module("estimate.unfinished")
    kept, old = leave_part(clip), leave_part(clip.with_name("old.mp4"))
    month_ago = time.time() - 31 * 24 * 3600
    os.utime(old, (month_ago, month_ago))
    unfinished.going_on(core("pipeline.request").Request("estimate"), clip)
    assert kept.is_file()
    assert not old.exists()
    core("pipeline.keeping.part_file").remove_parts(kept.parent)


def test_a_crash_amid_a_clip_says_how_to_go_on(
    scene: Any, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = leave_part(clip)
    stops = module("run.worker").Failed("The worker stopped without a result (exit code -9).", -9)
    worker = SimpleNamespace(wait=lambda _report: stops)
    monkeypatch.setattr(module("run.modal"), "Worker", lambda _request: worker)
    with pytest.raises(RuntimeError, match="exit code -9"):
        bpy.ops.limn.estimate_pose()
    (line,) = bpy.context.window_manager.limn_run.outcome
    assert line.text.endswith("Continue goes on from there.")
    core("pipeline.keeping.part_file").remove_parts(part.parent)


@pytest.mark.networks
def test_a_cancelled_run_goes_on(scene: Any, clip: Path) -> None:
    need_runtime()
    scene.limn.hands = "off"
    unfinished, parts_in = (
        module("estimate.unfinished"),
        core("pipeline.keeping.part_file").parts_in,
    )
    folder = unfinished.parts_folder(clip)
    request = unfinished.going_on(module("estimate.request").make_request(bpy.context), clip)
    worker = module("run.worker").Worker(request)
    ends = time.monotonic() + 60
    seen = 0
    while seen < FRAMES // 2 and time.monotonic() < ends:
        steps = worker.poll()
        seen = max([seen, *(step.done for step in steps if step.total == FRAMES)])
        time.sleep(0.01)
    worker.cancel()
    while not parts_in(folder) and time.monotonic() < ends:
        time.sleep(0.05)
    assert parts_in(folder)
    assert unfinished.is_begun(scene.limn)
    assert not list(clip.parent.glob("*.npz"))
    assert bpy.ops.limn.estimate_pose() == {"FINISHED"}
    assert [o for o in scene.objects if o.type == "ARMATURE"]
    assert not folder.exists()
    assert not unfinished.is_begun(scene.limn)
