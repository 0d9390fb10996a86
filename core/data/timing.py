"""How many frames a second, of times as they came and of a take, and how time lies between them."""

from __future__ import annotations

from typing import Final

import numpy as np

from .arrays import F64
from .types import Take

_GAP_S: Final = 2.0
_GAP_FRAMES: Final = 10
"""Time jumps where more than both of these are missing: nobody is followed over that."""

_WHOLE: Final = 0.1
"""Times this near to the clip's own rate, in frames, are on it: containers round them."""


def frame_rate(time_s: F64, claimed: float) -> float:
    """Frames a second as they came, for clips whose header lies; ``time_s`` (t,) seconds.

    Jumps in time are left out.
    """
    gaps_s = time_gaps(time_s, claimed)
    if len(time_s) - len(gaps_s) < 3 or time_s[-1] <= time_s[0]:
        return claimed
    return float((len(time_s) - 1 - len(gaps_s)) / (time_s[-1] - time_s[0] - gaps_s.sum()))


def longest_step_s(fps: float) -> float:
    """Seconds between two frames of a clip of ``fps``; where more lie between them, time jumps."""
    return max(_GAP_S, _GAP_FRAMES / fps)


def time_gaps(time_s: F64, fps: float) -> F64:
    """The seconds (n,) by which the times (t,) of a clip of ``fps`` jump."""
    steps_s = np.diff(time_s)
    return steps_s[steps_s > longest_step_s(fps)]


def take_frame_rate(take: Take) -> float:
    """Frames per second of the take's own times; the clip's where there is one frame only."""
    steps = np.diff(take.time_s)
    return float(1.0 / np.median(steps)) if len(steps) else take.clip.fps


class Ticks:
    """Frame numbers as they would be if none were missing: ticks of a clip of ``fps``.

    In an even clip every frame's tick is its number; so it is where no times were told.
    """

    def __init__(self, fps: float = 1.0) -> None:
        self._fps = fps
        self._time_s = 0.0
        self._ticks: list[float] = []

    def add(self, time_s: float) -> float:
        """Tell the next frame's time; returns its tick."""
        if self._ticks:
            passed = (time_s - self._time_s) * self._fps
            whole = max(round(passed), 1)
            passed = whole if abs(passed - whole) < _WHOLE else passed
            self._ticks.append(self._ticks[-1] + passed)
        else:
            self._ticks.append(0.0)
        self._time_s = time_s
        return self._ticks[-1]

    def of(self, frame: int) -> float:
        """The tick of a frame, by its position."""
        return self._ticks[frame] if frame < len(self._ticks) else float(frame)

    def between(self, before: int, after: int) -> float:
        """How many ticks lie between two frames."""
        return self.of(after) - self.of(before)
