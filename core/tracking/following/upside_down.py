"""People upside down whom a quick look misses though somebody is seen there: who is carried, held
or thrown by another, or stands on their hands beside one.

A detector that is shown both bodies upright tells one, in doubt. So what surrounds somebody who is
seen in doubt is shown to it upside down now and then; who is found that way, and by a landmark
network too, twice in a row, is followed from then on as anybody else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from ...data.arrays import U8, Floats
from ...data.types import Detections, Detector, LandmarkModel
from ..detection import pick
from ..neighbours import Pose
from ..quarter_turns import look_turned
from ..regions import turn_rad
from ..similarity import box_iou
from ..tracker import Track, Tracker
from .turned_pictures import Surroundings
from .turned_sights import TurnedEyes, alike_poses

_EVERY_S: Final = 0.5
"""Seconds between two looks for somebody new; by hand."""
_DOUBT: Final = 0.55
"""Mean score of the detector's keypoints under which somebody is seen in doubt. Two bodies in one:
0.25 to 0.55; one that is whole in the picture: above; by hand."""
_OVER_RAD: Final = math.radians(110.0)
"""A trunk turned farther from upright is upside down; by hand."""
_LEAST: Final = 0.12
"""Score of a turned detection that is looked at closely; by hand."""
_SURE: Final = 0.6
"""Agreement of detector and landmark network in somebody; by hand."""
_ANOTHER: Final = 0.3
"""Keypoint similarity to everybody known under which it is somebody new; by hand."""
_SAME_PLACE: Final = 0.3
"""Overlap of boxes by which somebody is seen twice in a row; by hand."""
_MARGIN: Final = 0.35
"""Share of a box's longer side by which what is shown is larger on each side; by hand."""
_MOST: Final = 2  # windows a frame; by hand
_ABOVE: Final = 0.06
"""Over the minimum confidence: such a detection starts a track."""
_AHEAD_S: Final = 0.3
"""Seconds for which they are expected to go on as before; by hand."""
_LOST_S: Final = 1.0
"""Seconds after which somebody upside down is looked for no longer where they were; by hand."""


class UpsideDown:
    """Adds those upside down to what was found in a detection frame of a clip of ``fps``.

    ``models`` are the landmark networks, the sharp one of which is asked.
    """

    def __init__(
        self, detector: Detector, models: Sequence[LandmarkModel], fps: float, confidence: float
    ) -> None:
        sharp = [model for model in models if model.worth.is_precise] or list(models[-1:])
        self._detector = detector
        self._eyes = TurnedEyes(detector, sharp[:1], 0) if sharp else None
        self._fps, self._score = fps, confidence + _ABOVE
        self._sure = confidence
        self._next_look = 0
        self._suspect: Floats | None = None

    def end_shot(self) -> None:
        """A cut: whoever was suspected isn't there any more."""
        self._next_look, self._suspect = 0, None

    def add(self, frame: int, bgr: U8, found: Detections, tracker: Tracker) -> Detections:
        """``found`` in ``frame`` with those upside down who are followed already and weren't found,
        and with somebody new."""
        if self._eyes is None:
            return found
        for track in tracker.in_shot():
            if _is_over(track, frame, self._fps):
                box = track.expected_box(frame, max(round(_AHEAD_S * self._fps), 1))
                if not self._is_found(found, box):
                    found = self._with(found, self._seen(frame, bgr, found, box))
        return self._with(found, self._new(frame, bgr, found))

    def _new(self, frame: int, bgr: U8, found: Detections) -> Pose | None:
        """Somebody new who was suspected in the detection frame before, too."""
        if self._suspect is not None:
            before, self._suspect = self._suspect, None
            pose = self._seen(frame, bgr, found, before)
            return pose if pose is not None and box_iou(pose[2], before) > _SAME_PLACE else None
        if frame < self._next_look:
            return None
        doubtful = (found.score >= self._sure) & (found.keypoint_score.mean(1) < _DOUBT)
        doubtful &= ~np.array([abs(turn_rad(xy)) > _OVER_RAD for xy in found.xy_px], bool)
        which = np.flatnonzero(doubtful)[:_MOST]
        if len(which):
            self._next_look = frame + max(round(_EVERY_S * self._fps), 1)
        for i in which:
            pose = self._seen(frame, bgr, found, found.boxes_px[i])
            if pose is not None:
                self._suspect = pose[2]
                break
        return None

    def _seen(self, frame: int, bgr: U8, found: Detections, box: Floats) -> Pose | None:
        """Who is upside down about a ``box`` (4,) and is none of those ``found``."""
        if self._eyes is None:
            return None
        around = _window(frame, bgr, box)
        if around is None:
            return None
        others = self._sure_of(found)
        looked = look_turned(self._detector, around.bgr, 2)
        for i in np.argsort(-looked.score).tolist():
            if looked.score[i] < _LEAST:
                break
            pose = looked.xy_px[i], looked.keypoint_score[i], looked.boxes_px[i]
            sight = self._eyes.closer(around, around.bgr, pose)
            if sight is None or sight.worth < _SURE or abs(sight.turn_rad) < _OVER_RAD:
                continue
            if all(alike_poses(sight.pose, other) < _ANOTHER for other in others):
                return sight.pose
        return None

    def _is_found(self, found: Detections, box: Floats) -> bool:
        """Whether somebody upside down was found about a box without further looks."""
        return any(
            abs(turn_rad(xy)) > _OVER_RAD and box_iou(one, box) > _SAME_PLACE
            for xy, _, one in self._sure_of(found)
        )

    def _sure_of(self, found: Detections) -> list[Pose]:
        """Those found who are somebody by themselves."""
        rows = np.flatnonzero(found.score >= self._score).tolist()
        return [(found.xy_px[i], found.keypoint_score[i], found.boxes_px[i]) for i in rows]

    def _with(self, found: Detections, pose: Pose | None) -> Detections:
        """``found`` with a pose, instead of weaker sights of it."""
        if pose is None:
            return found
        xy, score, box = pose
        every = zip(found.xy_px, found.keypoint_score, found.boxes_px, strict=True)
        alike = np.array([alike_poses(pose, other) > _ANOTHER for other in every], bool)
        found = pick(found, np.flatnonzero(~alike | (found.score >= self._score)))
        return Detections(
            np.concatenate([found.xy_px, xy[None]]).astype(np.float32),
            np.concatenate([found.keypoint_score, score[None]]).astype(np.float32),
            np.concatenate([found.boxes_px, box[None]]).astype(np.float32),
            np.append(found.score, self._score).astype(np.float32),
        )


def _is_over(track: Track, frame: int, fps: float) -> bool:
    """Whether somebody was upside down when last seen, not long ago."""
    return track.since(frame) <= _LOST_S * fps and abs(turn_rad(track.xy_px[-1])) > _OVER_RAD


def _window(frame: int, bgr: U8, box: Floats) -> Surroundings | None:
    """What surrounds a box, None outside of the picture."""
    margin = _MARGIN * float((box[2:] - box[:2]).max())
    size = np.array(bgr.shape[1::-1])
    low = np.clip(box[:2] - margin, 0, size).astype(int)
    high = np.clip(box[2:] + margin, 0, size).astype(int)
    if (high - low < 16).any():
        return None
    part = np.ascontiguousarray(bgr[low[1] : high[1], low[0] : high[0]])
    return Surroundings(frame, part, low.astype(np.float64), 1)
