"""Looks at a picture turned by quarters: detectors know few people who lie or hang."""

from __future__ import annotations

import numpy as np

from ..data.arrays import F32, U8
from ..data.types import Detections, Detector

QUARTERS = (1, 2, 3)
"""Quarter turns other than none."""


def look_turned(detector: Detector, bgr: U8, quarter: int) -> Detections:
    """People in a picture (h, w, 3) turned ``quarter`` times anticlockwise; its own pixels."""
    found = detector.detect(np.ascontiguousarray(np.rot90(bgr, quarter)))
    height, width = bgr.shape[:2]
    corners = found.boxes_px.reshape(-1, 2, 2)
    boxes = _turned_back(corners, quarter, width, height)
    return Detections(
        _turned_back(found.xy_px, quarter, width, height),
        found.keypoint_score,
        np.concatenate([boxes.min(axis=1), boxes.max(axis=1)], axis=1),
        found.score,
    )


def _turned_back(xy_px: F32, quarter: int, width: int, height: int) -> F32:
    """Pixels (..., 2) of the turned picture to those of the picture, ``width`` by ``height``."""
    last = np.array([width - 1, height - 1], xy_px.dtype)
    if quarter == 2:
        return last - xy_px
    swapped = xy_px[..., ::-1]
    if quarter == 1:
        return np.stack([last[0] - swapped[..., 0], swapped[..., 1]], axis=-1)
    return np.stack([swapped[..., 0], last[1] - swapped[..., 1]], axis=-1)
