# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Compare Estimators: the button's arguments, and what it shows of a worker's result."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE

bpy = pytest.importorskip("bpy")
cv2 = pytest.importorskip("cv2")
pytestmark = pytest.mark.bpy

ROW = {
    "name": "movenet", "people": 1, "found_share": 0.5, "slide_mm": 0.34, "jitter_10m_s3": None,
    "reprojection_share": 0.021, "fps": 7.0,
}  # fmt: skip


@pytest.fixture
def clip(scene: Any, tmp_path: Path) -> Path:
    path = tmp_path / "walk.mp4"
    path.write_bytes(b"x")
    scene.limn.source, scene.limn.clip_path = "FILE", str(path)
    return path


def test_the_panel_says_what_is_compared(scene: Any, clip: Path) -> None:
    fields = scene.limn
    fields.estimator = "centernet-depth"  # all run, whatever is chosen for a take
    fields.quality, fields.depth_model = "fast", "midas-small"
    fields.use_range, fields.first_frame, fields.last_frame = True, 3, 8
    try:
        given = import_module(f"{MODULE}.operators.estimate.request").make_comparison(bpy.context)
    finally:
        for name in ("estimator", "quality", "depth_model", "use_range"):
            fields.property_unset(name)
    asked = given.options
    assert (given.command, asked["clip"]) == ("compare", str(clip))
    assert asked["output"] == str(clip.with_name("walk.compare.png"))
    assert (asked["quality"], asked["depth_model"]) == ("fast", "midas-small")
    assert (asked["first_frame"], asked["last_frame"]) == (2, 7)
    assert "estimator" not in asked
    parser = import_module("limn.cli.main").make_parser()
    read = import_module("limn.core.pipeline.request").read_request(given.as_line())
    arguments = import_module("limn.cli.requests").arguments_of(read, parser)
    assert (arguments.output, arguments.progress) == (Path(asked["output"]), "json")


def test_the_outcome_lists_figures_and_the_picture(
    scene: Any, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = clip.with_name("walk.compare.png")
    running = import_module(f"{MODULE}.operators.run.modal")
    worker = import_module(f"{MODULE}.operators.run.worker")
    failed = {"name": "rtmpose-m", "error": "The network is missing."}
    result: dict[str, Any] = {"variants": [ROW, failed], "notes": ["Nothing else was there."]}

    class Answers:
        def __init__(self, _command: Any) -> None:
            if "picture" in result:
                cv2.imwrite(str(picture), np.zeros((20, 30, 3), np.uint8))

        def wait(self, _report: Any) -> Any:
            return worker.Done(result)

    monkeypatch.setattr(running, "Worker", Answers)
    with pytest.raises(RuntimeError, match="No estimator could be run"):
        bpy.ops.limn.compare()
    result["picture"] = str(picture)
    assert bpy.ops.limn.compare() == {"FINISHED"}
    assert tuple(bpy.data.images["walk.compare.png"].size) == (30, 20)
    assert [line.text for line in bpy.context.window_manager.limn_run.outcome] == [
        "movenet: found in 50% of the frames, feet slide 0.3 mm a frame, "
        "2.1 % beside the picture, 7.0 frames a second",
        "rtmpose-m: The network is missing.",
        "Nothing else was there.",
        f"Picture: {picture}",
    ]
    scene.limn.clip_path = str(clip.with_name("gone.mp4"))
    with pytest.raises(RuntimeError, match="does not exist"):
        bpy.ops.limn.compare()
    scene.limn.clip_path = ""
    assert not bpy.ops.limn.compare.poll()


def test_a_take_is_compared_with_limns_own(
    scene: Any, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare = import_module(f"{MODULE}.operators.report.compare")
    asked: list[Any] = []
    take = clip.with_name("other.take.npz")

    class Answers:
        def __init__(self, request: Any) -> None:
            asked.append(request)
            cv2.imwrite(str(clip.with_name("walk.compare.png")), np.zeros((20, 30, 3), np.uint8))

        def wait(self, _report: Any) -> Any:
            done = {"variants": [ROW], "picture": str(clip.with_name("walk.compare.png"))}
            return import_module(f"{MODULE}.operators.run.worker").Done(done)

    monkeypatch.setattr(import_module(f"{MODULE}.operators.run.modal"), "Worker", Answers)
    assert not bpy.ops.limn.compare_take.poll(), "there are no figures"
    monkeypatch.setattr(compare, "figures_of", lambda _context: [object()])
    monkeypatch.setattr(compare.WorksOnFigures, "take_at_hand", lambda *_: ([], take))
    assert bpy.ops.limn.compare_take() == {"FINISHED"}
    (request,) = asked
    assert request.options["made"] == [str(take)]
    parser = import_module("limn.cli.main").make_parser()
    read = import_module("limn.core.pipeline.request").read_request(request.as_line())
    arguments = import_module("limn.cli.requests").arguments_of(read, parser)
    assert arguments.made == [take]
