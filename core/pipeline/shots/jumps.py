"""Jump cuts: a moment left out of one take, so that a camera that moves is elsewhere at once.

The place stays the same, but all that can be seen of it has moved together, several times as far as
from any frame to the next about it. Where the camera stands still nothing of that is seen, and a
lamp, a screen or a body moves nothing together.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from ...data.arrays import U8
from .likeness import miniature, moved_together
from .looks import Look, is_relit

_OTHER: Final = 24.0
"""Grey levels from which a sampled pixel shows something else; by hand."""
_LEAST: Final = 0.15
"""Share of such pixels in a jump: 0.27 to 0.38 in half a second of five renders."""
_SUDDEN: Final = 1.6
"""Times as many as from frame to frame about it: at most 1.5 in renders, of 4,500 pairs of frames
of 43 clips one in a hundred comes near."""
_AGREE: Final = 0.25
"""Share of blocks that must have moved alike; by hand."""
_FAR: Final = 2.0
"""Cells that they have moved at least, and times as far as from the next frame to the one after."""
_HELD: Final = 0.3
"""Share of what changes afterwards that must have changed before: else pictures were held, and what
follows makes up for it. By hand."""
_MOVES: Final = 0.02
"""Share that changes on either side while a camera moves: one that stands was jerked. By hand."""


def is_sudden(before: Look, look: Look, past: Sequence[float]) -> bool:
    """Whether far more has changed between two frames than between those before, of which ``past``
    are the ``share_changed``."""
    if not past:
        return False
    changed = share_changed(before, look)
    return changed >= _LEAST and changed >= _SUDDEN * max(past)


def has_jumped(
    before: tuple[U8, Look], held: Sequence[tuple[U8, Look]], past: Sequence[float]
) -> bool:
    """Whether ``held``, frames that follow, show what ``before`` does from elsewhere at once."""
    looks = [look for _, look in held]
    if len(held) < 2 or not is_sudden(before[1], looks[0], past):
        return False
    after = [share_changed(a, b) for a, b in pairwise(looks)]
    if share_changed(before[1], looks[0]) < _SUDDEN * max(after):
        return False
    if min(max(past), max(after)) < _MOVES or max(past) < _HELD * max(after):
        return False
    if is_relit(before[1].layout, looks[0].layout):
        return False
    first, second = miniature(held[0][0]), miniature(held[1][0])
    agree, way = moved_together(miniature(before[0]), first)
    steady, step = moved_together(first, second)
    return min(agree, steady) >= _AGREE and way >= _FAR * max(step + 0.5, 1.0)


def share_changed(a: Look, b: Look) -> float:
    """Share of the sampled pixels that show something else."""
    return float((np.abs(a.layout - b.layout).max(axis=1) > _OTHER).mean())
