"""Processor and wall time by stage of a run, over all of its threads.

The pipeline names its stages with ``stage`` and ``staged``; nothing is measured, and next to
nothing done, until somebody ``measure``s. A stage's time is its own: what a stage inside it takes
counts for that one alone. Native threads that a library starts by itself belong to no stage.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import wraps
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
_OFF: Final[AbstractContextManager[None]] = nullcontext()


@dataclass(slots=True)
class StageTime:
    """How often a stage began, and its own seconds of processor and of wall time in all threads."""

    calls: int = 0
    cpu_s: float = 0.0
    wall_s: float = 0.0


class _Here(threading.local):
    """A thread's stages under way, innermost last, and what it measured until ``mark``."""

    def __init__(self, threads: list[dict[str, StageTime]]) -> None:
        self.stack: list[str] = []
        self.rows: dict[str, StageTime] = {}
        self.mark = (0.0, 0.0)
        threads.append(self.rows)


class StageTimes:
    """What was measured; ``wall`` and ``cpu`` tell seconds, the latter of the calling thread."""

    def __init__(
        self,
        wall: Callable[[], float] = time.perf_counter,
        cpu: Callable[[], float] = time.thread_time,
    ) -> None:
        self._wall, self._cpu = wall, cpu
        self._threads: list[dict[str, StageTime]] = []
        self._here = _Here(self._threads)

    def begin(self, name: str) -> None:
        """Enter a stage; what is under way in this thread stands still meanwhile."""
        self._count()
        here = self._here
        here.stack.append(name)
        here.rows.setdefault(name, StageTime()).calls += 1

    def end(self) -> None:
        """Leave the stage entered last in this thread."""
        self._count()
        self._here.stack.pop()

    def here(self) -> str | None:
        """The stage entered last in this thread."""
        stack = self._here.stack
        return stack[-1] if stack else None

    def rows(self) -> dict[str, StageTime]:
        """All stages, those that took the most processor time first."""
        out: dict[str, StageTime] = {}
        for rows in list(self._threads):
            for name, one in dict(rows).items():
                total = out.setdefault(name, StageTime())
                total.calls += one.calls
                total.cpu_s += one.cpu_s
                total.wall_s += one.wall_s
        return dict(sorted(out.items(), key=lambda row: -row[1].cpu_s))

    def _count(self) -> None:
        here = self._here
        now = self._cpu(), self._wall()
        if here.stack:
            row = here.rows[here.stack[-1]]
            row.cpu_s += now[0] - here.mark[0]
            row.wall_s += now[1] - here.mark[1]
        here.mark = now


class _Watch:
    measured: StageTimes | None = None


@contextmanager
def measure(times: StageTimes | None = None) -> Generator[StageTimes, None, None]:
    """Measure every stage of this process in the block; one measurement at a time."""
    before, now = _Watch.measured, times or StageTimes()
    _Watch.measured = now
    try:
        yield now
    finally:
        _Watch.measured = before


class _Stage:
    __slots__ = ("_name", "_times")

    def __init__(self, times: StageTimes, name: str) -> None:
        self._times, self._name = times, name

    def __enter__(self) -> None:
        self._times.begin(self._name)

    def __exit__(self, *_: object) -> None:
        self._times.end()


def stage(name: str) -> AbstractContextManager[None]:
    """A block that is the stage ``name`` of a run. It may hold no ``yield``."""
    times = _Watch.measured
    return _OFF if times is None else _Stage(times, name)


def stage_here() -> str | None:
    """The innermost stage of this thread, for threads that work for it; None where none is
    measured."""
    times = _Watch.measured
    return None if times is None else times.here()


def staged(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A function, not a generator, that is the stage ``name`` of a run."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def inside(*args: P.args, **kwargs: P.kwargs) -> R:
            with stage(name):
                return function(*args, **kwargs)

        return inside

    return decorate
