"""Reading ahead: pictures are decoded in a thread while the networks look at earlier ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from ...core.data.profiling.stages import stage

T = TypeVar("T")
_DEPTH: Final = 3
"""Pictures read ahead: while a chunk's landmarks are waited for half of the next one is decoded."""
_OF_LARGE: Final = 1
"""The same of large pictures, which are held in memory beside those that are looked at."""
_LARGE_PX: Final = 1920 * 1440


def depth_for(size_px: tuple[int, int]) -> int:
    """How many pictures of a size are read ahead."""
    return _DEPTH if size_px[0] * size_px[1] <= _LARGE_PX else _OF_LARGE


def read_ahead(
    produce: Callable[[], Generator[T, None, None]], depth: int = _DEPTH
) -> Generator[T, None, None]:
    """Yield what ``produce()`` yields, running it in one thread at most ``depth`` items ahead.

    Its exceptions come out here, after the items before them. Closing this generator closes the
    other one after what its thread is at, so that the file is free when ``close()`` returns.
    """
    end = object()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="limn-reader") as thread:
        items = produce()

        def read() -> object:
            with stage("decoding"):
                return next(items, end)

        ahead = deque(thread.submit(read) for _ in range(depth))
        try:
            while (item := ahead.popleft().result()) is not end:
                ahead.append(thread.submit(read))
                yield item  # pyright: ignore[reportReturnType]
        finally:
            # Closing isn't left to the thread: while the interpreter ends it takes no more work.
            thread.shutdown(wait=True, cancel_futures=True)
            items.close()
