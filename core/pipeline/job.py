"""Work that takes a while: it tells how far it is, then what came out or was written."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from ..data.errors import Cancelled
from ..data.types import Progress

T = TypeVar("T")


class Job(Generic[T]):
    """A computation under way: iterate over it for its progress, then read ``result``.

    Nothing is computed before the first step is asked for. Errors of the computation come out of
    the iteration, or of ``result`` where that runs it.
    """

    def __init__(self, steps: Generator[Progress, None, T]) -> None:
        self._steps = steps
        self._outcome: tuple[T] | None = None
        self._goes_on = True

    def __iter__(self) -> Iterator[Progress]:
        return self

    def __next__(self) -> Progress:
        goes_on, self._goes_on = self._goes_on, False
        if not goes_on:
            raise StopIteration
        try:
            step = next(self._steps)
        except StopIteration as end:
            self._outcome = (end.value,)
            raise
        self._goes_on = True
        return step

    @property
    def result(self) -> T:
        """What came out, after running what is left. Raises Cancelled when there is no result, as
        the job was closed or failed before."""
        return self.run()

    def run(self, progress: Callable[[Progress], object] | None = None) -> T:
        """Run what is left, telling ``progress``, and return the result; ``result`` without it.

        What ``progress`` raises cancels the job.
        """
        try:
            for step in self:
                if progress is not None:
                    progress(step)
        finally:
            self.close()
        if self._outcome is None:
            raise Cancelled("The job was ended before it had a result.")
        return self._outcome[0]

    def close(self) -> None:
        """Cancel what is left; nothing that was begun stays behind."""
        self._goes_on = False
        self._steps.close()


@dataclass(frozen=True, slots=True)
class Written:
    """The ``files`` that were written, and in ``warnings`` what there is to know about them."""

    files: tuple[Path, ...]
    warnings: tuple[str, ...] = ()
