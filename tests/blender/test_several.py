# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Several clips chosen in the browser: each gets its take or its sentence, and goes on later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from blender_takes import core
from onnx_files import need_runtime

bpy = pytest.importorskip("bpy")
cv2 = pytest.importorskip("cv2")
need_runtime()
pytestmark = [pytest.mark.bpy, pytest.mark.networks]

WALK = Path(__file__).resolve().parents[2] / "examples" / "walk.mp4"
FRAMES = 8


def short_clip(path: Path) -> None:
    """A few frames of the example in which both people walk."""
    source = cv2.VideoCapture(str(WALK))
    source.set(cv2.CAP_PROP_POS_FRAMES, 40)
    writer = None
    for _ in range(FRAMES):
        _, picture = source.read()
        size = picture.shape[1::-1]
        writer = writer or cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 30.0, size)
        writer.write(picture)
    assert writer is not None
    writer.release()


def said() -> list[str]:
    return [line.text for line in bpy.context.window_manager.limn_run.outcome]


def test_every_chosen_clip_gets_its_take_or_its_sentence(scene: Any, tmp_path: Path) -> None:
    scene.limn.quality = "fast"
    short_clip(tmp_path / "good.mp4")
    (tmp_path / "bad.mp4").write_text("no video")
    chosen = {
        "directory": str(tmp_path),
        "files": [{"name": "good.mp4"}, {"name": "bad.mp4"}],
    }
    assert bpy.ops.limn.estimate_several(**chosen) == {"FINISHED"}
    take = core("data.take_file").load_take(tmp_path / "good.take.npz")
    assert len(take.time_s) == FRAMES
    made = (tmp_path / "good.take.npz").stat().st_mtime_ns
    assert (tmp_path / "report.html").exists()
    told = said()
    assert any(line.startswith("good.mp4: ") and "good.take.npz" in line for line in told), told
    assert any(line.startswith("bad.mp4: ") for line in told), told
    bpy.ops.limn.estimate_several(**chosen)
    assert (tmp_path / "good.take.npz").stat().st_mtime_ns == made


def test_files_that_were_asked_for_are_made_of_every_take(scene: Any, tmp_path: Path) -> None:
    scene.limn.quality = "fast"
    clip = tmp_path / "good.mp4"
    short_clip(clip)
    before = clip.read_bytes()
    chosen = {"directory": str(tmp_path), "files": [{"name": "good.mp4"}]}
    also = {"bvh", "mp4", "blend"}
    assert bpy.ops.limn.estimate_several(**chosen, also=also) == {"FINISHED"}
    assert clip.read_bytes() == before, "the preview is called like the clip"
    made = {path.name for path in tmp_path.glob("good*") if path != clip}
    assert made == {
        "good.take.npz",
        "good.blend",
        "good.1.bvh",
        "good.2.bvh",
        "good.preview.mp4",
    }
    told = next(line for line in said() if line.startswith("good.mp4: "))
    assert all(name in told for name in made), told


def test_nothing_chosen_is_said(scene: Any, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="Choose clips"):
        bpy.ops.limn.estimate_several(directory=str(tmp_path))


def test_several_dropped_videos_are_estimated_one_after_the_other(
    scene: Any, tmp_path: Path
) -> None:
    short_clip(tmp_path / "one.mp4")
    short_clip(tmp_path / "two.MP4")
    (tmp_path / "notes.txt").write_text("dragged along")
    names = ("notes.txt", "one.mp4", "two.MP4")
    # What Blender gives the operator of a file handler: the first path, the folder and all names.
    dropped = {
        "filepath": str(tmp_path / names[0]),
        "directory": str(tmp_path),
        "files": [{"name": name} for name in names],
    }
    assert bpy.ops.limn.motion_from_video(quality="fast", **dropped) == {"FINISHED"}
    for name in ("one", "two"):
        take = core("data.take_file").load_take(tmp_path / f"{name}.take.npz")
        assert len(take.time_s) == FRAMES
    assert not any("notes" in line for line in said()), said()


def test_of_one_video_among_other_files_the_video_is_taken(scene: Any, tmp_path: Path) -> None:
    short_clip(tmp_path / "one.mp4")
    (tmp_path / "notes.txt").write_text("dragged along")
    dropped = {
        "filepath": str(tmp_path / "notes.txt"),
        "directory": str(tmp_path),
        "files": [{"name": "notes.txt"}, {"name": "one.mp4"}],
    }
    bpy.ops.limn.motion_from_video(quality="fast", is_started=False, **dropped)
    assert scene.limn.clip_path == str(tmp_path / "one.mp4")


def test_a_take_of_other_settings_stays_as_it_is(scene: Any, tmp_path: Path) -> None:
    scene.limn.quality = "fast"
    short_clip(tmp_path / "one.mp4")
    chosen = {"directory": str(tmp_path), "files": [{"name": "one.mp4"}]}
    bpy.ops.limn.estimate_several(**chosen)
    made = (tmp_path / "one.take.npz").read_bytes()
    scene.limn.max_people = 1
    bpy.ops.limn.estimate_several(**chosen)
    assert (tmp_path / "one.take.npz").read_bytes() == made
    assert (tmp_path / "one (2).take.npz").exists()
    assert any(line.startswith("one.mp4: ") and "one (2).take.npz" in line for line in said())
