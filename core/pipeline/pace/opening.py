"""Networks opened before they are asked, while something else keeps the interpreter busy.

ONNX Runtime needs a quarter of a second of a processor for all of them, without the interpreter.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Protocol, runtime_checkable


@runtime_checkable
class Opening(Protocol):
    """What can be opened before it is asked."""

    def open(self) -> None:
        """Open it, which may take a while; later asking would. May raise what asking raises."""
        ...


def open_on(thread: Executor, them: Iterable[object]) -> None:
    """Begin to open those of ``them`` that can be, in order. What fails fails again when asked."""
    for one in them:
        if isinstance(one, Opening):
            thread.submit(one.open)


def open_beside(them: Iterable[object]) -> None:
    """``open_on`` a thread that ends when all are open."""
    thread = ThreadPoolExecutor(1, thread_name_prefix="limn-opening")
    open_on(thread, them)
    thread.shutdown(wait=False)
