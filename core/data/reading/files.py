"""Opening a stranger's file without waiting for ever, and saying in one sentence what is wrong."""

from __future__ import annotations

import csv
import errno
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    # Opening a pipe that nobody writes to would wait for ever.
    | getattr(os, "O_NONBLOCK", 0)
)


class Damaged(ValueError):
    """What is wrong with the inside of a file, as the end of a sentence."""


DAMAGES: Final = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    EOFError,
    MemoryError,
    RuntimeError,  # RecursionError and NotImplementedError among them
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    csv.Error,
)
"""What reading a damaged file ends in: wrong numbers, names, sizes, methods of compression."""


_TOO_LONG: Final = "integer string conversion"
"""In Python's own words for a whole number of more than 4,300 digits."""


def open_regular(path: str | Path) -> BinaryIO:
    """Open an ordinary file for reading.

    Raises OSError for anything else: folders, and pipes and devices, which may never end.
    """
    stream = os.fdopen(os.open(path, _FLAGS), "rb")
    mode = os.fstat(stream.fileno()).st_mode
    if stat.S_ISREG(mode):
        return stream
    stream.close()
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder, not a file", str(path))
    raise OSError(errno.EINVAL, "it is a pipe or a device, not a file", str(path))


def read_bytes(path: str | Path, most: int) -> bytes:
    """All of an ordinary file. Raises OSError, and Damaged when it has over ``most`` bytes."""
    with open_regular(path) as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise Damaged(f"it is larger than {most / 1e6:.0f} MB")
    return data


def read_text(path: str | Path, most: int) -> str:
    """As ``read_bytes``, of a file in UTF-8."""
    try:
        return read_bytes(path, most).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Damaged("it is not text in UTF-8") from error


@contextmanager
def refusing(
    path: str | Path, what: str, is_not: str, error: Callable[[str], Exception]
) -> Generator[None, None, None]:
    """Turn whatever reading ``path`` ends in into ``error`` with one sentence.

    ``what`` is what the file should be ("the take"), ``is_not`` the end of "X is damaged or …".
    """
    try:
        yield
    except FileNotFoundError as cause:
        raise error(f"{_capital(what)} {path} does not exist.") from cause
    except IsADirectoryError as cause:
        raise error(f"Can't read {what} {path}: it is a folder, not a file.") from cause
    except OSError as cause:
        raise error(f"Can't read {what} {path}: {cause.strerror or cause}.") from cause
    except DAMAGES as cause:
        raise error(f"{path} is damaged or {is_not} ({why(cause)}).") from cause


def _capital(what: str) -> str:
    return what[:1].upper() + what[1:]


def why(cause: BaseException) -> str:
    """What is wrong with a file whose reading ended in ``cause``, as the end of a sentence."""
    if isinstance(cause, KeyError):
        return f"{cause} is missing"
    if _TOO_LONG in str(cause) or isinstance(cause, OverflowError):
        return "a number in it has more digits than any that it could mean"
    if isinstance(cause, csv.Error):
        return "a cell of it is longer than any table's"
    return str(cause).rstrip(".") or type(cause).__name__
