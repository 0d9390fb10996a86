"""Memory that was freed, given back to the system.

The C library keeps what a network's file took while it was read, and what its largest picture took,
for later; there is no later for either, and they are a third of what a run holds.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any


def give_back() -> None:
    """Give freed memory back where the C library can (glibc); some milliseconds."""
    library = _library()
    if library is not None:
        library.malloc_trim(0)


@cache
def _library() -> Any:  # noqa: ANN401 - ctypes' functions have no types
    if not sys.platform.startswith("linux"):
        return None
    try:
        library = ctypes.CDLL(None)
        return library if library.malloc_trim else None
    except (OSError, AttributeError):
        return None  # another C library
