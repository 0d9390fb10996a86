"""How many frames a second: of times as they came, and of a take."""

from __future__ import annotations

import numpy as np

from .arrays import F64
from .types import Take


def frame_rate(time_s: F64, claimed: float) -> float:
    """Frames a second as they came, for clips whose header lies; ``time_s`` (t,) seconds."""
    if len(time_s) < 3 or time_s[-1] <= time_s[0]:
        return claimed
    return float((len(time_s) - 1) / (time_s[-1] - time_s[0]))


def take_frame_rate(take: Take) -> float:
    """Frames per second of the take's own times; the clip's where there is one frame only."""
    steps = np.diff(take.time_s)
    return float(1.0 / np.median(steps)) if len(steps) else take.clip.fps
