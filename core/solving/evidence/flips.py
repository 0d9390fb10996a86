"""Left/right repair: single-frame networks now and then take a person's front for their back.

Two states a frame, as seen or swapped, and the cheapest path through the whole track (Viterbi): the
detector's keypoints vote in each frame, and swapping costs the jump it makes in the picture.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import Bools, Floats

_VOTE_S: Final = 0.15
"""A vote must last about this long to outweigh one swap, whatever the frame rate."""
_CAP: Final = 0.3
"""Distances beyond this share of the body's radius say no more than 'elsewhere'."""


def repair_flips(
    xy: Floats, detected: Floats, detected_score: Floats, radius: Floats, fps: float, frames: Floats
) -> Bools:
    """Which frames (t,) have left and right swapped.

    ``xy`` (t, 12, 2) the limbs as the network names them, ``detected`` (t, 12, 2) and its
    ``detected_score`` (t, 12) as the detector does; ``radius`` (t,) the body's in the same unit.
    Where ``frames`` (t,) jumps, a new path may begin in either state.
    """
    mirror = points.MIRROR[: points.LIMBS]
    states = (xy, xy[:, mirror])
    size = radius[:, None]
    unary = np.stack(
        [
            (detected_score * np.minimum(np.linalg.norm(s - detected, axis=-1) / size, _CAP)).sum(1)
            for s in states
        ],
        axis=-1,
    ) / max(fps * _VOTE_S, 1.0)
    stay, swap = (_jump(xy, states[k], size) for k in (0, 1))
    gap = np.diff(frames) > 1
    stay[gap] = swap[gap] = 0.0
    return _cheapest_path(unary, stay, swap)


def _jump(before: Floats, after: Floats, size: Floats) -> Floats:
    distance = np.linalg.norm(after[1:] - before[:-1], axis=-1) / size[1:]
    return np.minimum(distance, _CAP).sum(1)


def _cheapest_path(unary: Floats, stay: Floats, swap: Floats) -> Bools:
    t = len(unary)
    cost = unary[0].copy()
    came_from = np.zeros((t, 2), int)
    for i in range(1, t):
        through = cost[:, None] + [[stay[i - 1], swap[i - 1]], [swap[i - 1], stay[i - 1]]]
        came_from[i] = through.argmin(0)
        cost = through.min(0) + unary[i]
    path = np.zeros(t, int)
    path[-1] = cost.argmin()
    for i in range(t - 1, 0, -1):
        path[i - 1] = came_from[i, path[i]]
    return path == 1
