"""Blender's camera solver, started on Limn's points with Limn's lens, and what it is worth.

The lens is held: left free, it went to 438 pixels for 600 at an error of 0.23 pixels on a rendered
clip. A small error proves nothing, so the solve is compared with Limn's own path as well.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import bpy
import numpy as np

from ...core.data.arrays import F64
from ...core.data.errors import SettingsError
from ...core.data.types import Progress, Take
from ...core.geometry.alignment import align_similarity
from ...core.geometry.camera import cameras_at
from ...core.geometry.rotations import log_so3, nearest_rotation
from ..camera import OPENCV_TO_BLENDER
from .markers import PREFIX, followed_of, put_tracks, starting_frames

STAGE: Final = "Solving the camera"
_ROUNDS: Final = 3
_KEPT: Final = 80
"""Per cent of the tracks that each round but the last keeps, as artists do: those that fit best."""
_FEWEST: Final = 24
"""Tracks below which none is dropped; by hand."""
_MOST_OFF: Final = 1 / 640
"""Mean error of a good solve, of the picture's width: that of points that Limn follows."""
_LEAST_SOLVED: Final = 0.9
"""Share of the frames that a good solve places; by hand."""
_APART_DEG: Final = 1.0
"""Degrees by which a good solve's path differs from Limn's own; by hand."""
_APART: Final = 0.03
"""Share of the way's length by which it does; by hand."""

_THEIRS: Final = (
    "The Movie Clip of this footage has tracks of your own; solve them in the Movie Clip editor."
)
_SIZE: Final = "Blender shows this clip in another size than Limn read, so its points don't fit it."


@dataclass(frozen=True, slots=True)
class Solve:
    """How Blender's solve went: its mean error in pixels, frames placed and frames there were,
    degrees and share of the way by which it differs from Limn's path, the latter NaN of a tripod.
    """

    error_px: float
    placed: int
    frames: int
    apart_deg: float
    apart: float

    def says(self) -> str:
        """A sentence with the figures."""
        way = "" if np.isnan(self.apart) else f" and {self.apart:.1%} of the way"
        return (
            f"{self.placed} of {self.frames} frames placed, {self.error_px:.2f} pixels off, "
            f"{self.apart_deg:.1f} degrees{way} from Limn's own path"
        )


def solve_steps(
    context: bpy.types.Context, clip: bpy.types.MovieClip, take: Take
) -> Generator[Progress, None, Solve]:
    """Solve the camera of ``clip``, the footage of ``take``; closing it, or an error, takes Limn's
    tracks and the solve away again.

    Raises SettingsError where there is nothing to solve, where the clip has tracks of somebody
    else, and where the solve isn't to be believed.
    """
    followed = followed_of(take)
    tracking = clip.tracking
    if any(not track.name.startswith(PREFIX) for track in tracking.tracks):
        raise SettingsError(_THEIRS)
    if tuple(clip.size) != tuple(take.clip.size_px):
        raise SettingsError(_SIZE)
    start = starting_frames(followed, int(clip.frame_offset))
    is_over = False
    try:
        _clear(context, clip)
        yield Progress(STAGE, 0, _ROUNDS + 1)
        put_tracks(clip, followed)
        _set_up(clip, take, start)
        for turn in range(_ROUNDS):
            yield Progress(STAGE, turn + 1, _ROUNDS + 1)
            _solve(context, clip)
            if turn + 1 < _ROUNDS:
                _drop_worst(context, clip)
        found = _checked(clip, take, len(np.unique(followed.frame)))
        is_over = True
        return found
    finally:
        if not is_over:
            _clear(context, clip)


def _set_up(clip: bpy.types.MovieClip, take: Take, start: tuple[int, int]) -> None:
    """Limn's lens, held, and the two frames that a solve starts from."""
    lens, settings, K = clip.tracking.camera, clip.tracking.settings, take.camera.K
    zoom = float(np.exp(np.mean(np.log(take.zoom)))) if len(take.zoom) else 1.0
    lens.units = "PIXELS"
    lens.focal_length_pixels = zoom * float(K[0, 0])
    lens.distortion_model = "POLYNOMIAL"
    lens.k1, lens.k2, lens.k3 = float(take.camera.dist[0]), float(take.camera.dist[1]), 0.0
    lens.principal_point_pixels = float(K[0, 2]) + 0.5, take.clip.size_px[1] - float(K[1, 2]) - 0.5
    for name in ("focal_length", "principal_point", "radial_distortion", "tangential_distortion"):
        setattr(settings, f"refine_intrinsics_{name}", False)
    settings.use_tripod_solver = not len(take.path)
    settings.use_keyframe_selection = False
    of_camera = clip.tracking.objects[0]
    of_camera.keyframe_a, of_camera.keyframe_b = start


@contextmanager
def _clip_editor(context: bpy.types.Context, clip: bpy.types.MovieClip) -> Generator[None]:
    """A Movie Clip editor that shows ``clip``, for as long as an operator needs one."""
    window = context.window or next(iter(context.window_manager.windows), None)
    areas = [] if window is None else list(window.screen.areas)
    area = max(areas, key=lambda one: one.width * one.height, default=None)
    if window is None or area is None:
        raise SettingsError("Blender's solver needs a window; there is none here.")
    kind, shown = area.type, None
    try:
        area.type = "CLIP_EDITOR"
        space: Any = area.spaces.active
        shown, space.clip = space.clip, clip
        region = next(one for one in area.regions if one.type == "WINDOW")
        with context.temp_override(window=window, area=area, region=region):
            yield
    finally:
        if shown is not None:
            area.spaces.active.clip = shown
        area.type = kind


def _solve(context: bpy.types.Context, clip: bpy.types.MovieClip) -> None:
    with _clip_editor(context, clip):
        try:
            bpy.ops.clip.solve_camera()
        except RuntimeError as error:
            reason = str(error).strip().removeprefix("Error: ").splitlines()[0]
            raise SettingsError(f"Blender's solver failed: {reason}") from error


def _drop_worst(context: bpy.types.Context, clip: bpy.types.MovieClip) -> None:
    """Delete the tracks that fit worst."""
    tracks = list(clip.tracking.tracks)
    errors = [track.average_error for track in tracks]
    if len(tracks) < _FEWEST:
        return
    limit = float(np.percentile(errors, _KEPT))
    _delete(context, clip, {t.name for t, e in zip(tracks, errors, strict=True) if not e <= limit})


def _clear(context: bpy.types.Context, clip: bpy.types.MovieClip) -> None:
    """Take Limn's tracks and a solve of them away."""
    names = {t.name for t in clip.tracking.tracks if t.name.startswith(PREFIX)}
    if names:
        with _clip_editor(context, clip):
            bpy.ops.clip.clear_solution()
        _delete(context, clip, names)


def _delete(context: bpy.types.Context, clip: bpy.types.MovieClip, names: set[str]) -> None:
    for track in clip.tracking.tracks:
        track.select = track.name in names
    if names:
        with _clip_editor(context, clip):
            bpy.ops.clip.delete_track()


def _checked(clip: bpy.types.MovieClip, take: Take, count: int) -> Solve:
    """How the solve went, if it is to be believed; ``count`` frames have points."""
    found = clip.tracking.reconstruction
    cameras = sorted(found.cameras, key=lambda one: one.frame)
    frames = np.array([one.frame for one in cameras], np.int64) - 1 + int(clip.frame_offset)
    here = np.isin(frames, take.source_frame)
    position = np.searchsorted(take.source_frame, frames[here]).astype(np.int32)
    T = np.array([np.array(one.matrix, np.float64) for one in cameras]).reshape(-1, 4, 4)[here]
    result = _compared(T @ OPENCV_TO_BLENDER, cameras_at(take, position), bool(len(take.path)))
    result = replace(result, error_px=float(found.average_error), frames=count)
    is_near = result.apart_deg <= _APART_DEG and not result.apart > _APART
    is_good = result.error_px <= _MOST_OFF * take.clip.size_px[0] and is_near
    if not (found.is_valid and is_good and result.placed >= _LEAST_SOLVED * result.frames):
        raise SettingsError(
            f"Blender's solve is not to be believed and was taken away: {result.says()}."
        )
    return result


def _compared(T: F64, own: F64, is_carried: bool) -> Solve:
    """How far ``T`` and ``own`` (n, 4, 4), Blender's cameras and Limn's, each to a world of its
    own, are apart."""
    if len(T) < 2:
        return Solve(np.inf, len(T), len(T), np.inf, np.inf)
    R = T[:, :3, :3] / np.linalg.norm(T[:, :3, :3], axis=1, keepdims=True)
    between = own[:, :3, :3] @ np.swapaxes(R, 1, 2)
    off = np.swapaxes(nearest_rotation(between.sum(0))[None], 1, 2) @ between
    degrees = float(np.degrees(np.linalg.norm(log_so3(off), axis=-1)).max())
    share = float("nan")
    if is_carried:
        target = own[:, :3, 3]
        away = np.linalg.norm(align_similarity(T[:, :3, 3], target) - target, axis=1)
        way = np.linalg.norm(np.diff(target, axis=0), axis=1).sum()
        share = float(np.sqrt((away**2).mean()) / max(float(way), 1e-9))
    return Solve(np.inf, len(T), len(T), degrees, share)
