"""Videos dragged from another program and dropped on the 3D view, by the desktop's own protocol.

Started by run.sh with ``-- OUT CLIP`` and MORE=other.mp4. In OUT a file want_drag_X_Y asks run.sh
to drag CLIP there, want_dragall_X_Y to drag both.
"""

from __future__ import annotations

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))  # Blender doesn't look beside a script
from window import CLIP, OUT, Steps, begin, drive, open_tab, picture, run_to_end, say, view, want


def place() -> str:
    """A place in the 3D view, from the screen's upper left."""
    window, area, _, _ = view()
    return f"{area.x + area.width // 3}_{window.height - area.y - area.height // 2}"


def steps() -> Steps:
    """One video, then two."""
    settings, run = bpy.context.scene.limn, bpy.context.window_manager.limn_run
    yield from begin()
    settings.quality = "fast"
    yield from dropped("drag", "1")
    say("one:", run.is_running, settings.clip_path)
    yield from run_to_end()
    say("chosen:", settings.clip_path == CLIP, [o.name for o in bpy.context.scene.objects])
    yield from picture("1_done")
    yield from dropped("dragall", "2")
    say("several:", run.is_running, run.title)
    yield from run_to_end()
    open_tab()
    yield from picture("2_done")
    say("takes:", sorted(one.name for one in Path(OUT, "in").glob("*.take.npz")))
    bpy.ops.wm.quit_blender()


def dropped(what: str, number: str) -> Steps:
    """Have run.sh drop ``what``, and answer what Blender asks."""
    want(f"{what}_{place()}")
    yield 3.0
    yield from picture(f"{number}_dropped")
    yield from pressing(f"{number}_asked")


def pressing(name: str) -> Steps:
    """Choose Limn where Blender asks which handler is meant, then press Return in its dialog."""
    want("key_Return")
    yield 1.5
    yield from picture(name)
    want("key_Return")
    yield 1.5


drive(steps())
