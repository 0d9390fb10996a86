"""Two phones as a newcomer has them: a further view, Estimate Pose, and where cameras stand.

Started by run.sh with ``-- OUT CLIP`` and MORE=the other phone's clip; the pictures are its result.
"""

from __future__ import annotations

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))  # Blender doesn't look beside a script
from mathutils import Euler
from window import (
    CLIP,
    OUT,
    Steps,
    begin,
    call,
    drive,
    open_tab,
    picture,
    run_to_end,
    say,
    show_only,
    view,
    want,
)


def steps() -> Steps:
    """The whole proof; every yield waits so many seconds."""
    scene = bpy.context.scene
    yield from begin()
    bpy.data.objects.remove(scene.objects["Cube"])
    scene.limn.clip_path, scene.limn.quality = CLIP, "balanced"
    show_only("Further Views")
    yield 1.0
    open_tab()
    yield from picture("1_no_view")
    other = next(p for p in sorted(Path(CLIP).parent.iterdir()) if p.name != Path(CLIP).name)
    call(bpy.ops.limn.add_view, directory=str(other.parent), files=[{"name": other.name}])
    yield from picture("2_added")
    call(bpy.ops.limn.estimate_pose, "INVOKE_DEFAULT")
    yield 20.0
    yield from picture("3_running")
    yield from run_to_end()
    open_tab()
    yield from picture("4_done")
    show_only()
    yield 1.0
    open_tab()
    yield from picture("5_panel")
    show_only("Further Views")
    from_above()
    open_tab()
    yield from picture("6_cameras")
    call(bpy.ops.limn.look_through_further_view)
    scene.frame_set(scene.frame_start + 20)
    yield from picture("7_looked_through")
    cameras = [one for one in scene.objects if one.type == "CAMERA"]
    for one in cameras:
        say(one.name, [round(v, 2) for v in one.matrix_world.translation])
    say("rows", [(r.path, round(r.found_s, 3), r.agreement) for r in scene.limn_views])
    bpy.ops.wm.save_as_mainfile(filepath=str(Path(OUT) / "views.blend"))
    want("end.png")
    yield 3.0
    bpy.ops.wm.quit_blender()


def from_above() -> None:
    """Look down on the whole scene."""
    _, area, _, _ = view()
    region = area.spaces.active.region_3d
    region.view_perspective = "PERSP"
    region.view_rotation = Euler((0.75, 0.0, 0.6)).to_quaternion()
    region.view_location = (0.0, -1.5, 0.8)
    region.view_distance = 14.0


drive(steps())
