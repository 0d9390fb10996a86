"""What a writer is asked for: a take's people over some frames, in some space, into a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..bodies.smplx_model import SmplxModel
from ..data.arrays import I32
from ..data.errors import OutputError
from ..data.types import Person, Take
from .file_axes import Placed, place, place_stretches


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What is to be written; checked against the format's row of the table before.

    * ``people``: whom, each with their number in the take;
    * ``frames``: positions in the take, None = all of them;
    * ``space``: "world" or "camera"; ``smplx``: a model to wear instead of the free body.
    """

    take: Take
    people: Sequence[tuple[int, Person]]
    path: Path
    frames: Sequence[int] | None = None
    space: str = "world"
    smplx: SmplxModel | None = None

    @property
    def person(self) -> Person:
        """The only one, for formats that hold one person."""
        ((_, person),) = self.people
        return person

    @property
    def chosen(self) -> I32:
        """Positions in the take of the frames (t,) asked for, in order."""
        if self.frames is None:
            return np.arange(len(self.take.time_s), dtype=np.int32)
        return np.unique(np.asarray(self.frames, np.int32))

    def placed(self, *, y_up: bool = False) -> list[Placed]:
        """Where the joints are of everybody who is there. Raises OutputError for nobody."""
        out = [
            place(self.take, person, rows, self.space, y_up=y_up)
            for _, person in self.people
            if len(rows := _rows(person, self.chosen))
        ]
        if not out:
            raise nobody_there(self.path)
        return out

    def stretches(self) -> Iterator[Iterator[Placed]]:
        """``placed`` person by person, each a stretch of frames after the other, which bounds
        memory. Raises OutputError for nobody before the first is asked for."""
        there = [(person, _rows(person, self.chosen)) for _, person in self.people]
        there = [(person, rows) for person, rows in there if len(rows)]
        if not there:
            raise nobody_there(self.path)
        return (place_stretches(self.take, *one, self.space, y_up=False) for one in there)

    def frames_of(self, placed: Sequence[Placed]) -> I32:
        """The frames asked for, from the first to the last in which any of ``placed`` is there."""
        first = min(int(one.frames[0]) for one in placed)
        last = max(int(one.frames[-1]) for one in placed)
        frames = self.chosen
        return frames[(frames >= first) & (frames <= last)]


def nobody_there(path: Path) -> OutputError:
    """The error of frames without people."""
    return OutputError(f"Nobody is there in the chosen frames; {path.name} was not written.")


def _rows(person: Person, frames: I32) -> I32:
    return np.flatnonzero(np.isin(person.frames, frames)).astype(np.int32)
