"""A lock on a file's name that two processes can't both have, and that no crash leaves behind.

The operating system holds it (``flock``, or a locked byte on Windows) and lets go when its owner
ends, however that was; the empty file beside is only what it is held on.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

_TRIES: Final = 8


class Taken(Exception):
    """Somebody else has the lock."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock ``path``, whose folder must be there. Raises Taken at once, and OSError.

    Where the file system knows no locks, it is not held and nothing is wrong.
    """
    file = _open_locked(path)
    try:
        yield
    finally:
        # Removed while it is held, where the system allows: then nobody can have opened a file
        # that is no longer there without noticing (see _open_locked).
        if sys.platform == "win32":
            file.close()
        with suppress(OSError):
            path.unlink()
        file.close()


def _open_locked(path: Path) -> IO[bytes]:
    for _ in range(_TRIES):
        file = path.open("ab")
        try:
            _lock(file)
            if sys.platform == "win32" or _is_same(file, path):
                return file
        except BaseException:
            file.close()
            raise
        file.close()  # its last owner removed it between our opening and locking
    raise Taken


def _is_same(file: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError:
            raise Taken from None

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Taken from None
        except OSError:
            return  # some network file systems have no locks
