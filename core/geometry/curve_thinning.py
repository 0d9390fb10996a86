"""Fewer keys where a straight line between the others says the same."""

from __future__ import annotations

import numpy as np

from ..data.arrays import F64, I32, Floats


def thinned(values: Floats, frames: F64, tolerance: float) -> I32:
    """Rows of ``values`` (t, k) to keep so that lines between them miss none by over ``tolerance``.

    All of them for a tolerance of 0. Source: Ramer (1972), Douglas and Peucker (1973), with the
    length of the difference at the same frame as distance.
    """
    last = len(values) - 1
    if tolerance <= 0 or last < 2:
        return np.arange(len(values), dtype=np.int32)
    kept = {0, last}
    spans = [(0, last)]
    while spans:
        a, b = spans.pop()
        if b - a < 2:
            continue
        share = ((frames[a + 1 : b] - frames[a]) / (frames[b] - frames[a]))[:, None]
        line = values[a] + share * (values[b] - values[a])
        miss = np.linalg.norm(values[a + 1 : b] - line, axis=1)
        worst = int(np.argmax(miss))
        if miss[worst] > tolerance:
            middle = a + 1 + worst
            kept.add(middle)
            spans += [(a, middle), (middle, b)]
    return np.array(sorted(kept), np.int32)
