"""How many processor cores this process may keep busy."""

from __future__ import annotations

import os
from typing import Final

VARIABLE: Final = "LIMN_CORES"
"""The environment variable by which a batch shares the cores among its workers."""


def usable_cores(most: int) -> int:
    """Cores for this process: the environment's word, else those it may run on, ``most`` at most.

    A word that is no positive number counts as none.
    """
    told = os.environ.get(VARIABLE, "")
    if told.isdecimal() and int(told) > 0:
        return min(int(told), most)
    if hasattr(os, "sched_getaffinity"):
        return max(1, min(len(os.sched_getaffinity(0)), most))
    return max(1, min(os.cpu_count() or 1, most))
