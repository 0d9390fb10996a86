"""The detector's own keypoints as evidence, where no network looks closer."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..data.observations import PassObservations, TrackObservations
from ..decoding.schemes import SCHEMES, as_blazepose

NAME: Final = "keypoints"
"""The pass's name in a take."""


def with_keypoints(track: TrackObservations) -> TrackObservations:
    """``track`` with one pass, without 3D: what the detector saw in each of its frames."""
    xy, score, presence = as_blazepose(
        track.detected_xy_px, track.detected_score, SCHEMES["coco17"]
    )
    flat = np.zeros((*score.shape, 3), np.float32)
    return replace(track, passes={NAME: PassObservations(xy, score, flat, presence)})
