"""Independent pieces of a computation on all cores that this process may use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Final, TypeVar

from ..settings import usable_cores
from .stages import stage, stage_here

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
    name = stage_here()

    def work_staged(piece: T) -> None:
        with nullcontext() if name is None else stage(name):
            work(piece)

    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work_staged, pieces):
            pass
