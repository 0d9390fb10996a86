"""Steps through the main job in a real Blender window: what is in the panel at every step of it.

Started by run.sh with ``-- OUT CLIP``, with SIZE=1600x1000 and SIZE=1280x720. In OUT a file
want_<name>.png asks run.sh for a picture of the whole screen, want_esc for a press of Escape.
Blender's own screenshot is black on software GL. The sections are closed, as a person finds them,
then each is opened alone.
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
    Steps,
    begin,
    button,
    call,
    drive,
    largest_area,
    looped,
    open_tab,
    picture,
    press_escape,
    run_to_end,
    say,
    sections,
    show_only,
    show_preferences,
    state,
    ticks,
    view,
    want,
    workers,
)

FRAMES = 40
LONG = 12
"""Times that the clip is played in the one whose run is cancelled."""


def steps() -> Steps:
    """The whole proof; every yield waits so many seconds."""
    scene = bpy.context.scene
    yield from begin()
    bpy.data.objects.remove(scene.objects["Cube"])
    yield from picture("0_no_clip")
    yield from dropping()
    scene.limn.clip_path, scene.limn.quality = CLIP, "fast"
    for _ in range(8):
        open_tab()
        yield 0.5
    yield from picture("1_clip", 0)
    scene.limn.clip_path = looped(CLIP, LONG)
    yield from cancelling()
    yield from continuing()
    scene.limn.clip_path = CLIP
    scene.limn.use_range, scene.limn.last_frame = True, FRAMES
    yield from whole_run()
    yield from undoing()
    yield from searching()
    yield from other_languages()
    yield from opening_sections()
    yield from local_view()
    yield from clip_editor()
    yield from preferences_window()
    yield from leaving()


def dropping() -> Steps:
    """A video on the view: Blender asks which of the handlers is meant, then Limn how to go on."""
    window, area, _, _ = view()
    folder, name = str(Path(CLIP).parent), Path(CLIP).name
    with bpy.context.temp_override(window=window, area=area):
        say(
            "dropped:",
            bpy.ops.wm.drop_import_file("INVOKE_DEFAULT", directory=folder, files=[{"name": name}]),
        )
    yield from picture("0_dropped")
    yield from press_escape()
    call(bpy.ops.limn.motion_from_video, "INVOKE_DEFAULT", filepath=CLIP)
    yield from picture("0_dropped_question")
    yield from press_escape()


def cancelling() -> Steps:
    """Escape over the panel ends a run at once, long before the clip does."""
    run = bpy.context.window_manager.limn_run
    call(bpy.ops.limn.estimate_pose, "INVOKE_DEFAULT")
    while run.is_running and run.fraction < 0.05:
        yield 0.2
    yield from picture("2_running", 0)
    want("esc")
    asked_s = time.monotonic()
    while run.is_running:
        yield 0.02
    told = [line.text for line in run.outcome]
    say(f"stopped {time.monotonic() - asked_s:.2f} s after Escape was asked for", state())
    if run.fraction > 0.9 or not any("Cancelled" in text for text in told):
        raise AssertionError("the run ended before it was cancelled")
    yield 3.0
    open_tab()
    yield from picture("2_cancelled", 0.5)


def continuing() -> Steps:
    """Continue goes on where the cancelled run was; and is cancelled by its button."""
    run = bpy.context.window_manager.limn_run
    before = run.fraction
    call(bpy.ops.limn.estimate_pose, "INVOKE_DEFAULT")
    while run.is_running and run.fraction <= before:
        yield 0.2
    if not run.is_running:
        raise AssertionError("nothing goes on")
    say(f"cancelled at {before:.2f}, goes on at {run.fraction:.2f}")
    yield from picture("2_continued", 0)
    call(bpy.ops.limn.cancel)
    while run.is_running:
        yield 0.1
    call(bpy.ops.limn.dismiss_notes)
    yield 1.0


def whole_run() -> Steps:
    """A whole run started by a click on the button."""
    run = bpy.context.window_manager.limn_run
    for _ in range(4):  # what is told of the new clip moves the button
        open_tab()
        yield 0.5
    want(button())
    yield 3.0
    if not run.is_running:
        say("the click did not start a run")
        call(bpy.ops.limn.estimate_pose, "INVOKE_DEFAULT")
    ticks.clear()
    yield from run_to_end()
    gaps = sorted(b - a for a, b in pairwise(ticks))
    say(f"{len(gaps)} ticks of the window, the longest gaps {[round(g, 2) for g in gaps[-4:]]} s")
    yield from picture("3_done")
    call(bpy.ops.limn.look_through)
    yield from picture("3_over_footage")
    call(bpy.ops.limn.look_through)


def undoing() -> Steps:
    """Undo and redo of a run, and the Cancel operator."""
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
    call(bpy.ops.limn.dismiss_notes)


def searching() -> Steps:
    """Blender's search, which finds what is in a menu."""
    for word in ("retarget", "smooth"):
        call(bpy.ops.wm.search_menu, "INVOKE_DEFAULT")
        yield 1.0
        want(f"type_{word}")
        yield from picture(f"8_search_{word}", 2.5)
        yield from press_escape()


def other_languages() -> Steps:
    """The panel in the other languages, as far as this Blender has them."""
    view_preferences = bpy.context.preferences.view
    for language in ("de_DE", "fr_FR", "ja_JP", "zh_HANS"):
        try:
            view_preferences.language = language
        except TypeError:
            say("this Blender has no", language)
            continue
        view_preferences.use_translate_interface = True
        open_tab()
        yield from picture(f"7_{language}")
    view_preferences.use_translate_interface = False


def opening_sections() -> Steps:
    """Every section alone, Retarget with a character."""
    scene = bpy.context.scene
    for cls in list(sections()):
        if cls.bl_label == "Retarget":
            window, area, main, _ = view()
            with bpy.context.temp_override(window=window, area=area, region=main):
                bpy.ops.preferences.addon_enable(module="rigify")
                bpy.ops.object.armature_human_metarig_add()
            scene.limn_retarget.target = bpy.context.active_object
            bpy.context.view_layer.objects.active = scene.objects["Person 1"]
        show_only(cls.bl_label)
        yield from picture(f"4_{cls.bl_label.lower()}")
    show_only()


def local_view() -> Steps:
    """Building must not depend on what the view happens to show."""
    light = bpy.context.scene.objects["Light"]
    bpy.context.view_layer.objects.active = light
    for other in bpy.context.scene.objects:
        other.select_set(other == light)
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
    yield from picture("6_clip_editor")
    area.type = "VIEW_3D"
    yield 1.0


def preferences_window() -> Steps:
    """The preferences with the self-test, where no line may be cut."""
    run = bpy.context.window_manager.limn_run
    call(bpy.ops.limn.self_test, "INVOKE_DEFAULT")
    while run.is_running:
        yield 0.2
    say("checks", [(line.icon, line.text) for line in run.checks])
    area = largest_area()
    show_preferences(area)
    yield from picture("5_preferences")
    region = next(r for r in area.regions if r.type == "WINDOW")
    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, area=area, region=region):
        for _ in range(60):
            bpy.ops.view2d.scroll_down()
    yield from picture("5_preferences_below")
    area.type = "VIEW_3D"
    yield 1.0


def leaving() -> Steps:
    """Another file ends a run and its worker."""
    bpy.ops.wm.save_as_mainfile(filepath=f"{OUT}/result.blend")
    call(bpy.ops.limn.estimate_pose, "INVOKE_DEFAULT")
    yield 3.0
    say("workers before another file is opened:", workers())
    bpy.ops.wm.read_homefile()
    yield 2.0
    say("workers after:", workers(), "running:", bpy.context.window_manager.limn_run.is_running)
    bpy.ops.wm.quit_blender()


drive(steps())
