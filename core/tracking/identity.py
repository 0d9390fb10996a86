"""Who is who after two people have been too near each other to tell.

Motion says little about that once they have overlapped; what they wear does. A clip is known
whole, so what both looked like before and after decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..arrays import F32
from .neighbours import TOUCHING, shared_box
from .recording import Record
from .similarity import colour_distance
from .tracker import Track

_LOOKS: Final = 12
"""Looks on either side of a contact that are compared."""
_EVIDENCE: Final = 0.30
"""Colours must speak this much for a swap, as a sum over both people."""


def undo_swaps(people: Sequence[tuple[Track, Record]]) -> None:
    """Give two people back their own later frames where they took each other's in a contact."""
    for i, one in enumerate(people):
        for other in people[i + 1 :]:
            for start, end in _contacts(one[1], other[1]):
                if _are_swapped(one[0], other[0], start, end):
                    _swap(one, other, end)


def _contacts(a: Record, b: Record) -> list[tuple[int, int]]:
    """First and last frame of every stretch in which the boxes overlap; short breaks included."""
    common, at_a, at_b = np.intersect1d(a.frames, b.frames, return_indices=True)
    touching = [
        int(frame)
        for frame, i, k in zip(common, at_a, at_b, strict=True)
        if shared_box(a.box_px(i), b.box_px(k)) > TOUCHING
    ]
    runs: list[tuple[int, int]] = []
    for frame in touching:
        if runs and frame - runs[-1][1] <= 15:
            runs[-1] = runs[-1][0], frame
        else:
            runs.append((frame, frame))
    return runs


def _are_swapped(a: Track, b: Track, start: int, end: int) -> bool:
    before_a, before_b = _look(a, None, start), _look(b, None, start)
    after_a, after_b = _look(a, end, None), _look(b, end, None)
    if before_a is None or before_b is None or after_a is None or after_b is None:
        return False
    stay = colour_distance(before_a, after_a) + colour_distance(before_b, after_b)
    swap = colour_distance(before_a, after_b) + colour_distance(before_b, after_a)
    return stay - swap > _EVIDENCE


def _look(track: Track, after: int | None, before: int | None) -> F32 | None:
    """Mean colours just before or just after a contact."""
    if before is not None:
        looks = [colours for frame, colours in track.looks if frame < before][-_LOOKS:]
    else:
        looks = [colours for frame, colours in track.looks if after is None or frame > after]
        looks = looks[:_LOOKS]
    return np.mean(looks, axis=0).astype(np.float32) if looks else None


def _swap(one: tuple[Track, Record], other: tuple[Track, Record], end: int) -> None:
    tails = one[1].split(end + 1), other[1].split(end + 1)
    one[1].extend(tails[1])
    other[1].extend(tails[0])
    looks = [[look for look in track.looks if look[0] > end] for track, _ in (one, other)]
    for (track, _), later in zip((one, other), reversed(looks), strict=True):
        track.looks = [look for look in track.looks if look[0] <= end] + later
