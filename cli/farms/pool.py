"""Several workers side by side on one machine, each with an item; none ends the others."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from ...core.data.errors import LimnError
from ...core.data.settings import usable_cores
from ...core.data.types import Progress
from ..clips.clip_process import ClipProcess
from ..clips.work_item import WorkItem
from .tasks import STRETCH_S, Result, Task, do, split, tidy

_TELL_S: Final = 0.2  # between two looks at how far the workers are
_JOIN_S: Final = 5.0  # for threads whose workers were ended
_ASK_AGAIN_S: Final = 0.25  # for items that others are at
_STOPPED_S: Final = 45.0  # after which a worker that somebody stopped is given up
_MOST_CORES: Final = 512


def _share_of(done: Mapping[Task, float]) -> float:
    """How much of a clip is done by who estimates it and by those who look ahead."""
    whole = sum(share for task, share in done.items() if task.whole is None)
    ahead = sum(share for task, share in done.items() if task.whole is not None)
    return min(whole + (1 - whole) * ahead, 1.0)


class _Threads:
    """What a worker's thread has of a cancellation: the main thread hears the signals."""

    is_requested = False

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Nothing interrupts a thread; who closes its worker ends what it waits for."""
        yield


class Worker:
    """A process with one item's options, and how far it is."""

    def __init__(
        self, options: Mapping[str, Any], tell: Callable[[Progress], None] = lambda _: None
    ) -> None:
        self.options = dict(options)
        self.tell = tell
        self.stopped_since_s: float | None = None
        self.process = ClipProcess(self.options, self, _Threads())  # type: ignore[arg-type]

    def progress(self, step: Progress) -> None:
        """Called by the process as by a reporter."""
        self.tell(step)

    def watch(self) -> None:
        """Give up a process that was stopped and doesn't go on for a while."""
        if not self.process.is_stopped:
            self.stopped_since_s = None
            return
        self.stopped_since_s = self.stopped_since_s or time.monotonic()
        if time.monotonic() - self.stopped_since_s > _STOPPED_S:
            self.process.kill()


class Pool:
    """Runs items by ``jobs`` workers; ``run`` yields (number, result) as they end.

    ``policy`` as for ``tasks.do``. Where workers would be idle, clips longer than ``stretch_s``
    are looked at in stretches.
    """

    def __init__(
        self, jobs: int, *, policy: str = "agrees", stretch_s: float | None = None
    ) -> None:
        self._jobs = max(1, jobs)
        self._policy = policy
        self._stretch_s = STRETCH_S if stretch_s is None else stretch_s
        # One worker has nobody to share with, unless other machines wait for stretches.
        self._splits = self._stretch_s > 0 and (self._jobs > 1 or stretch_s is not None)
        self._cores = usable_cores(_MOST_CORES)
        self._lock = threading.Lock()
        self._waiting: list[Task] = []
        self._results: queue.SimpleQueue[tuple[int, Result]] = queue.SimpleQueue()
        self._workers: list[Worker] = []
        self._threads: list[threading.Thread] = []
        self._warm: list[Worker] = []
        self._count = self._done = 0
        self._is_closing = False
        self._shares: dict[int, dict[Task, float]] = {}
        self._at: dict[Task, Worker] = {}
        self.begun: queue.SimpleQueue[int] = queue.SimpleQueue()
        """Numbers of items as they are begun."""
        self.latest: Progress | None = None
        """What any worker told last."""

    def warm_up(self, options: Mapping[str, Any]) -> None:
        """Start a worker. Raises LimnError for options with which no item can be done."""
        worker = self._another(None, options)
        self._warm.append(worker)
        worker.process.start()

    def under_way(self) -> float:
        """How many items the work on those that are begun amounts to."""
        return sum(_share_of(dict(each)) for each in list(self._shares.values()))

    def run(
        self, items: Sequence[WorkItem], tell: Callable[[], None]
    ) -> Iterator[tuple[int, Result]]:
        """Do every item that isn't done already; results come in the order in which they end.

        ``tell`` is called some times a second from the caller's thread, and may raise.
        """
        self._waiting = [Task(n, one) for n, one in enumerate(items)]
        self._count, self._done = len(items), 0
        count = self._jobs if self._splits else min(self._jobs, len(items))
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(count)]
        for thread in self._threads:
            thread.start()
        for _ in items:
            while True:
                tell()
                for worker in list(self._workers):
                    worker.watch()
                with contextlib.suppress(queue.Empty):
                    yield self._results.get(timeout=_TELL_S)
                    break

    def close(self) -> None:
        """End all workers; what they have begun is taken back, leases are given back."""
        self._is_closing = True
        with self._lock:
            workers, waiting = list(self._workers), list(self._waiting)
        for worker in workers:
            worker.process.close()
        for thread in self._threads:  # they give back the leases of what they were at
            thread.join(_JOIN_S)
        for one in waiting:
            one.lease.release()

    def _work(self) -> None:
        worker: Worker | None = None
        while not self._is_closing:
            task = self._take()
            if task is None:
                if self._is_over():
                    break
                worker = self._join_in(worker)
                time.sleep(_ASK_AGAIN_S)
                continue
            if worker is None or worker.options != task.item.options:
                worker = self._another(worker, task.item.options)
            self._share_out(task, worker.process)
            self._conclude(task, *self._do(task, worker))
        if worker is not None:
            worker.process.close()

    def _do(self, task: Task, worker: Worker) -> tuple[Result, bool]:
        """Do a task while its lease is this machine's, and give that back."""
        shares = self._shares.setdefault(task.number, {})
        of_clip = 1 if task.whole is None else 1 / len(task.whole.item.shared)

        def tell(step: Progress) -> None:
            self.latest = step
            if step.total:
                shares[task] = of_clip * step.done / step.total

        worker.tell = tell
        if task.whole is None:
            self.begun.put(task.number)
        # Whoever was stopped for so long that another took the item over mustn't go on with it.
        task.lease.on_loss(worker.process.kill)
        whole = None if task.whole is None else task.whole.item
        self._at[task] = worker
        if task.whole is not None and task.whole.is_over:  # since it was taken
            result, broke_off = task.whole.result, False
        else:
            result, broke_off = do(task.item, worker.process, policy=self._policy, whole=whole)
        del self._at[task]
        was_lost = task.lease.is_lost
        task.lease.release()
        return result, broke_off or was_lost

    def _conclude(self, task: Task, result: Result, broke_off: bool) -> None:
        whole = task.whole
        if whole is not None and whole.is_over:
            tidy(whole, whole.result)
        elif self._is_closing:
            return
        elif task.is_to_try_again(broke_off):
            with self._lock:
                self._waiting.insert(0, task)
        elif whole is None:
            self._end(task, result)
        # What went wrong with a stretch goes wrong again, or not, when the estimate comes to it.

    def _end(self, task: Task, result: Result) -> None:
        """Note what became of a clip; nobody looks at its stretches any more."""
        with self._lock:
            task.is_over, task.result = True, result
            self._waiting = [one for one in self._waiting if one.whole is not task]
            late = [at for one, at in self._at.copy().items() if one.whole is task]
        if "error" in result:
            for worker in late:  # at nothing that anybody will ask for
                worker.process.kill()
        tidy(task, result)
        self._shares.pop(task.number, None)
        self._results.put((task.number, result))
        with self._lock:
            self._done += 1

    def _share_out(self, task: Task, worker: ClipProcess) -> None:
        """Have later stretches of the clip looked at by workers who would be idle."""
        with self._lock:
            is_busy = len(self._waiting) >= self._jobs - 1 and self._jobs > 1
        if task.is_split or task.item.films or not self._splits or is_busy:
            return
        own = self._stretches(task, worker)
        with self._lock:
            self._waiting[:0] = own
            clips = 1 + sum(one.whole is None for one in self._at.copy())
            worker.cores_at_last = max(1, self._cores // clips)

    def _stretches(self, task: Task, worker: ClipProcess) -> list[Task]:
        try:
            if self._policy == "agrees" and task.item.finished() is not None:
                return []
            return split(task, worker.length(task.item.clip), self._stretch_s)
        except LimnError:
            return []  # which the item itself says

    def _join_in(self, worker: Worker | None) -> Worker | None:
        """Share the stretches of a clip that another machine looks at."""
        with self._lock:
            shared = [t for t in self._waiting if not t.is_split and t.is_looked_at()]
            if not (self._splits and shared):
                return worker
            shared[0].is_split = True
        task = shared[0]
        if worker is None or worker.options != task.item.options:
            worker = self._another(worker, task.item.options)
        own = self._stretches(task, worker.process)
        with self._lock:
            self._waiting[:0] = own
        return worker

    def _take(self) -> Task | None:
        """The next task whose lease can be had."""
        with self._lock:
            for task in self._waiting:
                if task.is_ready and (task.lease.is_held or task.lease.acquire()):
                    self._waiting.remove(task)
                    return task
        return None

    def _is_over(self) -> bool:
        """Whether nothing waits, nor may be split by whoever is at it."""
        with self._lock:
            return self._done == self._count if self._splits else not self._waiting

    def _another(self, worker: Worker | None, options: Mapping[str, Any]) -> Worker:
        if worker is not None:
            worker.process.close()
        with self._lock:
            spare = [one for one in self._warm if one.options == dict(options)]
            if spare and worker is None:
                self._warm.remove(spare[0])
                return spare[0]
            new = Worker(options)
            if self._jobs > 1:
                new.process.cores = max(1, self._cores // self._jobs)
            self._workers.append(new)
        return new
