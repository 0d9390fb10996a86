"""The tab in every language Limn speaks: all sections open, a run, and the preferences.

Started by run.sh as main_job.py is. A Blender without its languages (datafiles/locale) says so. Its
own words stay English where it brings no tables; those that lack a translation are printed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))  # Blender doesn't look beside a script
from window import (
    CLIP,
    Steps,
    begin,
    call,
    drive,
    largest_area,
    open_tab,
    picture,
    run_to_end,
    say,
    sections,
    show_only,
    show_preferences,
    state,
)

FRAMES = 40
AT_ONCE = 4
"""Sections that a picture shows open."""
LANGUAGES = ("de_DE", "ja_JP", "fr_FR", "zh_HANS")


def steps() -> Steps:
    """A run, then all of the panel language by language; every yield waits so many seconds."""
    scene, language = bpy.context.scene, bpy.context.preferences.view
    yield from begin()
    bpy.data.objects.remove(scene.objects["Cube"])
    scene.limn.clip_path, scene.limn.quality = CLIP, "fast"
    scene.limn.use_range, scene.limn.last_frame = True, FRAMES
    call(bpy.ops.limn.estimate_pose, "INVOKE_DEFAULT")
    yield from run_to_end()
    scene.limn_retarget.target = _rig()
    bpy.context.view_layer.objects.active = scene.objects["Person 1"]
    for name in LANGUAGES:
        try:
            language.language = name
        except TypeError:
            say("this Blender has no", name)
            continue
        language.use_translate_interface = language.use_translate_tooltips = True
        yield from _panel(name)
        yield from _running(name)
        area = largest_area()
        show_preferences(area)
        yield from picture(f"{name}_preferences")
        area.type = "VIEW_3D"
        yield 0.5
    bpy.ops.wm.quit_blender()


def _rig() -> bpy.types.Object:
    bpy.ops.preferences.addon_enable(module="rigify")
    bpy.ops.object.armature_human_metarig_add()
    return bpy.context.active_object


def _panel(name: str) -> Steps:
    labels = [cls.bl_label for cls in sections()]
    for first in range(0, len(labels), AT_ONCE):
        show_only(*labels[first : first + AT_ONCE])
        open_tab()
        yield from picture(f"{name}_{first // AT_ONCE}")
    show_only()
    yield 0.5


def _running(name: str) -> Steps:
    run = bpy.context.window_manager.limn_run
    call(bpy.ops.limn.estimate_pose, "INVOKE_DEFAULT")
    while run.is_running and not run.fraction:
        yield 0.1
    yield from picture(f"{name}_running", 0)
    call(bpy.ops.limn.cancel)
    while run.is_running:
        yield 0.1
    say(state())


drive(steps())
