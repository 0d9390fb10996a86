"""Others who look at stretches of a clip while one run estimates all of it."""

from __future__ import annotations

from typing import Protocol


class Others(Protocol):
    """Who is at which frames of the clip, by their numbers in it; asked in the order of frames."""

    def reach(self, first: int, last: int) -> bool:
        """Come to frames ``first`` to ``last``, which may take until another has looked at them;
        whether there may be part files since the last time."""
        ...

    def is_past(self, frame: int) -> bool:
        """Whether ``frame`` lies behind a stretch that this run looks at itself, to be told."""
        ...

    def leave(self, frame: int) -> None:
        """Tell others that stretches before ``frame`` are looked at: all answers are written."""
        ...

    def finish(self) -> None:
        """All frames are looked at: nobody has anything more to do but this run."""
        ...
