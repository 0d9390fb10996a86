"""How well faces were read, frame by frame, for the quality report."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..data.arrays import F64
from ..data.skeletons import joint
from ..data.types import Person

READ: Final = 0.5
"""Confidence of the jaw from which a face was read."""
_FEW: Final = 0.1
"""Whose face shows in a smaller share of frames isn't filmed for it; by hand."""
_JAW: Final = joint("jaw")


def face_checks(person: Person) -> dict[str, F64]:
    """Per posed frame (t,) whether a person's face wasn't read, and by how much of their range its
    shapes shake per frame squared; nothing of faces that are hardly ever read."""
    weights = person.face_weights.astype(np.float64)
    sure = person.confidence[:, _JAW] >= READ
    if not len(weights) or sure.mean() < _FEW:
        return {}
    shake = np.full(len(weights), np.nan)
    if len(weights) > 2:
        steady = (np.diff(person.frames) == 1)[1:] & (np.diff(person.frames) == 1)[:-1]
        bend = np.abs(np.diff(weights, 2, axis=0))
        shake[1:-1] = np.where(steady & sure[1:-1], np.sqrt((bend**2).mean(1)), np.nan)
    return {"face_unread_share": (~sure).astype(np.float64), "face_shake": shake}
