"""A file's keypoints beside what Limn's own networks saw of the same pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ...data.arrays import Floats
from ...data.observations import PassObservations, TrackObservations
from ...geometry.assignment import assign
from .tracks import NAME

_FAR: Final = 0.15
"""Of a crop's side: keypoints farther off on the median are somebody else's; by hand."""
_LEAST_SHARED: Final = 3  # frames; by hand
_SEEN: Final = 0.05  # score over which a keypoint is somewhere; by hand


def same_people(
    theirs: Sequence[TrackObservations], ours: Sequence[TrackObservations]
) -> list[tuple[TrackObservations, int]]:
    """Tracks of a file with the rows of Limn's own of the same people, by where they are."""
    cost = np.array([[_apart(a, b) for b in ours] for a in theirs]).reshape(len(theirs), len(ours))
    found = assign(cost) if cost.size else []
    return [(theirs[i], j) for i, j in sorted(found) if cost[i, j] < _FAR]


def _apart(a: TrackObservations, b: TrackObservations) -> float:
    """How far the keypoints of both lie apart, as a share of the crop's side."""
    _, rows, others = np.intersect1d(a.frames, b.frames, return_indices=True)
    if len(rows) < _LEAST_SHARED:
        return 9.0
    away = np.linalg.norm(a.detected_xy_px[rows] - b.detected_xy_px[others], axis=-1)
    both = (a.detected_score[rows] > _SEEN) & (b.detected_score[others] > _SEEN)
    share: Floats = away / np.maximum(b.side_px[others], 1.0)[:, None]
    return float(np.median(share[both])) if both.any() else 9.0


def with_keypoints(track: TrackObservations, theirs: TrackObservations) -> TrackObservations:
    """``track`` with the pass of a file's, absent in frames that the file lacks; its hands too
    where no network of Limn's looked at them."""
    _, rows, at = np.intersect1d(track.frames, theirs.frames, return_indices=True)
    passes = {**track.passes, NAME: _moved(theirs.passes[NAME], len(track.frames), rows, at)}
    hands = {
        name: _moved(one, len(track.frames), rows, at)
        for name, one in theirs.closeups.items()
        if name not in track.closeups
    }
    return replace(track, passes=passes, closeups={**track.closeups, **hands})


def _moved(one: PassObservations, t: int, rows: Floats, at: Floats) -> PassObservations:
    """The frames ``at`` of a pass as the rows ``rows`` of one of ``t`` frames."""

    def put(values: Floats) -> Floats:
        out = np.zeros((t, *values.shape[1:]), np.float32)
        out[rows] = values[at]
        return out

    return replace(
        one,
        xy_px=put(one.xy_px),
        score=put(one.score),
        xyz_m=put(one.xyz_m),
        presence=put(one.presence),
    )
