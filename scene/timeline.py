"""The clip's time in the scene's frames."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import bpy
import numpy as np

from ..core.data.arrays import F64
from ..core.data.types import Take

_NTSC = 1.001
_SNAP_FRAMES = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Where the take's frames lie: ``frames`` (T,) scene frames, the first at ``start``.

    ``clip_start`` is the scene frame at which the file's very first picture lies.
    """

    start: int
    frames: F64
    clip_start: int


def frame_rate(fps: float) -> tuple[int, float]:
    """Return Blender's (fps, fps_base) for a rate: 29.97 is (30, 1.001), 12.5 is (12, 0.96)."""
    for nominal in (24, 30, 48, 60, 120, 240):
        if abs(fps - nominal / _NTSC) < 2e-3:
            return nominal, _NTSC
    whole = max(1, round(fps))
    return whole, 1.0 if abs(fps - whole) < 1e-4 else whole / fps


def played_rate(scene: bpy.types.Scene) -> float:
    """Frames of actions that pass in a second as ``scene`` plays: its rate, by its time stretching.

    Blender shows at a scene's frame f what actions hold at f times old over new.
    """
    render = scene.render
    return render.fps / render.fps_base * render.frame_map_old / render.frame_map_new


@contextmanager
def without_stretching(scene: bpy.types.Scene) -> Iterator[None]:
    """Let ``scene`` count the frames of actions, at the rate at which it plays them, for a while.

    Exporters take an action's frames for the scene's, and would write part of a stretched motion.
    """
    render = scene.render
    old, new = render.frame_map_old, render.frame_map_new
    if old == new:
        yield
        return
    kept = (render.fps_base, scene.frame_start, scene.frame_end, scene.frame_current)
    try:
        render.frame_map_old = render.frame_map_new = 100
        render.fps_base *= new / old
        scene.frame_start, scene.frame_end = round(kept[1] * old / new), round(kept[2] * old / new)
        scene.frame_set(round(kept[3] * old / new))
        yield
    finally:
        render.frame_map_old, render.frame_map_new = old, new
        render.fps_base, scene.frame_start, scene.frame_end = kept[:3]
        scene.frame_set(kept[3])


def set_timeline(
    scene: bpy.types.Scene, take: Take, given: int | None = None
) -> tuple[Timeline, list[str]]:
    """Give ``scene`` the clip's frame rate and range; returns where frames lie and what changed.

    The scene's first frame stays where it is and becomes the clip's. With ``given`` it lies
    there instead and the scene's range isn't touched. A photo changes nothing.
    """
    start = int(scene.frame_start) if given is None else given
    if take.clip.is_still:
        return Timeline(start, np.full(len(take.time_s), float(start)), start), []
    notes: list[str] = []
    before = scene.render.fps / scene.render.fps_base
    fps, base = frame_rate(take.clip.fps)
    scene.render.fps, scene.render.fps_base = fps, base
    if abs(before - fps / base) > 1e-3:
        notes.append(f"The scene now runs at the clip's {fps / base:.5g} frames a second.")
    timeline = timeline_at(take, start, fps / base)
    frames = timeline.frames
    last = max(start, round(float(frames[-1]))) if len(frames) else start
    if given is None:
        scene.frame_end = last
    elif start < scene.frame_start or last > scene.frame_end:
        notes.append(
            f"The motion lies in frames {start} to {last}, where your clip is, and the scene's "
            f"range is {scene.frame_start} to {scene.frame_end}."
        )
    return timeline, notes


def timeline_at(take: Take, start: int, fps: float) -> Timeline:
    """Where frames lie in a scene of rate ``fps`` in which the take begins at ``start``."""
    if take.clip.is_still:
        return Timeline(start, np.full(len(take.time_s), float(start)), start)
    first = int(take.source_frame[0]) if len(take.source_frame) else 0
    return Timeline(start, start + _frames_of(take, fps), start - first)


def _frames_of(take: Take, fps: float) -> F64:
    frames = take.time_s * fps
    if not len(frames):
        return frames
    # At a constant rate keys lie on whole frames; only a variable one puts them in between.
    whole = (take.source_frame - take.source_frame[0]).astype(np.float64)
    return whole if np.abs(frames - whole).max() < _SNAP_FRAMES else frames
