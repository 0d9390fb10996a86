"""What an item is: a clip, or the clips of a scene, with every file that its options name."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_networks import Result
from limn.cli.clips.clip_process import ClipProcess
from limn.cli.clips.work_item import WorkItem
from limn.core.data.errors import LimnError

Limn = Callable[..., Result]
_WORKER = Path(__file__).with_name("fake_clip_worker.py")


@pytest.fixture
def footage(clip: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder; workers know the networks' answers."""
    command = [sys.executable, str(_WORKER), str(clip)]
    monkeypatch.setattr("limn.cli.clips.clip_process.worker_command", lambda: command)
    folder = clip.parent / "footage"
    folder.mkdir()
    return folder


def rows_of(text: str) -> dict[str, dict[str, Any]]:
    return {Path(row["clip"]).name: row for row in json.loads(text)["clips"]}


def test_the_bytes_of_every_file_that_is_named_count(clip: Path, tmp_path: Path) -> None:
    camera = tmp_path / "camera.csv"
    camera.write_text("one")
    item = WorkItem(clip, tmp_path / "a.npz", {"camera": str(camera), "height_m": 1.8})
    first = item.key()
    assert item.key() == first
    camera.write_text("two")
    assert item.key() != first
    colmap = tmp_path / "colmap"
    colmap.mkdir()
    (colmap / "images.txt").write_text("one")
    item = WorkItem(clip, tmp_path / "a.npz", {"camera": str(colmap)})
    first = item.key()
    (colmap / "images.txt").write_text("two")
    assert item.key() != first
    rig = tmp_path / "rig.toml"
    for option in ("calibration", "depth_model", "face_shapes"):
        rig.write_text("one")
        item = WorkItem(clip, tmp_path / "a.npz", {option: str(rig)})
        first = item.key()
        rig.write_text("two")
        assert item.key() != first
    for option, mode in (("camera", "moving"), ("depth_model", "midas-small")):
        assert WorkItem(clip, tmp_path / "a.npz", {option: mode}).key()


def test_folders_of_scenes_are_items_of_all_their_clips(
    limn: Limn, clip: Path, footage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[WorkItem] = []

    def run(self: ClipProcess, item: WorkItem, key: str) -> dict[str, Any]:
        given.append(item)
        raise LimnError("Nobody runs here.")

    monkeypatch.setattr(ClipProcess, "run", run)
    for scene in ("kick", "jump"):
        (footage / scene).mkdir()
        for name in ("front.mp4", "side.mp4"):
            shutil.copy(clip, footage / scene / name)
    (footage / "alone").mkdir()
    shutil.copy(clip, footage / "alone" / "a.mp4")
    takes = footage.with_name("takes")
    result = limn("batch", footage, "-o", takes, "--together")
    assert (result.code, result.err.count("\n")) == (3, 1)
    assert "alone" in result.err
    shutil.rmtree(footage / "alone")
    assert limn("batch", footage, "-o", takes, "--together").code == 1
    assert [one.output.name for one in given] == ["jump.take.npz", "kick.take.npz"]
    films = [footage / "jump" / name for name in ("front.mp4", "side.mp4")]
    assert list(given[0].films) == films
    first = given[0].key()
    with open(films[1], "ab") as stream:
        stream.write(b"more")
    assert given[0].key() != first
    (footage / "night.csv").write_text("clip,height\nkick,1.5\n")
    given.clear()
    assert limn("batch", footage / "night.csv", "-o", takes, "--together").code == 1
    assert [one.options["height_m"] for one in given] == [1.5]
    assert len(given[0].films) == 2


def test_a_scene_of_several_clips_is_run_by_the_worker(
    limn: Limn, clip: Path, footage: Path
) -> None:
    (footage / "scene").mkdir()
    for name in ("front.mp4", "side.mp4"):
        shutil.copy(clip, footage / "scene" / name)
    takes = footage.with_name("takes")
    row = rows_of(limn("batch", footage, "-o", takes, "--together", "--json").out)["scene"]
    assert [Path(view["clip"]).name for view in row["views"]] == ["side.mp4"]
    asked = ("batch", footage, "-o", takes, "--together", "--json")
    assert rows_of(limn(*asked).out)["scene"]["skipped"]
