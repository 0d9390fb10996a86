"""What was seen before frames that show nothing, and whether a picture after shows it again."""

from __future__ import annotations

from collections import deque
from typing import Final

from ...data.arrays import F32, U8
from .likeness import agreement, miniature
from .looks import Look, differ

_SPAN_S: Final = 2.0
"""For how long what was seen is remembered; by hand."""
_EVERY_S: Final = 0.1  # by hand
_PLACED_EVERY_S: Final = 0.3
"""How often it is remembered so that places can be compared; by hand."""
_COMPARED: Final = 3
"""Remembered pictures whose place is compared, the latest ones; by hand."""
_PLACE_SAME: Final = 0.35
_PLACE_OTHER: Final = 0.2
"""Share of blocks moved alike from which on two pictures show one place, and up to which they show
two: after 8 to 50 frames 0.43 to 1 in 17 clips unless the camera has turned away, at most 0.18 in
140 pairs of them. Between, looks tell."""
_AS_BRIGHT: Final = 0.6
"""Share of the brightest mean level from which on pictures' difference tells; by hand."""


class Remembered:
    """The looks and places of the last two seconds in which something was seen."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, Look]] = deque()
        self._places: deque[tuple[float, float, F32]] = deque()
        """Times, mean levels and miniatures."""

    def forget(self) -> None:
        """Another shot begins."""
        self._looks.clear()
        self._places.clear()

    def note(self, time_s: float, bgr: U8, look: Look) -> None:
        """Take a picture (h, w, 3) that shows something; times increase."""
        if not self._looks or time_s - self._looks[-1][0] >= _EVERY_S:
            self._looks.append((time_s, look))
        if not self._places or time_s - self._places[-1][0] >= _PLACED_EVERY_S:
            self._places.append((time_s, float(look.layout.mean()), miniature(bgr)))
        for past in (self._looks, self._places):
            while time_s - past[0][0] > _SPAN_S:
                past.popleft()

    def holds(self, bgr: U8, look: Look) -> bool:
        """Whether a picture (h, w, 3) may show what is remembered.

        The camera or somebody may have moved on meanwhile, so places tell first. Pictures as dark
        as while fading hardly differ, whatever they show: those from before tell nothing, and one
        that follows is in another light.
        """
        found = self._agreement(bgr)
        if found is not None and not _PLACE_OTHER < found < _PLACE_SAME:
            return found >= _PLACE_SAME
        past = [one for _, one in self._looks]
        bright = _AS_BRIGHT * max(one.layout.mean() for one in past)
        return any(not differ(one, look) for one in past if one.layout.mean() >= bright)

    def _agreement(self, bgr: U8) -> float | None:
        """The highest agreement with the latest places, or the first high enough; None where none
        can be told."""
        bright = _AS_BRIGHT * max(level for _, level, _ in self._places)
        places = [one for _, level, one in self._places if level >= bright]
        here = miniature(bgr)
        found: float | None = None
        for one in places[: -_COMPARED - 1 : -1]:
            told = agreement(one, here)
            if told is not None:
                found = told if found is None else max(told, found)
            if found is not None and found >= _PLACE_SAME:
                break
        return found
