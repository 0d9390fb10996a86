"""Large arrays whose numbers lie on the disk and are in memory only while somebody looks at them.

What networks see of a person is 6 kB a frame, of which each step of a solve needs a part. In a
mapped file pages come by themselves when they are read, and ``let_rest`` sends them back between
the steps. The file has no name, on Windows one that goes with it, and ends with the last array on
it or with the process. Where it can't be made, as on a full disk, arrays are held as ever.
"""

from __future__ import annotations

import mmap
import tempfile
import threading
from collections.abc import Callable
from typing import IO, Any, Final, TypeVar
from weakref import WeakSet

import numpy as np

from .freed_memory import give_back

_LEAST_BYTES: Final = 4 << 20  # arrays of a minute stay in memory; by hand
_AT_ONCE: Final = 1 << 20  # bytes written at once
_MOST: Final = 120
"""Files at once: each is an open one, of which macOS allows a process 256."""
_DROP: Final = getattr(mmap, "MADV_DONTNEED", None)  # not on Windows

_maps: Final[WeakSet[mmap.mmap]] = WeakSet()
_looking: Final = threading.Lock()

T = TypeVar("T", bound=np.generic)


def is_large(count_bytes: int) -> bool:
    """Whether an array of so many bytes is worth a file."""
    return count_bytes >= _LEAST_BYTES


def mapped(write: Callable[[IO[bytes]], object], count_bytes: int) -> mmap.mmap | None:
    """What ``write`` puts into a file, exactly ``count_bytes`` of it; None where the disk can't
    take it, too many lie there, or ``write`` raises OSError. Its other errors are raised."""
    if len(_maps) >= _MOST:
        return None
    try:
        with tempfile.TemporaryFile() as file:
            write(file)
            file.flush()
            held = mmap.mmap(file.fileno(), count_bytes)
    except OSError:
        return None
    with _looking:
        _maps.add(held)
    return held


def rested(values: np.ndarray[Any, np.dtype[T]]) -> np.ndarray[Any, np.dtype[T]]:
    """The same numbers, on the disk where they are many and it has room."""
    if not is_large(values.nbytes):
        return values
    flat = np.ascontiguousarray(values).reshape(-1)
    step = max(_AT_ONCE // values.itemsize, 1)

    def write(file: IO[bytes]) -> None:
        for start in range(0, len(flat), step):
            file.write(flat[start : start + step].data)

    held = mapped(write, values.nbytes)
    return values if held is None else np.frombuffer(held, values.dtype).reshape(values.shape)


def let_rest() -> None:
    """Send what was read of all such arrays out of memory; it comes back when it is read again.

    Where there are any, memory that was freed goes back to the system too.
    """
    with _looking:
        held = list(_maps)
    if _DROP is not None:
        for one in held:
            one.madvise(_DROP)
    if held:
        give_back()
