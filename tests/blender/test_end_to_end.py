# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""A real clip through the real networks, by the button's operator and by batch.py."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_keys import all_curves, snapshot
from blender_takes import core
from onnx_files import need_runtime

bpy = pytest.importorskip("bpy")
need_runtime()
pytestmark = [pytest.mark.bpy, pytest.mark.networks]

ROOT = Path(__file__).resolve().parents[2]
WALK = ROOT / "examples" / "walk.mp4"
FRAMES = 12
SIDES = ("left", "right")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A copy: the take is written beside it."""
    return Path(shutil.copy(WALK, tmp_path / "walk.mp4"))


def estimate(scene: Any, clip: Path) -> set[str]:
    fields = scene.limn
    fields.source, fields.clip_path, fields.quality = "FILE", str(clip), "fast"
    fields.use_range, fields.first_frame, fields.last_frame = True, 31, 30 + FRAMES
    try:
        return bpy.ops.limn.estimate_pose()
    finally:
        fields.use_range = False


def test_a_clip_becomes_keyed_figures_over_the_people(scene: Any, clip: Path) -> None:
    from bpy_extras.object_utils import world_to_camera_view

    assert estimate(scene, clip) == {"FINISHED"}
    take = core("data.take_file").load_take(clip.with_suffix(".take.npz"))
    figures = [o for o in scene.objects if o.type == "ARMATURE"]
    assert [f.name for f in figures] == [p.name for p in take.people]
    assert (scene.frame_start, scene.frame_end) == (1, FRAMES)
    person, figure = take.people[0], figures[0]
    curve = next(c for c in all_curves(figure.animation_data.action) if "location" in c.data_path)
    assert len(curve.keyframe_points) == len(person.frames)
    names = core("data.skeletons").BLAZEPOSE_33
    width, height = take.camera.size_px
    misses = []
    for i, frame in enumerate(person.frames):
        scene.frame_set(1 + int(frame))
        posed = figure.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for name in [f"{side}_{part}" for side in SIDES for part in ("shoulder", "knee", "ankle")]:
            at = posed.matrix_world @ posed.pose.bones[name].head
            view = world_to_camera_view(scene, scene.camera, at)
            seen = person.xy_px[i, names.index(name)]
            misses.append(np.hypot(view.x * width - seen[0], (1 - view.y) * height - seen[1]))
    body_px = np.ptp(person.xy_px[..., 1], axis=1).mean()
    assert np.median(misses) < 0.06 * body_px, f"{np.median(misses):.1f} px of {body_px:.0f} px"


def test_loading_the_take_again_gives_the_keys_of_the_run(scene: Any, clip: Path) -> None:
    estimate(scene, clip)
    ran = [snapshot(o) for o in scene.objects if o.type == "ARMATURE"]
    bpy.ops.limn.load_take(filepath=str(clip.with_suffix(".take.npz")))
    loaded = [snapshot(o) for o in scene.objects if o.type == "ARMATURE"]
    assert ran
    assert loaded == ran


def test_a_clip_without_people_changes_nothing(scene: Any, tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    path = tmp_path / "wall.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 25.0, (320, 240))
    for _ in range(5):
        writer.write(np.full((240, 320, 3), 128, np.uint8))
    writer.release()
    scene.limn.source, scene.limn.clip_path = "FILE", str(path)
    with pytest.raises(RuntimeError, match=r"(?i)no person .*wall\.mp4"):
        bpy.ops.limn.estimate_pose()
    assert not list(scene.objects)
    assert [p.name for p in tmp_path.iterdir()] == ["wall.mp4"]


@pytest.mark.skipif(os.name != "posix", reason="kills a process by its number")
def test_the_worker_ends_when_blender_is_killed(clip: Path, tmp_path: Path) -> None:
    blender = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time\n"
            f"sys.path.insert(0, {str(ROOT / 'tests')!r}); import conftest\n"
            "from limn.core.pipeline.request import Request\n"
            "from limn.operators.run.worker import Worker\n"
            f"out = {str(tmp_path / 'o.take.npz')!r}\n"
            f"asked = {{'clips': [{str(clip)!r}], 'output': out, 'quality': 'best'}}\n"
            "w = Worker(Request('estimate', asked))\n"
            "while not w.poll(): time.sleep(0.05)\n"
            "print(w._process.pid, flush=True); time.sleep(60)\n",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    with blender:
        assert blender.stdout is not None
        worker = int(blender.stdout.readline())
        blender.send_signal(signal.SIGKILL)
    deadline_s = time.monotonic() + 60
    while is_running(worker) and time.monotonic() < deadline_s:
        time.sleep(0.05)
    assert not is_running(worker)
    assert [p.name for p in tmp_path.iterdir()] == ["walk.mp4"]


def is_running(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_batch_goes_on_after_a_bad_clip(clip: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_text("no video")
    out = tmp_path / "out"
    done = subprocess.run(
        [
            sys.executable, str(ROOT / "batch.py"), "--", str(bad), str(clip),
            "--output-dir", str(out), "--quality", "fast", "--last-frame", "14",
        ],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "1 of 2 clips done" in done.stderr
    assert "Traceback" not in done.stderr
    report = ["report.html", "report.json"]
    assert sorted(p.name for p in out.iterdir()) == [*report, "walk.blend", "walk.take.npz"]
    bpy.ops.wm.open_mainfile(filepath=str(out / "walk.blend"), load_ui=False)
    assert any(o.type == "ARMATURE" for o in bpy.context.scene.objects)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
