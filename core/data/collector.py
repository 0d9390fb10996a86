"""What a clip's reading offers to whoever gathers something beside people's landmarks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from threading import RLock
from typing import Generic, Protocol, TypeVar

import numpy as np

from .arrays import F32, I32, U8, Floats, check_fields, of_shape
from .observations import Observed, TrackObservations
from .types import Frame, Landmarks, Region


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """One person in one frame while a clip is read.

    ``keypoints_px`` (17, 2), ``keypoint_score`` (17,) and ``box_px`` (4,) of the detector, between
    two detections interpolated; the ``region`` that the landmark networks look at, and their
    answers under way. ``who`` is the same number in every frame of somebody's track.
    """

    keypoints_px: Floats = field(metadata=of_shape("k", 2))
    keypoint_score: Floats = field(metadata=of_shape("k"))
    box_px: Floats = field(metadata=of_shape(4))
    region: Region
    landmarks: Sequence[Future[Landmarks]]
    who: int = 0

    def __post_init__(self) -> None:
        check_fields(self)


class Collector(Protocol):
    """Gathers something of a clip while it is read, such as depth, lines, hands or silhouettes.

    One thread calls it: ``read`` for every chunk of frames in order; later ``meet`` for every frame
    in order; later ``tell`` for every person in it; then ``forget``. Slow work belongs into the
    pool; a task may wait for landmarks under way, which were given to the pool before it.
    """

    @property
    def numbers(self) -> int:
        """How many numbers it keeps of a person in each frame; without any ``tell`` isn't asked."""
        ...

    def read(
        self, pool: ThreadPoolExecutor, first: int, chunk: Sequence[Frame], *, starts_shot: bool
    ) -> None:
        """See the frames from position ``first`` on, before anybody is found in them."""
        ...

    def meet(
        self, pool: ThreadPoolExecutor, position: int, bgr: U8, people: Sequence[Sighting]
    ) -> None:
        """See a frame with everybody in it, perhaps nobody; the last time that it is shown."""
        ...

    def tell(self, position: int, person: Sighting, landmarks: Sequence[Landmarks]) -> F32:
        """What is kept of a person in a frame, (``numbers``,), with all their landmarks known."""
        ...

    def forget(self, until: int) -> None:
        """Give up what is held of frames before ``until``."""
        ...

    def keep(self, track: TrackObservations, told: F32) -> TrackObservations:
        """``track`` with what was told (t, ``numbers``) of that person."""
        ...

    def finish(self, seen: Observed) -> Observed:
        """``seen`` with what was gathered of the whole clip."""
        ...


class Nobody:
    """What a collector does that keeps nothing of people, and no pictures."""

    numbers = 0

    def meet(
        self, pool: ThreadPoolExecutor, position: int, bgr: U8, people: Sequence[Sighting]
    ) -> None:
        """Nothing."""

    def tell(self, position: int, person: Sighting, landmarks: Sequence[Landmarks]) -> F32:
        """No numbers."""
        return np.zeros(0, np.float32)

    def forget(self, until: int) -> None:
        """Nothing: nothing is held."""

    def keep(self, track: TrackObservations, told: F32) -> TrackObservations:
        """``track`` as it is."""
        return track


class Apart(Nobody, ABC):
    """A collector that only looks at pictures and at where people are, and does so itself: ``read``
    and ``meet`` are called, in the same order, on a thread beside the one that follows people."""

    @abstractmethod
    def read(
        self, pool: ThreadPoolExecutor, first: int, chunk: Sequence[Frame], *, starts_shot: bool
    ) -> None:
        """See the frames from position ``first`` on, before anybody is found in them."""

    @abstractmethod
    def finish(self, seen: Observed) -> Observed:
        """``seen`` with what was gathered of the whole clip."""


SeenT = TypeVar("SeenT")


class PartCollector(ABC, Generic[SeenT]):
    """Looks closely at a part of everybody, where it was a frame before. Implements ``Collector``.

    A chunk's work is given to the pool when the body's landmarks are there, so no thread waits for
    them, at the latest with the next chunk. A person's frames are looked at one after the other,
    people side by side. With a ``step`` one frame in so many is looked at; ``led`` tells what lies
    in between.
    """

    numbers = 0

    def __init__(self, step: int = 1) -> None:
        self.step = step
        self._pool: ThreadPoolExecutor | None = None
        self._lock = RLock()
        self._starts: dict[int, bool] = {}
        self._ends: set[int] = set()
        self._begun = 0
        self._missing = 0
        """Landmarks that the frames which wait are waiting for, once all of a chunk are there."""
        self._waiting: list[tuple[int, U8 | None, Sighting]] = []
        self._under_way: dict[tuple[int, int], Future[list[SeenT]]] = {}
        self._rows: dict[tuple[int, int], int] = {}
        self._last: dict[int, tuple[int, Future[list[SeenT]]]] = {}

    @abstractmethod
    def nothing(self) -> SeenT:
        """What is known of somebody who wasn't seen a frame before."""

    @abstractmethod
    def look_at(self, bgr: U8, person: Sighting, last: SeenT, position: int) -> SeenT:
        """What is seen of a person in one frame, after what was seen ``last``."""

    @abstractmethod
    def row_of(self, seen: SeenT) -> F32:
        """The numbers that are kept of it."""

    def read(
        self, pool: ThreadPoolExecutor, first: int, chunk: Sequence[Frame], *, starts_shot: bool
    ) -> None:
        """Remember where chunks and shots begin, and where chunks end."""
        self._starts[first] = starts_shot
        self._ends.add(first + len(chunk) - 1)

    def meet(
        self, pool: ThreadPoolExecutor, position: int, bgr: U8, people: Sequence[Sighting]
    ) -> None:
        """Keep the frame; after the last of a chunk begin with it as soon as may be."""
        with self._lock:
            self._pool = pool
            starts_shot = self._starts.pop(position, None)
            if starts_shot is not None:
                self._begin()
                if starts_shot:
                    self._last = {}
            # A picture that nobody looks at isn't held.
            shown = None if position % self.step else bgr
            self._waiting += [(position, shown, one) for one in people]
            if position in self._ends:
                self._ends.remove(position)
                self._begin_when_told()

    def tell(self, position: int, person: Sighting, landmarks: Sequence[Landmarks]) -> F32:
        """What is kept of a person in one row, NaN where nobody looked. Raises ModelError."""
        if position % self.step:
            return np.full(self.numbers, np.nan, np.float32)
        key = person.who, position
        with self._lock:
            if key not in self._under_way:
                self._begin()
            look, row = self._under_way[key], self._rows[key]
        return self.row_of(look.result()[row])

    def forget(self, until: int) -> None:
        """Give up what was seen in frames before ``until``."""
        with self._lock:
            for key in [key for key in self._under_way if key[1] < until]:
                del self._under_way[key], self._rows[key]

    def finish(self, seen: Observed) -> Observed:
        """Nothing more: parts belong to people."""
        return seen

    def _begin_when_told(self) -> None:
        """Begin with the frames that wait when the last of their landmarks is there."""
        told = [future for _, _, person in self._waiting for future in person.landmarks]
        self._missing = len(told)
        which = self._begun
        for future in told:
            future.add_done_callback(lambda future: self._told(future, which))

    def _told(self, future: Future[Landmarks], which: int) -> None:
        """One more of the landmarks is there, unless they were given up: the run is at its end."""
        # A pool that ends cancels while it holds its own lock, for which ``_begin`` may be waiting.
        if future.cancelled():
            return
        with self._lock:
            if which != self._begun:
                return
            self._missing -= 1
            if not self._missing:
                # A pool that takes no more work leaves what wasn't begun to nobody.
                with suppress(RuntimeError):
                    self._begin()

    def _begin(self) -> None:
        """Give the frames that wait to the pool, a task a person."""
        self._begun += 1
        if self._pool is None:
            return
        for who in dict.fromkeys(person.who for _, _, person in self._waiting):
            frames = [(p, bgr, one) for p, bgr, one in self._waiting if one.who == who]
            before = self._last.get(who)
            # Who was away for a while isn't where they were.
            follows = before is not None and before[0] == frames[0][0] - 1
            task = self._pool.submit(self._look, before[1] if before and follows else None, frames)
            self._last[who] = frames[-1][0], task
            for row, (position, _, _) in enumerate(frames):
                self._under_way[who, position], self._rows[who, position] = task, row
        self._waiting = []

    def _look(
        self, before: Future[list[SeenT]] | None, frames: Sequence[tuple[int, U8 | None, Sighting]]
    ) -> list[SeenT]:
        """A person in consecutive frames, after what was seen ``before`` them."""
        last = before.result()[-1] if before is not None else self.nothing()
        out: list[SeenT] = []
        for position, bgr, person in frames:
            if bgr is not None:
                last = self.look_at(bgr, person, last, position)
            out.append(last)
        return out


def led(rows: F32, frames: I32, score: int, step: int) -> F32:
    """What is told of a part of somebody (t, c) in ``frames`` (t,), with the rows filled in whose
    ``score``, a column, is NaN: nobody looked.

    They lie on the straight way from look to look where both saw the part, are empty where either
    didn't, and as the last look up to ``step`` frames after it.
    """
    out = rows.copy()
    looked = np.flatnonzero(np.isfinite(rows[:, score])).astype(np.int32)
    for i in np.flatnonzero(np.isnan(rows[:, score])).tolist():
        at = int(np.searchsorted(looked, i))
        near = [j for j in looked[max(at - 1, 0) : at + 1].tolist() if _far(frames, i, j) <= step]
        if not near or not all(rows[j, score] > 0 for j in near):
            out[i] = 0
            continue
        first, last = near[0], near[-1]
        share = _far(frames, i, first) / max(_far(frames, last, first), 1)
        out[i] = (1 - share) * rows[first] + share * rows[last]
    return out


def _far(frames: I32, i: int, j: int) -> int:
    return abs(int(frames[i]) - int(frames[j]))
