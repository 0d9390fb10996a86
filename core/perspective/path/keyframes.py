"""Which frames of a shot are adjusted together; the others are placed among them."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data.arrays import F64, I64

_MOVED: Final = 0.025
"""Share of the picture's longer side by which points move from key frame to key frame."""
_KEPT: Final = 0.7
"""Share of the points that are still there in the next one."""
MOST_KEYS: Final = 160
"""Key frames of a shot: more take longer than they are worth. By hand."""
_IN_KEYS: Final = 3
"""Key frames that a point must be in to be adjusted."""
_MOST_POINTS: Final = 900
"""Points adjusted at most, or this many for every key frame where there are many of those:"""
_A_KEY: Final = 14  # by hand


def key_frames(frames: I64, points: I64, xy: F64, longer_px: float) -> I64:
    """Positions among the shot's looks (0, 1, …) that are key frames, the first and last included.

    ``frames`` (m,) numbers the looks, ``points`` (m,) and ``xy`` (m, 2) what was seen in them.
    """
    count = int(frames.max()) + 1
    edges = np.searchsorted(frames, np.arange(count + 1))
    spacing = max(1, -(-count // MOST_KEYS))
    keys = [0]
    a = slice(edges[0], edges[1])
    for i in range(1, count):
        b = slice(edges[i], edges[i + 1])
        if i - keys[-1] < spacing:
            continue
        _, p, q = np.intersect1d(points[a], points[b], assume_unique=True, return_indices=True)
        is_far = len(p) < _KEPT * max(a.stop - a.start, 1) or (
            np.median(np.linalg.norm(xy[a][p] - xy[b][q], axis=1)) > _MOVED * longer_px
        )
        if is_far:
            keys.append(i)
            a = b
    if keys[-1] != count - 1:
        keys.append(count - 1)
    return np.array(keys, np.int64)


def chosen_points(camera: I64, points: I64, keys: int) -> I64:
    """Numbers of the points (n,) to adjust: those seen in most key frames, some of every one."""
    numbers, count = np.unique(points, return_counts=True)
    lasting = numbers[count >= min(_IN_KEYS, keys)]
    most = max(_MOST_POINTS, _A_KEY * keys)
    if len(lasting) <= most:
        return lasting
    length = dict(zip(numbers.tolist(), count.tolist(), strict=True))
    order = np.array([length[int(p)] for p in lasting])
    chosen = set(lasting[np.argsort(-order, kind="stable")[: most // 2]].tolist())
    # Somewhere only short tracks are to be had: every key frame gets its share.
    for key in range(keys):
        here = points[camera == key]
        here = here[np.isin(here, lasting)]
        best = sorted(here.tolist(), key=lambda p: -length[p])[:_A_KEY]
        chosen.update(best)
    return np.array(sorted(chosen), np.int64)
