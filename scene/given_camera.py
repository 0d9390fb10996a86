"""The camera that an artist has for a clip already: Blender's solve of it, or one that is keyed."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

import bpy
import numpy as np

from ..core.data.arrays import F64, I64
from ..core.data.errors import SettingsError
from ..core.formats.cameras.table import CameraRows, table_text
from .camera import OPENCV_TO_BLENDER, find_footage, frames_before_0, start_of_footage
from .keeping.edited import MADE_KEY
from .solver.lens import tracked_lens

_NONE: Final = (
    "Blender has no camera of this clip: solve it in the Movie Clip editor, or make your own "
    "keyed camera the scene's camera."
)
_OTHER_SHAPE: Final = (
    "The scene renders {} x {} pixels and the clip has {} x {}: give the scene the clip's shape, "
    "so that it is known what its camera sees."
)
_SAME_SHAPE: Final = 0.01
"""Share by which the shapes of the clip and of what is rendered may differ; by hand."""
_ASKEW: Final = 1e-3
"""Cosine between two axes of a camera that something scaled askew; by hand."""


def camera_table(scene: bpy.types.Scene, path: Path) -> str:
    """The camera of the clip ``path`` as the text of a table (``core.formats.cameras.table``): that
    of its Movie Clip where it is solved, else the scene's own one if it isn't Limn's.

    Raises SettingsError where there is neither, or one that no clip was filmed with.
    """
    footage = find_footage(path)
    shown = [(c, _begins(c, footage)) for c in bpy.data.movieclips] if footage is not None else []
    clips = [(clip, begins) for clip, begins in shown if begins is not None]
    for clip, begins in clips:
        if clip.tracking.reconstruction.is_valid:
            return table_text(_solved(clip, begins + frames_before_0(path)))
    return table_text(_sampled(scene, path, clips[0][0] if clips else None))


def _begins(clip: bpy.types.MovieClip, footage: Path) -> int | None:
    """The picture of ``footage`` with which a Movie Clip begins, by number; None for another's."""
    told = bpy.path.abspath(clip.filepath), footage
    place, wanted = (os.path.normcase(os.path.abspath(one)) for one in told)
    if place == wanted:
        return 0
    if clip.source != "SEQUENCE" or os.path.dirname(place) != os.path.dirname(wanted):
        return None
    # The last number is the frame's, but not that of a suffix such as .jp2.
    named = r"(.*?)(\d+)(\D*|\D*\.\w+)"
    names = [re.fullmatch(named, os.path.basename(one)) for one in (place, wanted)]
    if names[0] is None or names[1] is None or names[0].group(1, 3) != names[1].group(1, 3):
        return None
    return int(names[0][2]) - int(names[1][2])


def _solved(clip: bpy.types.MovieClip, begins: int) -> CameraRows:
    """Blender's own solve. Its frames count from 1, whatever the file's first frame is."""
    cameras = list(clip.tracking.reconstruction.cameras)
    frames = np.array([one.frame for one in cameras], np.int64) - 1 + clip.frame_offset + begins
    order = np.argsort(frames)
    # Blender keeps matrices by columns in this one place.
    T = np.array([np.array(one.matrix, np.float64) for one in cameras])[order]
    order, T = order[frames[order] >= 0], T[frames[order] >= 0]
    K, dist = tracked_lens(clip.tracking.camera, (int(clip.size[0]), int(clip.size[1])))
    size = float(clip.size[0]), float(clip.size[1])
    return CameraRows(frames[order], _opencv(T), np.tile(K, (len(T), 1, 1)), dist, size)


def _opencv(T: F64) -> F64:
    """``T_world_camera`` (n, 4, 4) in OpenCV's axes of Blender's, whose scale is left out. Raises
    SettingsError where it is no camera's any more."""
    out = T @ OPENCV_TO_BLENDER
    size = np.linalg.norm(out[:, :3, :3], axis=1, keepdims=True)
    if not np.isfinite(out).all() or (size < 1e-9).any():
        raise SettingsError("The scene's camera has no place, or is scaled to nothing.")
    out[:, :3, :3] /= size
    if (np.linalg.det(out[:, :3, :3]) < 0).any():
        raise SettingsError(
            "The scene's camera is mirrored: its scale, or its parent's, is below 0."
        )
    askew = np.swapaxes(out[:, :3, :3], 1, 2) @ out[:, :3, :3] - np.eye(3)
    if np.abs(askew).max() > _ASKEW:
        raise SettingsError(
            "The scene's camera is askew: what it hangs on is scaled by another amount along each "
            "axis."
        )
    return out


def _sampled(scene: bpy.types.Scene, path: Path, clip: bpy.types.MovieClip | None) -> CameraRows:
    """The scene's own camera in every frame of its range, whatever moves it."""
    _camera_now(scene)
    start = start_of_footage(path)
    start = int(scene.frame_start) if start is None else start
    size = _rendered(scene)
    if clip is not None and clip.size[0] > 0:
        _check_shape(scene, clip)
        size = int(clip.size[0]), int(clip.size[1])
    every: I64 = np.arange(max(scene.frame_start, start), scene.frame_end + 1)
    if not len(every):
        raise SettingsError("The scene's range lies before the clip's first frame.")
    now, part = scene.frame_current, scene.frame_subframe
    T, K = list[F64](), list[F64]()
    try:
        for frame in every.tolist():
            scene.frame_set(frame)
            # Markers may switch cameras.
            graph = bpy.context.evaluated_depsgraph_get()
            posed = _camera_now(scene).evaluated_get(graph)
            T.append(np.array(posed.matrix_world, np.float64))
            K.append(_intrinsics(posed, graph, scene, size))
    finally:
        scene.frame_set(now, subframe=part)
    told = float(size[0]), float(size[1])
    return CameraRows(every - start, _opencv(np.array(T)), np.array(K), np.zeros(4), told)


def _camera_now(scene: bpy.types.Scene) -> bpy.types.Object:
    """The scene's camera. Raises SettingsError for one that is Limn's, or films no clip."""
    camera = scene.camera
    if camera is None or MADE_KEY in camera or not isinstance(camera.data, bpy.types.Camera):
        raise SettingsError(_NONE)
    if camera.data.type != "PERSP":
        raise SettingsError(
            f"The scene's camera {camera.name} isn't a perspective one, as those that film are."
        )
    return camera


def _rendered(scene: bpy.types.Scene) -> tuple[int, int]:
    return int(scene.render.resolution_x), int(scene.render.resolution_y)


def _check_shape(scene: bpy.types.Scene, clip: bpy.types.MovieClip) -> None:
    """Raises SettingsError where what the scene renders isn't shaped as the clip."""
    render, (width, height) = scene.render, _rendered(scene)
    shape = width * render.pixel_aspect_x / (height * render.pixel_aspect_y)
    own = clip.size[0] * clip.tracking.camera.pixel_aspect / clip.size[1]
    plain = width / height * clip.size[1] / clip.size[0]
    if min(abs(shape / own - 1), abs(plain - 1)) > _SAME_SHAPE:
        raise SettingsError(_OTHER_SHAPE.format(width, height, *clip.size))


def _intrinsics(
    camera: bpy.types.Object,
    graph: bpy.types.Depsgraph,
    scene: bpy.types.Scene,
    size: tuple[int, int],
) -> F64:
    """K (3, 3) in pixels of pictures of ``size``, counted from the middle of the first."""
    render, (width, height) = scene.render, _rendered(scene)
    P = np.array(
        camera.calc_matrix_camera(
            graph,
            x=width,
            y=height,
            scale_x=render.pixel_aspect_x,
            scale_y=render.pixel_aspect_y,
        ),
        np.float64,
    )
    half = np.array(size) / 2
    K: F64 = np.eye(3)
    K[0, 0], K[1, 1] = half * (P[0, 0], P[1, 1])
    K[:2, 2] = half * (1 - P[0, 2], 1 + P[1, 2]) - 0.5
    return K
