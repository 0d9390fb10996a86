"""What OpenCV sees of the scene behind the people: straight lines, and how points move."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ..core.data.arrays import F32, U8
from ..core.data.profiling.stages import staged
from ..core.perspective.camera_turns import Flow
from .greys import small_grey
from .line_segments import find_segments
from .opencv import load_cv2

_LONGER_PX: Final = 700
_POINTS: Final = 80
_WINDOW: Final = (15, 15)
_STEPS: Final = (3, 10, 0.03)
"""At most so many steps, until they are shorter than that many pixels."""
_OLDEST: Final = 15
"""After so many frames points are chosen anew, or when a third of them are lost."""
_NONE: Final = np.zeros((0, 2), np.float32)


class OpenCVScene:
    """Implements ``core.perspective.collecting.SceneFinder`` for one clip."""

    def __init__(self) -> None:
        self._grey: Any = None
        self._key, self._now = _NONE, _NONE
        self._chosen, self._age = 0, 0

    @staged("straight lines")
    def lines(self, bgr: U8) -> F32:
        """Straight line segments (n, 4) of a picture (h, w, 3), in pixels."""
        return find_segments(bgr)

    @staged("camera turns")
    def follow(self, bgr: U8, *, starts_shot: bool) -> Flow:
        """Where points of the key frame lie in the next picture: Lucas and Kanade in pyramids."""
        cv2 = load_cv2()
        grey, times = small_grey(bgr, _LONGER_PX)
        before, after = _NONE, _NONE
        if self._grey is not None and not starts_shot and len(self._now):
            moved, found, _ = cv2.calcOpticalFlowPyrLK(
                self._grey, grey, self._now, None, winSize=_WINDOW, maxLevel=2, criteria=_STEPS
            )
            h, w = grey.shape
            moved = np.asarray(moved, np.float32).reshape(-1, 2)
            keep = np.asarray(found, bool).ravel() & ((moved > 0) & (moved < [w, h])).all(1)
            self._key, self._now = self._key[keep], np.ascontiguousarray(moved[keep])
            before, after = self._key, self._now
        self._grey, self._age = grey, self._age + 1
        is_key = not len(after) or len(after) < 2 / 3 * self._chosen or self._age >= _OLDEST
        if is_key:
            found = cv2.goodFeaturesToTrack(grey, _POINTS, 0.01, 8, blockSize=5)
            chosen = _NONE if found is None else np.asarray(found, np.float32).reshape(-1, 2)
            self._key = self._now = chosen
            self._chosen, self._age = len(chosen), 0
        return Flow(before * times, after * times, is_key)
