"""The estimated camera, with the clip behind the scene."""

from __future__ import annotations

import os
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix

from ..core.data.footage.numbered import (
    PICTURE_SUFFIXES,
    NumberedPicture,
    is_pattern,
    of_folder,
    of_pattern,
)
from ..core.data.types import Camera, ClipInfo, Take
from ..core.geometry.camera import cameras_at
from ..core.geometry.rotations import continuous_quats, quat_from_matrix
from .curves import ActionWriter
from .keeping.edited import MADE_KEY
from .keeping.take_link import relative_to
from .timeline import Timeline

_SENSOR_MM = 36.0
OPENCV_TO_BLENDER = np.diag([1.0, -1.0, -1.0, 1.0])


def make_camera(name: str, camera: Camera, unit: float = 1.0) -> bpy.types.Object:
    """Make a camera object that projects like ``camera.K`` (lens distortion apart).

    ``unit`` is how many of the scene's units make a metre.
    """
    data = bpy.data.cameras.new(name)
    width, height = camera.size_px
    fx, fy = float(camera.K[0, 0]), float(camera.K[1, 1])
    data.sensor_fit = "HORIZONTAL"
    data.sensor_width = _SENSOR_MM
    data.lens = fx * _SENSOR_MM / width
    # Shifts are shares of the picture's width; pixel centres lie half a pixel inside Blender's
    # picture borders.
    data.shift_x = -(float(camera.K[0, 2]) + 0.5 - width / 2) / width
    data.shift_y = (float(camera.K[1, 2]) + 0.5 - height / 2) / width * (fx / fy)
    data.display_size = 0.3
    data.clip_end = 1000.0 * unit
    owner = bpy.data.objects.new(name, data)
    placed = Matrix((camera.T_world_camera @ OPENCV_TO_BLENDER).tolist())
    # Its scale doesn't change what it sees, but what hangs on it is in metres.
    owner.matrix_world = Matrix.Scale(unit, 4) @ placed
    return owner


def key_shots(owner: bpy.types.Object, take: Take, timeline: Timeline, unit: float = 1.0) -> None:
    """Let the camera ``owner`` jump at the cuts of ``take``, and turn, move and zoom as the clip's
    did. ``unit`` as for ``make_camera``."""
    turns, moves = len(take.turns) > 0, len(take.path) > 0
    # Over a cut nothing lies between: the last frame's look is kept until the next frame's.
    how = "CONSTANT" if len(take.cuts) else "LINEAR"
    every, jumps = np.arange(len(take.time_s)), np.r_[0, take.cuts]
    if len(take.cuts) or turns or moves:
        at = every if turns or moves else jumps
        T = cameras_at(take, at.astype(np.int32))
        owner.rotation_mode = "QUATERNION"
        writer = ActionWriter(owner, owner.name)
        rows = at if moves else jumps
        places = T[np.searchsorted(at, rows), :3, 3] * unit
        frames = timeline.frames[rows]
        writer.write("location", frames, places, "Shots", how if moves else "CONSTANT")
        quats = continuous_quats(quat_from_matrix(T[:, :3, :3] @ OPENCV_TO_BLENDER[:3, :3]))
        writer.write("rotation_quaternion", timeline.frames[at], quats, "Shots", how)
    if len(take.zoom):
        writer = ActionWriter(owner.data, f"{owner.name} Lens")
        lens = owner.data.lens * take.zoom.astype(np.float64)[:, None]
        writer.write("lens", timeline.frames[every], lens, "Shots", how)


def set_resolution(scene: bpy.types.Scene, camera: Camera) -> list[str]:
    """Give ``scene`` the clip's picture size and pixel shape; returns what a person should know."""
    render = scene.render
    notes: list[str] = []
    if (render.resolution_x, render.resolution_y) != tuple(camera.size_px):
        notes.append(f"The scene now renders {camera.size_px[0]} x {camera.size_px[1]} pixels.")
    render.resolution_x, render.resolution_y = camera.size_px
    render.resolution_percentage = 100
    aspect = float(camera.K[0, 0] / camera.K[1, 1])  # height of a pixel over its width
    if abs(aspect - 1) < 1e-6:
        aspect = 1.0
    # Blender wants both sides at 1 or above.
    render.pixel_aspect_x, render.pixel_aspect_y = max(1.0, 1 / aspect), max(1.0, aspect)
    if aspect != 1.0:
        notes.append(f"The clip's pixels are not square ({aspect:.4f} times as high as wide).")
    if np.abs(camera.dist).max() > 1e-9:
        notes.append(
            "The lens distortion is not in Blender's camera; the overlay is off at the edges."
        )
    return notes


def show_clip_behind(owner: bpy.types.Object, info: ClipInfo, timeline: Timeline) -> list[str]:
    """Put the clip behind ``owner``'s view, in step with the scene; returns warnings."""
    path = Path(info.path)
    footage = find_footage(path)
    if footage is None:
        if _pictures(path):
            return [f"Blender counts pictures from 0 on, so it can't show those of {path}."]
        return [f"The clip {path} is not there, so the camera has no background."]
    try:
        size_px = _add_background(owner.data, footage, info, timeline)
    except RuntimeError as error:
        return [f"Blender can't show {info.path} behind the camera ({str(error).strip()})."]
    if 0 in size_px:
        return [
            f"Blender can't play {info.path}, so the camera has no background; save it anew with "
            "another program, as MP4."
        ]
    if size_px != tuple(info.size_px) and size_px[::-1] == tuple(info.size_px):
        return ["This Blender ignores the clip's rotation, so the background lies on its side."]
    if not info.is_still and not _is_in_step(path):
        return [
            f"Blender shows the pictures of {path} by the numbers in their names, so the "
            "background is not in step with the motion."
        ]
    return []


def find_footage(path: Path) -> Path | None:
    """Return the file that Blender opens for a clip: of numbered pictures the first that it can
    show, which counts from 0 on."""
    if os.path.isfile(path):
        return path
    return next((one.path for one in _shown(path)), None)


def frames_before_0(path: Path) -> int:
    """How many frames of a clip come before the first one that Blender can show."""
    if os.path.isfile(path):
        return 0
    return next((one.place for one in _shown(path)), 0)


def _is_in_step(path: Path) -> bool:
    """Whether Blender, which goes by the numbers in names, shows every picture at its place."""
    if os.path.isfile(path):
        return True
    steps = {None if one.number is None else one.number - one.place for one in _shown(path)}
    return len(steps) == 1


def _shown(path: Path) -> list[NumberedPicture]:
    return [one for one in _pictures(path) if one.number is None or one.number >= 0]


def _pictures(path: Path) -> list[NumberedPicture]:
    """The pictures of a folder, or of a pattern: shot_####.png or shot_%04d.png."""
    folder = path if os.path.isdir(path) else path.parent
    if not os.path.isdir(folder):
        return []
    files = [p for p in folder.iterdir() if os.path.isfile(p) and not p.name.startswith(".")]
    if folder == path:
        return of_folder([p for p in files if p.suffix.lower() in PICTURE_SUFFIXES])
    return of_pattern(path, files) if is_pattern(path) else []


def start_of_users_clip(take: Take) -> int | None:
    """The scene frame at which the user's own Movie Clip of the take's footage shows the take's
    first frame; None when they have none."""
    begins = None if take.clip.is_still else start_of_footage(Path(take.clip.path))
    first = int(take.source_frame[0]) if len(take.source_frame) else 0
    return None if begins is None else begins + first


def start_of_footage(path: Path) -> int | None:
    """The scene frame at which the user's own Movie Clip of ``path`` shows the file's first
    picture; None when they have none."""
    footage = find_footage(path)
    clip = None if footage is None else _users_clip(footage)
    if clip is None:
        return None
    return int(clip.frame_start) - int(clip.frame_offset) - frames_before_0(path)


def _users_clip(footage: Path) -> bpy.types.MovieClip | None:
    """A Movie Clip of the file ``footage`` that Limn didn't load itself."""
    wanted = os.path.normcase(os.path.abspath(footage))
    for clip in bpy.data.movieclips:
        place = os.path.normcase(os.path.abspath(bpy.path.abspath(clip.filepath)))
        if place == wanted and MADE_KEY not in clip:
            return clip
    return None


def _add_background(
    data: bpy.types.Camera, footage: Path, info: ClipInfo, timeline: Timeline
) -> tuple[int, int]:
    background = data.background_images.new()
    background.alpha = 1.0
    background.display_depth = "BACK"
    background.frame_method = "STRETCH"  # the picture fills the camera's frame, pixel on pixel
    data.show_background_images = True
    if info.is_still:
        count = len(bpy.data.images)
        image = bpy.data.images.load(str(footage), check_existing=True)
        if len(bpy.data.images) > count:  # else it is somebody's own
            image.filepath = _beside_blend(footage)
        background.source, background.image = "IMAGE", image
        return (image.size[0], image.size[1])
    clip = _users_clip(footage)
    if clip is None:
        clip = bpy.data.movieclips.load(str(footage), check_existing=True)
        clip[MADE_KEY] = True
        clip.filepath = _beside_blend(footage)
        clip.frame_start = timeline.clip_start + frames_before_0(Path(info.path))
    background.source, background.clip = "MOVIE_CLIP", clip
    # What Blender can't open, as recordings that name no length, has a size all the same.
    return (clip.size[0], clip.size[1]) if clip.frame_duration else (0, 0)


def _beside_blend(footage: Path) -> str:
    """How a saved .blend tells of ``footage``, so that both may be moved together."""
    if not bpy.context.preferences.filepaths.use_relative_paths:
        return str(footage)
    return relative_to(os.path.abspath(footage), bpy.data.filepath)
