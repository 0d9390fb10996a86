"""Which way is up in every shot, from the straight lines of its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ..data.arrays import F32, F64, I32
from ..data.types import Camera
from .collecting import by_picture
from .manhattan import ManhattanAxes, find_axes, segments_of

_LEAST_SIGMA: Final = 0.02
"""Lines of one wall agree with each other better than walls stand."""
_MOST_SIGMA: Final = 0.04
"""Radians of doubt over which a shot's up is not believed; by hand."""
_SAME: Final = np.cos(np.radians(3.0))


def find_uprights(
    lines: F32 | None, cuts: I32, camera: Camera, turns: F64 | None = None
) -> list[ManhattanAxes | None]:
    """A Manhattan frame for every shot, None where its pictures show none or not the same.

    ``lines`` (n, 5) as ``Observed.lines``, ``turns`` (T, 3, 3) from frames' axes to their shot's.
    Where pictures of one shot disagree, some show no Manhattan frame or the camera's turns are not
    known, and no one frame is true.
    """
    shots: list[list[ManhattanAxes]] = [[] for _ in range(len(cuts) + 1)]
    for position, segments in by_picture(lines).items():
        frame = find_axes(segments_of(segments, camera))
        if frame is not None and frame.tilt_sigma < _MOST_SIGMA:
            if turns is not None:
                frame = replace(frame, axes=frame.axes @ turns[position].T)
            shots[int(np.searchsorted(cuts, position, side="right"))].append(frame)
    return [_agreed(frames) for frames in shots]


def _agreed(frames: Sequence[ManhattanAxes]) -> ManhattanAxes | None:
    if not frames:
        return None
    best = min(frames, key=lambda frame: frame.tilt_sigma)
    if any(np.abs(best.axes @ one.axes[0]).max() < _SAME for one in frames):
        return None
    return replace(best, tilt_sigma=max(best.tilt_sigma, _LEAST_SIGMA))
