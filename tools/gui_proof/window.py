"""What the drivers of the proof share: pictures, keys and calls in a real window, by timers."""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Final

import bpy

OUT, CLIP = sys.argv[sys.argv.index("--") + 1 :][:2]
STARTED_S: Final = time.monotonic()
WAIT_S: Final = 420.0
Steps = Generator[float, None, None]

ticks: list[float] = []
_running: list[Steps] = []
_due_s = [0.0]
_away: list[type[bpy.types.Panel]] = []
_opened: list[type[bpy.types.Panel]] = []


def say(*words: object) -> None:
    """Print with the time since the start."""
    print(f"[gui {time.monotonic() - STARTED_S:6.2f}]", *words, flush=True)


def want(name: str) -> None:
    """Ask run.sh for something."""
    (Path(OUT) / f"want_{name}").touch()
    say("asked for", name)


def view() -> tuple[bpy.types.Window, bpy.types.Area, bpy.types.Region, bpy.types.Region]:
    """The 3D view's window, area, main region and sidebar."""
    window = bpy.context.window_manager.windows[0]
    area = next(a for a in window.screen.areas if a.type == "VIEW_3D")
    main = next(r for r in area.regions if r.type == "WINDOW")
    return window, area, main, next(r for r in area.regions if r.type == "UI")


def call(operator: Callable[..., set[str]], *arguments: object, **options: object) -> None:
    """Call an operator as if from the 3D view."""
    window, area, main, _ = view()
    with bpy.context.temp_override(window=window, area=area, region=main):
        try:
            say(operator, "->", operator(*arguments, **options))
        except RuntimeError as error:
            say(operator, "refused:", str(error).strip())


def open_tab() -> bool:
    """Show the sidebar's tab; it can't be chosen before the region was drawn once."""
    _, area, _, sidebar = view()
    area.spaces.active.show_region_ui = True
    try:
        sidebar.active_panel_category = "Limn"
    except AttributeError:
        area.tag_redraw()
        return False
    area.tag_redraw()
    return True


def begin() -> Steps:
    """Wait for the window and open the tab in it."""
    yield 2.0
    while not open_tab():
        yield 1.0
    yield 1.0


def press_escape() -> Steps:
    """Press Escape over the panel and wait until it was pressed: a run that is started too soon
    would be what it ends."""
    want("esc")
    while Path(OUT, "want_esc").exists():
        yield 0.1
    yield 1.5


def picture(name: str, after_s: float = 1.5) -> Steps:
    """Take a picture once the window has been drawn for so long."""
    yield after_s
    want(f"{name}.png")
    yield 2.0


def run_to_end() -> Steps:
    """Wait for the worker."""
    run = bpy.context.window_manager.limn_run
    while run.is_running and time.monotonic() - STARTED_S < WAIT_S:
        yield 0.05
    say(state())
    yield 1.0


def button() -> str:
    """Where the panel's main button is drawn, for run.sh to click there."""
    *_, sidebar = view()
    return f"{sidebar.x + sidebar.width // 3}_211"


def looped(clip: str, times: int) -> str:
    """Write ``clip`` played so many times beside it, its pictures copied as they are."""
    import av  # the extension's own

    path = Path(clip).with_stem(f"{Path(clip).stem} {times} times")
    with av.open(str(path), "w") as to:
        stream, at = None, 0
        for _ in range(times):
            with av.open(clip) as source:
                video, end = source.streams.video[0], 0
                stream = stream or to.add_stream_from_template(video)
                for packet in source.demux(video):
                    if packet.dts is None or packet.pts is None:
                        continue
                    end = max(end, packet.pts + (packet.duration or 0))
                    packet.pts, packet.dts, packet.stream = packet.pts + at, packet.dts + at, stream
                    to.mux(packet)
            at += end
    return str(path)


def largest_area() -> bpy.types.Area:
    """The window's largest area."""
    window = bpy.context.window_manager.windows[0]
    return max(window.screen.areas, key=lambda a: a.width * a.height)


def show_preferences(area: bpy.types.Area) -> None:
    """Make an area the preferences, Limn's open."""
    area.type = "PREFERENCES"
    bpy.context.preferences.active_section = "ADDONS"
    bpy.context.window_manager.addon_search = "Limn"
    module = next(a for a in bpy.context.preferences.addons if a.module.endswith(".limn")).module
    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, area=area):
        bpy.ops.preferences.addon_expand(module=module)
    area.tag_redraw()


def sections() -> list[type[bpy.types.Panel]]:
    """The sections of the 3D view's tab."""
    return [
        cls
        for cls in bpy.types.Panel.__subclasses__()
        if getattr(cls, "bl_parent_id", "").startswith("VIEW3D_PT_limn") and cls.is_registered
    ]


def show_only(*labels: str) -> None:
    """Draw the sections with these labels open and no other; none draws all as they were."""
    while _opened:
        bpy.utils.unregister_class(_opened.pop())
    for other in sorted(_away, key=lambda one: len(one.bl_parent_id)):  # parents first
        bpy.utils.register_class(other)
    _away.clear()
    if not labels:
        return
    for other in sorted(sections(), key=lambda one: -len(one.bl_parent_id)):
        bpy.utils.unregister_class(other)
        _away.append(other)
    for cls in [one for one in _away if one.bl_label in labels]:
        # Under a name of its own, as Blender remembers which panels were closed.
        changes = {"bl_options": set(), "bl_parent_id": "VIEW3D_PT_limn"}
        opened = type(f"{cls.__name__}_open", (cls,), changes)
        bpy.utils.register_class(opened)
        _opened.append(opened)


def workers() -> list[int]:
    """Process numbers of this window's workers that are alive."""
    children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    pids = [pid for one in children for pid in one.read_text().split()]
    lines = {pid: Path(f"/proc/{pid}/cmdline") for pid in pids}
    return [int(p) for p, line in lines.items() if line.exists() and b"limn" in line.read_bytes()]


def state() -> str:
    """The run's state in words."""
    run = bpy.context.window_manager.limn_run
    armatures = [o.name for o in bpy.context.scene.objects if o.type == "ARMATURE"]
    return (
        f"running={run.is_running} text={run.text!r} detail={run.detail!r} "
        f"fraction={run.fraction:.2f} outcome={[line.text for line in run.outcome]} "
        f"armatures={armatures}"
    )


def tick() -> float | None:
    """Run the next step; the time between ticks shows whether the window was ever blocked."""
    ticks.append(time.monotonic())
    if time.monotonic() < _due_s[0]:
        return 0.02
    try:
        _due_s[0] = time.monotonic() + next(_running[0])
    except StopIteration:
        return None
    except Exception:  # noqa: BLE001 - whatever happened, the window has to close
        traceback.print_exc()
        bpy.ops.wm.quit_blender()
        return None
    return 0.02


def drive(steps: Steps) -> None:
    """Go through ``steps`` once the window stands."""
    _running.append(steps)
    bpy.context.preferences.view.show_splash = False
    bpy.app.timers.register(tick, first_interval=2.0, persistent=True)
