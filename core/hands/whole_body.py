"""Hands of networks that tell the whole body: where in 3D, no other network has to look at them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..data.hand_points import HANDS_SKELETON, POINTS, SIDES
from ..data.observations import PassObservations, PassWorth, TrackObservations
from ..data.skeletons import Skeleton
from .collecting import CLOSEUP

_SEEN: Final = 0.35
"""Score over which a hand of such a network counts as seen, as fitting reads it; by hand."""


def tells_hands(skeleton: Skeleton, worth: PassWorth) -> bool:
    """Whether a pass of that skeleton and worth has both hands' 21 points in metres."""
    return worth.has_3d and bool(set(HANDS_SKELETON.names) <= set(skeleton.names))


def with_hands(track: TrackObservations) -> TrackObservations:
    """``track`` with the hands of its first pass that tells them, one in metres before one in the
    picture alone, unless a hand network saw hands at least half as often.

    A hand's points share the mean of their scores, which is how surely it is seen.
    """
    names = set(HANDS_SKELETON.names)
    told = [one for one in track.passes.values() if names <= set(one.skeleton.names)]
    if not told:
        return track
    told.sort(key=lambda one: not one.worth.has_3d)
    hands = _hands_of(told[0])
    own = track.closeups.get(CLOSEUP)
    if own is not None and 2 * (own.score > 0).sum() >= (hands.score > _SEEN).sum():
        return track
    return replace(track, closeups={**track.closeups, CLOSEUP: hands})


def _hands_of(one: PassObservations) -> PassObservations:
    rows = one.skeleton.select(HANDS_SKELETON.names).rows
    t, has_3d = len(one.presence), one.worth.has_3d
    xyz = np.nan_to_num(one.xyz_m[:, rows]).reshape(t, len(SIDES), POINTS, 3) * has_3d
    mean = np.nan_to_num(one.score[:, rows]).reshape(t, len(SIDES), POINTS).mean(-1)
    score = np.repeat(mean, POINTS, axis=1).astype(np.float32)
    return PassObservations(
        xy_px=np.nan_to_num(one.xy_px[:, rows]),
        score=score,
        xyz_m=(xyz - xyz.mean(2, keepdims=True)).reshape(t, -1, 3).astype(np.float32),
        presence=score.max(1),
        worth=PassWorth(one.worth.network, is_precise=True, has_3d=has_3d),
        skeleton=HANDS_SKELETON,
    )
