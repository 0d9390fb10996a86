"""Keypoints of a second network that looks at everybody closely, told together with the detector's.

The detector sees people small, in whole pictures and every few frames. A network of its family that
looks at each person alone (MoveNet Thunder) tells the same joints, so their mean is the better
detection: of people who are small in the picture, or seen from above, above all. Measured in
docs/notebook/speed.md.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..data import solver_points as points
from ..data.observations import RADIUS_PER_SIDE, SECOND_LOOK, TrackObservations

_SAME_PERSON: Final = 0.25
"""Of the body's radius: whose limbs lie farther from the landmarks, in the median, is another."""
_BELIEVED: Final = 0.2
"""Of the body's radius: a limb farther from where landmarks have it is somebody else's."""
_LOST: Final = 0.35
"""Of the body's radius: a detected limb farther from where this network has it is left out."""
_SHARE: Final = 0.5
"""What it counts for beside the detector, which looks less closely but errs otherwise; by hand."""
_LEAST_RADIUS_PX: Final = 1e-3
"""Pixels that no body's radius goes below: it is divided by."""
_LIMBS: Final = points.POINTS[: points.LIMBS]


def told_with_detector(track: TrackObservations) -> TrackObservations:
    """``track`` without the pass of the second look, whose limbs its detection then holds as well.

    ``track`` itself where nobody looked a second time, or nothing tells whom that look saw.
    """
    second = track.passes.get(SECOND_LOOK)
    passes = {name: one for name, one in track.passes.items() if name != SECOND_LOOK}
    if second is None or not passes:
        return track
    sharpest = max(passes.values(), key=lambda one: one.worth.is_precise)
    pick = second.skeleton.select(_LIMBS)
    told, told_score = pick.of(second.xy_px), pick.scores(second.score)
    landmarks = sharpest.skeleton.select(_LIMBS).of(sharpest.xy_px)
    radius = np.maximum(track.side_px * RADIUS_PER_SIDE, _LEAST_RADIUS_PX)[:, None]
    away = np.linalg.norm(told - landmarks, axis=-1) / radius
    is_same = (second.presence > 0) & (sharpest.presence > 0)
    is_same &= np.median(away, axis=1) < _SAME_PERSON
    believed = is_same[:, None] & (away < _BELIEVED)
    rows = track.detected_skeleton.select(_LIMBS).rows
    detected, score = track.detected_xy_px.copy(), track.detected_score.copy()
    before = detected[:, rows]
    share = np.where(np.linalg.norm(told - before, axis=-1) / radius > _LOST, 1.0, _SHARE)
    share = (share * believed)[..., None].astype(np.float32)
    detected[:, rows] = before + share * (told - before)
    score[:, rows] = np.where(believed, np.maximum(score[:, rows], told_score), score[:, rows])
    return replace(track, detected_xy_px=detected, detected_score=score, passes=passes)
