# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""What ``limn build`` tells Blender to do."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from blender_takes import MODULE, core, make_take

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy


def test_footage_that_moved_stands_behind_the_camera(
    scene: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blend_file = import_module(f"{MODULE}.scene.files.blend_file")
    child = import_module(f"{MODULE}.scene.child_blender")
    given: list[str] = []

    def run(command: list[str], _output: Any, _waiting: Any) -> list[str]:
        given.extend(command[command.index("scene.files.blend_file") + 1 :])
        Path(given[1]).touch()
        return []

    monkeypatch.setattr(child, "run_blender", run)
    take, moved = tmp_path / "w.take.npz", tmp_path / "moved.png"
    made = make_take()
    made = replace(made, clip=replace(made.clip, path="gone.png"), report={})
    core("data.take_file").save_take(made, take)
    moved.touch()
    parser = import_module(f"{MODULE}.cli.main").make_parser()
    words = ["build", take, "-o", tmp_path / "w.blend", "--clip", moved]
    arguments = parser.parse_args([str(word) for word in words])
    reporter = import_module(f"{MODULE}.cli.reporting").TextReporter(False)
    cancellation = import_module(f"{MODULE}.cli.cancelling").Cancellation()
    assert arguments.execute(arguments, reporter, cancellation) == 0
    seen: list[Any] = []

    def write(take: Any, *_: Any, **__: Any) -> Any:
        seen.append(take)
        return import_module(f"{MODULE}.scene.build").BuildReport("", (), "", (), (), ())

    monkeypatch.setattr(blend_file, "write_blend", write)
    assert blend_file.main(given) == 0
    assert seen[0].clip.path == str(moved)
