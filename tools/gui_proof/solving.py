"""Steps through Solve Again, the quality report and the preview in a real Blender window.

Started by run.sh as driver.py is. A foot that swings is planted by keys, solved, and set free.
"""

from __future__ import annotations

import sys
import time
from itertools import pairwise
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
    workers,
)

HELD = range(22, 38)


def figure() -> bpy.types.Object:
    """The first person."""
    return next(o for o in bpy.context.scene.objects if o.type == "ARMATURE")


def travel_mm() -> list[int]:
    """What the left ankle moves from frame to frame in ``HELD``."""
    scene, at = bpy.context.scene, []
    for frame in HELD:
        scene.frame_set(frame)
        at.append((figure().matrix_world @ figure().pose.bones["left_ankle"].head).copy())
    return [round(1000 * (b - a).length) for a, b in pairwise(at)]


def run_to_end() -> Steps:
    """Wait for the worker."""
    run = bpy.context.window_manager.limn_run
    while run.is_running and time.monotonic() - STARTED_S < WAIT_S:
        yield 0.05


def steps() -> Steps:
    """The whole proof; every yield waits so many seconds."""
    scene = bpy.context.scene
    yield 2.0
    while not open_tab():
        yield 1.0
    bpy.data.objects.remove(scene.objects["Cube"])
    scene.limn.clip_path, scene.limn.quality = CLIP, "fast"
    scene.limn.use_range, scene.limn.last_frame = True, 60
    call(bpy.ops.limn.estimate_pose, "INVOKE_DEFAULT")
    yield from run_to_end()
    say(state())
    call(bpy.ops.view3d.view_camera)
    scene.frame_set(HELD[len(HELD) // 2])
    yield 2.0
    want("0_estimated.png")
    yield 3.0
    show_only("Quality")
    yield 1.5
    want("1_panels.png")
    yield 2.5
    say("left ankle, mm a frame, as estimated:", travel_mm())
    for frame in HELD:
        for point, value in (("left_heel", 1.0), ("left_toe", 1.0)):
            figure()[f"contact_{point}"] = value
            figure().keyframe_insert(f'["contact_{point}"]', frame=frame)
    call(bpy.ops.ed.undo_push, message="Contacts by hand")
    scene.frame_set(HELD[len(HELD) // 2])
    yield 1.5
    want("2_edited.png")
    yield 2.5
    call(bpy.ops.limn.solve_again, "INVOKE_DEFAULT")
    yield 0.3
    say("workers", workers())
    want("esc")
    yield from run_to_end()
    say("after Escape", state(), "workers", workers(), travel_mm())
    yield 2.0
    yield from solve_and_undo()
    yield from report_and_preview()
    bpy.ops.wm.save_as_mainfile(filepath=f"{OUT}/result.blend")
    bpy.ops.wm.quit_blender()


def solve_and_undo() -> Steps:
    """A whole run; the foot stands; undo frees it, redo plants it."""
    scene, before = bpy.context.scene, figure()
    call(bpy.ops.limn.solve_again, "INVOKE_DEFAULT")
    yield 0.8
    want("3_running.png")
    yield from run_to_end()
    say(state(), "same object:", before == figure())
    say("left ankle, mm a frame, planted by hand:", travel_mm())
    scene.frame_set(HELD[len(HELD) // 2])
    yield 2.0
    want("4_solved.png")
    yield 2.5
    call(bpy.ops.ed.undo)
    say("after undo:", travel_mm())
    call(bpy.ops.ed.redo)
    say("after redo:", travel_mm())
    yield 1.0
    call(bpy.ops.limn.solve_again, "INVOKE_DEFAULT", forget_contacts=True)
    yield from run_to_end()
    say("left ankle, mm a frame, set free again:", travel_mm())
    yield 1.0


def report_and_preview() -> Steps:
    """Jump to a frame of the report; render a preview; then without the footage."""
    call(bpy.ops.limn.look_at_frame, frame=31.0, figure=figure().name)
    say("playhead at", bpy.context.scene.frame_current)
    call(bpy.ops.limn.render_preview, "INVOKE_DEFAULT")
    yield from run_to_end()
    say(state())
    show_only("Quality")
    yield 1.5
    want("5_preview.png")
    yield 2.5
    clip = Path(CLIP)
    clip.rename(clip.with_name("moved.mp4"))
    call(bpy.ops.limn.render_preview, "INVOKE_DEFAULT")
    yield 2.0
    want("6_clip_gone.png")
    yield 2.5


drive(steps())
