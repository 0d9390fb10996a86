"""Which of all that may be somebody who turns over are them: the best way through a spell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from ...data.arrays import Floats
from .turned_sights import Sight, alike_poses

_WORTH: Final = 0.2
"""Agreement at which a sight is worth nothing; by hand."""
_STEP, _SPEED = 0.35, 9.0
"""Trunks by which hips are seen off, and move in a second; by hand."""
_TURN, _SPIN = math.radians(30.0), math.radians(600.0)
"""Radians by which trunks are seen off, and turn in a second; by hand."""
_SIZE: Final = 0.5
"""Logarithm of the trunk's length in the picture, by which it changes; by hand."""
_JUMP: Final = 0.12
"""What a step of the usual size costs in each of those; by hand."""
_SHAPE: Final = 0.25
"""What another pose altogether costs; by hand."""
_LONGEST_S: Final = 0.6
"""Seconds for which nobody may be seen on the way; by hand."""


def best_way(sights: Sequence[Sight], fps: float) -> list[Sight]:
    """The ``sights``, one a frame at most, that together are worth the most, each after the other
    as far as bodies move; a Viterbi search."""
    order = sorted(sights, key=lambda one: one.frame)
    best = np.array([one.worth - _WORTH for one in order])
    before = np.full(len(order), -1)
    for j, one in enumerate(order):
        own = best[j]
        for i in range(j - 1, -1, -1):
            gap_s = (one.frame - order[i].frame) / fps
            if gap_s > _LONGEST_S:
                break
            if gap_s == 0 or best[i] + own <= best[j]:
                continue
            whole = best[i] + own - step_cost(order[i], one, gap_s)
            if whole > best[j]:
                best[j], before[j] = whole, i
    out: list[Sight] = []
    at = int(best.argmax()) if order else -1
    while at >= 0:
        out.append(order[at])
        at = int(before[at])
    return out[::-1]


def step_cost(a: Sight, b: Sight, gap_s: float) -> float:
    """How unlikely somebody seen as ``a`` is ``b`` so many seconds later."""
    trunk = max(a.trunk_px, b.trunk_px, 1.0)
    away = float(np.linalg.norm(b.hips_px - a.hips_px)) / trunk / (_STEP + _SPEED * gap_s)
    turn = math.remainder(b.turn_rad - a.turn_rad, 2 * math.pi)
    turned = turn / (_TURN + _SPIN * gap_s)
    size = math.log(max(a.region.side_px, 1.0) / max(b.region.side_px, 1.0)) / _SIZE
    shape = 1 - alike_poses(_moved(a, b, turn), b.pose)
    return _JUMP * (away**2 + turned**2 + size**2) + _SHAPE * shape


def _moved(a: Sight, b: Sight, turn: float) -> tuple[Floats, Floats, Floats]:
    """The pose ``a`` at the place, turned as ``b`` is."""
    R = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    return (a.pose[0] - a.hips_px) @ R.T + b.hips_px, a.pose[1], b.pose[2]
