"""Steps through Limn's panel in a real Blender window, by timers, and never blocks.

Started by run.sh with ``-- OUT CLIP``. A file want_<name>.png in OUT asks run.sh for a picture of
the whole screen, want_esc for a press of Escape. Blender's own screenshot is black on software GL.
"""

from __future__ import annotations

import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Final

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
    state,
    ticks,
    view,
    want,
    workers,
)

BUTTON: Final = "980_211"
"""Where the button is drawn in a window of 1400 x 900; run.sh clicks there."""


def steps() -> Steps:
    """The whole proof; every yield waits so many seconds."""
    scene, run = bpy.context.scene, bpy.context.window_manager.limn_run
    scene.frame_set(1)
    yield 2.0
    while not open_tab():
        yield 1.0
    yield 2.0
    want("0_no_clip.png")
    call(bpy.ops.limn.estimate_pose, "INVOKE_DEFAULT")
    yield 3.0
    scene.limn.clip_path = CLIP
    scene.limn.quality = "fast"
    open_tab()
    yield 2.0
    want("1_before.png")
    yield 2.5
    call(bpy.ops.limn.estimate_pose, "INVOKE_DEFAULT")
    while run.is_running and run.fraction < 0.1:
        yield 0.2
    ticks.clear()
    yield 4.0
    say(state())
    want("2_running.png")
    yield 3.0
    want("esc")
    asked_s = time.monotonic()
    while run.is_running:
        yield 0.02
    say(f"stopped {time.monotonic() - asked_s:.2f} s after Escape was asked for", state())
    yield 1.5
    want("3_cancelled.png")
    yield 2.5
    yield from again(run)
    yield from local_view()
    yield from clip_editor()
    yield from preferences_window(run)
    bpy.ops.wm.save_as_mainfile(filepath=f"{OUT}/result.blend")
    call(bpy.ops.limn.estimate_pose, "INVOKE_DEFAULT")
    yield 3.0
    say("workers before another file is opened:", workers())
    bpy.ops.wm.read_homefile()
    yield 2.0
    say("workers after:", workers(), "running:", bpy.context.window_manager.limn_run.is_running)
    bpy.ops.wm.quit_blender()


def again(run: bpy.types.PropertyGroup) -> Steps:
    """A whole run started by a click on the button, then undo, redo, and the Cancel operator."""
    want(BUTTON)
    yield 3.0
    if not run.is_running:
        say("the click did not start a run")
        call(bpy.ops.limn.estimate_pose, "INVOKE_DEFAULT")
    ticks.clear()
    while run.is_running and time.monotonic() - STARTED_S < WAIT_S:
        yield 0.1
    gaps = sorted(b - a for a, b in pairwise(ticks))
    say(f"{len(gaps)} ticks of the window, the longest gaps {[round(g, 2) for g in gaps[-4:]]} s")
    say(state())
    yield 2.0
    want("4_done.png")
    yield 2.5
    call(bpy.ops.view3d.view_camera)
    people = [o for o in bpy.context.scene.objects if o.type == "ARMATURE"]
    if people:
        keys = people[0].animation_data.action.frame_range
        bpy.context.scene.frame_set(int(keys[0] + keys[1]) // 2)
    yield 3.0
    want("5_camera.png")
    yield 2.5
    call(bpy.ops.ed.undo)
    say("after undo", state())
    call(bpy.ops.ed.redo)
    say("after redo", state())
    yield 1.0
    call(bpy.ops.limn.estimate_pose, "INVOKE_DEFAULT")
    yield 3.0
    call(bpy.ops.limn.cancel)
    yield 1.0
    say("after Cancel", state())


def local_view() -> Steps:
    """Building must not depend on what the view happens to show."""
    cube = bpy.context.scene.objects["Cube"]
    bpy.context.view_layer.objects.active = cube
    for other in bpy.context.scene.objects:
        other.select_set(other == cube)
    call(bpy.ops.view3d.localview)
    yield 1.0
    take = str(Path(CLIP).with_suffix(".take.npz"))
    call(bpy.ops.limn.load_take, filepath=take, replace=False)
    say("in local view", state())
    call(bpy.ops.view3d.localview)
    yield 1.0


def clip_editor() -> Steps:
    """The same tab beside an open movie clip."""
    _, area, _, _ = view()
    area.type = "CLIP_EDITOR"
    area.spaces.active.clip = bpy.data.movieclips[0]
    bpy.context.scene.limn.source = "MOVIE_CLIP"
    bpy.context.scene.limn.movie_clip = bpy.data.movieclips[0]
    area.spaces.active.show_region_ui = True
    sidebar = next(r for r in area.regions if r.type == "UI")
    yield 2.0
    sidebar.active_panel_category = "Limn"
    area.tag_redraw()
    yield 1.5
    want("6_clip_editor.png")
    yield 2.5
    area.type = "VIEW_3D"
    yield 1.0


def preferences_window(run: bpy.types.PropertyGroup) -> Steps:
    """The self-test in the preferences."""
    call(bpy.ops.limn.self_test, "INVOKE_DEFAULT")
    while run.is_running:
        yield 0.2
    say("checks", [(line.icon, line.text) for line in run.checks])
    window = bpy.context.window_manager.windows[0]
    area = max(window.screen.areas, key=lambda a: a.width * a.height)
    area.type = "PREFERENCES"
    bpy.context.preferences.active_section = "ADDONS"
    bpy.context.window_manager.addon_search = "Limn"
    module = next(a for a in bpy.context.preferences.addons if a.module.endswith(".limn")).module
    with bpy.context.temp_override(window=window, area=area):
        bpy.ops.preferences.addon_expand(module=module)
    area.tag_redraw()
    yield 2.0
    want("7_preferences.png")
    yield 3.0
    area.type = "VIEW_3D"
    yield 1.0


drive(steps())
