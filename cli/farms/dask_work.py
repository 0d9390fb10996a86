"""Items carried by Dask: any cluster that has this package runs them, one at a time a worker.

Only ``run_on_dask`` imports distributed, an optional package; what workers call is ``do_item``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ...core.data.errors import LimnError, SettingsError
from ..clips.work_item import WorkItem
from .leases import Lease
from .pool import Result, Worker, do

_ASK_AGAIN_S: Final = 1.0  # for an item that another is at
_TELL_S: Final = 0.2  # between two looks at how far the cluster is
_CONNECT_S: Final = 10.0  # to reach the scheduler
_TRIES: Final = 3  # of an item whose worker was lost
_own = threading.local()


def do_item(clip: str, output: str, options: Mapping[str, Any], redo: bool) -> Result:
    """Do one item on a worker of the cluster, whose thread keeps its process for the next."""
    item = WorkItem(Path(clip), Path(output), options)
    worker: Worker | None = getattr(_own, "worker", None)
    if worker is None or worker.options != dict(options):
        if worker is not None:
            worker.process.close()
        worker = _own.worker = Worker(options, {})
    lease = Lease(item.output)
    while not lease.acquire():
        time.sleep(_ASK_AGAIN_S)
    try:
        return do(item, worker.process, redo=redo)
    finally:
        lease.release()


def run_on_dask(
    address: str, items: Sequence[WorkItem], tell: Callable[[], None], *, redo: bool
) -> Iterator[tuple[int, Result]]:
    """Do every item on the cluster whose scheduler is at ``address``; results as they end.

    ``tell`` is called some times a second, and may raise. Raises SettingsError where there is no
    cluster, or distributed isn't installed.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise SettingsError("--dask needs Dask: pip install 'limn[farm]'.") from error
    try:
        client = Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise SettingsError(f"No Dask scheduler answers at {address}.") from error
    with client:
        futures = {
            number: client.submit(
                do_item, str(item.clip.absolute()), str(item.output.absolute()),
                dict(item.options), redo, pure=False, retries=_TRIES,
            )
            for number, item in enumerate(items)
        }  # fmt: skip
        try:
            while futures:
                tell()
                for number in [n for n, future in futures.items() if future.done()]:
                    yield number, _result_of(items[number], futures.pop(number))
                time.sleep(_TELL_S)
        finally:
            client.cancel(list(futures.values()))


def _result_of(item: WorkItem, future: Any) -> Result:  # noqa: ANN401 - distributed has no types
    error = future.exception()
    if error is None:
        return future.result()
    said = str(error).rstrip(".") or type(error).__name__
    lost = LimnError(f"The cluster gave it up ({said}).")
    return {"clip": str(item.clip), "error": str(lost), "exit_code": lost.exit_code}
