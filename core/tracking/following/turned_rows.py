"""Rows of a track that were found later, put among the others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...data.arrays import F32
from ...data.observations import PassObservations, TrackObservations
from ...data.types import LandmarkModel, Landmarks, Region
from ..gating import cut
from ..neighbours import Pose
from ..track_record import join_tracks
from .turned_sights import Sight


@dataclass(frozen=True, slots=True)
class FoundRow:
    """Somebody in ``frame``: their ``pose`` as a detection, the ``region`` and what every network
    saw in it."""

    frame: int
    pose: Pose
    region: Region
    landmarks: Sequence[Landmarks]


def with_rows(
    track: TrackObservations, found: Sequence[FoundRow], models: Sequence[LandmarkModel]
) -> TrackObservations:
    """``track`` with the rows ``found``, instead of those of the same frames if it has any."""
    frames = np.array([row.frame for row in found], np.int32)
    kept = cut(track, np.flatnonzero(~np.isin(track.frames, frames)))
    both = join_tracks(kept, _piece(track, found, models))
    return cut(both, np.argsort(both.frames, kind="stable"))


def along(
    tracks: Sequence[TrackObservations],
    same: Sequence[int],
    way: Sequence[Sight],
    known: Collection[tuple[int, int]],
) -> TrackObservations:
    """The tracks ``same`` of one person as one, without what of them is seen otherwise on the
    ``way``: of the ``known`` rows, tracks' numbers and their rows, only those that are on it."""
    chosen = {one.row for one in way}
    taken = {one.frame for one in way}
    pieces: list[TrackObservations] = []
    for k in same:
        keep = [
            row
            for row, frame in enumerate(tracks[k].frames.tolist())
            if (k, row) in chosen
            or not (frame in taken or (way[0].frame < frame < way[-1].frame and (k, row) in known))
        ]
        pieces.append(cut(tracks[k], np.array(keep, int)))
    own = pieces[0]
    for piece in pieces[1:]:
        # Both may have rows of frames that nobody saw well: the later track is the newer look.
        own = join_tracks(cut(own, np.flatnonzero(~np.isin(own.frames, piece.frames))), piece)
        own = cut(own, np.argsort(own.frames, kind="stable"))
    return own


def row_at(track: TrackObservations, frame: int) -> int | None:
    """The row of a ``frame``; None where the track has none."""
    row = int(np.searchsorted(track.frames, frame))
    return row if row < len(track.frames) and int(track.frames[row]) == frame else None


def _piece(
    track: TrackObservations,
    found: Sequence[FoundRow],
    models: Sequence[LandmarkModel],
) -> TrackObservations:
    """The rows ``found`` as a track of the same person, at whose hands and face nobody looked."""
    told = [row.landmarks for row in found]
    passes = {
        model.name: replace(
            track.passes[model.name],
            xy_px=np.stack([one[k].xy_px for one in told]).astype(np.float32),
            score=np.stack([one[k].score for one in told]).astype(np.float32),
            xyz_m=np.stack([one[k].xyz_m for one in told]).astype(np.float32),
            presence=np.array([one[k].presence for one in told], np.float32),
        )
        for k, model in enumerate(models)
    }
    return replace(
        track,
        frames=np.array([row.frame for row in found], np.int32),
        detected_xy_px=np.stack([row.pose[0] for row in found]).astype(np.float32),
        detected_score=np.stack([row.pose[1] for row in found]).astype(np.float32),
        boxes_px=np.stack([row.pose[2] for row in found]).astype(np.float32),
        center_px=np.array([row.region.center_px for row in found], np.float32),
        side_px=np.array([row.region.side_px for row in found], np.float32),
        passes=passes,
        closeups={name: _unseen(one, len(found)) for name, one in track.closeups.items()},
        depth=None if track.depth is None else _nothing(track.depth, len(found)),
    )


def _unseen(one: PassObservations, count: int) -> PassObservations:
    return replace(
        one,
        xy_px=_nothing(one.xy_px, count),
        score=_nothing(one.score, count),
        xyz_m=_nothing(one.xyz_m, count),
        presence=_nothing(one.presence, count),
    )


def _nothing(values: F32, count: int) -> F32:
    return np.zeros((count, *values.shape[1:]), np.float32)
