"""The threads on which a clip is looked at, and which work goes where.

Landmarks, hands and faces share a pool. People are detected on threads of their own, as nothing
can be begun in a frame before it is known where they are: behind the landmarks of the frames before
a detection would wait, and then every core for it. What only looks at pictures has a thread, too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Final

from ...data.arrays import U8
from ...data.collector import Apart, Collector, Sighting
from ...data.observations import Observed
from ...data.settings import usable_cores
from ...data.types import Frame
from .opening import open_on

_MOST: Final = 8  # threads that look at people closely; by hand
_PER_DETECTION: Final = 4
"""One thread detects people to so many that look at them closely; by hand."""


class Workers:
    """A context manager; work that wasn't begun when it ends is left.

    ``pool`` is for everything but detections, whose pool is ``detecting``.
    """

    def __init__(self) -> None:
        self.count = usable_cores(_MOST)
        self.pool = ThreadPoolExecutor(self.count)
        self.detecting = ThreadPoolExecutor(max(self.count // _PER_DETECTION, 1))
        self._beside = ThreadPoolExecutor(1)

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for pool in (self.detecting, self._beside, self.pool):
            pool.shutdown(wait=False, cancel_futures=True)
        for pool in (self.detecting, self._beside, self.pool):
            pool.shutdown(wait=True)

    def open_ahead(self, detector: object, others: Sequence[object]) -> None:
        """Begin to open what can be, side by side. What fails fails again when it is asked."""
        open_on(self.detecting, [detector])
        open_on(self.pool, others)

    def spread(self, collectors: Sequence[Collector]) -> list[Collector]:
        """``collectors``, of which those that are ``Apart`` work on the thread beside the pools."""
        return [InTurn(c, self._beside) if isinstance(c, Apart) else c for c in collectors]


class InTurn(Apart):
    """Has a collector called on ``thread``, call after call; waits for it no earlier than when its
    pictures are given up. Implements ``data.collector.Collector``."""

    def __init__(self, inner: Apart, thread: ThreadPoolExecutor) -> None:
        self._inner, self._thread = inner, thread
        self._calls: deque[tuple[int, Future[None]]] = deque()

    def read(
        self, pool: ThreadPoolExecutor, first: int, chunk: Sequence[Frame], *, starts_shot: bool
    ) -> None:
        """Have the frames from position ``first`` on seen."""
        call = self._thread.submit(self._inner.read, pool, first, chunk, starts_shot=starts_shot)
        self._calls.append((first, call))

    def meet(
        self, pool: ThreadPoolExecutor, position: int, bgr: U8, people: Sequence[Sighting]
    ) -> None:
        """Have a frame and everybody in it seen."""
        call = self._thread.submit(self._inner.meet, pool, position, bgr, people)
        self._calls.append((position, call))

    def forget(self, until: int) -> None:
        """Wait until the frames before ``until`` were seen. Raises what seeing them raised."""
        # A chunk is read before the one before it is met.
        due = [k for k, (position, _) in enumerate(self._calls) if position < until]
        for _ in range(due[-1] + 1 if due else 0):
            self._calls.popleft()[1].result()
        self._inner.forget(until)

    def finish(self, seen: Observed) -> Observed:
        """``seen`` with what the collector gathered."""
        while self._calls:
            self._calls.popleft()[1].result()
        return self._inner.finish(seen)
