"""Hands of networks that tell the whole body in 3D: no other network has to look at them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..data.hand_points import HANDS_SKELETON, POINTS, SIDES
from ..data.observations import PassObservations, PassWorth, TrackObservations
from ..data.skeletons import Skeleton
from .collecting import CLOSEUP


def tells_hands(skeleton: Skeleton, worth: PassWorth) -> bool:
    """Whether a pass of that skeleton and worth has both hands' 21 points in metres."""
    return worth.has_3d and bool(set(HANDS_SKELETON.names) <= set(skeleton.names))


def with_hands(track: TrackObservations) -> TrackObservations:
    """``track`` with the hands of its first pass that tells them, unless it has a closeup of them.

    A hand's points share the mean of their scores, which is how surely it is seen.
    """
    told = [one for one in track.passes.values() if tells_hands(one.skeleton, one.worth)]
    if not told or CLOSEUP in track.closeups:
        return track
    one = told[0]
    rows = one.skeleton.select(HANDS_SKELETON.names).rows
    t = len(track.frames)
    xyz = np.nan_to_num(one.xyz_m[:, rows]).reshape(t, len(SIDES), POINTS, 3)
    mean = np.nan_to_num(one.score[:, rows]).reshape(t, len(SIDES), POINTS).mean(-1)
    score = np.repeat(mean, POINTS, axis=1).astype(np.float32)
    seen = PassObservations(
        xy_px=np.nan_to_num(one.xy_px[:, rows]),
        score=score,
        xyz_m=(xyz - xyz.mean(2, keepdims=True)).reshape(t, -1, 3).astype(np.float32),
        presence=score.max(1),
        worth=PassWorth(one.worth.network, is_precise=True, has_3d=True),
        skeleton=HANDS_SKELETON,
    )
    return replace(track, closeups={**track.closeups, CLOSEUP: seen})
