"""Who is who after two people have been too near each other to tell.

Motion says little about that once they have overlapped; what they wear does. A clip is known
whole, so what both looked like before and after decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..data.arrays import F32
from .neighbours import TOUCHING, shared_box
from .similarity import colour_distance
from .track_record import TrackRecord
from .tracker import Track

_LOOKS: Final = 12
"""Looks on either side of a contact that are compared."""
_EVIDENCE: Final = 0.30
"""Colours must speak this much for a swap, as a sum over both people."""
_STRANGER: Final = 0.6
"""Of single looks at one person half differ by 0.13 from those before, one in twenty by 0.53."""
_FEWEST: Final = 2
"""Looks on either side of a change of person; by hand."""
_AROUND: Final = 4
"""Looks on either side of a moment at which somebody may have become somebody else."""


def undo_swaps(people: Sequence[tuple[Track, TrackRecord]]) -> None:
    """Give two people back their own later frames where they took each other's in a contact."""
    for i, one in enumerate(people):
        for other in people[i + 1 :]:
            for start, end in _contacts(one[1], other[1]):
                if _are_swapped(one[0], other[0], start, end):
                    _swap(one, other, end)


def undo_takeovers(people: Sequence[tuple[Track, TrackRecord]]) -> None:
    """Give back what one of two people took of the other where that one came up or was lost.

    Of two who walk behind each other the detector sees one, and when it sees both, the one known so
    far may be taken for the other.
    """
    for one in people:
        for other in people:
            if one is other or not one[1].frames or not other[1].frames:
                continue
            first, last = other[1].frames[0], other[1].frames[-1]
            if _touch_at(one[1], other[1], first) and _are_exchanged(one[0], other[0], first):
                _swap(one, other, first - 1)
            elif _touch_at(one[1], other[1], last) and _is_continued(one[0], other[0], last):
                _swap(one, other, last)


def _touch_at(a: TrackRecord, b: TrackRecord, frame: int) -> bool:
    """Whether both are there in ``frame``, ``a`` already before it, and their boxes overlap."""
    if frame not in a.frames or a.frames[0] >= frame:
        return False
    boxes = (record.box_px(record.frames.index(frame)) for record in (a, b))
    return shared_box(*boxes) > TOUCHING


def _are_exchanged(a: Track, b: Track, frame: int) -> bool:
    """Whether ``b``, who came up in ``frame``, looks like ``a`` did before, and ``a`` doesn't."""
    before = _look(a, None, frame, _AROUND)
    after_a, after_b = _glimpse(a, frame), _glimpse(b, frame)
    if before is None or after_a is None or after_b is None:
        return False
    return colour_distance(before, after_a) - colour_distance(before, after_b) > _EVIDENCE


def _is_continued(a: Track, b: Track, frame: int) -> bool:
    """Whether ``b``, last seen in ``frame``, goes on as ``a``, who looked otherwise before."""
    before_a, before_b = (_look(track, None, frame, _AROUND) for track in (a, b))
    after = _look(a, frame, None, _AROUND)
    if before_a is None or before_b is None or after is None:
        return False
    return colour_distance(before_a, after) - colour_distance(before_b, after) > _EVIDENCE


def _glimpse(track: Track, frame: int) -> F32 | None:
    """Mean colours from ``frame`` on, whoever is near."""
    return _mean([glimpse for glimpse in track.glimpses if glimpse[0] >= frame][:_AROUND])


def _contacts(a: TrackRecord, b: TrackRecord) -> list[tuple[int, int]]:
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


def _look(track: Track, after: int | None, before: int | None, most: int = _LOOKS) -> F32 | None:
    """Mean colours just before or just after a contact."""
    if before is not None:
        return _mean([look for look in track.looks if look[0] < before][-most:])
    return _mean([look for look in track.looks if after is None or look[0] > after][:most])


def _mean(looks: Sequence[tuple[int, F32]]) -> F32 | None:
    """Mean colours of looks, None of none."""
    if not looks:
        return None
    return np.mean([colours for _, colours in looks], axis=0).astype(np.float32)


def _swap(one: tuple[Track, TrackRecord], other: tuple[Track, TrackRecord], end: int) -> None:
    tails = one[1].split(end + 1), other[1].split(end + 1)
    one[1].extend(tails[1])
    other[1].extend(tails[0])
    a, b = one[0], other[0]
    a.looks, b.looks = _exchanged(a.looks, b.looks, end)
    a.glimpses, b.glimpses = _exchanged(a.glimpses, b.glimpses, end)
    for track in (a, b):
        track.colours = _mean(track.looks or track.glimpses)


def _exchanged(
    one: list[tuple[int, F32]], other: list[tuple[int, F32]], end: int
) -> tuple[list[tuple[int, F32]], list[tuple[int, F32]]]:
    """Both with each other's looks after frame ``end``."""
    earlier = [[look for look in looks if look[0] <= end] for looks in (one, other)]
    later = [[look for look in looks if look[0] > end] for looks in (one, other)]
    return earlier[0] + later[1], earlier[1] + later[0]


def part_strangers(people: Sequence[tuple[Track, TrackRecord]]) -> list[tuple[Track, TrackRecord]]:
    """``people`` with those parted who at once, and for good, wear something else.

    Somebody who comes out from behind another, or steps in front of them, is easily taken for them.
    Parts that nobody else fits better are joined again when the whole clip is known.
    """
    parts: list[tuple[Track, TrackRecord]] = []
    waiting = list(reversed(people))
    while waiting:
        track, record = waiting.pop()
        k = _changed(track.looks)
        if k is None:
            parts.append((track, record))
            continue
        later = record.split(track.looks[k][0])
        waiting.append((_part_of(track, track.looks[k:]), later))
        waiting.append((_part_of(track, track.looks[:k]), record))
    return parts


def _changed(looks: Sequence[tuple[int, F32]]) -> int | None:
    """The first look after the greatest change of colours, if it is great enough."""
    best, found = _STRANGER, None
    for k in range(_FEWEST, len(looks) - _FEWEST + 1):
        change = colour_distance(
            _mean(looks[max(k - _AROUND, 0) : k]), _mean(looks[k : k + _AROUND])
        )
        if change > best:
            best, found = change, k
    return found


def _part_of(track: Track, looks: list[tuple[int, F32]]) -> Track:
    """What is asked of a track once everything is read: its looks and colours."""
    return Track(colours=_mean(looks), looks=looks, is_sure=track.is_sure)
