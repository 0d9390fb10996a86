"""Steps through what follows a run in a real Blender window: Solve Again, report, preview, motion,
export, import and several clips.

Started by run.sh as main_job.py is. A foot that swings is planted by keys, solved, and set free.
"""

from __future__ import annotations

import shutil
import sys
from itertools import pairwise
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))  # Blender doesn't look beside a script
from window import (
    CLIP,
    OUT,
    Steps,
    begin,
    call,
    drive,
    picture,
    press_escape,
    run_to_end,
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


def steps() -> Steps:
    """The whole proof; every yield waits so many seconds."""
    scene = bpy.context.scene
    yield from begin()
    bpy.data.objects.remove(scene.objects["Cube"])
    scene.limn.clip_path, scene.limn.quality = CLIP, "fast"
    scene.limn.use_range, scene.limn.last_frame = True, 60
    call(bpy.ops.limn.estimate_pose, "INVOKE_DEFAULT")
    yield from run_to_end()
    scene.frame_set(HELD[len(HELD) // 2])
    yield from picture("0_estimated")
    yield from planting()
    yield from solve_and_undo()
    yield from report_and_preview()
    yield from editing_and_exporting()
    yield from importing()
    yield from several()
    show_only()
    bpy.ops.wm.save_as_mainfile(filepath=f"{OUT}/result.blend")
    bpy.ops.wm.quit_blender()


def planting() -> Steps:
    """Contacts set by hand, and a Solve Again that Escape ends."""
    scene = bpy.context.scene
    say("left ankle, mm a frame, as estimated:", travel_mm())
    for frame in HELD:
        for point, value in (("left_heel", 1.0), ("left_toe", 1.0)):
            figure()[f"contact_{point}"] = value
            figure().keyframe_insert(f'["contact_{point}"]', frame=frame)
    call(bpy.ops.ed.undo_push, message="Contacts by hand")
    scene.frame_set(HELD[len(HELD) // 2])
    call(bpy.ops.limn.solve_again, "INVOKE_DEFAULT")
    yield 0.3
    say("workers", workers())
    want("esc")
    yield from run_to_end()
    say("after Escape", workers(), travel_mm())
    yield 1.0


def solve_and_undo() -> Steps:
    """A whole run; the foot stands; undo frees it, redo plants it."""
    scene, before = bpy.context.scene, figure()
    call(bpy.ops.limn.solve_again, "INVOKE_DEFAULT")
    yield from run_to_end()
    say("same object:", before == figure())
    say("left ankle, mm a frame, planted by hand:", travel_mm())
    scene.frame_set(HELD[len(HELD) // 2])
    yield from picture("1_solved")
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
    show_only("Quality")
    yield from picture("2_preview")
    clip = Path(CLIP)
    moved = clip.rename(clip.with_name("moved.mp4"))
    call(bpy.ops.limn.render_preview, "INVOKE_DEFAULT")
    yield from picture("3_clip_gone")
    moved.rename(clip)
    call(bpy.ops.limn.dismiss_notes)


def editing_and_exporting() -> Steps:
    """The sections Motion and Export; exports go through the file browser and the worker."""
    scene = bpy.context.scene
    bpy.context.view_layer.objects.active = figure()
    show_only("Retarget", "Motion", "Export")
    yield from picture("4_sections", 2.0)
    scene.frame_start, scene.frame_end = 5, 36
    call(bpy.ops.limn.trim_motion)
    call(bpy.ops.limn.mirror_motion)
    call(bpy.ops.limn.loop_motion)
    call(bpy.ops.limn.place_motion, to="ORIGIN")
    say("the action lies at", tuple(figure().animation_data.action.frame_range))
    scene.frame_set(20)
    yield from picture("5_edited", 1.0)
    for suffix in (".csv", ".glb", ".amass.npz"):
        call(bpy.ops.limn.export_take, "EXEC_DEFAULT", filepath=f"{OUT}/walk", suffix=suffix)
        yield from run_to_end()
        say(suffix, [file.name for file in Path(OUT).glob(f"walk*{suffix}")])
    call(bpy.ops.limn.export_take, "INVOKE_DEFAULT", suffix=".coco.json")
    yield from picture("6_file_browser", 3.0)
    yield from press_escape()


def importing() -> Steps:
    """What was exported comes back as another tool's motion."""
    file = next(Path(OUT).glob("walk*.amass.npz"))
    call(bpy.ops.limn.import_motion, "INVOKE_DEFAULT", filepath=str(file))
    yield from picture("7_import_question")
    yield from press_escape()
    call(bpy.ops.limn.import_motion, "INVOKE_DEFAULT", filepath=str(file), is_chosen=True)
    yield from run_to_end()
    show_only("People")
    yield from picture("8_imported", 2.0)


def several() -> Steps:
    """Two clips and what is none, one after the other."""
    folder = Path(OUT, "several")
    folder.mkdir()
    for name in ("first.mp4", "second.mp4"):
        shutil.copy(CLIP, folder / name)
    (folder / "none.mp4").write_text("no video")
    bpy.context.scene.limn.quality = "fast"
    files = [{"name": file.name} for file in sorted(folder.iterdir())]
    call(
        bpy.ops.limn.estimate_several, "INVOKE_DEFAULT",
        directory=str(folder), files=files, is_chosen=True,
    )  # fmt: skip
    yield from picture("9_several_running", 8.0)
    yield from run_to_end()
    yield from picture("9_several_done")
    say("written:", sorted(file.name for file in folder.iterdir()), state())


drive(steps())
