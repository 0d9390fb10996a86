"""Steps through the Motion and Export sections in a real Blender window; CLIP is a take.

Started by run.sh as driver.py is. Exports go through the file browser and through the worker.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))  # Blender doesn't look beside a script
from window import (
    CLIP,
    OUT,
    STARTED_S,
    WAIT_S,
    Steps,
    call,
    drive,
    open_tab,
    say,
    show_only,
    state,
    want,
)


def frames() -> tuple[float, float]:
    """Where the active action lies."""
    action = bpy.context.view_layer.objects.active.animation_data.action
    return tuple(action.frame_range)


def steps() -> Steps:
    """The whole proof; every yield waits so many seconds."""
    scene, run = bpy.context.scene, bpy.context.window_manager.limn_run
    yield 2.0
    while not open_tab():
        yield 1.0
    call(bpy.ops.limn.load_take, filepath=CLIP)
    yield 2.0
    call(bpy.ops.limn.dismiss_notes)
    show_only("Retarget", "Motion", "Export")
    open_tab()
    yield 2.0
    want("0_sections.png")
    yield 2.5
    scene.frame_start, scene.frame_end = 5, 36
    call(bpy.ops.limn.trim_motion)
    call(bpy.ops.limn.mirror_motion)
    call(bpy.ops.limn.loop_motion)
    call(bpy.ops.limn.place_motion, to="ORIGIN")
    say("the action lies at", frames())
    scene.frame_set(20)
    yield 1.0
    want("1_edited.png")
    yield 2.5
    call(bpy.ops.limn.export_take, "EXEC_DEFAULT", filepath=f"{OUT}/walk", suffix=".csv")
    while run.is_running and time.monotonic() - STARTED_S < WAIT_S:
        yield 0.05
    say(state(), "csv:", Path(f"{OUT}/walk.csv").exists())
    call(bpy.ops.limn.export_take, "EXEC_DEFAULT", filepath=f"{OUT}/walk", suffix=".glb")
    say("glb:", Path(f"{OUT}/walk.glb").exists())
    yield 1.0
    want("2_exported.png")
    yield 2.5
    call(bpy.ops.limn.export_take, "INVOKE_DEFAULT", suffix=".coco.json")
    yield 3.0
    want("3_file_browser.png")
    yield 3.0
    show_only()
    bpy.ops.wm.quit_blender()


drive(steps())
