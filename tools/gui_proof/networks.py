"""Steps through the preferences' list of other networks in a real Blender window.

Started by run.sh with a model file in place of the clip: a depth network whose descriptor is
written here. No server is there to download from, so the download is seen to fail in a sentence.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import bpy

sys.path.insert(0, str(Path(__file__).parent))  # Blender doesn't look beside a script
from window import (
    CLIP,
    WAIT_S,
    Steps,
    call,
    drive,
    largest_area,
    say,
    show_preferences,
    want,
)

OK: Final = "620_560"
"""Where the question's OK button is drawn in a window of 1400 x 900; run.sh clicks there."""


def steps() -> Steps:
    """The whole proof; every yield waits so many seconds."""
    run = bpy.context.window_manager.limn_run
    yield 2.0
    window = bpy.context.window_manager.windows[0]
    # The operators are called as from a 3D view, so one is kept.
    area = largest_area()
    other = next(a for a in window.screen.areas if a.type not in ("VIEW_3D", "EMPTY"))
    other.type = "VIEW_3D"
    show_preferences(area)
    say("models lie in", os.environ.get("LIMN_MODELS"))
    yield 2.0
    want("1_offline.png")
    yield 3.0
    call(bpy.ops.limn.model_download, "INVOKE_DEFAULT", model="midas-small")
    Path(CLIP).with_suffix(".json").write_text(json.dumps(_descriptor()), "utf-8")
    call(bpy.ops.limn.model_add, "EXEC_DEFAULT", filepath=CLIP)
    while run.is_running:
        yield 0.2
    say("added:", [line.text for line in run.models])
    bpy.context.preferences.system.use_online_access = True
    say("online:", bpy.app.online_access)
    area.tag_redraw()
    yield 2.0
    want("2_added_online.png")
    yield 3.0
    call(bpy.ops.limn.model_download, "INVOKE_DEFAULT", model="midas-small")
    yield 1.0
    want("3_question.png")
    yield 2.0
    want(OK)
    yield from _until(lambda: run.is_running)
    yield 0.5
    want("4_downloading.png")
    yield from _until(lambda: not run.is_running)
    say("download:", [line.text for line in run.models])
    area.tag_redraw()
    yield 2.0
    want("5_failed.png")
    yield 3.0
    call(bpy.ops.limn.model_download, "INVOKE_DEFAULT", model="rtmpose-m")
    yield 1.0
    want("esc")
    yield 2.0
    say("after Escape:", run.is_running)
    call(bpy.ops.limn.model_remove, "EXEC_DEFAULT", model="my-depth")
    say("left:", sorted(os.listdir(os.environ["LIMN_MODELS"])))
    bpy.ops.wm.quit_blender()


def _until(is_so: Callable[[], bool]) -> Steps:
    started_s = time.monotonic()
    while not is_so():
        if time.monotonic() - started_s > WAIT_S / 4:
            raise TimeoutError("nothing happened")
        yield 0.1


def _descriptor() -> dict[str, object]:
    return {
        "name": "my-depth",
        "title": "A depth network of mine",
        "job": "depth",
        "decoder": "midas",
        "file": "mine.onnx",
        "licence": "MIT",
        "credit": "myself",
        "good_for": "the proof",
        "input": {"width": 64, "height": 64},
        "outputs": {"depth": ""},
        "depth": "inverse",
    }


drive(steps())
