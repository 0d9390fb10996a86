"""Steps through the main job in a real Blender window: what is in the panel at every step of it.

Started by run.sh as driver.py is, with SIZE=1600x1000 and SIZE=1280x720. The sections are closed,
as a person finds them, then each is opened alone.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))  # Blender doesn't look beside a script
from window import (
    CLIP,
    STARTED_S,
    WAIT_S,
    Steps,
    call,
    drive,
    open_tab,
    say,
    sections,
    show_only,
    state,
    view,
    want,
)

FRAMES = 40


def character() -> None:
    """A small rig to retarget to."""
    window, area, main, _ = view()
    with bpy.context.temp_override(window=window, area=area, region=main):
        bpy.ops.preferences.addon_enable(module="rigify")
        bpy.ops.object.armature_human_metarig_add()


def steps() -> Steps:
    """The whole proof; every yield waits so many seconds."""
    scene, run = bpy.context.scene, bpy.context.window_manager.limn_run
    yield 2.0
    while not open_tab():
        yield 1.0
    bpy.data.objects.remove(scene.objects["Cube"])
    yield 2.0
    want("0_no_clip.png")
    yield 2.0
    yield from dropping()
    scene.limn.clip_path, scene.limn.quality = CLIP, "fast"
    scene.limn.use_range, scene.limn.last_frame = True, FRAMES
    for _ in range(8):
        open_tab()
        yield 0.5
    want("1_clip.png")
    yield 2.0
    call(bpy.ops.limn.estimate_pose, "INVOKE_DEFAULT")
    while run.is_running and run.fraction < 0.3:
        yield 0.2
    want("2_running.png")
    yield 1.5
    while run.is_running and time.monotonic() - STARTED_S < WAIT_S:
        yield 0.1
    say(state())
    yield 2.0
    want("3_done.png")
    yield 2.0
    yield from searching()
    yield from other_languages()
    for cls in list(sections()):
        if cls.bl_label == "Retarget":
            character()
            scene.limn_retarget.target = bpy.context.active_object
            bpy.context.view_layer.objects.active = scene.objects["Person 1"]
        show_only(cls.bl_label)
        yield 1.5
        want(f"4_{cls.bl_label.lower()}.png")
        yield 1.5
    show_only()
    yield from preferences_window()
    bpy.ops.wm.quit_blender()


def dropping() -> Steps:
    """A video on the view: Blender asks which of the handlers is meant."""
    window, area, _, _ = view()
    folder, name = str(Path(CLIP).parent), Path(CLIP).name
    with bpy.context.temp_override(window=window, area=area):
        say(
            "dropped:",
            bpy.ops.wm.drop_import_file("INVOKE_DEFAULT", directory=folder, files=[{"name": name}]),
        )
    yield 1.5
    want("0_dropped.png")
    yield 1.5
    want("esc")
    yield 1.0


def searching() -> Steps:
    """Blender's search, which finds what is in a menu."""
    call(bpy.ops.wm.search_menu, "INVOKE_DEFAULT")
    yield 1.0
    want("type_retarget")
    yield 2.5
    want("8_search.png")
    yield 1.5
    want("esc")
    yield 1.0


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
        yield 1.5
        want(f"7_{language}.png")
        yield 1.5
    view_preferences.use_translate_interface = False


def preferences_window() -> Steps:
    """The preferences, where no line may be cut."""
    window = bpy.context.window_manager.windows[0]
    area = max(window.screen.areas, key=lambda a: a.width * a.height)
    area.type = "PREFERENCES"
    bpy.context.preferences.active_section = "ADDONS"
    bpy.context.window_manager.addon_search = "Limn"
    module = next(a for a in bpy.context.preferences.addons if a.module.endswith(".limn")).module
    with bpy.context.temp_override(window=window, area=area):
        bpy.ops.preferences.addon_expand(module=module)
        yield 1.5
        want("5_preferences.png")
        yield 2.0
        region = next(r for r in area.regions if r.type == "WINDOW")
        with bpy.context.temp_override(window=window, area=area, region=region):
            for _ in range(60):
                bpy.ops.view2d.scroll_down()
    yield 1.5
    want("6_preferences_below.png")
    yield 2.0


drive(steps())
