"""People whom the detector misses, but in whom the landmark networks still see somebody.

The region of the next look comes from the landmarks, as in MediaPipe. A pose found this way has to
be seen twice over, to look like the person and to lie on nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ...data.arrays import U8, Floats
from ...data.skeletons import COCO_17
from ...data.types import LandmarkModel, Landmarks
from ..neighbours import Pose, shared_box
from ..regions import region_of
from ..similarity import colour_distance, keypoint_similarity, torso_colours
from ..tracker import Track

_PRESENCE: Final = 0.6
"""Chance of a person in the crop from which a pose counts; by hand."""
_SAME_POSE: Final = 0.5
"""Keypoint similarity of the two looks that must agree; by hand."""
_OTHER_COLOURS: Final = 0.6
"""Distance of torso colours from which it is somebody else; by hand."""
_SEEN: Final = 0.3
"""Score over which a landmark is seen; by hand."""
_FEWEST: Final = 8
"""Seen landmarks, of 17, that make a pose; by hand."""
_MARGIN: Final = 0.08
"""Share of their extent that the box is larger by on each side; by hand."""
_TAKEN: Final = 0.5
"""Share of the smaller box from which the place is somebody else's; by hand."""


def pose_from_landmarks(landmarks: Landmarks, fewest: int = _FEWEST) -> Pose | None:
    """The landmarks as a detection; None where fewer than ``fewest`` of a person are seen."""
    pick = landmarks.skeleton.select(COCO_17)
    xy, score = pick.of(landmarks.xy_px), pick.scores(landmarks.score)
    if not landmarks.presence >= _PRESENCE or not np.isfinite(xy).all():  # NaN is nobody
        return None
    seen = score > _SEEN
    if seen.sum() < fewest:
        return None
    low, high = xy[seen].min(0), xy[seen].max(0)
    margin = _MARGIN * float((high - low).max())
    return xy, score, np.concatenate([low - margin, high + margin]).astype(np.float32)


def follow(
    track: Track, frame: int, bgr: U8, model: LandmarkModel, others: Sequence[Track]
) -> bool:
    """Continue ``track`` in ``frame`` by its landmarks alone; False when nobody is seen there.

    ``others`` are the people the detector found in this frame.
    """
    shift = track.velocity_px * track.since(frame)
    start: Pose = (
        track.xy_px[-1] + shift,
        track.keypoint_score[-1],
        track.boxes_px[-1] + np.concatenate([shift, shift]),
    )
    if any(shared_box(start[2], other.boxes_px[-1]) > _TAKEN for other in others):
        # The networks would see the neighbour.
        return False
    first = pose_from_landmarks(model.locate(bgr, region_of(*start)))
    if first is None:
        return False
    again = pose_from_landmarks(model.locate(bgr, region_of(*first)))
    if again is None or _likeness(first, again) < _SAME_POSE:
        return False
    if not is_still_there(track, bgr, again, others):
        return False
    xy, score, box = (np.asarray(value, np.float32) for value in again)
    track.follow(frame, xy, score, box, 0.0)
    return True


def _likeness(a: Pose, b: Pose) -> float:
    return keypoint_similarity(a[0], a[1], b[0], b[1], b[2])


def is_still_there(track: Track, bgr: U8, pose: Pose, others: Sequence[Track]) -> bool:
    """Whether ``pose`` has the size and the colours of ``track`` and lies on none of ``others``."""
    return _is_like(track, bgr, pose) and not any(
        shared_box(pose[2], other.boxes_px[-1]) > _TAKEN for other in others
    )


def _is_like(track: Track, bgr: U8, pose: Pose) -> bool:
    size: Floats = track.boxes_px[-1][2:] - track.boxes_px[-1][:2]
    ratio = float((pose[2][2:] - pose[2][:2]).max() / max(float(size.max()), 1.0))
    colours = torso_colours(bgr, pose[0])
    return 0.6 < ratio < 1.6 and colour_distance(colours, track.colours) < _OTHER_COLOURS
