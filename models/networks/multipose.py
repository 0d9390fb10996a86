"""MoveNet MultiPose: up to six people of a picture, with boxes and COCO-17 keypoints."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...core.data.arrays import U8
from ...core.data.profiling.freed_memory import give_back
from ...core.data.profiling.stages import staged
from ...core.data.skeletons import COCO_17
from ...core.data.types import Detections
from ..runtime import NetworkRunner
from .crops import shrunk

LOWEST_SCORE: Final = 0.1
"""People below this score are noise; tracking decides about those above."""

_CLOSE_SIDE_PX: Final = 320
_SEARCH_ENLARGED: Final = 5 / 3
_STILL_SIDES_PX: Final = (256, 640, 1024)
_LARGE_SIDE_PX: Final = 1024
"""People a fifth of the picture's height are found at this size and not at 640; it costs seven
quick looks, so a clip is searched at it only where its own pictures are as large."""
_MOST_ENLARGED: Final = 1.5

_STRIDE: Final = 32  # the network wants sides that are multiples of this
_KEYPOINT_VALUES: Final = 3 * len(COCO_17)


class MultiPose:
    """Finds people with the picture's longer side scaled to ``side_px``.

    Larger isn't better: at 512 the network misses people who fill the picture, and at 384 those
    who are a tenth of it, so a search looks at several sizes. Implements
    ``core.tracking.following.quiet.WindowDetector``.
    """

    def __init__(
        self, network: NetworkRunner, side_px: int = 384, most_px: int | None = None
    ) -> None:
        """``most_px`` bounds the input's area: square pictures are looked at a little smaller."""
        self._network = network
        self._side_px = side_px
        self._most_px = most_px or side_px**2

    def open(self) -> None:
        """See ``core.pipeline.pace.opening.Opening``."""
        self._network.open()

    def detect(self, bgr: U8) -> Detections:
        """Return everybody the network reports, doubles included, in picture pixels.

        Raises ModelError when the network can't be opened.
        """
        return self._detect_at(bgr, self._side_of(bgr))

    def _side_of(self, bgr: U8) -> int:
        """Pixels of the longer side at which all of a picture is looked at."""
        height, width = bgr.shape[:2]
        ratio = min(height, width) / max(height, width)
        return min(self._side_px, round((self._most_px / ratio) ** 0.5))

    def detect_in(self, bgr: U8, window_px: tuple[int, int, int, int]) -> Detections:
        """See ``core.tracking.following.quiet.WindowDetector``; doubles included."""
        x0, y0, x1, y1 = window_px
        scale = self._side_of(bgr) / max(bgr.shape[:2])
        return self._in_window(bgr, window_px, max(round(max(x1 - x0, y1 - y0) * scale), 1))

    def look_into(self, bgr: U8, window_px: tuple[int, int, int, int]) -> Detections:
        """Return the people of a window x0 y0 x1 y1 that lies in the picture, doubles included."""
        return self._in_window(bgr, window_px, _CLOSE_SIDE_PX)

    def _in_window(self, bgr: U8, window_px: tuple[int, int, int, int], side_px: int) -> Detections:
        x0, y0, x1, y1 = window_px
        found = self._detect_at(np.ascontiguousarray(bgr[y0:y1, x0:x1]), side_px)
        corner = np.array([x0, y0], np.float32)
        return Detections(
            found.xy_px + corner,
            found.keypoint_score,
            found.boxes_px + np.concatenate([corner, corner]),
            found.score,
        )

    def search(self, bgr: U8, *, is_still: bool) -> Detections:
        """Return people of all sizes: four views for a still, else one or two large ones."""
        large = (_LARGE_SIDE_PX,) if max(bgr.shape[:2]) >= _LARGE_SIDE_PX else ()
        usual = (round(self._side_px * _SEARCH_ENLARGED), *large)
        return self._search_at(bgr, _STILL_SIDES_PX if is_still else usual, is_still=is_still)

    def search_briefly(self, bgr: U8) -> Detections:
        """See ``core.tracking.following.quiet.WindowDetector``."""
        return self._search_at(bgr, (round(self._side_px * _SEARCH_ENLARGED),), is_still=False)

    def _search_at(self, bgr: U8, sides: tuple[int, ...], *, is_still: bool) -> Detections:
        longest = max(bgr.shape[:2]) * _MOST_ENLARGED
        views = [self._detect_at(bgr, side) for side in sides if side <= longest]
        if is_still or not views:
            views.append(self.detect(bgr))
        give_back()
        return Detections(
            *(
                np.concatenate([getattr(view, field) for view in views])
                for field in ("xy_px", "keypoint_score", "boxes_px", "score")
            )
        )

    def _detect_at(self, bgr: U8, side_px: int) -> Detections:
        image, pitch = _letterbox(bgr, side_px)
        (people,) = self._network.run(image, is_rare=side_px > self._side_px)
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


@staged("resizing")
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
