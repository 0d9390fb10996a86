"""What only a look at the whole clip can tell: broken tracks, doubles, who matters.

Tracklets are joined as an assignment over end and start (after the offline association of
OC-SORT's users, see the references in tracker.py): near where they were heading, of like size and
like colours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..data.arrays import I32, Floats
from ..data.observations import TrackObservations
from ..data.profiling.stages import staged
from ..data.settings import ASSUMED_HEIGHT_M, Settings
from ..geometry.assignment import assign_below
from ..geometry.ballistics import fit_flight
from .following.seams import as_one
from .gating import gate_tracks, same_pose
from .poster_filter import without_pictures
from .similarity import box_iou, colour_distance
from .track_record import join_tracks

_LONGEST_GAP_S: Final = 2.0
"""Seconds of the longest hole that is joined across; by hand."""
_MAX_COST: Final = 1.0
"""Cost over which two tracks aren't one person's; by hand."""
_NO_PAIR: Final = 9.0
"""Cost at which leaving both alone is as good; over ``_MAX_COST``, so that who fits badly still
keeps others away; by hand."""
_DOUBLE_IOU: Final = 0.55
"""Overlap of boxes from which two tracks may be one body; by hand."""
_BONE_ENDS: Final = [
    f"{side}_{end}"
    for side in ("left", "right")
    for ends in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
    for end in ends
]
_PROPORTIONS_WEIGHT: Final = 1.0
"""Cost of a unit of the mean difference in proportions; by hand."""
_COLOUR_WEIGHT: Final = 0.8
"""As in the tracker: half of a torso behind a pillar has other colours than all of it."""
_AT_ONCE_S: Final = 0.2  # seconds; by hand
_OTHER_COLOURS: Final = 0.6  # distance of torso colours; by hand
_DOUBT: Final = 0.25
"""Who wears something else from one moment to the next is somebody else, if anybody fits better."""
_SEAM_S: Final = 0.5
"""Seconds of the longest hole that place alone closes; by hand."""
_SEAM_COST: Final = 0.5
"""If nobody does, who goes on in the same place is the same person: light and shade did it."""
_LONGEST_FLIGHT_S: Final = 1.0
"""Seconds for which somebody in the air may be lost: a fall from five metres."""
_FLIGHT_END_S: Final = 0.15
"""Seconds at either end of a hole that tell the flight; before them feet may still stand."""
_FLIGHT_MISS_M: Final = 0.25
"""Metres off one parabola from which two ends aren't of one flight: trunks turn about the middle
of the body, which alone follows it; by hand."""
_FLIGHT_MPS: Final = ((1.5, 9.0), 7.0)
"""Least and most vertical speed within a flight, and most horizontal one, metres a second."""
_FLIGHT_PUSH_MPS: Final = 4.5
"""What a jump or a landing adds to speed across the picture at most, metres a second: who walks out
of it on the left isn't who falls on the right. By hand."""
_FLIGHT_RATIO: Final = 0.7
"""Logarithm of sizes that differ more than by curling up; by hand."""
_HEIGHT_PER_SIDE: Final = 0.7
"""A standing body's height as a share of its crop's side (``regions.region_of``)."""
_TRUNK: Final = [f"{side}_{end}" for end in ("shoulder", "hip") for side in ("left", "right")]


@dataclass(frozen=True, slots=True, eq=False)
class SettledTracks:
    """``tracks`` of people, the most important first: seen longest and largest; and how many
    ``pictures`` of people were left out."""

    tracks: tuple[TrackObservations, ...]
    pictures: int


@staged("tracking")
def settle_tracks(
    tracks: tuple[TrackObservations, ...],
    cuts: I32,
    fps: float,
    is_still: bool,
    settings: Settings,
    count: int | None = None,
) -> SettledTracks:
    """Gate landmarks, join broken tracks, drop doubles, posters and passers-by, rank.

    With ``count``, the clip's frames, who is there for all of a shot is no passer-by.
    """
    joined = _join_all(gate_tracks(tracks), cuts, fps)
    shortest = 1 if is_still else max(settings.min_track_s * fps, 2)
    edges = np.array([0, *cuts, np.inf if count is None else count])
    shots = [int(np.searchsorted(cuts, int(t.frames[0]), side="right")) for t in joined]
    kept = [
        t
        for t, shot in zip(joined, shots, strict=True)
        if len(t.frames) >= min(shortest, edges[shot + 1] - edges[shot])
    ]
    people = kept if is_still else without_pictures(kept, fps)
    people.sort(key=_importance, reverse=True)
    distinct: list[TrackObservations] = []
    for track in people:
        if not any(_is_double(track, other) for other in distinct):
            distinct.append(track)
    return SettledTracks(tuple(distinct[: settings.max_people]), len(kept) - len(people))


def are_one(before: TrackObservations, after: TrackObservations, fps: float) -> bool:
    """Whether one person's track ends and goes on as another, by any of what joins tracks."""
    ends = gate_tracks((before, after))
    if len(ends) < 2 or before.frames[-1] >= after.frames[0]:
        return False
    costs = (_join_cost, _MAX_COST), (_seam_cost, _SEAM_COST), (_flight_cost, _MAX_COST)
    return any(cost_of(ends[0], ends[1], fps) < most for cost_of, most in costs)


def _importance(track: TrackObservations) -> float:
    return float(track.side_px.sum())


def _join_all(tracks: list[TrackObservations], cuts: I32, fps: float) -> list[TrackObservations]:
    """Join who was followed as two for a moment, then who fits best by looks and motion, then who
    goes on in the same place all the same, then who flies on along one parabola."""
    joined = _join_by(_join_cost, _MAX_COST, as_one(tracks, cuts, fps), cuts, fps)
    joined = _join_by(_seam_cost, _SEAM_COST, joined, cuts, fps)
    return _join_by(_flight_cost, _MAX_COST, joined, cuts, fps)


def _join_by(
    cost_of: Callable[[TrackObservations, TrackObservations, float], float],
    most: float,
    tracks: list[TrackObservations],
    cuts: I32,
    fps: float,
) -> list[TrackObservations]:
    """Join the best pairs until no two tracks fit end to start."""
    cost = _costs(cost_of, tracks, tracks, cuts, fps)
    while pairs := [(a, b) for a, b in assign_below(cost, _NO_PAIR) if cost[a, b] < most]:
        # One join a round keeps the bookkeeping plain; what others cost stays.
        a, b = min(pairs, key=lambda pair: cost[pair])
        one = join_tracks(tracks[a], tracks[b])
        others = [k for k in range(len(tracks)) if k not in (a, b)]
        tracks = [one, *(tracks[k] for k in others)]
        cost = np.block(
            [
                [np.array([[np.inf]]), _costs(cost_of, [one], tracks[1:], cuts, fps)],
                [_costs(cost_of, tracks[1:], [one], cuts, fps), cost[np.ix_(others, others)]],
            ]
        )
    return tracks


def _costs(
    cost_of: Callable[[TrackObservations, TrackObservations, float], float],
    before: list[TrackObservations],
    after: list[TrackObservations],
    cuts: I32,
    fps: float,
) -> Floats:
    """(before, after), infinite across a cut and where no gap is short enough to be asked about."""
    starts, begins = (np.array([int(t.frames[0]) for t in some]) for some in (before, after))
    ends = np.array([int(t.frames[-1]) for t in before])
    gap_s = (begins - ends[:, None]) / fps
    shots = [np.searchsorted(cuts, some, side="right") for some in (starts, begins)]
    is_near = (gap_s > 0) & (gap_s <= _LONGEST_GAP_S) & (shots[0][:, None] == shots[1])
    cost = np.full(is_near.shape, np.inf)
    rows, columns = np.nonzero(is_near)
    for a, b in zip(rows.tolist(), columns.tolist(), strict=True):
        cost[a, b] = cost_of(before[a], after[b], fps)
    return cost


def _join_cost(before: TrackObservations, after: TrackObservations, fps: float) -> float:
    gap = _gap_s(before, after, fps)
    if not 0 < gap <= _LONGEST_GAP_S:
        return np.inf
    colour = colour_distance(before.colours, after.colours)
    doubt = _DOUBT if gap < _AT_ONCE_S and colour > _OTHER_COLOURS else 0.0
    return _motion_cost(before, after, fps) + _COLOUR_WEIGHT * colour + doubt


def _seam_cost(before: TrackObservations, after: TrackObservations, fps: float) -> float:
    is_near = 0 < _gap_s(before, after, fps) <= _SEAM_S
    return _motion_cost(before, after, fps) if is_near else np.inf


def _flight_cost(before: TrackObservations, after: TrackObservations, fps: float) -> float:
    """How badly one free flight explains where a track ends and another begins: speeds at the ends
    of tracks mislead where somebody jumps off or lands, gravity doesn't."""
    gap = _gap_s(before, after, fps)
    if not 0 < gap <= _LONGEST_FLIGHT_S:
        return np.inf
    sizes = [float(np.percentile(track.side_px, 75)) for track in (before, after)]
    if abs(np.log(sizes[1] / sizes[0])) > _FLIGHT_RATIO:
        return np.inf
    ends = [_trunk_sights(before, -1, fps), _trunk_sights(after, 0, fps)]
    time_s, xy_px, weight = (np.concatenate(values) for values in zip(*ends, strict=True))
    px_per_m = max(sizes) * _HEIGHT_PER_SIDE / ASSUMED_HEIGHT_M
    flight = fit_flight(time_s, xy_px, weight, px_per_m)
    hole_s = np.array([before.frames[-1], after.frames[0]]) / fps
    speeds = np.abs([flight.speed_at(float(at)) for at in hole_s])
    (least, most), aside = _FLIGHT_MPS
    if not least < speeds[:, 1].max() < most or speeds[0, 0] > aside:
        return np.inf
    across = float(flight.speed_at(float(hole_s[0]))[0]) * px_per_m
    own = [_velocity(one, end, fps)[0] for one, end in ((before, -1), (after, 0))]
    if max(abs(across - v) for v in own) > _FLIGHT_PUSH_MPS * px_per_m:
        return np.inf
    return flight.miss_m / _FLIGHT_MISS_M + _DOUBT * colour_distance(before.colours, after.colours)


def _trunk_sights(track: TrackObservations, end: int, fps: float) -> tuple[Floats, Floats, Floats]:
    """Times (n,), the trunk's middle (n, 2) in pixels and weights (n,) at one end of a track."""
    edge = int(track.frames[end])
    rows = np.flatnonzero(np.abs(track.frames - edge) <= max(_FLIGHT_END_S * fps, 1.0))
    total, weight = np.zeros((len(rows), 2)), np.zeros(len(rows))
    for one in track.passes.values():
        pick = one.skeleton.select(_TRUNK)
        sure = pick.scores(one.score)[rows].mean(1) * one.presence[rows] + 1e-6
        total += sure[:, None] * pick.of(one.xy_px)[rows].mean(1)
        weight += sure
    return track.frames[rows] / fps, total / weight[:, None], weight


def _gap_s(before: TrackObservations, after: TrackObservations, fps: float) -> float:
    return (int(after.frames[0]) - int(before.frames[-1])) / fps


def _motion_cost(before: TrackObservations, after: TrackObservations, fps: float) -> float:
    """How badly place, size and build of one track's end fit another's start."""
    gap = _gap_s(before, after, fps)
    # The very last sizes: who curls up in a leap from a roof lands on another floor than they left,
    # and the solver knows only one floor a person.
    size = (before.side_px[-1] + after.side_px[0]) / 2
    ratio = abs(np.log(after.side_px[0] / before.side_px[-1]))
    drift = min(gap, 0.5)
    heading = before.center_px[-1] + _velocity(before, -1, fps) * drift
    origin = after.center_px[0] - _velocity(after, 0, fps) * drift
    stretch = np.linalg.norm(heading - origin) / size / (0.35 + 0.5 * gap)
    build = np.abs(_proportions(before) - _proportions(after)).mean()
    return float(0.5 * stretch + ratio + _PROPORTIONS_WEIGHT * build)


def _proportions(track: TrackObservations) -> Floats:
    """Logarithms (8,) of the limbs' lengths against each other, medians over the track."""
    lengths: list[Floats] = []
    for one in track.passes.values():
        ends = one.skeleton.select(_BONE_ENDS).of(one.xyz_m[one.presence > 0])
        if len(ends):
            bones = ends[:, 0::2] - ends[:, 1::2]
            lengths.append(np.median(np.linalg.norm(bones, axis=-1), 0))
    if not lengths:
        return np.zeros(len(_BONE_ENDS) // 2)
    logs = np.log(np.mean(lengths, axis=0) + 1e-3)
    return logs - logs.mean()


def _velocity(track: TrackObservations, end: int, fps: float) -> Floats:
    """Pixels a second over the half second at one end of a track."""
    n = int(min(len(track.frames), max(fps / 2, 2)))
    part = slice(-n, None) if end else slice(0, n)
    frames, centres = track.frames[part], track.center_px[part]
    if frames[-1] == frames[0]:
        return np.zeros(2)
    return (centres[-1] - centres[0]) / (frames[-1] - frames[0]) * fps


def _is_double(track: TrackObservations, other: TrackObservations) -> bool:
    """True when most of ``track`` lies on ``other``, who is more important."""
    common, mine, theirs = np.intersect1d(track.frames, other.frames, return_indices=True)
    if len(common) < 0.5 * len(track.frames):
        return False
    overlaps = [
        box_iou(track.boxes_px[i], other.boxes_px[k]) > _DOUBLE_IOU
        for i, k in zip(mine, theirs, strict=True)
    ]
    alike = same_pose(track, mine, other, theirs)
    return bool((np.array(overlaps) & alike).mean() > 0.7)
