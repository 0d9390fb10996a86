"""Numbers of frames, as files count them."""

from __future__ import annotations

import numpy as np

from ...data.arrays import I32
from ...data.reading.files import Damaged
from ..values import MOST_FRAMES, Value, numbers


def counted(value: Value, t: int) -> I32:
    """Numbers of frames (t,). Raises Damaged."""
    found = numbers(np.asarray(value).reshape(-1), "its frames", (t,))
    if (found < 0).any() or (found > MOST_FRAMES).any():
        raise Damaged(f"its frames are not numbered from 0 to {MOST_FRAMES}")
    return found.astype(np.int32)


def increasing(frames: I32) -> I32:
    """The rows that put ``frames`` in order, each frame once."""
    _, rows = np.unique(frames, return_index=True)
    return rows.astype(np.int32)
