"""Several workers side by side on one machine, each with an item; none ends the others."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from ...core.data.errors import LimnError, OutputError
from ...core.data.settings import CORES_VARIABLE, usable_cores
from ...core.data.types import Progress
from ..clips.clip_process import ClipProcess
from ..clips.work_item import WorkItem
from ..outcome import describe
from ..outputs import check_output
from .leases import Lease

Result = dict[str, Any]
_TELL_S: Final = 0.2  # between two looks at how far the workers are
_JOIN_S: Final = 5.0  # for threads whose workers were ended
_ASK_AGAIN_S: Final = 1.0  # for items that others are at
_TRIES: Final = 3  # of an item whose place can't be written, as while a share is away
_WAIT_S: Final = 5.0  # between them
_MOST_CORES: Final = 512


class _Threads:
    """What a worker's thread has of a cancellation: the main thread hears the signals."""

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Nothing interrupts a thread; who closes its worker ends what it waits for."""
        yield


class Worker:
    """A process with one item's options, and how far it is."""

    def __init__(self, options: Mapping[str, Any], shares: dict[int, float]) -> None:
        self.options = dict(options)
        self.number = 0
        self._shares = shares
        self.process = ClipProcess(self.options, self, _Threads())  # type: ignore[arg-type]

    def progress(self, step: Progress) -> None:
        """Called by the process as by a reporter."""
        if step.total:
            self._shares[self.number] = step.done / step.total


def do(item: WorkItem, worker: ClipProcess, *, redo: bool) -> Result:
    """Do one item, unless its take is there and agrees; what became of it."""
    started_s = time.monotonic()
    try:
        key = item.key()
        done = None if redo else item.finished(key)
        if done is not None:
            return describe(done, item.output) | {"seconds": 0.0, "skipped": True}
        check_output(item.output, (".npz",), (item.clip,))
        outcome = worker.run(item.clip, item.output, key)
    except LimnError as error:
        return {"clip": str(item.clip), "error": str(error), "exit_code": error.exit_code}
    return outcome | {"seconds": round(time.monotonic() - started_s, 2)}


@dataclass(slots=True)
class _Waiting:
    number: int
    item: WorkItem
    lease: Lease
    tries: int = 0
    not_before_s: float = 0.0


class Pool:
    """Runs items by ``jobs`` workers; ``run`` yields (number, result) as they end."""

    def __init__(self, jobs: int, *, redo: bool = False) -> None:
        self._jobs = max(1, jobs)
        self._redo = redo
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._results: queue.SimpleQueue[tuple[int, Result]] = queue.SimpleQueue()
        self._workers: list[ClipProcess] = []
        self._threads: list[threading.Thread] = []
        self._is_closing = False
        self.shares: dict[int, float] = {}
        """How much of each item under way is done, in [0, 1]."""

    def run(
        self, items: Sequence[WorkItem], tell: Callable[[], None]
    ) -> Iterator[tuple[int, Result]]:
        """Do every item that isn't done already; results come in the order in which they end.

        ``tell`` is called some times a second from the caller's thread, and may raise.
        """
        self._waiting = [_Waiting(n, one, Lease(one.output)) for n, one in enumerate(items)]
        cores = max(1, usable_cores(_MOST_CORES) // min(self._jobs, max(len(items), 1)))
        if self._jobs > 1:
            os.environ[CORES_VARIABLE] = str(cores)  # the workers' own share
        count = min(self._jobs, len(items))
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(count)]
        for thread in self._threads:
            thread.start()
        for _ in items:
            while True:
                tell()
                with contextlib.suppress(queue.Empty):
                    yield self._results.get(timeout=_TELL_S)
                    break

    def close(self) -> None:
        """End all workers; what they have begun is taken back, leases are given back."""
        self._is_closing = True
        with self._lock:
            workers, waiting = list(self._workers), list(self._waiting)
        for worker in workers:
            worker.close()
        for thread in self._threads:  # they give back the leases of what they were at
            thread.join(_JOIN_S)
        for one in waiting:
            one.lease.release()

    def _work(self) -> None:
        worker: Worker | None = None
        while not self._is_closing:
            one = self._take()
            if one is None:
                if not self._waiting:
                    break
                time.sleep(_ASK_AGAIN_S / 4)
                continue
            if worker is None or worker.options != one.item.options:
                worker = self._another(worker, one.item.options)
            worker.number = one.number
            result = do(one.item, worker.process, redo=self._redo)
            one.lease.release()
            self.shares.pop(one.number, None)
            if self._is_closing:
                return
            if self._may_try_again(one, result):
                with self._lock:
                    self._waiting.append(one)
                continue
            self._results.put((one.number, result))
        if worker is not None:
            worker.process.close()

    def _take(self) -> _Waiting | None:
        """The next item whose lease can be had."""
        with self._lock:
            for one in self._waiting:
                if one.not_before_s <= time.monotonic() and one.lease.acquire():
                    self._waiting.remove(one)
                    return one
        return None

    def _another(self, worker: Worker | None, options: Mapping[str, Any]) -> Worker:
        if worker is not None:
            worker.process.close()
        new = Worker(options, self.shares)
        with self._lock:
            self._workers.append(new.process)
        return new

    def _may_try_again(self, one: _Waiting, result: Result) -> bool:
        is_away = not one.item.output.parent.is_dir()  # as a share that is unmounted for a while
        is_output = result.get("exit_code") == OutputError.exit_code
        if not (is_away and is_output) or one.tries + 1 >= _TRIES:
            return False
        one.tries += 1
        one.not_before_s = time.monotonic() + _WAIT_S
        one.lease = Lease(one.item.output)
        return True
