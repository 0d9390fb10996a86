"""Follows points of the background through a clip with OpenCV, people left out."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ..core.data.arrays import F32, I32, U8, Bools, Floats
from ..core.data.profiling.stages import staged
from ..core.perspective.background import Sight
from .greys import small_grey
from .opencv import load_cv2

_LONGER_PX: Final = 1000
"""Larger pictures are halved until they fit: time, at a precision that is still a tenth of a pixel
of the smaller one."""
_POINTS: Final = 200
"""Followed at once; forty are enough for a good camera, and people hide many. By hand."""
_APART: Final = 55.0
"""Points lie at least the picture's longer side / this apart; by hand."""
_WINDOW: Final = (17, 17)
_LEVELS: Final = 3
_STEPS: Final = (3, 20, 0.02)
"""At most so many steps, until they are shorter than that many pixels."""
_QUALITY: Final = 0.004
"""Share of the best corner's strength that a corner needs; by hand."""
_BACK_PX: Final = 0.5
"""A point followed there and back comes back this near, or it was lost."""
_EDGE_PX: Final = 4
_FRESH: Final = 4
"""New points are looked for after so many frames, or when this share is left:"""
_FEW: Final = 0.6
_MARGIN: Final = 0.12
"""People's boxes are taken larger by this share of their size, and by ``_EDGE_PX``."""
_NONE: Final = np.zeros((0, 2), np.float32)


class OpenCVBackground:
    """Implements ``core.perspective.background.BackgroundFollower`` for one clip.

    Lucas and Kanade in pyramids, forward and back, from corners of Shi and Tomasi.
    """

    def __init__(self) -> None:
        self._grey: Any = None
        self._xy: F32 = _NONE
        self._points: I32 = np.zeros(0, np.int32)
        self._next, self._age = 0, 0

    @staged("background")
    def follow(self, bgr: U8, boxes_px: Floats, *, starts_shot: bool) -> Sight:
        """See ``BackgroundFollower``."""
        grey, times = small_grey(bgr, _LONGER_PX)
        boxes = (np.asarray(boxes_px, np.float64).reshape(-1, 4) / times).astype(np.float32)
        if starts_shot:
            self._xy, self._points = _NONE, np.zeros(0, np.int32)
        if len(self._xy):
            moved, keep = _moved(self._grey, grey, self._xy)
            h, w = grey.shape
            keep &= ((moved > _EDGE_PX) & (moved < [w - _EDGE_PX, h - _EDGE_PX])).all(1)
            keep &= ~_at_people(moved, boxes)
            self._xy, self._points = np.ascontiguousarray(moved[keep]), self._points[keep]
        self._age += 1
        if self._age >= _FRESH or len(self._xy) < _FEW * _POINTS:
            self._add(grey, boxes)
        self._grey = grey
        return Sight(self._points, self._xy * np.float32(times))

    def _add(self, grey: U8, boxes: F32) -> None:
        """Corners where none is followed yet."""
        cv2 = load_cv2()
        self._age = 0
        wanted, apart = _POINTS - len(self._xy), max(grey.shape) / _APART
        if wanted <= 0:
            return
        free = np.full(grey.shape, 255, np.uint8)
        for x, y in self._xy.tolist():
            cv2.circle(free, (round(x), round(y)), round(apart), 0, -1)
        low, high = _widened(boxes)
        for (x0, y0), (x1, y1) in zip(np.rint(low).astype(int).tolist(), high, strict=True):
            cv2.rectangle(free, (x0, y0), (round(float(x1)), round(float(y1))), 0, -1)
        found = cv2.goodFeaturesToTrack(grey, wanted, _QUALITY, apart, mask=free)
        if found is None:
            return
        fresh = np.asarray(found, np.float32).reshape(-1, 2)
        numbers = np.arange(self._next, self._next + len(fresh), dtype=np.int32)
        self._next += len(fresh)
        self._xy = np.concatenate([self._xy, fresh])
        self._points = np.concatenate([self._points, numbers])


def _moved(before: U8, now: U8, xy: F32) -> tuple[F32, Bools]:
    """Where points (n, 2) went, and which of them come back to where they were."""
    cv2 = load_cv2()
    how = {"winSize": _WINDOW, "maxLevel": _LEVELS, "criteria": _STEPS}
    there, found, _ = cv2.calcOpticalFlowPyrLK(before, now, xy[:, None], None, **how)
    back, seen, _ = cv2.calcOpticalFlowPyrLK(
        now, before, there, xy[:, None].copy(), flags=cv2.OPTFLOW_USE_INITIAL_FLOW, **how
    )
    moved = np.asarray(there, np.float32).reshape(-1, 2)
    off = np.linalg.norm(np.asarray(back, np.float32).reshape(-1, 2) - xy, axis=1)
    return moved, (found.ravel() > 0) & (seen.ravel() > 0) & (off < _BACK_PX)


def _widened(boxes: Floats) -> tuple[Floats, Floats]:
    size = _MARGIN * (boxes[:, 2:] - boxes[:, :2]) + _EDGE_PX
    return boxes[:, :2] - size, boxes[:, 2:] + size


def _at_people(xy: Floats, boxes: Floats) -> Bools:
    """Whether points (n, 2) lie in any of the boxes (b, 4), which are taken a little larger."""
    low, high = _widened(boxes)
    inside = ((xy[:, None] >= low) & (xy[:, None] <= high)).all(-1)
    return np.asarray(inside.any(-1))
