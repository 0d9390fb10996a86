"""Heads so near that the picture ends at the shoulders or the chin: interviews, webcams, close-ups.

The detector learnt from people who are seen from farther off: of a head that fills the picture it
sees nothing, or five faint keypoints. Shown the same picture half as large on black, it finds the
person (of six close-ups five with a score over 0.3, where the picture itself had one).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..data.arrays import U8, Bools, Floats
from ..data.types import CloseDetector, Detections

_DOWN: Final = 0.07
"""Of the picture's height by which the small picture lies below the canvas's upper border."""
_AT_BORDER: Final = 0.03
"""Of the picture's height: a box that ends this near the lower border is cut by it."""
_TALL: Final = 0.33
"""Share of the picture's height from which somebody is near; by hand."""
_PART: Final = 0.8
"""Share of a box inside that of a near person from which it is a part of theirs; by hand."""
_SMALLER: Final = 0.5
"""Share of such a box up to which a part of it is no look at all of that person; by hand."""


def look_from_afar(detector: CloseDetector, bgr: U8, smaller: int) -> Detections:
    """The people in the picture ``bgr`` (h, w, 3) who are so near that its lower border cuts them,
    with what of their boxes is inside; it is shown so many times ``smaller``."""
    height, width = bgr.shape[:2]
    small = _shrunk(bgr, smaller)
    x, y = (width - small.shape[1]) // 2, round(_DOWN * height)
    canvas = np.zeros_like(bgr)
    canvas[y : y + small.shape[0], x : x + small.shape[1]] = small[: height - y]
    seen = detector.look_into(canvas, (0, 0, width, height))
    corner = np.array([x, y], np.float32)
    boxes = smaller * (seen.boxes_px - np.tile(corner, 2))
    boxes = np.clip(boxes, 0, np.array([width, height] * 2, np.float32))
    near = are_near(boxes, height)
    return Detections(
        (smaller * (seen.xy_px - corner))[near],
        seen.keypoint_score[near],
        boxes[near],
        seen.score[near],
    )


def _shrunk(bgr: U8, factor: int) -> U8:
    """``bgr`` with the mean of ``factor`` x ``factor`` pixels for each, without what is left."""
    height, width = (size // factor for size in bgr.shape[:2])
    total = np.zeros((height, width, 3), np.uint16)
    for row in range(factor):
        for column in range(factor):
            total += bgr[row::factor, column::factor][:height, :width]
    return (total // factor**2).astype(np.uint8)


def are_near(boxes_px: Floats, height_px: int) -> Bools:
    """Whether ``boxes_px`` (n, 4) in a picture of ``height_px`` are of people so near: (n,)."""
    top, bottom = boxes_px[:, 1], boxes_px[:, 3]
    is_cut = bottom > (1 - _AT_BORDER) * height_px
    return is_cut & (bottom - top > _TALL * height_px)


def inside_near(boxes_px: Floats, near_px: Floats, *, is_past: bool = False) -> Bools:
    """Whether ``boxes_px`` (n, 4) are parts of people in ``near_px`` (m, 4): (n,).

    Where that ``is_past``, of people as they were a moment ago, a box that is about as large is no
    part of them: it is them again.
    """
    low = np.maximum(boxes_px[:, None, :2], near_px[None, :, :2])
    high = np.minimum(boxes_px[:, None, 2:], near_px[None, :, 2:])
    area = np.prod(boxes_px[:, 2:] - boxes_px[:, :2], axis=1)
    inside = np.prod(np.clip(high - low, 0, None), axis=2)
    are_parts = inside > _PART * area[:, None]
    if is_past:
        are_parts &= area[:, None] < _SMALLER * np.prod(near_px[:, 2:] - near_px[:, :2], axis=1)
    return are_parts.any(1)
