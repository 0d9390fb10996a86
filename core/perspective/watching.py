"""Which pictures of a clip are searched for straight lines while it is read."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import numpy as np

from ..arrays import F32, F64, U8

LineFinder = Callable[[U8], F32]
"""From a picture (h, w, 3) BGR to its line segments (n, 4) in pixels, x0 y0 x1 y1 each. Called from
several threads at once."""

_EVERY_S: Final = 4.0
_PER_SHOT: Final = 3
_PICTURES: Final = 8
"""More pictures of one camera tell little more."""


class LineWatch:
    """Looks at the first picture of every shot and at some later ones, where people have moved."""

    def __init__(self, find: LineFinder) -> None:
        self._find = find
        self._found: dict[int, Future[F32]] = {}
        self._in_shot, self._last_s = 0, 0.0

    def look(
        self, pool: ThreadPoolExecutor, position: int, bgr: U8, time_s: float, starts_shot: bool
    ) -> None:
        """Begin with the picture of frame ``position`` if it is one of those."""
        if starts_shot or not self._found:
            self._in_shot = 0
        elif self._in_shot >= _PER_SHOT or time_s - self._last_s < _EVERY_S:
            return
        if len(self._found) < _PICTURES:
            self._found[position] = pool.submit(self._find, bgr)
            self._in_shot, self._last_s = self._in_shot + 1, time_s

    def lines(self) -> F32:
        """Everything found (n, 5): the frame's position before each segment."""
        each = [np.insert(f.result(), 0, position, axis=1) for position, f in self._found.items()]
        return np.concatenate([np.zeros((0, 5)), *each]).astype(np.float32)


def by_picture(lines: F32 | None) -> dict[int, F64]:
    """What ``LineWatch.lines`` gave, by frame position: segments (n, 4) of each."""
    if lines is None or not len(lines):
        return {}
    positions = lines[:, 0].astype(int)
    return {int(p): lines[positions == p, 1:].astype(np.float64) for p in np.unique(positions)}
