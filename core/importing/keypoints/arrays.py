"""Keypoints as a NumPy array, as FreeMoCap and many scripts save them.

(frames, points, 2), (frames, people, points, 2) or FreeMoCap's (cameras, frames, points, 2);
with a third number that is a score. Numbers that are missing are no numbers.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data.arrays import F64
from ..values import MOST_FRAMES
from .names import BY_COUNT, names_of
from .sightings import KeypointMotion, Sighting, gathered

_OTHER_VIEWS: Final = (
    "The file holds keypoints of {} cameras; those of the first were taken. With the cameras' "
    "calibration (.toml) beside the file or above it, they are brought together."
)
_LEAST_PX: Final = 3.0  # over it coordinates are pixels, not metres or shares of the picture


def matches(values: F64) -> bool:
    """Whether an array of numbers holds keypoints of pictures, not points in space."""
    if values.ndim not in (3, 4) or values.shape[-2] not in BY_COUNT or not values.size:
        return False
    if values.shape[-1] == 2:
        return True
    if values.shape[-1] != 3:
        return False
    finite = values[np.isfinite(values).all(-1)]
    if not len(finite):
        return False
    # Scores lie between 0 and 1; a body's points in space are nowhere all that near to a plane.
    third, spread = finite[:, 2], np.ptp(finite[:, :2], axis=0).min()
    if values.ndim == 4 and values.shape[0] < values.shape[1] and spread > _LEAST_PX * 10:
        return True  # of several cameras; the third is MediaPipe's depth
    return bool(third.min() >= 0 and third.max() <= 1.0 and spread > _LEAST_PX * 10)


def read(values: F64) -> KeypointMotion:
    """Everybody in an array. Raises Damaged."""
    notes: tuple[str, ...] = ()
    array = values[:, None] if values.ndim == 3 else values
    if values.ndim == 4 and values.shape[0] < values.shape[1]:
        # Cameras come before frames, people after them.
        notes = (_OTHER_VIEWS.format(len(values)),) if len(values) > 1 else ()
        array = values[0][:, None]
    names = names_of(array.shape[2])
    third = np.nan_to_num(array[..., 2:])
    is_scored = bool(third.size and third.min() >= 0 and third.max() <= 1)
    seen: list[Sighting] = []
    for frame, people in enumerate(array[:MOST_FRAMES]):
        for who, points in enumerate(people):
            xy, score = points[:, :2], np.ones(len(points))
            if points.shape[1] == 3 and is_scored:
                score = points[:, 2]
            if np.isfinite(xy).all(-1).any():
                seen.append(Sighting(frame, names, xy, score, who))
    return gathered("NumPy", seen, notes=notes)
