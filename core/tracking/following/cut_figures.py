"""People whose legs, or hips too, lie below the picture: followed by their landmarks.

The detector draws hips and knees of such people into the picture, so a crop by its keypoints is
centred on the wrong spot, leans and leaves out arms. The landmark networks know better once they
look at the right place. So the most precise of them looks at every frame in turn, where it saw the
person in the frame before, as MediaPipe's tracking does. Where people are detected and the two
disagree, it looks from the detection too, and the surer look counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ...data.arrays import F32, U8, check_fields, of_shape
from ...data.observations import are_legs_cut
from ...data.skeletons import COCO_SKELETON
from ...data.types import LandmarkModel, Landmarks, Limb, Region
from ..neighbours import Pose
from ..regions import region_of_cut
from .landmark_tracking import pose_from_landmarks

_UPPER: Final = slice(5, 13)
"""Shoulders, elbows, wrists and hips, of COCO's keypoints."""
_AGREEING: Final = 0.3
"""Of the trunk's length: a look whose keypoints lie this near the detection's needs no other."""
_ELSEWHERE: Final = 1.5
"""The same from which a sure detection is right: the look has slid onto something else."""
_SURE: Final = 0.4
"""Score of such a detection."""
_WEAK: Final = 0.25
"""Detections below this score overrule nobody; by hand."""
_STAYS: Final = 1.3
"""How much surer a look from the detection must be than one from the frame before; by hand."""
_FEWEST: Final = 5
"""Landmarks seen, of 17, that make a pose of somebody of whom only head and shoulders show."""
_DRAWN_IN: Final = 0.2
"""Of the trunk's length: hips this near the lower border may be drawn into the picture."""
_KEPT: Final = 0.995
"""Share of its length that a trunk keeps from one frame to the next, at least; by hand."""
_TRUNK_PER_WIDTH: Final = 1.35
"""Length of a trunk per width of its shoulders, at least; as in Limn's reference adult."""
_TRUNK_PER_FACE: Final = 2.8
"""The same per distance of the ears, or from one to the nose of who looks aside; by hand."""
_FACE_SCORE: Final = 0.2
"""Score over which a point of a face is seen; by hand."""
_SMALLER: Final = 0.5
"""A look from the detection with a trunk shorter by this than that of who is followed has found
something else: a head alone passes for a small person."""
_BELIEVED: Final = 0.5
"""Of the trunk's length: a detected keypoint this far from where the networks have it counts for
little; by hand."""
_BELIEVED_SWAPPED: Final = 0.2
"""The same of one that has left for right; by hand."""
_PATIENCE_S: Final = 0.5
"""Seconds for which somebody whom a look loses is looked for where they were seen last: heads that
nod, and hands before faces, are lost for a moment, and the detector doesn't lead back; by hand."""
_MIRROR: Final = np.array(COCO_SKELETON.mirror)


@dataclass(frozen=True, slots=True, eq=False)
class CloseLook:
    """What the network saw in ``region``, and the detector's scores (17,) as far as it agrees."""

    region: Region
    landmarks: Landmarks
    keypoint_score: F32 = field(metadata=of_shape(17))

    def __post_init__(self) -> None:
        check_fields(self)


class CutFigures:
    """Remembers where everybody was seen last, by any key of theirs."""

    def __init__(
        self, models: Sequence[LandmarkModel], size_px: tuple[int, int], fps: float = 30.0
    ) -> None:
        sharp = [i for i, model in enumerate(models) if model.worth.is_precise]
        self.eye = sharp[0] if sharp else len(models) - 1
        """Which of the models looks."""
        self._models, self._size_px = models, size_px
        self._seats: dict[int, Pose] = {}
        self._missed: dict[int, int] = {}
        self._patience = round(_PATIENCE_S * fps)

    def seat(self, key: int) -> Pose | None:
        """Where a person whose legs are cut off was seen last, with what of their box is inside."""
        seat = self._seats.get(key)
        if seat is None:
            return None
        xy, score, box = (np.asarray(value, np.float32) for value in seat)
        return xy, score, np.clip(box, 0, np.tile(self._size_px, 2)).astype(np.float32)

    def is_anybody(self) -> bool:
        """Whether anybody's legs are cut off."""
        return bool(self._seats)

    def forget(self, key: int) -> None:
        """Somebody is gone, or was taken for somebody else."""
        self._seats.pop(key, None)
        self._missed.pop(key, None)

    def look(
        self, key: int, bgr: U8, pose: Pose, limbs: tuple[Limb, ...], score: float | None
    ) -> CloseLook | None:
        """Look at somebody in the next frame; None where the picture doesn't cut them.

        ``pose`` is the detector's, with its ``score`` where it looked at this very frame.
        """
        before = self._seats.get(key)
        is_cut = bool(are_legs_cut(pose[2], pose[1], self._size_px[1]))
        if not is_cut and (before is None or score is not None):
            self.forget(key)
            return None
        best = None if before is None else self._see(bgr, before, limbs)
        if best is None or (score is not None and self._is_doubtful(best, pose, score)):
            best = self._from_detection(bgr, pose, limbs, best, score) or best
        if best is None:
            self._missed[key] = self._missed.get(key, 0) + 1
            if self._missed[key] > self._patience:
                self.forget(key)
            return None
        self._missed.pop(key, None)
        self._seats[key] = best.seat
        return CloseLook(best.region, best.landmarks, _agreed(pose, best.seat))

    def _see(self, bgr: U8, start: Pose, limbs: tuple[Limb, ...]) -> _Seen | None:
        region = region_of_cut(start, limbs)
        landmarks = self._models[self.eye].locate(bgr, region)
        pose = pose_from_landmarks(landmarks, _FEWEST)
        if pose is None:
            return None
        worth = float(landmarks.presence) * float(pose[1][_UPPER].mean())
        seat = whole_trunk(pose, self._size_px[1], _trunk(start))
        return _Seen(region, landmarks, seat, worth)

    def _is_doubtful(self, seen: _Seen, pose: Pose, score: float) -> bool:
        return score >= _WEAK and _disagreement(seen.seat, pose) > _AGREEING

    def _from_detection(
        self, bgr: U8, pose: Pose, limbs: tuple[Limb, ...], best: _Seen | None, score: float | None
    ) -> _Seen | None:
        """The look from the detection, and once more from there, if it is the better one."""
        first = self._see(bgr, whole_trunk(pose, self._size_px[1]), limbs)
        if first is None:
            return None
        again = self._see(bgr, first.seat, limbs)
        if again is None or best is None:
            return again
        is_other = _trunk(again.seat) < _SMALLER * _trunk(best.seat)
        is_elsewhere = (score or 0.0) > _SURE and _disagreement(best.seat, pose) > _ELSEWHERE
        is_surer = again.worth > _STAYS * best.worth and not is_other
        return again if is_elsewhere or is_surer else None


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    region: Region
    landmarks: Landmarks
    seat: Pose
    worth: float


def whole_trunk(pose: Pose, height_px: int, known_px: float = 0.0) -> Pose:
    """``pose`` with hips as far down the trunk as they must be, in a picture of ``height_px``.

    Networks draw hips that they can't see into the picture, and each look would shrink the next
    one's region. A trunk is about as long as it was a moment ago, ``known_px``, and at least as
    long as shoulders are wide where its end isn't seen.
    """
    xy = pose[0]
    shoulders, hips = xy[5:7].mean(0), xy[11:13].mean(0)
    own = _trunk(pose)
    if own < 1.0:
        return pose
    wanted = own
    if hips[1] > height_px - _DRAWN_IN * own:
        width = float(np.linalg.norm(xy[5] - xy[6]))
        wanted = max(own, _TRUNK_PER_WIDTH * width, _TRUNK_PER_FACE * _face(pose))
    if known_px:
        wanted = float(np.clip(wanted, _KEPT * known_px, known_px / _KEPT))
    longer = xy.copy()
    longer[11:13] += (hips - shoulders) * (wanted / own - 1)
    return longer, pose[1], pose[2]


def _trunk(pose: Pose) -> float:
    """Pixels from between the shoulders to between the hips."""
    return float(np.linalg.norm(pose[0][5:7].mean(0) - pose[0][11:13].mean(0)))


def _face(pose: Pose) -> float:
    """Pixels between those of nose, eyes and ears that are seen and farthest from each other."""
    seen = pose[0][:5][pose[1][:5] > _FACE_SCORE]
    return float(np.linalg.norm(seen[:, None] - seen, axis=-1).max(initial=0.0))


def _disagreement(pose: Pose, detection: Pose) -> float:
    """Mean distance of the upper body's keypoints, by the detector's scores, in trunks."""
    away = np.linalg.norm(pose[0][_UPPER] - detection[0][_UPPER], axis=-1)
    weight = detection[1][_UPPER] + 1e-3
    return float((weight * away).sum() / weight.sum() / max(_trunk(pose), 1.0))


def _agreed(detection: Pose, seat: Pose) -> F32:
    """The detector's scores (17,), lower where its keypoints lie elsewhere."""
    xy, own = seat[0], detection[0]
    # Left and right may be confused here, all at once: that is repaired later. A detection off by
    # the width of the shoulders is no such case, though one shoulder lies on the other.
    ways = (xy, _BELIEVED), (xy[_MIRROR], _BELIEVED_SWAPPED)
    share = np.zeros(len(own))
    for expected, reach in ways:
        away = np.linalg.norm(own - expected, axis=-1)
        away = np.maximum(away, away[_UPPER].mean()) / (reach * max(_trunk(seat), 1.0))
        share = np.maximum(share, np.exp(-(away**2)))
    return (detection[1] * share).astype(np.float32)
