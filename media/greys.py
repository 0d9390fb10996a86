"""Small grey pictures, made once for everybody who follows points in them."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from typing import Final

from ..core.data.arrays import U8
from .opencv import load_cv2

_REMEMBERED: Final = 16
"""Pictures of which the small ones are held, two chunks of frames; by hand."""

_lock = threading.Lock()
_made: deque[tuple[weakref.ref[U8], list[tuple[U8, int]]]] = deque(maxlen=_REMEMBERED)
"""Of the latest pictures the grey ones that were asked, and how many times smaller each is."""


def small_grey(bgr: U8, longest_px: int) -> tuple[U8, int]:
    """A grey picture whose longer side is at most ``longest_px``, and how many times smaller it is
    than ``bgr`` (h, w, 3): it is halved until it fits. Nobody may write to it."""
    cv2 = load_cv2()
    with _lock:
        steps = next((steps for picture, steps in _made if picture() is bgr), None)
        if steps is None:
            steps = []
            _made.append((weakref.ref(bgr), steps))
        for step in steps:
            if max(step[0].shape) <= longest_px:
                return step
        grey, times = steps[-1] if steps else (cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), 1)
        while max(grey.shape) > longest_px:
            # Its pixels lie on every second one of the larger picture.
            grey, times = cv2.pyrDown(grey), 2 * times
            steps.append((grey, times))
        if not steps:
            steps.append((grey, times))
        return grey, times
