"""Items carried by Dask: any cluster that has this package runs them, one at a time a worker.

Only ``DaskCluster`` imports distributed, an optional package; what workers call is ``do_item``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ...core.data.errors import LimnError, SettingsError
from ...core.data.types import Progress
from ..clips.work_item import Stretch, WorkItem
from ..sharing.leases import Lease
from .pool import Worker
from .tasks import STRETCH_S, Result, Task, do, split, tidy

_ASK_AGAIN_S: Final = 1.0  # for an item that another is at
_TELL_S: Final = 0.2  # between two looks at how far the cluster is
_CONNECT_S: Final = 10.0  # to reach the scheduler
_TRIES: Final = 3  # of an item whose worker was lost
_own = threading.local()


def do_item(told: Mapping[str, Any], policy: str) -> Result:
    """Do one item on a worker of the cluster, whose thread keeps its process for the next."""
    item, whole = _item_of(told), told.get("whole")
    worker = _worker_for(item.options)
    lease = Lease(item.file)
    while not lease.acquire():
        if whole is not None:  # who estimates the clip is at it, or another
            return {"part": str(item.file), "skipped": True}
        time.sleep(_ASK_AGAIN_S)
    lease.on_loss(worker.process.kill)
    of = None if whole is None else _item_of(whole)
    try:
        for _ in range(_TRIES - 1):
            result, broke_off = do(item, worker.process, policy=policy, whole=of)
            if not broke_off:
                return result
        return do(item, worker.process, policy=policy, whole=of)[0]
    finally:
        lease.release()


def tell_length(told: Mapping[str, Any]) -> Result | None:
    """What a worker tells of a clip's length; None where it is done, or can't be read."""
    item = _item_of(told)
    try:
        if item.finished() is not None:
            return None
        return _worker_for(item.options).process.length(item.clip)
    except LimnError:
        return None


def _worker_for(options: Mapping[str, Any]) -> Worker:
    worker: Worker | None = getattr(_own, "worker", None)
    if worker is None or worker.options != dict(options):
        if worker is not None:
            worker.process.close()
        worker = _own.worker = Worker(options)
    return worker


def _told(item: WorkItem, whole: WorkItem | None = None) -> dict[str, Any]:
    """An item as plain values, for whatever Python is at the other end."""
    stretch = item.stretch
    return {
        "clip": str(item.clip.absolute()),
        "output": str(item.output.absolute()),
        "options": dict(item.options),
        "stretch": None if stretch is None else [stretch.first, stretch.last],
        "films": [str(film.absolute()) for film in item.films],
        "whole": None if whole is None else _told(whole),
        "shared": [[one.first, one.last] for one in item.shared],
    }


def _item_of(told: Mapping[str, Any]) -> WorkItem:
    stretch = None if told["stretch"] is None else Stretch(*told["stretch"])
    films = tuple(map(Path, told["films"]))
    shared = tuple(Stretch(*one) for one in told["shared"])
    output = Path(told["output"])
    return WorkItem(Path(told["clip"]), output, told["options"], stretch, films, shared)


class DaskCluster:
    """The workers of the cluster whose scheduler is at ``address``; used as ``pool.Pool`` is."""

    latest: Progress | None = None

    def __init__(
        self, address: str, *, policy: str = "agrees", stretch_s: float | None = None
    ) -> None:
        """Raises SettingsError where there is no cluster, or distributed isn't installed."""
        try:
            from distributed import Client
        except ImportError as error:
            raise SettingsError("--dask needs Dask: pip install 'limn[farm]'.") from error
        try:
            self._client: Any = Client(address, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise SettingsError(f"No Dask scheduler answers at {address}.") from error
        self._policy = policy
        self._stretch_s = STRETCH_S if stretch_s is None else stretch_s
        self._is_asked = stretch_s is not None
        self._futures: dict[Any, Task] = {}
        self._lengths: dict[Any, Task] = {}

    def warm_up(self, options: Mapping[str, Any]) -> None:
        """Nothing: the networks are those of the cluster's machines."""

    def under_way(self) -> float:
        """Nothing is told of items that aren't done."""
        return 0.0

    def run(
        self, items: Sequence[WorkItem], tell: Callable[[], None]
    ) -> Iterator[tuple[int, Result]]:
        """As ``Pool.run``."""
        tasks = [Task(number, item) for number, item in enumerate(items)]
        workers = len(self._client.scheduler_info(n_workers=-1)["workers"])
        for task in tasks:
            # Few clips for many workers: long ones are shared; also with those that join late,
            # where a length of stretches was asked for.
            is_shared = self._policy == "agrees" and not task.item.films
            has_idle = self._is_asked or len(tasks) < workers
            if self._stretch_s > 0 and has_idle and is_shared:
                future = self._client.submit(tell_length, _told(task.item), pure=False)
                self._lengths[future] = task
            else:
                self._submit(task)
        left = len(tasks)
        while left:
            tell()
            for future in [one for one in self._lengths if one.done()]:
                self._begin(self._lengths.pop(future), future)
            for future in [one for one in self._futures if one.done()]:
                task = self._futures.pop(future, None)
                if task is not None and task.whole is None:
                    left -= 1
                    result = _result_of(task.item, future)
                    self._end(task, result)
                    yield task.number, result
            time.sleep(_TELL_S)

    def close(self) -> None:
        """Cancel what is left, and leave the cluster."""
        self._client.cancel([*self._futures, *self._lengths])
        self._client.close()

    def _begin(self, task: Task, length: Any) -> None:  # noqa: ANN401 - distributed has no types
        info = None if length.exception() is not None else length.result()
        own = split(task, info, self._stretch_s) if info else []
        for one in (task, *own):
            self._submit(one)

    def _end(self, task: Task, result: Result) -> None:
        """Have nobody begin with stretches of a clip that is over."""
        tidy(task, result)
        own = [future for future, one in self._futures.items() if one.whole is task]
        self._client.cancel(own)
        for future in own:
            del self._futures[future]

    def _submit(self, task: Task) -> None:
        told = _told(task.item, None if task.whole is None else task.whole.item)
        future = self._client.submit(do_item, told, self._policy, pure=False, retries=_TRIES)
        self._futures[future] = task


def _result_of(item: WorkItem, future: Any) -> Result:  # noqa: ANN401 - distributed has no types
    error = future.exception()
    if error is None:
        return future.result()
    said = str(error).rstrip(".") or type(error).__name__
    lost = LimnError(f"The cluster gave it up ({said}).")
    return {"clip": str(item.clip), "error": str(lost), "exit_code": lost.exit_code}
