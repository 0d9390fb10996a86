"""People who overlap in the picture: who is in front, and what of whom is covered.

The single-person networks take whichever body is easiest to see, so each is shown a picture in
which the neighbours are greyed out; and a landmark behind a neighbour is a guess, so its score
falls.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..data.arrays import Bools, Floats
from ..data.skeletons import COCO_17
from ..data.types import Limb
from .similarity import box_iou, keypoint_similarity

Pose = tuple[Floats, Floats, Floats]
"""Somebody in one frame: COCO-17 keypoints (17, 2), their scores (17,) and box (4,), pixels."""

TOUCHING: Final = 0.15
"""Share of the smaller box that two people share before one can be taken for the other."""

_SEEN: Final = 0.2
"""Score over which a limb's ends are seen; by hand."""
_SAME: Final = 0.5
"""Keypoint similarity and box overlap, both of which two sights of one person reach; by hand."""
_SURE: Final = 0.03
"""Mean lead in score over which one is known to be in front; by hand."""
_NEW: Final = 0.4
"""Share of the newest frame in that mean; by hand."""

_STRETCHES: Final = (
    ("left_shoulder", "left_elbow", 0.15),
    ("left_elbow", "left_wrist", 0.13),
    ("right_shoulder", "right_elbow", 0.15),
    ("right_elbow", "right_wrist", 0.13),
    ("left_hip", "left_knee", 0.20),
    ("left_knee", "left_ankle", 0.16),
    ("right_hip", "right_knee", 0.20),
    ("right_knee", "right_ankle", 0.16),
    ("left_shoulder", "left_hip", 0.16),
    ("right_shoulder", "right_hip", 0.16),
    ("left_shoulder", "right_hip", 0.16),
    ("right_shoulder", "left_hip", 0.16),
    ("left_shoulder", "right_shoulder", 0.12),
    ("left_hip", "right_hip", 0.16),
    ("left_ear", "right_ear", 0.26),
    ("nose", "nose", 0.26),
)
"""Both ends and the radius as a share of the trunk's length."""
_ENDS: Final = np.array([[COCO_17.index(a), COCO_17.index(b)] for a, b, _ in _STRETCHES])
_RADII: Final = np.array([radius for _, _, radius in _STRETCHES])


def shared_box(a: Floats, b: Floats) -> float:
    """The part of the smaller of two boxes (4,) that lies in the other."""
    overlap = np.prod(np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None))
    smaller = min(np.prod(a[2:] - a[:2]), np.prod(b[2:] - b[:2]))
    return float(overlap / (smaller + 1e-9))


def are_touching(a: Pose, b: Pose) -> bool:
    """True for two people who overlap; two detections of one person are none."""
    if shared_box(a[2], b[2]) < TOUCHING:
        return False
    return keypoint_similarity(a[0], a[1], b[0], b[1], a[2]) < _SAME or box_iou(a[2], b[2]) < _SAME


def limbs_of(pose: Pose, *, is_own: bool) -> list[Limb]:
    """What a body covers of the picture, as far as its keypoints are seen."""
    xy, score, box = pose
    trunk = float(np.linalg.norm(xy[5:7].mean(0) - xy[11:13].mean(0)))
    trunk = max(trunk, 0.2 * float((box[2:] - box[:2]).max()))
    return [
        Limb(
            (float(xy[a, 0]), float(xy[a, 1])),
            (float(xy[b, 0]), float(xy[b, 1])),
            trunk * float(radius),
            is_own,
        )
        for (a, b), radius in zip(_ENDS, _RADII, strict=True)
        if min(score[a], score[b]) > _SEEN
    ]


def within_limbs(xy_px: Floats, limbs: Sequence[Limb]) -> Bools:
    """Which points (k, 2) any of the limbs covers."""
    if not limbs:
        return np.zeros(len(xy_px), bool)
    start = np.array([limb.start_px for limb in limbs])
    along = np.array([limb.end_px for limb in limbs]) - start
    radius = np.array([limb.radius_px for limb in limbs])
    offset = xy_px[:, None] - start
    share = (offset * along).sum(-1) / ((along**2).sum(-1) + 1e-9)
    away = np.linalg.norm(offset - np.clip(share, 0, 1)[..., None] * along, axis=-1)
    return (away < radius).any(1)


class DepthOrder:
    """Who is in front of whom, remembered over the frames of a contact.

    Where two bodies overlap, the detector is surer of the keypoints of the one in front.
    """

    def __init__(self) -> None:
        self._lead: dict[tuple[int, int], float] = {}

    def watch(self, people: Sequence[tuple[int, Pose]]) -> None:
        """Learn from one detection frame: everybody's key and pose."""
        for i, (a, pose_a) in enumerate(people):
            for b, pose_b in people[i + 1 :]:
                lead = _lead(pose_a, pose_b) if are_touching(pose_a, pose_b) else None
                if lead is not None:
                    known = self._lead.get((a, b), lead)
                    self._lead[a, b] = (1 - _NEW) * known + _NEW * lead

    def is_behind(self, a: int, b: int) -> bool:
        """True when ``a`` is known to be behind ``b``."""
        lead = self._lead.get((a, b))
        return lead < -_SURE if lead is not None else self._lead.get((b, a), 0.0) > _SURE


def _lead(a: Pose, b: Pose) -> float | None:
    """How much surer the detector is of ``a`` than of ``b`` where they overlap, None unknown."""
    a_over_b = within_limbs(a[0], limbs_of(b, is_own=False)) | _inside(a[0], b)
    b_over_a = within_limbs(b[0], limbs_of(a, is_own=False)) | _inside(b[0], a)
    if not a_over_b.any() or not b_over_a.any():
        return None
    return float(a[1][a_over_b].mean() - b[1][b_over_a].mean())


def _inside(xy: Floats, pose: Pose) -> Bools:
    """Points within the trunk's upright box: a hidden trunk has no confident limbs."""
    trunk = pose[0][[5, 6, 11, 12]]
    return ((xy > trunk.min(0)) & (xy < trunk.max(0))).all(1)
