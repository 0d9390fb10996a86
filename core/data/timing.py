"""How many frames a second: of times as they came, and of a take."""

from __future__ import annotations

from typing import Final

import numpy as np

from .arrays import F64
from .types import Take

_GAP_S: Final = 2.0
_GAP_FRAMES: Final = 10
"""Time jumps where more than both of these are missing: nobody is followed over that."""


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
