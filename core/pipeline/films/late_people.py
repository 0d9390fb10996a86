"""People who come into one film late, or leave it early, while others show them.

Their track in that film is lengthened by frames in which nobody saw them there, so that their
motion is solved from the other films; those frames are told from seen ones by their scores, all 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ...data.arrays import Bools, Floats
from ...data.observations import Observed, PassObservations, TrackObservations
from ...together.cameras import Found
from ...together.sightings import Viewpoint
from ...tracking.gating import cut

_SHORTEST: Final = 2
"""Frames by which it is worth to lengthen a track; by hand."""


def seen_only(seen: Observed) -> Observed:
    """``seen`` with every track from the first to the last frame in which somebody saw the person,
    as networks gave it before it was lengthened."""
    tracks = tuple(map(_seen_of, seen.tracks))
    same = all(a is b for a, b in zip(tracks, seen.tracks, strict=True))
    return seen if same else replace(seen, tracks=tracks)


def lengthened(
    seen: Observed, found: Found, views: Sequence[Viewpoint], reference: int
) -> Observed:
    """``seen`` of film ``reference`` with tracks that reach as far as other films show people.

    ``views`` are of all films; the tracks of those with depth maps stay.
    """
    tracks = list(seen.tracks)
    for group in found.groups:
        who = group[reference]
        if who is None or tracks[who].depth is not None:
            continue
        shown = np.flatnonzero(_shown(found, views, reference, group, seen.time_s))
        if len(shown):
            tracks[who] = _reaching(tracks[who], int(shown[0]), int(shown[-1]))
    same = all(a is b for a, b in zip(tracks, seen.tracks, strict=True))
    return seen if same else replace(seen, tracks=tuple(tracks))


def edits_for(
    edits: Mapping[int, Floats] | None, before: Observed, now: Observed
) -> dict[int, Floats]:
    """Contacts (t, 2) set by hand on tracks of ``before``, first frame to last, on those of
    ``now``, whose tracks may be longer or shorter: ends are held."""
    out: dict[int, Floats] = {}
    for i, edit in (edits or {}).items():
        if i >= len(now.tracks):
            continue  # somebody whom only a film shows that isn't used any more
        first = int(before.tracks[i].frames[0])
        frames = now.tracks[i].frames
        every = np.arange(int(frames[0]), int(frames[-1]) + 1) - first
        out[i] = edit[np.clip(every, 0, len(edit) - 1)]
    return out


def _shown(
    found: Found,
    views: Sequence[Viewpoint],
    reference: int,
    group: Sequence[int | None],
    time_s: Floats,
) -> Bools:
    """Whether another film shows the person at ``time_s`` (t,) of the reference's clock."""
    first_s = found.rig.first_time_of(reference, time_s)
    shown = np.zeros(len(time_s), bool)
    for c, who in enumerate(group):
        if who is not None and c != reference:
            there = views[c].people[who].at(found.rig.time_of(c, first_s))
            shown |= there.is_seen > 0
    return shown


def _reaching(track: TrackObservations, first: int, last: int) -> TrackObservations:
    """``track`` that begins with frame ``first`` and ends with ``last``, where it is shorter."""
    early = np.arange(first, int(track.frames[0]))
    late = np.arange(int(track.frames[-1]) + 1, last + 1)
    if len(early) + len(late) < _SHORTEST:
        return track
    count = len(track.frames)
    rows = np.concatenate(
        [np.zeros(len(early), int), np.arange(count), np.full(len(late), count - 1)]
    )
    longer = cut(track, rows)
    is_seen = np.zeros(len(rows), bool)
    is_seen[len(early) : len(early) + count] = True
    frames = np.concatenate([early, track.frames, late]).astype(np.int32)

    def unseen(which: dict[str, PassObservations]) -> dict[str, PassObservations]:
        return {
            name: replace(
                one,
                score=one.score * is_seen[:, None],
                presence=one.presence * is_seen,
            )
            for name, one in which.items()
        }

    return replace(
        longer,
        frames=frames,
        detected_score=longer.detected_score * is_seen[:, None],
        passes=unseen(longer.passes),
        closeups=unseen(longer.closeups),
    )


def _seen_of(track: TrackObservations) -> TrackObservations:
    seen = track.detected_score.max(1) > 0
    for one in track.passes.values():
        seen = seen | (one.presence > 0)
    at = np.flatnonzero(seen)
    if not len(at) or len(seen) == at[-1] + 1 - at[0]:
        return track
    return cut(track, slice(int(at[0]), int(at[-1]) + 1))
