"""MoveNet MultiPose: up to six people of a picture, with boxes and COCO-17 keypoints."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..core.arrays import U8
from ..core.skeletons import COCO_17
from ..core.types import Detections
from .crops import shrunk
from .runtime import NetworkRunner

LOWEST_SCORE: Final = 0.1
"""People below this score are noise; tracking decides about those above."""

_STRIDE: Final = 32  # the network wants sides that are multiples of this
_KEYPOINT_VALUES: Final = 3 * len(COCO_17)


class MultiPose:
    """Finds people with the picture's longer side scaled to ``side_px``.

    Larger isn't better: at 512 the network misses people who fill the picture.
    Implements ``core.types.Detector``.
    """

    def __init__(self, network: NetworkRunner, side_px: int = 384) -> None:
        self._network = network
        self._side_px = side_px

    def detect(self, bgr: U8) -> Detections:
        """Return everybody the network reports, doubles included, in picture pixels.

        Raises ModelError when the network can't be opened.
        """
        image, pitch = _letterbox(bgr, self._side_px)
        (people,) = self._network.run(image)
        people = people[0][people[0, :, -1] >= LOWEST_SCORE]
        # The network speaks in fractions of the padded input, y before x, from the outer edges.
        height, width = image.shape[1:3]
        span = np.array([width, height], np.float32) * pitch
        keypoints = people[:, :_KEYPOINT_VALUES].reshape(-1, len(COCO_17), 3)
        corners = people[:, _KEYPOINT_VALUES:-1].reshape(-1, 2, 2)
        half = np.float32(0.5)
        return Detections(
            xy_px=keypoints[..., 1::-1] * span - half,
            keypoint_score=keypoints[..., 2],
            boxes_px=(corners[..., ::-1] * span - half).reshape(-1, 4),
            score=people[:, -1],
        )


def _letterbox(bgr: U8, side_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the int32 RGB input (1, h, w, 3), padded right and below, and picture pixels per
    input pixel (x, y)."""
    import cv2

    height, width = bgr.shape[:2]
    scale = side_px / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small, factor = shrunk(bgr, int(1 / scale))
    resized = cv2.cvtColor(cv2.resize(small, size, interpolation=how), cv2.COLOR_BGR2RGB)
    padded_width, padded_height = (-(-side // _STRIDE) * _STRIDE for side in size)
    image = np.zeros((1, padded_height, padded_width, 3), np.int32)
    image[0, : size[1], : size[0]] = resized
    covered = np.array([small.shape[1], small.shape[0]]) * factor
    return image, (covered / size).astype(np.float32)
