"""What a take keeps of eyes that were looked at."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data.arrays import F32, F64, I32, Floats
from ...data.collector import led
from ...data.faces.eyes import EYES_SKELETON
from ...data.observations import PassObservations, PassWorth

CLOSEUP: Final = "eyes"
"""The name of what was seen of eyes in ``TrackObservations.closeups``."""
WORTH: Final = PassWorth("iris_landmark", is_precise=True, has_3d=False)
EYE_NUMBERS: Final = 2 * len(EYES_SKELETON) + 1
"""How many numbers are kept of a frame: places, and how surely there is a face."""


def eyes_row(eyes_px: Floats | None, presence: float, step_px: float) -> F64:
    """Points (40, 2) of a face's eyes in one row, rounded to ``step_px``, NaN where nobody looked;
    what isn't finite is 0, as if unseen."""
    if eyes_px is None:
        return np.full(EYE_NUMBERS, np.nan)
    if not np.isfinite(eyes_px).all():
        return np.zeros(EYE_NUMBERS)
    return np.append(np.rint(eyes_px.ravel() / step_px) * step_px, presence)


def eyes_pass(rows: F32, frames: I32, step: int) -> PassObservations:
    """Rows (t, 81) of ``frames`` (t,) as a take's ``eyes``: lids between two looks up to ``step``
    frames apart lie on the straight way."""
    t, n = len(rows), len(EYES_SKELETON)
    rows = led(rows, frames, -1, step)
    presence = rows[:, -1:]
    return PassObservations(
        xy_px=rows[:, :-1].reshape(t, n, 2),
        score=np.repeat(presence, n, axis=1),
        xyz_m=np.zeros((t, n, 3), np.float32),
        presence=presence[:, 0],
        worth=WORTH,
        skeleton=EYES_SKELETON,
    )
