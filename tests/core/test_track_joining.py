"""Joining broken tracks: a crowd of pieces in a long clip is asked about once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.observations import TrackObservations
from limn.core.data.settings import Settings
from limn.core.tracking import track_merging
from limn.core.tracking.track_merging import settle_tracks

from .test_poster_filter import FPS, NO_CUTS, body, track

_PIECES, _LONG = 40, 12


def pieces() -> tuple[TrackObservations, ...]:
    """A walk across the picture that was lost for a frame, again and again."""
    count = _PIECES * _LONG
    walk = body(count, 6, 1) + np.linspace(0, 900, count)[:, None, None]
    parts: list[TrackObservations] = []
    for start in range(0, count, _LONG):
        part = track(walk[start : start + _LONG - 1])
        parts.append(replace(part, frames=part.frames + start))
    return tuple(parts)


def test_all_pieces_of_a_walk_become_one_and_each_pair_is_asked_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[int, int]] = []
    cost = track_merging._join_cost

    def counted(before: TrackObservations, after: TrackObservations, fps: float) -> float:
        asked.append((int(before.frames[-1]), int(after.frames[0])))
        return cost(before, after, fps)

    monkeypatch.setattr(track_merging, "_join_cost", counted)
    (person,) = settle_tracks(pieces(), NO_CUTS, FPS, False, Settings()).tracks
    assert len(person.frames) == _PIECES * (_LONG - 1)
    assert all(0 < start - end <= 2 * FPS for end, start in asked), "only ends before starts"
    near = _PIECES * (2 * FPS / _LONG + 1)
    assert len(asked) < 3 * near, f"{len(asked)} times for about {near:.0f} pairs"


def test_pieces_of_two_shots_stay_apart() -> None:
    cut = np.array([_PIECES * _LONG // 2], np.int32)
    assert len(settle_tracks(pieces(), cut, FPS, False, Settings()).tracks) == 2
