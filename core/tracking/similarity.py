"""How alike two detections are: boxes, keypoints, size and the colours of the torso."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..data.arrays import F32, U8, Floats
from ..data.types import Detections

COCO_SIGMAS: Final[Floats] = (
    np.array([26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89]) / 1000.0
)
"""Per-keypoint spread of human annotators, as the COCO evaluation defines it."""

_PERSON_AREA: Final = 0.53
"""A person covers about this share of their box (COCO statistics, as pycocotools uses it)."""

_ALIKE: Final = 0.65  # keypoint similarity of one person found twice
_ONE_BOX: Final = 0.85  # overlap of boxes that alone tells it
_EMBRACE: Final = 0.25
"""Two people side by side reached 0.57 in keypoints and 0.34 in boxes, at one another's arms;
two sights of one small person as little as 0.4 in keypoints, but 0.6 in boxes."""

_HISTOGRAM_BINS: Final = 4
"""Bins of each of the three colour axes, so 64 in all; by hand."""
_PATCH: Final = 20
"""Samples of the torso along each side, and the fewest inside the picture; by hand."""


def box_iou(a: Floats, b: Floats) -> float:
    """Intersection over union of two boxes (4,) x0 y0 x1 y1."""
    overlap = np.prod(np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None))
    union = np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - overlap
    return float(overlap / (union + 1e-9))


def keypoint_similarity(
    xy_a: Floats, score_a: Floats, xy_b: Floats, score_b: Floats, box_px: Floats
) -> float:
    """COCO's object keypoint similarity of two poses (17, 2), weighted by the weaker score."""
    area = max(float(np.prod(box_px[2:] - box_px[:2])) * _PERSON_AREA, 1.0)
    d2 = ((xy_a - xy_b) ** 2).sum(-1)
    weight = np.minimum(score_a, score_b) + 1e-3
    return float((weight * np.exp(-d2 / (2 * area * (2 * COCO_SIGMAS) ** 2))).sum() / weight.sum())


def oks_nms(detections: Detections, min_score: float) -> list[int]:
    """Non-maximum suppression by object keypoint similarity (and boxes): the indices of the people
    to keep, best first; one who lies on a better one is a double."""
    keep: list[int] = []
    for i in np.argsort(-detections.score):
        if detections.score[i] < min_score:
            break
        if not any(_same_person(detections, int(i), j) for j in keep):
            keep.append(int(i))
    return keep


def _same_person(d: Detections, i: int, j: int) -> bool:
    """``i`` is a double of the better ``j``, or a part of them taken for a whole."""
    alike = keypoint_similarity(
        d.xy_px[i], d.keypoint_score[i], d.xy_px[j], d.keypoint_score[j], d.boxes_px[j]
    )
    overlap = box_iou(d.boxes_px[i], d.boxes_px[j])
    # People in an embrace share a box, but not their keypoints.
    return alike > _ALIKE or overlap > _ONE_BOX or (overlap > 0.5 and alike > _EMBRACE)


def torso_colours(bgr: U8, xy_px: Floats) -> F32 | None:
    """Histogram (64,) of the torso's colours, sampled on a grid between shoulders and hips.

    None where the torso covers no picture. Bins are blue-yellow, red-green and brightness, so that
    light and shade change only one of the three.
    """
    left_shoulder, right_shoulder, left_hip, right_hip = xy_px[[5, 6, 11, 12]]
    u = np.linspace(0.1, 0.9, _PATCH)[:, None, None]
    v = np.linspace(0.1, 0.9, _PATCH)[None, :, None]
    top = left_shoulder + (right_shoulder - left_shoulder) * v
    bottom = left_hip + (right_hip - left_hip) * v
    grid = np.rint(top + (bottom - top) * u).reshape(-1, 2).astype(int)
    height, width = bgr.shape[:2]
    inside = (grid >= 0).all(1) & (grid[:, 0] < width) & (grid[:, 1] < height)
    if inside.sum() < _PATCH:
        return None
    b, g, r = bgr[grid[inside, 1], grid[inside, 0]].astype(np.float32).T
    opponents = np.stack([(2 * b - r - g) / 4 + 127.5, (r - g) / 2 + 127.5, (r + g + b) / 3])
    # Ordinary clothes are near grey: stretch the two colour axes, or everybody looks alike.
    opponents[:2] = np.clip((opponents[:2] - 127.5) * 3 + 127.5, 0, 255)
    bins = np.minimum((opponents / 256 * _HISTOGRAM_BINS).astype(int), _HISTOGRAM_BINS - 1)
    flat = (bins[0] * _HISTOGRAM_BINS + bins[1]) * _HISTOGRAM_BINS + bins[2]
    histogram = np.bincount(flat, minlength=_HISTOGRAM_BINS**3).astype(np.float32)
    return histogram / histogram.sum()


def colour_distance(a: F32 | None, b: F32 | None) -> float:
    """1 - histogram intersection, 0 where either is unknown."""
    return 0.0 if a is None or b is None else float(1 - np.minimum(a, b).sum())
