"""A face that was taken for that of two people, one before the other, is one person's."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..data.arrays import F64, Bools
from ..data.observations import TrackObservations

_SAME: Final = 0.3
"""Meshes whose middles lie nearer than this share of their height are of one face."""


def without_doubles(
    tracks: tuple[TrackObservations, ...], closeup: str
) -> tuple[TrackObservations, ...]:
    """``tracks`` of which no two have the same face: it stays with whose face is seen more often,
    as who stands behind somebody borrows theirs for a moment."""
    with_face = [i for i, track in enumerate(tracks) if closeup in track.closeups]
    seen = {i: (tracks[i].closeups[closeup].presence > 0) for i in with_face}
    order = sorted(with_face, key=lambda i: -int(seen[i].sum()))
    kept: dict[int, TrackObservations] = {}
    for rank, i in enumerate(order):
        drop = np.zeros(len(tracks[i].frames), np.bool_)
        for other in order[:rank]:
            drop |= _shared(tracks[i], kept[other], closeup)
        kept[i] = _without(tracks[i], closeup, drop) if drop.any() else tracks[i]
    return tuple(kept.get(i, track) for i, track in enumerate(tracks))


def _shared(one: TrackObservations, other: TrackObservations, closeup: str) -> Bools:
    """In which frames (t,) of ``one`` the ``other`` has the same face."""
    out = np.zeros(len(one.frames), np.bool_)
    _, rows, others = np.intersect1d(one.frames, other.frames, return_indices=True)
    a, b = one.closeups[closeup], other.closeups[closeup]
    both = (a.presence[rows] > 0) & (b.presence[others] > 0)
    away: F64 = np.linalg.norm(a.xy_px[rows].mean(1) - b.xy_px[others].mean(1), axis=-1)
    height = np.ptp(b.xy_px[others][..., 1], axis=1)
    out[rows] = both & (away < _SAME * height)
    return out


def _without(track: TrackObservations, closeup: str, drop: Bools) -> TrackObservations:
    face = track.closeups[closeup]
    left = {
        name: np.where(drop.reshape(-1, *[1] * (v.ndim - 1)), np.float32(0), v)
        for name, v in (
            ("xy_px", face.xy_px),
            ("score", face.score),
            ("xyz_m", face.xyz_m),
            ("presence", face.presence),
        )
    }
    return replace(track, closeups={**track.closeups, closeup: replace(face, **left)})
