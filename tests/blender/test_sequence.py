# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""The scripted sequence of ``tools/gui_proof``, as far as it goes without a window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from target_rigs import makehuman_rig

bpy = pytest.importorskip("bpy")
pytest.importorskip("cv2")
from limn.tools.gui_proof import sequence as proof  # noqa: E402 - needs bpy
from solved_takes import solved_take  # noqa: E402 - needs cv2

pytestmark = pytest.mark.bpy


def do(name: str, **options: Any) -> Iterator[float]:
    """Run an operator to its end; what pushes no undo step by itself here is given one."""
    assert getattr(bpy.ops.limn, name)(**options) == {"FINISHED"}
    if name != "choose_people":
        bpy.ops.ed.undo_push(message=name)
    yield from ()


@pytest.fixture
def folder(scene: Any, tmp_path: Path) -> Path:
    """A take of two people beside its clip, loaded; both are there at the playhead."""
    path = tmp_path / "project"
    path.mkdir()
    solved_take(path)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=False)
    assert bpy.ops.limn.load_take(filepath=str(path / "walk.take.npz")) == {"FINISHED"}
    return path


def test_nothing_is_lost_and_nothing_is_stale(folder: Path) -> None:
    rigs = (makehuman_rig(bpy, "mixamo"), makehuman_rig(bpy, "game_engine"))
    for _ in proof.sequence(folder, do, rigs):
        pass


def test_the_sequence_can_fail(folder: Path) -> None:
    def forgetful(name: str, **options: Any) -> Iterator[float]:
        yield from do(name, **options)
        proof.figures()[-1].parent = None

    proof.work_by_hand()
    bpy.ops.ed.undo_push(message="By hand")
    with pytest.raises(proof.FaultError, match="splitting"):
        for _ in proof.splitting(forgetful):
            pass
    proof.figures()[0]["limn_take_id"] = "another"
    with pytest.raises(proof.FaultError, match="doesn't find its take"):
        proof.state()
