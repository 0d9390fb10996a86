"""A long clip that several workers look at: who estimates all of it begins with its first frames,
others look at later stretches meanwhile, and none at what another is at.

A stretch is whose who holds the lease beside its part file. The estimate waits for what another
looks at, follows close behind, and takes over what is given up.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ...core.data.errors import OutputError
from ...core.pipeline.keeping.part_file import Part, is_part_of, parts_in, save_part
from .leases import Lease

_ASK_AGAIN_S: Final = 0.25  # whether another has gone on
_UNSURE: Final = 64
"""So many of the last frames that a part file is about may not all have been looked at: those of
three detections, at most as many seconds as memory holds; by hand."""


@dataclass(slots=True, eq=False)
class _Place:
    """A stretch ``first`` to ``last`` whose part is ``file``, of the work ``key``."""

    file: Path
    first: int
    last: int
    key: str
    lease: Lease = field(init=False)
    is_done: bool = False
    told_until: int = -1
    """Frames until this one another has looked at."""
    judged: set[Path] = field(default_factory=set[Path])
    """Part files about it that were opened."""

    def __post_init__(self) -> None:
        self.lease = Lease(self.file)


class SharedClip:
    """Implements ``core.pipeline.keeping.others.Others`` by leases and part files.

    ``stretches`` are (part file, first frame, last frame, key of the work) in order; ``tell_end``
    is called once all of them are looked at. To be closed.
    """

    def __init__(
        self,
        made_by: str,
        stretches: Sequence[tuple[Path, int, int, str]],
        tell_end: Callable[[], None] = lambda: None,
    ) -> None:
        self._made_by, self._tell_end = made_by, tell_end
        self._places = [_Place(*one) for one in stretches]

    def reach(self, first: int, last: int) -> bool:
        """Come to these frames: take the lease of their stretch, or wait for whoever has it."""
        here = [one for one in self._places if one.first <= last and first <= one.last]
        return any([self._come_to(place, min(last, place.last)) for place in here])

    def is_past(self, frame: int) -> bool:
        """Whether the lease of a stretch before ``frame`` is this run's."""
        return any(one.last < frame and one.lease.is_held for one in self._places)

    def leave(self, frame: int) -> None:
        """Write that stretches before ``frame`` are done, and give their leases back."""
        for place in self._places:
            if place.last < frame and place.lease.is_held:
                # The answers lie in files of their own. A disk that takes none stops no run.
                with suppress(OutputError):
                    save_part(place.file, Part(self._made_by, place.key, {}))
                place.is_done = True
                place.lease.release()

    def finish(self) -> None:
        """Tell that all of the clip is looked at."""
        self._tell_end()

    def close(self) -> None:
        """Give back all leases, also those of workers that were killed behind their work."""
        for place in self._places:
            if place.lease.is_held:
                place.lease.release()
            else:
                Lease(place.file).clear()

    def _come_to(self, place: _Place, last: int) -> bool:
        if place.is_done or place.lease.is_held or last <= place.told_until:
            return False
        if place.lease.is_lost:
            place.lease = Lease(place.file)
        while not self._is_known(place, last) and not place.lease.acquire():
            time.sleep(_ASK_AGAIN_S)
        if place.lease.is_held and self._is_known(place, place.last):  # meanwhile
            place.lease.release()
        return True

    def _is_known(self, place: _Place, last: int) -> bool:
        """Whether another has looked at the stretch until frame ``last``."""
        if place.file.exists() and is_part_of(place.file, self._made_by, place.key):
            place.is_done = True
            return True
        for part in parts_in(place.file.parent):
            is_inside = place.first <= part.first and part.last <= place.last
            if is_inside and part.path not in place.judged:
                place.judged.add(part.path)
                if is_part_of(part.path, self._made_by, place.key):
                    place.told_until = max(place.told_until, part.last - _UNSURE)
        return last <= place.told_until
