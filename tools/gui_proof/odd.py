"""Odd things a person does while a run goes on, in a real window: what must not be lost or stuck.

Started by run.sh as main_job.py is. Prints "nothing odd" at the end, or what was.
"""

from __future__ import annotations

import shutil
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
    begin,
    call,
    drive,
    open_tab,
    picture,
    press_escape,
    say,
    state,
    view,
    workers,
)

FRAMES = 20
odd: list[str] = []


def steps() -> Steps:
    """Everything; every yield waits so many seconds."""
    yield from begin()
    bpy.data.objects.remove(bpy.context.scene.objects["Cube"])
    for part in (
        another_scene, undone_amid, saved_as_amid, without_a_3d_view, local_view,
        second_window, reloaded_scripts, add_on_off_and_on, reverted, repeated, queue, rendered,
    ):  # fmt: skip
        say("##", part.__name__)
        yield from part()
        yield 0.5
    say("nothing odd" if not odd else f"odd: {odd}")
    bpy.ops.wm.quit_blender()


def expect(is_well: bool, told: str) -> None:
    """Note what is odd."""
    if not is_well:
        odd.append(told)
        say("ODD:", told, state())


def run() -> bpy.types.PropertyGroup:
    """What the panel shows of a run."""
    return bpy.context.window_manager.limn_run


def start() -> Steps:
    """Estimate the first frames, and come back once something was seen."""
    settings = bpy.context.scene.limn
    settings.clip_path, settings.quality = CLIP, "fast"
    settings.use_range, settings.last_frame = True, FRAMES
    call(bpy.ops.limn.estimate_pose, "INVOKE_DEFAULT")
    expect(run().is_running, "a run can't be started")
    while run().is_running and not run().fraction:
        yield 0.05


def to_end() -> Steps:
    """Until the run has ended."""
    while run().is_running and time.monotonic() - STARTED_S < WAIT_S:
        yield 0.05
    yield 0.5


def people(scene: bpy.types.Scene) -> list[str]:
    """The armatures of a scene."""
    return [one.name for one in scene.objects if one.type == "ARMATURE"]


def another_scene() -> Steps:
    """Somebody looks at another scene when the run ends: people come where it began."""
    window = bpy.context.window_manager.windows[0]
    first, second = bpy.context.scene, bpy.data.scenes.new("Second")
    yield from start()
    window.scene = second
    yield from to_end()
    say("first", people(first), "second", people(second))
    expect(bool(people(first)) and not people(second), "people came into another scene")
    window.scene = first
    yield 0.5
    bpy.data.scenes.remove(second)


def undone_amid() -> Steps:
    """Undo and redo while a run goes on."""
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.object.empty_add()
    bpy.ops.ed.undo_push(message="Add Empty")
    yield from start()
    call(bpy.ops.ed.undo)
    yield 0.3
    call(bpy.ops.ed.redo)
    yield from to_end()
    expect(len(people(bpy.context.scene)) == 2, "undo amid a run")
    expect("Empty" in bpy.context.scene.objects, "the empty is gone")
    call(bpy.ops.ed.undo)
    expect("Empty" in bpy.context.scene.objects, "the run isn't a step of its own")
    call(bpy.ops.ed.redo)


def saved_as_amid() -> Steps:
    """The file moves to another folder while a run goes on."""
    folder = Path(OUT, "Szene \u00e4\u8def")
    folder.mkdir(exist_ok=True)
    yield from start()
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    yield from to_end()
    takes = {one["limn_take"] for one in bpy.context.scene.objects if "limn_take" in one}
    say("takes", takes)
    there = all(Path(bpy.path.abspath(take)).is_file() for take in takes)
    expect(bool(takes) and there, "a take isn't where it is told")
    bpy.ops.wm.save_mainfile()


def without_a_3d_view() -> Steps:
    """A run ends in a workspace that has no 3D view."""
    window = bpy.context.window_manager.windows[0]
    before = window.workspace
    yield from start()
    window.workspace = bpy.data.workspaces["Compositing"]
    yield from to_end()
    expect(len(people(bpy.context.scene)) == 2, "a workspace without a 3D view")
    window.workspace = before
    yield 0.5
    open_tab()


def local_view() -> Steps:
    """Exports from a view that shows neither the figure nor any armature."""
    scene, area = bpy.context.scene, view()[1]
    light = scene.objects["Light"]
    bpy.context.view_layer.objects.active = light
    for other in scene.objects:
        other.select_set(other == light)
    call(bpy.ops.view3d.localview)
    area.spaces.active.show_object_viewport_armature = False
    figure = scene.objects[people(scene)[0]]
    bpy.context.view_layer.objects.active = figure
    for suffix in (".fbx", ".glb", ".obj"):
        file = Path(OUT, f"local{suffix}")
        call(bpy.ops.limn.export_take, filepath=str(file), suffix=suffix)
        size = file.stat().st_size if file.exists() else 0
        say(suffix, size)
        expect(size > 300_000, f"{suffix} from local view holds nothing")
    area.spaces.active.show_object_viewport_armature = True
    call(bpy.ops.view3d.localview)
    yield 0.5


def second_window() -> Steps:
    """The window in which a run was started is closed."""
    bpy.ops.wm.window_new()
    yield 1.5
    window = bpy.context.window_manager.windows[-1]
    area = max(window.screen.areas, key=lambda one: one.width * one.height)
    area.type = "VIEW_3D"
    yield 0.5
    region = next(one for one in area.regions if one.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        say(bpy.ops.limn.estimate_pose("INVOKE_DEFAULT"))
    yield 2.0
    with bpy.context.temp_override(window=window):
        bpy.ops.wm.window_close()
    yield 1.5
    say(state(), "workers", workers())
    expect(not run().is_running or bool(workers()), "a run nobody follows")
    if run().is_running:
        yield from to_end()
    yield 3.0
    expect(not workers(), "a worker without a run")
    expect(any("Cancelled" in line.text for line in run().outcome), "nobody is told of its end")


def reloaded_scripts() -> Steps:
    """Reload Scripts, which Blender refuses amid a run."""
    yield from start()
    call(bpy.ops.script.reload)
    yield from to_end()
    call(bpy.ops.script.reload)
    yield 1.0
    open_tab()
    expect(not run().is_running and not workers(), "stuck after Reload Scripts")
    yield from start()
    yield from to_end()
    expect(len(people(bpy.context.scene)) == 2, "no people after Reload Scripts")


def add_on_off_and_on() -> Steps:
    """The extension is switched off amid a run, and on again."""
    module = next(a for a in bpy.context.preferences.addons if a.module.endswith(".limn")).module
    yield from start()
    bpy.ops.preferences.addon_disable(module=module)
    yield 3.0
    say("workers", workers())
    expect(not workers(), "a worker outlived the extension")
    # Blender frees what listened in a window at its next event, and can't add another before.
    yield from press_escape()
    bpy.ops.preferences.addon_enable(module=module)
    yield 1.0
    open_tab()
    expect(not run().is_running, "stuck after the extension was off")
    yield from start()
    yield from to_end()


def reverted() -> Steps:
    """File > Revert amid a run."""
    yield from start()
    bpy.ops.wm.revert_mainfile()
    yield 5.0  # a worker that doesn't listen is killed after three
    say(state(), "workers", workers())
    expect(not run().is_running and not workers(), "a run outlived Revert")
    open_tab()
    yield 0.5


def repeated() -> Steps:
    """Repeat Last of a run shows progress, and is cancelled by its button."""
    yield from start()
    yield from to_end()
    call(bpy.ops.screen.repeat_last)
    yield 0.5
    expect(run().is_running, "Repeat Last doesn't run")
    call(bpy.ops.limn.cancel)
    yield 1.0
    expect(not run().is_running, "not cancelled")


def queue() -> Steps:
    """Several clips, cancelled at the first; then gone on with."""
    folder = Path(OUT, "queue \u00e9\u30af")
    folder.mkdir(exist_ok=True)
    for name in ("a.mp4", "b.mp4"):
        shutil.copy(CLIP, folder / name)
    files = [{"name": "a.mp4"}, {"name": "b.mp4"}]
    how = {"directory": str(folder), "files": files, "is_chosen": True}
    call(bpy.ops.limn.estimate_several, "INVOKE_DEFAULT", **how)
    yield 5.0
    call(bpy.ops.limn.cancel)
    yield 3.5
    expect(not run().is_running and not workers(), "the queue wasn't cancelled")
    say([one.name for one in folder.rglob("*")])
    call(bpy.ops.limn.estimate_several, "INVOKE_DEFAULT", **how)
    yield from to_end()
    say(state(), [one.name for one in folder.rglob("*")])
    yield from picture("queue")


def rendered() -> Steps:
    """F12 over the footage by EEVEE."""
    scene = bpy.context.scene
    engines = scene.render.bl_rna.properties["engine"].enum_items.keys()
    say("engine", scene.render.engine, engines)
    scene.render.resolution_percentage = 30
    scene.render.filepath = str(Path(OUT, "eevee.png"))
    began_s = time.monotonic()
    call(bpy.ops.render.render, write_still=True)
    say(f"rendered in {time.monotonic() - began_s:.1f} s")
    yield 0.5


drive(steps())
