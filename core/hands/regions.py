"""Where to look for a hand: from the body's wrist and knuckles, or from its own last points.

The squares are MediaPipe's: holistic_landmark's HandLandmarksFromPoseToRecropRoi and
hand_landmark's HandLandmarksToRoi of version 0.10.21.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..data.arrays import F64, Floats
from ..data.types import Region

_FROM_BODY: Final = 2.7
"""Sides of a region per length of the hand that the body's points tell."""
_FROM_POINTS: Final = 2.0
"""Sides of a region per extent of the hand's own points."""
_TO_FINGERS: Final = 0.1
"""By what share of that extent the middle moves towards the fingers."""
_PALM: Final = [0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18]
"""Points that tell a hand's region: fingertips move too much."""
_LEAST_PX: Final = 1.0
"""Pixels that no region is smaller than."""
_WHOLE_PICTURE: Final = (-1e6, -1e6, 1e6, 1e6)
"""A mask that hides nothing: the person's other arm may hold the hand."""


def region_from_body(wrist_px: Floats, index_px: Floats, pinky_px: Floats) -> Region:
    """The square around a hand whose wrist and knuckles (2,) each the body's landmarks tell."""
    middle = (2 * index_px + pinky_px) / 3
    extent = 2 * float(np.linalg.norm(middle - wrist_px))
    turn = _turn_of(middle - wrist_px)
    return _region(middle + extent * _TO_FINGERS * _fingers(turn), extent * _FROM_BODY, turn)


def region_from_points(xy_px: Floats) -> Region:
    """The square around a hand whose points (21, 2) are known."""
    wrist = xy_px[0]
    turn = _turn_of(((xy_px[5] + xy_px[13]) / 2 + xy_px[9]) / 2 - wrist)
    palm = xy_px[_PALM]
    upright = palm @ _turning(turn)
    low, high = upright.min(0), upright.max(0)
    middle = _turning(turn) @ ((low + high) / 2)
    middle = middle + (high - low)[1] * _TO_FINGERS * _fingers(turn)
    return _region(middle, float((high - low).max()) * _FROM_POINTS, turn)


def _region(middle: Floats, side_px: float, turn: float) -> Region:
    center = float(middle[0]), float(middle[1])
    return Region(center, max(side_px, _LEAST_PX), turn, _WHOLE_PICTURE)


def _turn_of(along: Floats) -> float:
    """By what angle clockwise a hand is turned that points ``along`` (2,) pixels, 0 = up."""
    return float(np.arctan2(along[0], -along[1]))


def _fingers(turn: float) -> F64:
    """Where the fingers of a hand turned so point in the picture, (2,)."""
    return np.array([np.sin(turn), -np.cos(turn)])


def _turning(turn: float) -> F64:
    cos, sin = np.cos(turn), np.sin(turn)
    return np.array([[cos, -sin], [sin, cos]])
