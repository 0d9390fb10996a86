"""The camera that an artist has for a clip already: Blender's solve of it, or one that is keyed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..core.data.arrays import F64, I64
from ..core.data.errors import SettingsError
from ..core.formats.cameras.table import table_text
from .camera import OPENCV_TO_BLENDER, find_footage, start_of_footage
from .keeping.edited import MADE_KEY

_NONE = (
    "Blender has no camera of this clip: solve it in the Movie Clip editor, or make your own "
    "keyed camera the scene's camera."
)


def camera_table(scene: bpy.types.Scene, path: Path) -> str:
    """The camera of the clip ``path`` as the text of a table (``core.formats.cameras.table``): that
    of its Movie Clip where it is solved, else the scene's own one if it isn't Limn's.

    Raises SettingsError where there is neither.
    """
    footage = find_footage(path)
    clips = [] if footage is None else [c for c in bpy.data.movieclips if _shows(c, footage)]
    for clip in clips:
        if clip.tracking.reconstruction.is_valid:
            return _solved(clip)
    camera = scene.camera
    if camera is None or MADE_KEY in camera or not isinstance(camera.data, bpy.types.Camera):
        raise SettingsError(_NONE)
    return _sampled(scene, camera, path, clips[0] if clips else None)


def _shows(clip: bpy.types.MovieClip, footage: Path) -> bool:
    place = os.path.abspath(bpy.path.abspath(clip.filepath))
    return os.path.normcase(place) == os.path.normcase(os.path.abspath(footage))


def _solved(clip: bpy.types.MovieClip) -> str:
    """Blender's own solve. Its frames count from 1, whatever the file's first frame is."""
    lens = clip.tracking.camera
    cameras = list(clip.tracking.reconstruction.cameras)
    frames = np.array([one.frame for one in cameras]) - 1 + clip.frame_offset
    order = np.argsort(frames)
    # Blender keeps matrices by columns in this one place.
    T = np.array([_matrix(one.matrix) for one in cameras])[order]
    focal = np.full(len(frames), float(lens.focal_length_pixels))
    dist = np.zeros(4)
    if lens.distortion_model == "POLYNOMIAL":
        dist[:2] = lens.k1, lens.k2
    keep = frames[order] >= 0
    return table_text(frames[order][keep], _opencv(T)[keep], focal[keep], dist)


def _matrix(matrix: Any) -> F64:  # noqa: ANN401 - mathutils is only typed loosely
    return np.array(matrix, np.float64)


def _opencv(T: F64) -> F64:
    """``T_world_camera`` (n, 4, 4) in OpenCV's axes of Blender's, whose scale is left out."""
    out = T @ OPENCV_TO_BLENDER
    out[:, :3, :3] /= np.linalg.norm(out[:, :3, :3], axis=1, keepdims=True)
    return out


def _sampled(
    scene: bpy.types.Scene,
    camera: bpy.types.Object,
    path: Path,
    clip: bpy.types.MovieClip | None,
) -> str:
    """The scene's own camera in every frame of its range, whatever moves it."""
    start = start_of_footage(path)
    start = int(scene.frame_start) if start is None else start
    width = int(clip.size[0]) if clip is not None else int(scene.render.resolution_x)
    height = int(clip.size[1]) if clip is not None else int(scene.render.resolution_y)
    every: I64 = np.arange(scene.frame_start, scene.frame_end + 1)
    every = every[every >= start]
    now, part = scene.frame_current, scene.frame_subframe
    T, focal = list[F64](), list[float]()
    try:
        for frame in every.tolist():
            scene.frame_set(frame)
            posed = camera.evaluated_get(bpy.context.evaluated_depsgraph_get())
            T.append(np.array(posed.matrix_world, np.float64))
            focal.append(_focal_px(posed.data, width, height))
    finally:
        scene.frame_set(now, subframe=part)
    if not T:
        raise SettingsError("The scene's range lies before the clip's first frame.")
    return table_text(every - start, _opencv(np.array(T)), np.array(focal), np.zeros(4))


def _focal_px(lens: bpy.types.Camera, width: int, height: int) -> float:
    """The focal length in pixels of a picture, by the side that the sensor is fitted to."""
    is_upright = lens.sensor_fit == "VERTICAL" or (lens.sensor_fit == "AUTO" and height > width)
    sensor = lens.sensor_height if lens.sensor_fit == "VERTICAL" else lens.sensor_width
    return float(lens.lens / sensor * (height if is_upright else width))
