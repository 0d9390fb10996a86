"""What only a look at the whole clip can tell: broken tracks, doubles, who matters.

Tracklets are joined as an assignment over end and start (after the offline association of
OC-SORT's users, see the references in tracker.py): near where they were heading, of like size and
like colours.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..arrays import F32, I32, Bools, Floats
from ..assignment import assign
from ..observations import PassObservations, TrackObservations
from ..settings import Settings
from ..skeletons import BLAZEPOSE_33, COCO_17
from .similarity import box_iou, colour_distance

_LONGEST_GAP_S: Final = 2.0
_MAX_COST: Final = 1.0
_DOUBLE_IOU: Final = 0.55
_LIMBS: Final = COCO_17[5:]
_FROM_BLAZEPOSE: Final = np.array([BLAZEPOSE_33.index(name) for name in _LIMBS])
_FROM_COCO: Final = np.array([COCO_17.index(name) for name in _LIMBS])
_HIJACKED: Final = 0.45
"""Landmarks this far from their own detection, in body radii, belong to somebody else."""
_UNSEEN: Final = 0.05
"""A network that is this unsure of every landmark, or answers with NaN, has seen nobody."""


def settle_tracks(
    tracks: tuple[TrackObservations, ...],
    cuts: I32,
    fps: float,
    is_still: bool,
    settings: Settings,
) -> list[TrackObservations]:
    """Disbelieve hijacked landmarks, join broken tracks, drop doubles and passers-by, rank.

    The most important person comes first: seen longest and largest.
    """
    believed = [_believe(track) for track in tracks]
    joined = _join_all([t for t in believed if t is not None], cuts, fps)
    shortest = 1 if is_still else max(settings.min_track_s * fps, 2)
    kept = [t for t in joined if len(t.frames) >= shortest]
    kept.sort(key=_importance, reverse=True)
    distinct: list[TrackObservations] = []
    for track in kept:
        if not any(_is_double(track, other) for other in distinct):
            distinct.append(track)
    return distinct[: settings.max_people]


def _importance(track: TrackObservations) -> float:
    return float(track.side_px.sum())


def _believe(track: TrackObservations) -> TrackObservations | None:
    """Each network's result against the person's own detection; None when nothing holds."""
    passes = {name: _check_pass(one, track) for name, one in track.passes.items()}
    if not any((one.presence > 0).any() for one in passes.values()):
        return None
    return _replace(track, passes)


def _check_pass(one: PassObservations, track: TrackObservations) -> PassObservations:
    found = one.xy_px[:, _FROM_BLAZEPOSE]
    expected, weight = track.detected_xy_px[:, _FROM_COCO], track.detected_score[:, _FROM_COCO]
    radius = (track.side_px / 2.5)[:, None]
    as_named = np.linalg.norm(found - expected, axis=-1) / radius
    # Left and right may be confused here: that is repaired later and is no hijack.
    swapped = np.linalg.norm(found[:, np.arange(12) ^ 1] - expected, axis=-1) / radius
    weight = weight + 1e-3
    error = np.minimum((weight * as_named).sum(1), (weight * swapped).sum(1)) / weight.sum(1)
    is_seen = (error <= _HIJACKED) & (one.score.max(1) > _UNSEEN)
    is_seen &= np.isfinite(one.xyz_m).all((1, 2)) & np.isfinite(one.xy_px).all((1, 2))
    return PassObservations(
        np.nan_to_num(one.xy_px),
        np.nan_to_num(one.score),
        np.nan_to_num(one.xyz_m),
        np.where(is_seen, one.presence, 0.0).astype(np.float32),
    )


def _replace(track: TrackObservations, passes: dict[str, PassObservations]) -> TrackObservations:
    return TrackObservations(
        track.frames,
        track.detected_xy_px,
        track.detected_score,
        track.boxes_px,
        track.center_px,
        track.side_px,
        passes,
        track.colours,
    )


def _join_all(tracks: list[TrackObservations], cuts: I32, fps: float) -> list[TrackObservations]:
    """Join the best pairs until no two tracks fit end to start."""
    while len(tracks) > 1:
        cost = np.array([[_join_cost(a, b, fps) for b in tracks] for a in tracks])
        shot = np.array([np.searchsorted(cuts, t.frames[0], side="right") for t in tracks])
        cost[shot[:, None] != shot] = np.inf
        pairs = [(a, b) for a, b in assign(np.minimum(cost, 9.0)) if cost[a, b] < _MAX_COST]
        if not pairs:
            break
        # One join a round keeps the bookkeeping plain; a clip has few broken tracks.
        a, b = min(pairs, key=lambda pair: cost[pair])
        joined = _join(tracks[a], tracks[b])
        tracks = [joined, *(t for k, t in enumerate(tracks) if k not in (a, b))]
    return tracks


def _join_cost(before: TrackObservations, after: TrackObservations, fps: float) -> float:
    gap = (int(after.frames[0]) - int(before.frames[-1])) / fps
    if not 0 < gap <= _LONGEST_GAP_S:
        return np.inf
    size = (before.side_px[-1] + after.side_px[0]) / 2
    ratio = abs(np.log(after.side_px[0] / before.side_px[-1]))
    drift = min(gap, 0.5)
    heading = before.center_px[-1] + _velocity(before, -1, fps) * drift
    origin = after.center_px[0] - _velocity(after, 0, fps) * drift
    stretch = np.linalg.norm(heading - origin) / size / (0.35 + 0.5 * gap)
    colour = colour_distance(before.colours, after.colours)
    return float(0.5 * stretch + ratio + colour)


def _velocity(track: TrackObservations, end: int, fps: float) -> Floats:
    """Pixels a second over the half second at one end of a track."""
    n = int(min(len(track.frames), max(fps / 2, 2)))
    part = slice(-n, None) if end else slice(0, n)
    frames, centres = track.frames[part], track.center_px[part]
    if frames[-1] == frames[0]:
        return np.zeros(2)
    return (centres[-1] - centres[0]) / (frames[-1] - frames[0]) * fps


def _join(a: TrackObservations, b: TrackObservations) -> TrackObservations:
    def both(x: F32, y: F32) -> F32:
        return np.concatenate([x, y])

    passes = {
        name: PassObservations(
            both(one.xy_px, b.passes[name].xy_px),
            both(one.score, b.passes[name].score),
            both(one.xyz_m, b.passes[name].xyz_m),
            both(one.presence, b.passes[name].presence),
        )
        for name, one in a.passes.items()
    }
    return TrackObservations(
        np.concatenate([a.frames, b.frames]),
        both(a.detected_xy_px, b.detected_xy_px),
        both(a.detected_score, b.detected_score),
        both(a.boxes_px, b.boxes_px),
        both(a.center_px, b.center_px),
        both(a.side_px, b.side_px),
        passes,
        a.colours if a.colours is not None else b.colours,
    )


def _is_double(track: TrackObservations, other: TrackObservations) -> bool:
    """True when most of ``track`` lies on ``other``, who is more important."""
    common, mine, theirs = np.intersect1d(track.frames, other.frames, return_indices=True)
    if len(common) < 0.5 * len(track.frames):
        return False
    overlaps: Bools = np.array(
        [
            box_iou(track.boxes_px[i], other.boxes_px[k]) > _DOUBLE_IOU
            for i, k in zip(mine, theirs, strict=True)
        ]
    )
    return bool(overlaps.mean() > 0.7)
