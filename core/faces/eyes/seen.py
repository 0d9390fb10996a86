"""What a take keeps of eyes that were looked at."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data.arrays import F32, F64, Floats
from ...data.faces.eyes import EYES_SKELETON
from ...data.observations import PassObservations, PassWorth

CLOSEUP: Final = "eyes"
"""The name of what was seen of eyes in ``TrackObservations.closeups``."""
WORTH: Final = PassWorth("iris_landmark", is_precise=True, has_3d=False)
EYE_NUMBERS: Final = 2 * len(EYES_SKELETON)
"""How many numbers are kept of a frame."""


def eyes_row(eyes_px: Floats, step_px: float) -> F64:
    """Points (40, 2) in one row, rounded to ``step_px``; what isn't finite is 0, as if unseen."""
    known = np.isfinite(eyes_px).all()
    return np.rint(eyes_px.ravel() / step_px) * step_px if known else np.zeros(EYE_NUMBERS)


def eyes_pass(rows: F32, presence: F32) -> PassObservations:
    """Rows (t, 80) of faces seen with ``presence`` (t, 1) as a take's ``eyes``."""
    t, n = len(rows), len(EYES_SKELETON)
    return PassObservations(
        xy_px=rows.reshape(t, n, 2),
        score=np.repeat(presence, n, axis=1),
        xyz_m=np.zeros((t, n, 3), np.float32),
        presence=presence[:, 0],
        worth=WORTH,
        skeleton=EYES_SKELETON,
    )
