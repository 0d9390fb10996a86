"""Steps through the Motion and Export sections in a real Blender window; CLIP is a take.

Started by run.sh as driver.py is. Exports go through the file browser and through the worker.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))  # Blender doesn't look beside a script
from window import CLIP, OUT, STARTED_S, WAIT_S, Steps, call, drive, open_tab, say, state, want

SHOWN = ("VIEW3D_PT_limn_retarget", "VIEW3D_PT_limn_motion", "VIEW3D_PT_limn_export")
TITLES = ("925_433", "925_407", "925_381")
"""Where their titles are drawn while they are closed, the lowest first; run.sh clicks there."""
_away: list[type[bpy.types.Panel]] = []


def show_sections() -> None:
    """Open the sections this is about and take the others away for the while."""
    for panel in bpy.types.Panel.__subclasses__():
        if getattr(panel, "bl_parent_id", "") == "VIEW3D_PT_limn" and panel.is_registered:
            bpy.utils.unregister_class(panel)
            _away.append(panel)
    for name in SHOWN:
        panel = next(panel for panel in _away if panel.__name__ == name)
        bpy.utils.register_class(panel)
        _away.remove(panel)
    bpy.context.window_manager.limn_run.outcome.clear()


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
    show_sections()
    open_tab()
    yield 2.0
    for title in TITLES:
        want(title)
        yield 1.5
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
    for panel in _away:
        bpy.utils.register_class(panel)
    bpy.ops.wm.quit_blender()


drive(steps())
