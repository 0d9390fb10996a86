"""Straight line segments of a picture, by OpenCV's LSD."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..core.data.arrays import F32, U8
from .opencv import load_cv2

_LONGER_PX: Final = 960
"""Larger pictures are looked at in this size: long edges are as sure in it, and four times as
soon found."""
_SHORTEST: Final = 0.03
_MOST: Final = 200


def find_segments(bgr: U8) -> F32:
    """The longest segments (n, 4) of a picture (h, w, 3), pixels x0 y0 x1 y1, longest first.

    von Gioi et al., LSD: a fast line segment detector with a false detection control, PAMI 2010.
    """
    cv2 = load_cv2()
    grey = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    longer = max(grey.shape)
    scale = min(1.0, _LONGER_PX / longer)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(grey)[0]
    if found is None:
        return np.zeros((0, 4), np.float32)
    # Pixel centres are whole numbers, so scaling keeps the corner at -0.5 in its place.
    lines = (np.asarray(found, np.float32).reshape(-1, 4) + 0.5) / np.float32(scale) - 0.5
    long_px = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
    order = np.argsort(-long_px, kind="stable")[:_MOST]
    return np.ascontiguousarray(lines[order[long_px[order] > _SHORTEST * longer]])
