"""Points that Limn followed through a clip, as tracks of its Movie Clip.

Blender's tracker takes people for background, and its solver then finds no camera or a wrong one;
Limn's points have none on them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import bpy
import numpy as np

from ...core.data.arrays import F64, I64, check_fields, of_shape
from ...core.data.errors import SettingsError
from ...core.data.types import Take

PREFIX: Final = "Limn "
"""What the names of Limn's tracks begin with; no other track is ever changed."""
_MOST: Final = 250
"""Tracks, those followed longest: more cost time and tell nothing new."""
_FEWEST: Final = 8
"""Tracks that two frames must share for Blender to solve them."""
_TELLING: Final = 60
"""Shared tracks from which two frames are as good a start as any; by hand."""
_STARTS: Final = 24
"""Frames among which a solve's two starting ones are sought; by hand."""

_NOTHING: Final = (
    "Nothing was followed behind these people: the camera stands still, or the take is old."
)
_SHOTS: Final = "Blender solves one shot, and this clip has {}; Limn follows each of them."
_ZOOMS: Final = "Blender's solver knows one focal length, and this camera zooms; Limn follows it."
_ZOOM: Final = 1.05
"""Largest by smallest focal length from which a camera zooms."""


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """m sightings of points by ``frame`` (m,) of the file from 0, ``point`` (m,), ``at`` (m, 2)
    shares of the picture from its lower left corner."""

    frame: I64 = field(metadata=of_shape("m"))
    point: I64 = field(metadata=of_shape("m"))
    at: F64 = field(metadata=of_shape("m", 2))

    def __post_init__(self) -> None:
        check_fields(self)


def followed_of(take: Take) -> Followed:
    """The points behind the people of a take. Raises SettingsError where Blender's solver can't do
    anything with them."""
    seen = None if take.observed is None else take.observed.background
    if seen is None or not len(seen.points):
        raise SettingsError(_NOTHING)
    if len(take.cuts):
        raise SettingsError(_SHOTS.format(len(take.cuts) + 1))
    if len(take.zoom) and take.zoom.max() > _ZOOM * take.zoom.min():
        raise SettingsError(_ZOOMS)
    points, row, counts = np.unique(seen.points, return_inverse=True, return_counts=True)
    longest = np.argsort(-counts, kind="stable")[:_MOST]
    keep = np.isin(row, longest)
    width, height = take.clip.size_px
    share = (seen.xy_px[keep].astype(np.float64) + 0.5) / (width, height)
    share[:, 1] = 1 - share[:, 1]
    frame = take.source_frame[seen.frames[keep]].astype(np.int64)
    return Followed(frame, points[row[keep]].astype(np.int64), share)


def put_tracks(clip: bpy.types.MovieClip, followed: Followed) -> None:
    """Tracks of the points, in the frames in which they were seen."""
    at = followed.frame - int(clip.frame_offset) + 1
    for point in np.unique(followed.point).tolist():
        rows = np.flatnonzero(followed.point == point)
        rows = rows[at[rows] > 0]
        if not len(rows):
            continue
        track = clip.tracking.tracks.new(name=f"{PREFIX}{point}", frame=int(at[rows[0]]))
        for row in rows.tolist():
            track.markers.insert_frame(int(at[row]), co=followed.at[row].tolist())
        # Blender holds a track's last marker until a disabled one ends it.
        track.markers.insert_frame(int(at[rows[-1]]) + 1).mute = True


def starting_frames(followed: Followed, frame_offset: int) -> tuple[int, int]:
    """The two frames, of the clip's own count, between which points move apart most.

    Raises SettingsError where no two frames share enough of them.
    """
    frames = np.unique(followed.frame)
    tried = frames[np.unique(np.linspace(0, len(frames) - 1, _STARTS).round().astype(int))]
    looks = [_look(followed, frame) for frame in tried.tolist()]
    best, found = 0.0, None
    for i, (points, at) in enumerate(looks):
        for k in range(i + 1, len(looks)):
            _, a, b = np.intersect1d(points, looks[k][0], return_indices=True)
            if len(a) < _FEWEST:
                continue
            moved = looks[k][1][b] - at[a]
            apart = float(np.median(np.linalg.norm(moved - np.median(moved, axis=0), axis=1)))
            worth = apart * min(1.0, len(a) / _TELLING)
            if worth > best:
                best, found = worth, (tried[i], tried[k])
    if found is None:
        raise SettingsError("No two frames of the clip share enough points to solve a camera from.")
    return int(found[0]) - frame_offset + 1, int(found[1]) - frame_offset + 1


def _look(followed: Followed, frame: int) -> tuple[I64, F64]:
    rows = followed.frame == frame
    return followed.point[rows], followed.at[rows]
