"""Small grey pictures, made once for everybody who follows points in them."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from typing import Any, Final

from ..core.data.arrays import U8
from .opencv import load_cv2

_REMEMBERED: Final = 16
"""Pictures of which the small ones are held, two chunks of frames; by hand."""

_lock = threading.Lock()
_made: deque[tuple[weakref.ref[U8], dict[int, U8]]] = deque(maxlen=_REMEMBERED)
"""Of the latest pictures the grey ones that were asked, by how many times smaller they are."""


def small_grey(bgr: U8, longest_px: int) -> tuple[U8, int]:
    """A grey picture whose longer side is at most ``longest_px``, and how many times smaller it is
    than ``bgr`` (h, w, 3): it is halved until it fits. Nobody may write to it."""
    cv2 = load_cv2()
    longer, wanted = max(bgr.shape[:2]), 1
    while longer > longest_px:
        longer, wanted = (longer + 1) // 2, 2 * wanted
    with _lock:
        known = next((steps for picture, steps in _made if picture() is bgr), None)
        if known is None:
            known = {}
            _made.append((weakref.ref(bgr), known))
        times = max((step for step in known if step <= wanted), default=1)
        grey: Any = known.get(times)
        if grey is None:
            grey = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
        while times < wanted:
            # Its pixels lie on every second one of the larger picture.
            grey, times = cv2.pyrDown(grey), 2 * times
        known[wanted] = grey
        return grey, wanted
