"""The camera of an imported motion, and the take that people and camera make."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Final

import numpy as np

from ..data.arrays import F32, F64, Floats, check_fields, of_shape
from ..data.foreign.motion import Foreign
from ..data.observations import Observed
from ..data.settings import Settings
from ..data.types import Camera, ClipInfo, Person, Take
from ..evaluation.quality import report_on
from ..geometry.camera import camera_from_fov
from ..geometry.rotations import exp_so3, log_so3, nearest_rotation
from ..geometry.smoothing import (
    blur,
    interpolate_columns,
    smooth_weighted,
    strength_for_cutoff,
)
from .motion import ImportedCamera
from .placing import R_WORLD_FILE
from .values import FRAME_RATES

USUAL_FPS: Final = 30.0
"""Of files that don't tell; most tools' clips have it."""
NO_RATE: Final = "The file tells no frame rate; 30 frames a second are assumed: set it by --fps."
_SIZE_PX: Final = (1920, 1080)  # of a camera of which nothing is known
_STANDS_M: Final = 0.03
"""A camera that stays within so many metres of its middle place ..."""
_STANDS_RAD: Final = 0.01
"""... and turns by so little stands still: that is the noise of its tool; by hand."""
_NOISY_M: Final = 0.002
"""Metres from frame to frame by which a camera trembles that was told by noisy bodies ..."""
_NOISY_RAD: Final = 0.001  # ... and the same of its turns; by hand
_CUTOFF_HZ: Final = 3.0  # of a camera that trembles so; by hand
_FOLLOW_S: Final = 0.3
"""Seconds over which a camera follows what cleaning shifts people by; by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Filmed:
    """A ``camera``, and of each of T frames its ``turns`` (T, 3) and ``path`` (T, 3) as in
    ``Take``, none of a camera that stands still."""

    camera: Camera
    turns: F32 = field(metadata=of_shape(None, 3))
    path: F32 = field(metadata=of_shape(None, 3))

    def __post_init__(self) -> None:
        check_fields(self)


def rate_of(
    told: float | None, asked: float | None, clip: ClipInfo | None
) -> tuple[float, tuple[str, ...]]:
    """Frames a second: those ``asked`` for, ``told`` by the file, of the clip, or the usual; and
    what there is to say about that."""
    if asked:
        return asked, ()
    known = USUAL_FPS if clip is None or not clip.fps else clip.fps
    if told is not None and not FRAME_RATES[0] <= told <= FRAME_RATES[1]:
        return known, (f"The file tells {told:g} frames a second, which no film has; {known:g} are "
                       "assumed: set it by --fps.",)  # fmt: skip
    if told:
        return told, ()
    return known, () if clip is not None and clip.fps else (NO_RATE,)


def filmed(
    told: ImportedCamera, clip: ClipInfo, fps: float, shift: Floats, *, is_as_it_is: bool
) -> Filmed:
    """The camera of T frames; ``shift`` (T, 3) is by how much people were moved in the world,
    which the camera that filmed them follows. A camera of which nothing is known is level."""
    size_px = clip.size_px if all(clip.size_px) else told.size_px or _SIZE_PX
    camera = camera_from_fov(size_px, None)
    if told.K is not None:
        camera = replace(camera, K=_fitted(told.K, told.size_px, size_px), focal_doubt=0.0)
    still = np.zeros((0, 3), np.float32)
    T = told.T_file_camera
    if T is None or not len(T):
        T_world = np.eye(4)
        T_world[:3, :3] = R_WORLD_FILE["-y"]
        T_world[:3, 3] = np.median(shift, axis=0) * [0.0, 0.0, 1.0]
        return Filmed(replace(camera, T_world_camera=T_world), still, still)
    count = len(shift)
    every = T[np.minimum(np.arange(count), len(T) - 1)].copy()
    if stands := _stands(T):
        every[:] = _middle(T)
    if not is_as_it_is:
        if stands:
            every[:, 2, 3] += np.median(shift[:, 2])
        else:
            every[:, :3, 3] += _followed(shift, fps)
            every = _steadied(every, fps)
    first = every[0]
    camera = replace(camera, T_world_camera=first)
    if stands:
        return Filmed(camera, still, still)
    back = first[:3, :3].T
    return Filmed(
        camera,
        turns=log_so3(back @ every[:, :3, :3]).astype(np.float32),
        path=((every[:, :3, 3] - first[:3, 3]) @ back.T).astype(np.float32),
    )


def way_of(told: ImportedCamera) -> F64:
    """The camera's way as it was told, (n, 4, 4), none of an unknown one."""
    return np.zeros((0, 4, 4)) if told.T_file_camera is None else told.T_file_camera


def _fitted(K: F64, own_px: tuple[int, int] | None, size_px: tuple[int, int]) -> F64:
    """Intrinsics of the clip's pictures, which may be larger than those that a tool looked at."""
    if own_px is None or own_px == size_px:
        return K
    return np.diag([size_px[0] / own_px[0], size_px[1] / own_px[1], 1.0]) @ K


def _middle(T: F64) -> F64:
    out = np.eye(4)
    out[:3, :3] = nearest_rotation(T[:, :3, :3].mean(0))
    out[:3, 3] = np.median(T[:, :3, 3], axis=0)
    return out


def _stands(T: F64) -> bool:
    middle = _middle(T)
    away = np.linalg.norm(T[:, :3, 3] - middle[:3, 3], axis=-1)
    turned = np.linalg.norm(log_so3(middle[:3, :3].T @ T[:, :3, :3]), axis=-1)
    return bool(np.percentile(away, 95) < _STANDS_M and np.percentile(turned, 95) < _STANDS_RAD)


def _followed(shift: Floats, fps: float) -> F64:
    return np.stack([blur(column, max(_FOLLOW_S * fps, 0.5)) for column in shift.T], axis=-1)


def _steadied(T: F64, fps: float) -> F64:
    """A path (T, 4, 4) without the trembling of bodies that it was told by, if it has any."""
    out = T.copy()
    if len(T) < 5:
        return out
    turns = log_so3(T[0, :3, :3].T @ T[:, :3, :3])
    place = T[:, :3, 3]
    weight = np.ones_like(place)
    strength = strength_for_cutoff(_CUTOFF_HZ, fps)
    if _tremble(place) > _NOISY_M:
        out[:, :3, 3] = smooth_weighted(place, weight, strength)
    if _tremble(turns) > _NOISY_RAD:
        out[:, :3, :3] = T[0, :3, :3] @ exp_so3(smooth_weighted(turns, weight, strength))
    return out


def _tremble(values: Floats) -> float:
    """White noise in (t, 3), by fourth differences."""
    return float(1.4826 * np.median(np.abs(np.diff(values, n=4, axis=0))) / np.sqrt(70.0))


def shift_of(count: int, moved: list[tuple[Floats, Floats]]) -> F64:
    """By how much people were moved in each of ``count`` frames, (count, 3), on the mean.

    ``moved`` holds for each the frames (t,) and the shifts (t, 3); frames in which nobody is take
    those about them.
    """
    total, people = np.zeros((count, 3)), np.zeros(count)
    for frames, shift in moved:
        total[frames] += shift
        people[frames] += 1
    known = np.flatnonzero(people)
    if not len(known):
        return total
    mean = total[known] / people[known, None]
    return interpolate_columns(np.arange(count, dtype=np.float64), known.astype(np.float64), mean)


def assembled(
    clip: ClipInfo,
    fps: float,
    count: int,
    people: tuple[Person, ...],
    camera: Filmed,
    notes: tuple[str, ...],
    told: Foreign,
    settings: Settings,
    *,
    is_as_it_is: bool,
) -> Take:
    """The take of ``count`` frames, with its report and what the file ``told``."""
    size_px = camera.camera.size_px
    times, numbers = np.arange(count) / fps, np.arange(count, dtype=np.int32)
    take = Take(
        clip=replace(clip, fps=fps, frame_count=clip.frame_count or count, size_px=size_px),
        camera=camera.camera,
        time_s=times,
        source_frame=numbers,
        people=people,
        settings=asdict(settings),
        observed=Observed(times, numbers, (), foreign=told),
        warnings=notes,
        turns=camera.turns,
        path=camera.path,
    )
    return replace(take, report=report_on(take, floor_is_measured=not is_as_it_is))
