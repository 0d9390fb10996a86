"""How the cameras of a clip move: what the solver is told of it, shot by shot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

import numpy as np

from ..data.arrays import F32, F64, I32, Bools, check_fields, of_shape
from ..data.observations import Background, Observed
from ..data.profiling.stages import staged
from ..data.types import Camera
from ..geometry.camera import normalized_from_px
from ..geometry.even_time import EvenTime
from ..geometry.inbetween import curve_through, nearest, rotations_between
from ..geometry.rotations import exp_so3, log_so3, nearest_rotation
from ..geometry.smoothing import blur
from .camera_turns import at_focal
from .path.following import follow_shot
from .path.shot import Seen, ShotPath

_FOLLOWED_DOUBT: Final = 0.02
"""By what share a focal length that a moving camera told may be wrong; by hand."""
_UNEXPLAINED: Final = (
    "What is behind the people moves as no camera's motion explains, or was lost at once; the "
    "camera is followed as far as it turns."
)
ROW_BY_ROW: Final = (
    "The camera reads its pictures row by row (rolling shutter); this is allowed for."
)
"""The report's sentence where that is found; translated in the panel."""
_STEADY_S: Final = 0.5
"""Seconds over which a carried camera's look is averaged; by hand. Turned back by every shake, what
is seen of people moves as they do, which the lifter learnt; turned back by all of an orbit, they
would be seen from where nobody saw them."""


@dataclass(frozen=True, slots=True, eq=False)
class CameraMotion:
    """Every frame's camera in the axes of its shot, those of its frames' mean.

    ``R`` (T, 3, 3) from the frame's axes to the shot's; ``centers`` (T, 3) where it stands there,
    or None where no camera is carried: metres once ``scaled``, before in a unit of every shot's
    own; ``zoom`` (T,) its focal length over the camera's, or None; ``carried`` (shots,) which shots
    have centers, ``held`` (T,) the frames in which nothing could be followed, ``cuts`` (c,) where
    shots begin. ``is_watched``: it is no more than what ``TurnWatch`` told. ``skew`` (shots, 2) as
    in ``ShotPath``, zeros where pictures are read at once, None where all are.
    """

    R: F64 = field(metadata=of_shape("T", 3, 3))
    centers: F64 | None = field(metadata=of_shape("T", 3))
    zoom: F64 | None = field(metadata=of_shape("T"))
    carried: Bools = field(metadata=of_shape("shots"))
    held: Bools = field(metadata=of_shape("T"))
    cuts: I32 = field(metadata=of_shape(None))
    is_watched: bool = False
    skew: F64 | None = field(default=None, metadata=of_shape("shots", 2))

    def __post_init__(self) -> None:
        check_fields(self)

    def shot_of(self, position: int) -> int:
        """The number of the shot that a frame is in."""
        return int(np.searchsorted(self.cuts, position, side="right"))

    @property
    def turns(self) -> F64:
        """Rotation vectors (T, 3)."""
        return np.asarray(log_so3(self.R), np.float64)

    def scaled(self, shot: slice, factor: float) -> CameraMotion:
        """With the centers of the frames in ``shot`` times ``factor``."""
        if self.centers is None:
            return self
        centers = self.centers.copy()
        centers[shot] *= factor
        return replace(self, centers=centers)

    def spread(self, clock: EvenTime) -> CameraMotion:
        """The same at every tick of a clock."""
        ours, theirs = shots_of(self.cuts, len(self.R)), shots_of(clock.cuts, clock.count)
        R, centers = np.empty((clock.count, 3, 3)), np.zeros((clock.count, 3))
        zoom, held = np.ones(clock.count), np.zeros(clock.count, bool)
        pace = np.ones((len(ours), 1))  # ticks a frame
        for k, (own, other) in enumerate(zip(ours, theirs, strict=True)):
            at, ticks = clock.at[own], np.arange(other.start, other.stop, dtype=np.float64)
            pace[k] = np.median(np.diff(at)) if len(at) > 1 else 1.0
            R[other] = rotations_between(at, self.R[own], ticks)
            held[other] = self.held[own][nearest(at, ticks)]
            if self.centers is not None:
                centers[other] = curve_through(at, self.centers[own], ticks)
            if self.zoom is not None:
                zoom[other] = np.interp(ticks, at, self.zoom[own])
        return replace(
            self,
            R=R,
            centers=None if self.centers is None else centers,
            zoom=None if self.zoom is None else zoom,
            held=held,
            cuts=clock.cuts,
            skew=None if self.skew is None else pace * self.skew,
        )

    def between(self, first: int, last: int) -> TrackCamera:
        """What films the frames from ``first`` to ``last`` of one shot."""
        at = slice(first, last + 1)
        shot = self.shot_of(first)
        is_carried = self.centers is not None and bool(self.carried[shot])
        return TrackCamera(
            self.R[at],
            self.centers[at] if self.centers is not None and is_carried else None,
            None if self.zoom is None else self.zoom[at],
            None if self.skew is None or not self.skew[shot].any() else self.skew[shot],
        )


@dataclass(frozen=True, slots=True, eq=False)
class TrackCamera:
    """The camera of t frames in a row, as in ``CameraMotion``: ``R`` (t, 3, 3), ``centers`` (t, 3)
    metres or None where it isn't carried, ``zoom`` (t,) or None; ``skew`` (2,) as in ``ShotPath``.
    """

    R: F64 = field(metadata=of_shape("t", 3, 3))
    centers: F64 | None = field(metadata=of_shape("t", 3))
    zoom: F64 | None = field(metadata=of_shape("t"))
    skew: F64 | None = field(default=None, metadata=of_shape(2))

    def __post_init__(self) -> None:
        check_fields(self)

    def steady_axes(self, fps: float) -> F64 | None:
        """Rotations (t, 3, 3) to the shot's axes of one that is carried with a steady hand."""
        if self.centers is None:
            return None
        flat = self.R.reshape(len(self.R), 9)
        slow = [blur(column, max(_STEADY_S * fps, 0.5)) for column in flat.T]
        return np.asarray(nearest_rotation(np.stack(slow, -1).reshape(-1, 3, 3)), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Filming:
    """The ``camera`` of a clip, placed nowhere yet, and how it moves, None for one that stands."""

    camera: Camera
    motion: CameraMotion | None
    doubts: tuple[str, ...] = ()


def shots_of(cuts: I32, count: int) -> list[slice]:
    """The frames of every shot of ``count`` frames."""
    edges = [0, *cuts.tolist(), count]
    return [slice(a, b) for a, b in pairwise(edges)]


@staged("camera path")
def filming_of(seen: Observed, camera: Camera, *, prefers_carried: bool = False) -> Filming:
    """How the clip was filmed, from its background and turns; ``camera`` as it is known so far.

    Shots in which nothing but a turn is seen are as ``TurnWatch`` tells them. ``prefers_carried``
    takes a carried camera wherever that explains what is seen.
    """
    count, shots = len(seen.time_s), shots_of(seen.cuts, len(seen.time_s))
    seen_in = [followed_in(seen.background, camera, shot) for shot in shots]
    found = [one and follow_shot(one, prefers_carried=prefers_carried) for one in seen_in]
    lost = any(one is not None and path is None for one, path in zip(seen_in, found, strict=True))
    doubts = (_UNEXPLAINED,) if lost else ()
    # Of a camera that only turns TurnWatch tells as much, unless that tells more.
    paths = [None if path is None or _is_plain(path) else path for path in found]
    followed = [path for path in paths if path is not None]
    if not followed:
        turns = None if seen.turns is None else at_focal(seen.turns, camera)
        return Filming(camera, None if turns is None else _turning(turns, seen.cuts), doubts)
    told = [path for path in followed if _tells_lens(path)]
    if len(told) == len(shots) and camera.is_estimated:
        logs = [np.log(path.focal).mean() for path in told]
        doubt = max(path.focal_doubt or _FOLLOWED_DOUBT for path in told)
        camera = _of_focal(camera, float(np.exp(np.mean(logs))), doubt)
    motion = _turning(np.tile(np.eye(3), (count, 1, 1)), seen.cuts)
    if seen.turns is not None:
        motion = replace(motion, R=at_focal(seen.turns, camera))
    R, zoom, held, carried = motion.R, np.ones(count), motion.held, motion.carried
    centers, skew = np.zeros((count, 3)), np.zeros((len(shots), 2))
    for k, (shot, path) in enumerate(zip(shots, paths, strict=True)):
        if path is None:
            continue
        R[shot], place, focal, held[shot] = _every_frame(path, shot)
        if not _tells_lens(path):
            R[shot], focal = _turned_at(R[shot], focal, camera), camera.K[0, 0]
        carried[k] = path.model == "carried"
        centers[shot] = place if carried[k] else 0.0
        zoom[shot] = focal / camera.K[0, 0]
        skew[k] = 0.0 if path.skew is None else path.skew
    is_zoomed = bool(np.abs(zoom - 1).max() > 1e-9)
    motion = CameraMotion(
        R,
        centers if carried.any() else None,
        zoom if is_zoomed else None,
        carried,
        held,
        seen.cuts,
        skew=skew if skew.any() else None,
    )
    return Filming(camera, motion, doubts + _doubts(followed))


def filming_at_ticks(filming: Filming, seen: Observed, clock: EvenTime) -> Filming:
    """The same for what was ``seen`` spread over the ticks of a clock."""
    motion = filming.motion
    if motion is None:
        return filming
    if motion.is_watched and seen.turns is not None:
        return replace(filming, motion=_turning(at_focal(seen.turns, filming.camera), seen.cuts))
    return replace(filming, motion=motion.spread(clock))


def _turning(R: F64, cuts: I32) -> CameraMotion:
    carried = np.zeros(len(cuts) + 1, bool)
    return CameraMotion(R, None, None, carried, np.zeros(len(R), bool), cuts, is_watched=True)


def _of_focal(camera: Camera, focal: float, doubt: float) -> Camera:
    K = camera.K.copy()
    K[:2, :2] *= focal / K[0, 0]
    return replace(camera, K=K, focal_doubt=min(camera.focal_doubt, doubt))


def followed_in(background: Background | None, camera: Camera, shot: slice) -> Seen | None:
    """What was followed in a shot, in pixels as the undistorted ``camera`` sees them; None where
    nothing moved."""
    if background is None:
        return None
    rows = (background.frames >= shot.start) & (background.frames < shot.stop)
    if not rows.any():
        return None
    frames = np.unique(background.frames[rows])
    focal = float(camera.K[0, 0])
    xy = normalized_from_px(camera, background.xy_px[rows].astype(np.float64)) * focal
    return Seen(
        look=np.searchsorted(frames, background.frames[rows]),
        point=background.points[rows].astype(np.int64),
        xy=xy,
        frames=frames.astype(np.int64),
        focal=focal,
        focal_doubt=camera.focal_doubt,
        longer_px=float(max(camera.size_px)),
    )


def _is_plain(path: ShotPath) -> bool:
    return path.skew is None and not _tells_lens(path)


def _tells_lens(path: ShotPath) -> bool:
    return path.model != "turns" or path.focal_doubt is not None


def _turned_at(R: F64, focal: F64, camera: Camera) -> F64:
    """Turns (t, 3, 3) that were found at the lengths ``focal`` (t,), at that of ``camera``."""
    longer = focal / camera.K[0, 0]
    return exp_so3(log_so3(R) * np.stack([longer, longer, np.ones(len(R))], axis=-1))


def _every_frame(path: ShotPath, shot: slice) -> tuple[F64, F64, F64, Bools]:
    """Rotations to the shot's axes, centers, focal lengths and where it is held, of all frames."""
    every = np.arange(shot.start, shot.stop, dtype=np.float64)
    at = path.frames.astype(np.float64)
    own = np.swapaxes(path.R, 1, 2)
    mean = nearest_rotation(own.sum(0))
    R = rotations_between(at, mean.T @ own, every)
    middle = path.centers.mean(0)
    centers = curve_through(at, (path.centers - middle) @ mean, every)
    focal = np.exp(np.interp(every, at, np.log(path.focal)))
    held = np.interp(every, at, path.held.astype(np.float64)) >= 0.5
    return R, centers, focal, held


def _doubts(paths: Sequence[ShotPath]) -> tuple[str, ...]:
    out = (ROW_BY_ROW,) if any(path.skew is not None for path in paths) else ()
    held = sum(int(path.held.sum()) for path in paths)
    if not held:
        return out
    return (
        *out,
        f"In {held} frames too little of the background was seen to follow the camera; "
        "it goes on evenly there.",
    )


def at_one_focal(lines: F32 | None, camera: Camera, motion: CameraMotion | None) -> F32 | None:
    """``Observed.lines`` as they would lie at the focal length of ``camera``."""
    if lines is None or motion is None or motion.zoom is None:
        return lines
    out = lines.copy()
    middle = np.tile(camera.K[:2, 2], 2)
    out[:, 1:] = middle + (lines[:, 1:] - middle) / motion.zoom[lines[:, 0].astype(int), None]
    return out
