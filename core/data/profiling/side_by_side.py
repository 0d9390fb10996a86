"""Independent pieces of a computation on all cores that this process may use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from ..settings import usable_cores

T = TypeVar("T")
_MOST: Final = 4  # threads, as each holds its piece's arrays


def side_by_side(work: Callable[[T], object], pieces: Sequence[T]) -> None:
    """Do ``work`` with each of the ``pieces``, in threads: NumPy's own loops let others run.

    What one raises is raised. What comes out doesn't depend on how many run at once.
    """
    threads = min(usable_cores(_MOST), len(pieces))
    if threads < 2:
        for piece in pieces:
            work(piece)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, pieces):
            pass
