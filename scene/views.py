"""The further cameras of a take: an object for each, with its footage behind it."""

from __future__ import annotations

from typing import Final

import bpy
import numpy as np

from ..core.data.footage.places import name_of, stem_of
from ..core.data.safe_text import MOST_OF_A_NAME, showable
from ..core.data.types import Take
from ..core.data.views.view import View
from .camera import key_shots, make_camera, show_clip_behind
from .keeping.camera_made import mark_camera
from .keeping.edited import MADE_KEY
from .timeline import Timeline
from .units import units_per_metre

VIEW_KEY: Final = "limn_view"
"""Custom property of a further view's camera: the clip that it filmed."""
_SIZE_KEY: Final = "limn_size_px"
_SAME_RATE: Final = 0.01
"""Share by which frame rates differ and are still one: Blender plays a frame of a clip a frame of
the scene."""


def build_views(
    scene: bpy.types.Scene, take: Take, collection: bpy.types.Collection, timeline: Timeline
) -> list[str]:
    """Make a camera of every further view of ``take``; returns sentences about their footage."""
    warnings: list[str] = []
    unit = units_per_metre(scene)
    for view in take.views:
        if not view.is_used:
            continue
        name = showable(stem_of(view.part.clip.path), MOST_OF_A_NAME)
        camera = make_camera(f"Limn View {name}", view.part.camera, unit)
        camera[MADE_KEY] = camera.data[MADE_KEY] = True
        camera[VIEW_KEY] = view.part.clip.path
        camera[_SIZE_KEY] = list(view.part.camera.size_px)
        collection.objects.link(camera)
        fps = scene.render.fps / scene.render.fps_base
        own = timeline_of(view, timeline, fps)
        key_shots(camera, view.part, own, unit)
        mark_camera(camera)
        warnings += show_clip_behind(camera, view.part.clip, own)
        if abs(view.part.clip.fps / fps - 1) > _SAME_RATE:
            file = name_of(view.part.clip.path)
            warnings.append(
                f"{file} runs at {view.part.clip.fps:.4g} frames a second "
                f"and the scene at {fps:.4g}: behind its camera it is in step at the start only."
            )
    return warnings


def timeline_of(view: View, timeline: Timeline, fps: float) -> Timeline:
    """Where a view's frames lie in a scene of rate ``fps`` in which the take's lie as told."""
    part = view.part
    at_s = (part.time_s - view.shift_s) / (1 + view.rate)
    frames: np.ndarray[tuple[int], np.dtype[np.float64]] = timeline.start + at_s * fps
    start = round(float(frames[0])) if len(frames) else timeline.start
    first = int(part.source_frame[0]) if len(part.source_frame) else 0
    return Timeline(start, frames, start - first)


def camera_of_view(scene: bpy.types.Scene, clip_path: str) -> bpy.types.Object | None:
    """The camera object of the view of a clip, None where the scene has none."""
    return next((one for one in scene.objects if one.get(VIEW_KEY) == clip_path), None)


def look_through(scene: bpy.types.Scene, owner: bpy.types.Object) -> None:
    """Make ``owner`` the scene's camera, with the picture size of its clip."""
    scene.camera = owner
    size = owner.get(_SIZE_KEY)
    if size is not None:
        scene.render.resolution_x, scene.render.resolution_y = int(size[0]), int(size[1])
