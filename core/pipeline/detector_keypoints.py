"""The detector's own keypoints as evidence, where no network looks closer."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..data.observations import PassObservations, PassWorth, TrackObservations
from ..decoding.schemes import presence_of

NAME: Final = "keypoints"
"""The pass's name in a take."""
_WORTH: Final = PassWorth(NAME, is_precise=True, has_3d=False)


def with_keypoints(track: TrackObservations) -> TrackObservations:
    """``track`` with one pass, without 3D: what the detector saw in each of its frames."""
    xy, score, skeleton = track.detected_xy_px, track.detected_score, track.detected_skeleton
    flat = np.zeros((*score.shape, 3), np.float32)
    presence = presence_of(score, skeleton)
    seen = PassObservations(xy, score, flat, presence, _WORTH, skeleton)
    return replace(track, passes={NAME: seen})
