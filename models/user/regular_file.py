"""Opening a file that anybody may have put there: never a pipe or a device, which have no end."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import IO

from ...core.data.errors import ModelError

# Without O_NONBLOCK, opening a pipe waits for somebody to write into it.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_FLAGS |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOCTTY", 0)


def open_regular(path: Path, source: str) -> IO[bytes]:
    """Open a file for reading. Raises ModelError, on ``source``, for what is none, and OSError."""
    descriptor = os.open(path, _FLAGS)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        kind = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
        raise ModelError(f"{source} is {kind}, not a file.")
    return os.fdopen(descriptor, "rb")
