"""Chunks of a clip in which nobody but those known already can be found.

Where there is one person, surely seen, and nothing else in the picture changes, a detector needs no
more of it than the window in which they are. Two people are left to the whole picture: their window
is most of it, and who comes near somebody else is seen better with what is around them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol, runtime_checkable

import numpy as np

from ...data.arrays import F32, U8, Bools, Floats
from ...data.types import CloseDetector, Detections
from ..tracker import Track, Tracker

Window = tuple[int, int, int, int]
"""x0 y0 x1 y1 in whole pixels."""

EVERY: Final = 6
"""The whole picture is looked at for people at the end of one chunk in so many."""
_SURE: Final = 0.35
"""Score of a detection that is followed; by hand."""
_AWAY: Final = 0.15
"""By what share of its longer side a box is larger beyond which the picture must not change; by
hand."""
_WITHIN: Final = 0.1
"""The same by which the window is larger than boxes; by hand."""
_FAR: Final = 0.5
"""The same beyond which what changes is nobody's who is known; by hand."""
_GRID: Final = 0.1
"""Sides of a window are whole numbers of this share of the picture's longer side, and it begins on
quarters of that: a detector's inputs are whole numbers of 32 pixels too, of 320."""
_WORTH: Final = 0.7
"""Share of the picture over which a window saves too little; by hand."""
_CELLS: Final = (27, 48)
"""Rows and columns of the small picture that must stay the same; by hand."""
_SAMPLES: Final = 4
"""Pixels along each side of a cell that are averaged; by hand."""
_CHANGED: Final = 10.0
"""Grey levels by which a cell changes that somebody comes into; noise of 16 levels makes 4."""


@runtime_checkable
class WindowDetector(CloseDetector, Protocol):
    """A detector that can spend less where less is to be found."""

    def detect_in(self, bgr: U8, window_px: Window) -> Detections:
        """People in the window x0 y0 x1 y1 of a picture, at the size at which ``detect`` looks at
        all of it; pixels of the whole picture."""
        ...

    def search_briefly(self, bgr: U8) -> Detections:
        """``search`` without the small people of a large picture. Doubles included."""
        ...


class QuietWatch:
    """Tells which chunks are such, one after the other."""

    def __init__(self) -> None:
        self._scene: F32 | None = None
        self._chunk = -1
        self.stirs = False
        """Whether something moved away from everybody known, in the picture asked about last."""

    def next_chunk(self, *, starts_shot: bool) -> None:
        """Count the chunks of a shot: which pictures are looked at whole doesn't depend on where a
        run begins."""
        self._chunk = 0 if starts_shot else self._chunk + 1
        if starts_shot:
            self._scene = None

    def window(self, before: int, frame: int, bgr: U8, tracker: Tracker) -> Window | None:
        """Where everybody is in ``bgr``, the picture of ``frame``, a chunk after ``before``; None
        where the whole picture has to be looked at."""
        cells, known = _cells(bgr), self._scene
        self._scene, self.stirs = cells, False
        if known is None or tracker.doubtful(before):
            return None
        expected = tracker.expected(frame, np.inf)
        if len(expected) != 1 or not _is_sure(expected[0][0], before):
            return None
        person, box = expected[0]
        at = box, person.boxes_px[-1]
        change = _change(known, cells)
        self.stirs = _is_changed(change, [_widened(one, _FAR) for one in at], bgr)
        is_near = _is_changed(change, [_widened(one, _AWAY) for one in at], bgr)
        if self._chunk % EVERY == 0 or is_near:
            return None
        return _window_round(_widened(box, _WITHIN), bgr)


def _is_sure(track: Track, before: int) -> bool:
    return track.frames[-1] == track.last_detected == before and track.score[-1] >= _SURE


def _widened(box: Floats, share: float) -> Floats:
    away = share * float((box[2:] - box[:2]).max())
    return box + np.array([-away, -away, away, away])


def _window_round(box: Floats, bgr: U8) -> Window | None:
    """The window of a picture with ``box`` (4,) in it; None where that is most of it."""
    shape = np.array(bgr.shape[1::-1], np.float64)
    grid = _GRID * float(shape.max())
    low = np.clip(box[:2], 0, shape)
    high = np.clip(box[2:], 0, shape)
    if not (high > low).all():
        return None
    size: Floats = np.minimum(np.ceil((high - low) / grid) * grid, shape)
    middle: Floats = (low + high) / 2
    first: Floats = np.clip(
        np.round((middle - size / 2) / (grid / 4)) * (grid / 4), 0, shape - size
    )
    x0, y0 = np.rint(first).astype(int).tolist()
    x1, y1 = np.rint(first + size).astype(int).tolist()
    return (x0, y0, x1, y1) if np.prod(size) <= _WORTH * np.prod(shape) else None


def _cells(bgr: U8) -> F32:
    """The green of a picture in cells."""
    height, width = map(int, bgr.shape[:2])
    rows = np.linspace(0, height - 1, _SAMPLES * _CELLS[0]).astype(int)
    columns = np.linspace(0, width - 1, _SAMPLES * _CELLS[1]).astype(int)
    green = bgr[rows, :, 1][:, columns]
    cells = green.reshape(_CELLS[0], _SAMPLES, _CELLS[1], _SAMPLES)
    return cells.mean(axis=(1, 3), dtype=np.float32)


def _change(before: F32, now: F32) -> F32:
    """By how much cells changed, but for the brightness of all of the picture."""
    change = now - before
    return np.abs(change - np.median(change))


def _is_changed(change: F32, boxes: Sequence[Floats], bgr: U8) -> bool:
    """Whether any cell outside of ``boxes`` changed."""
    return bool((change[_outside(boxes, bgr.shape[:2])] > _CHANGED).any())


def _outside(boxes: Sequence[Floats], shape: tuple[int, ...]) -> Bools:
    """The cells (rows, columns) that lie in none of the ``boxes``."""
    out = np.ones(_CELLS, bool)
    per_cell = np.array([shape[1] / _CELLS[1], shape[0] / _CELLS[0]])
    for box in boxes:
        low = np.clip(np.floor(box[:2] / per_cell), 0, None).astype(int)
        high = np.clip(np.ceil(box[2:] / per_cell), 0, None).astype(int)
        out[low[1] : high[1], low[0] : high[0]] = False
    return out
