"""Where one shot ends and the next begins: nobody is followed, and nothing smoothed, across a cut.

A cut changes both the picture's layout and its colours, and stays changed: a camera flash comes
back, a pan keeps its colours, a person walking by keeps most of both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..data.arrays import F32, U8
from ..data.types import Frame

_GRID: Final = (18, 32)
_BINS: Final = 4
_LAYOUT: Final = 28.0
"""Mean change of a sampled pixel, of 255."""
_COLOURS: Final = 0.30
"""Share of the colour histogram that moved."""


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    layout: F32
    colours: F32


def mark_cuts(frames: Iterator[Frame]) -> Iterator[tuple[Frame, bool]]:
    """Every frame with whether it begins a new shot; looks one frame ahead.

    A cut lies between two frames that differ while the frames on either side of it are alike:
    footage that flickers all the time has no cuts.
    """
    before: _Look | None = None
    was_calm = True
    held: tuple[Frame, _Look] | None = None
    for frame in frames:
        look = _look_of(frame.bgr)
        if held is not None:
            changed = before is not None and _differ(before, held[1])
            lasts = before is not None and _differ(before, look) and not _differ(held[1], look)
            yield held[0], changed and was_calm and lasts
            was_calm = not changed
            before = held[1]
        held = frame, look
    if held is not None:
        yield held[0], False


def _look_of(bgr: U8) -> _Look:
    height, width = bgr.shape[:2]
    rows = np.linspace(0, height - 1, _GRID[0]).astype(int)
    columns = np.linspace(0, width - 1, _GRID[1]).astype(int)
    layout = bgr[rows[:, None], columns].reshape(-1, 3)
    bins = (layout // (256 // _BINS)).astype(int)
    flat = (bins[:, 0] * _BINS + bins[:, 1]) * _BINS + bins[:, 2]
    colours = np.bincount(flat, minlength=_BINS**3) / len(flat)
    return _Look(layout.astype(np.float32), colours.astype(np.float32))


def _differ(a: _Look, b: _Look) -> bool:
    if float(np.abs(a.layout - b.layout).mean()) < _LAYOUT:
        return False
    return float(np.abs(a.colours - b.colours).sum()) / 2 > _COLOURS
