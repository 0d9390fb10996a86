"""The sequence of ten faults in a real window, and what only a window can show.

Started by run.sh as main_job.py is. Prints "nothing was lost" at the end, or what was.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))  # Blender doesn't look beside a script
import sequence as proof
from window import CLIP, STARTED_S, WAIT_S, Steps, drive, open_tab, say, state, view, want

FRAMES = 40
_PUSHES_ITSELF = ("choose_people", "solve_again", "estimate_pose")
_MIXAMO = {
    "spine": "Hips", "spine.001": "Spine", "spine.002": "Spine1", "spine.003": "Spine2",
    "spine.004": "Neck", "spine.005": "Neck1", "spine.006": "Head",
    "shoulder": "Shoulder", "upper_arm": "Arm", "forearm": "ForeArm", "hand": "Hand",
    "thigh": "UpLeg", "shin": "Leg", "foot": "Foot", "toe": "ToeBase",
}  # fmt: skip


def running() -> bool:
    """Whether a run is going on; opening a file makes a new window manager."""
    return bool(bpy.context.window_manager.limn_run.is_running)


def wait() -> Steps:
    """Until the run has ended."""
    while running() and time.monotonic() - STARTED_S < WAIT_S:
        yield 0.1
    yield 0.3


def do(name: str, **options: Any) -> Steps:  # noqa: ANN401 - an operator's own
    """Run an operator as a click does, answer its question with Esc, wait for its run."""
    window, area, main, _ = view()
    how = "EXEC_DEFAULT" if name in ("retarget", "export_take") else "INVOKE_DEFAULT"
    with bpy.context.temp_override(window=window, area=area, region=main):
        say(name, options, getattr(bpy.ops.limn, name)(how, **options))
    yield 0.5
    if options.get("action") == "MERGE":
        want("merge_question.png")
        yield 2.0
        want("esc")
        yield 1.5
    yield from wait()
    if name not in _PUSHES_ITSELF:
        bpy.ops.ed.undo_push(message=name)


def rigs() -> tuple[Any, Any]:
    """Rigify's metarig, and one more with the names of Mixamo."""
    window, area, main, _ = view()
    made = []
    with bpy.context.temp_override(window=window, area=area, region=main):
        bpy.ops.preferences.addon_enable(module="rigify")
        for _ in range(2):
            bpy.ops.object.armature_human_metarig_add()
            made.append(bpy.context.object)
    for bone in made[1].data.bones:
        name, _, side = bone.name.rpartition(".")
        if side in ("L", "R") and name in _MIXAMO:
            bone.name = f"mixamorig:{'Left' if side == 'L' else 'Right'}{_MIXAMO[name]}"
        elif bone.name in _MIXAMO:
            bone.name = f"mixamorig:{_MIXAMO[bone.name]}"
    return made[0], made[1]


def steps() -> Steps:
    """Everything; every yield waits so many seconds."""
    scene = bpy.context.scene
    yield 2.0
    while not open_tab():
        yield 1.0
    scene.limn.clip_path, scene.limn.quality = CLIP, "fast"
    scene.limn.use_range, scene.limn.last_frame = True, FRAMES
    yield from do("estimate_pose")
    say(state())
    chosen = rigs()
    yield from keys_of_the_window()
    names = [rig.name for rig in chosen]
    for name in (proof.figures()[0].name, names[1]):
        cleaning_up(name)
    objects = bpy.context.scene.objects  # undo made new Python objects of everything
    chosen = (objects[names[0]], objects[names[1]])
    yield from proof.sequence(Path(CLIP).parent, do, chosen)
    say("nothing was lost")
    bpy.ops.wm.quit_blender()


def cleaning_up(name: str) -> None:
    """9: every tool is one undo step, also on somebody's rig, and changes nobody else's keys."""
    scene = bpy.context.scene
    if not proof.keys_of(scene.objects[name]):
        fields = scene.limn_retarget
        fields.source, fields.target = proof.figures()[0], scene.objects[name]
        expect_done("retarget")
        scene.limn_retarget.source = None
    bpy.context.view_layer.objects.active = scene.objects[name]
    scene.use_preview_range = True
    scene.frame_preview_start, scene.frame_preview_end = 10, 26
    bpy.ops.ed.undo_push(message="Range")
    for tool in ("smooth_motion", "lock_foot", "extract_root_motion", "set_floor", "mirror_motion"):
        before = keys_of_all()
        expect_done(tool)
        after = keys_of_all()
        changed = [one for one in before if before[one] != after[one]]
        proof.expect(changed == [name], f"{tool} of {name} changed keys of {changed}")
        bpy.ops.ed.undo()
        bpy.context.view_layer.update()
        proof.expect(keys_of_all() == before, f"one undo doesn't bring back what {tool} changed")
        say(f"{tool} of {name}: one step")
    bpy.context.scene.use_preview_range = False
    bpy.ops.ed.undo_push(message="Range")


def keys_of_all() -> dict[str, str]:
    """A hash of everybody's keys."""
    return {one.name: proof.keys_of(one) for one in bpy.context.scene.objects}


def expect_done(tool: str) -> None:
    """Run an operator as a click does, with its undo step."""
    window, area, main, _ = view()
    with bpy.context.temp_override(window=window, area=area, region=main):
        done = getattr(bpy.ops.limn, tool)("EXEC_DEFAULT", True)
    proof.expect(done == {"FINISHED"}, f"{tool} did nothing")


def keys_of_the_window() -> Steps:
    """6: Esc over the view leaves a run alone, and Repeat Last starts one without blocking."""
    window, area, main, _ = view()
    bpy.context.view_layer.objects.active = proof.figures()[0]
    with bpy.context.temp_override(window=window, area=area, region=main):
        bpy.ops.limn.solve_again("INVOKE_DEFAULT")
    yield 0.5
    want("escview")
    yield 0.7
    proof.expect(running() or _has_solved(), "Esc over the view ended a run")
    yield from wait()
    proof.expect(_has_solved(), "the run was cancelled by Esc over the view")
    window, area, main, _ = view()
    asked_s = time.monotonic()
    with bpy.context.temp_override(window=window, area=area, region=main):
        try:
            say("repeat last:", bpy.ops.screen.repeat_last())
        except RuntimeError as error:
            say("repeat last refused:", str(error).strip())
    proof.expect(time.monotonic() - asked_s < 1.0, "Repeat Last blocks the window")
    yield from wait()


def _has_solved() -> bool:
    return any("(2)" in path.name for path in Path(CLIP).parent.glob("*.take.npz"))


drive(steps())
