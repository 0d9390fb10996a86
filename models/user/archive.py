"""Reads the one model out of a zip of which nothing is trusted."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final

from ...core.data.errors import ModelError
from ...core.data.reading import open_regular
from ...core.data.reading.npz import open_zip

_DAMAGES: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, NotImplementedError,
    RuntimeError, EOFError, ValueError, OverflowError, MemoryError,
)  # fmt: skip
"""What zipfile and what unpacks for it raise for bytes that are no archive."""

_MOST_PACKED: Final = 100
_SLACK_BYTES: Final = 64 << 20


@contextmanager
def open_only_model(path: Path, most_bytes: int) -> Iterator[IO[bytes]]:
    """Open the only .onnx file in the zip ``path`` for reading.

    Raises ModelError when there is none or several, when it is encrypted, larger than
    ``most_bytes`` or packed as only zeros can be, or when the zip can't be read or is damaged, then
    or while it is read.
    """
    with ExitStack() as opened:
        try:
            stream = _open_member(path, most_bytes, opened)
        except OSError as error:
            raise ModelError(f"The zip {path} can't be read: {error.strerror or error}.") from error
        except _DAMAGES as error:
            raise ModelError(f"The zip {path} is damaged.") from error
        try:
            yield stream
        except _DAMAGES as error:
            raise ModelError(f"The zip {path} is damaged.") from error


def _open_member(path: Path, most_bytes: int, opened: ExitStack) -> IO[bytes]:
    file = opened.enter_context(open_regular(path))
    archive = opened.enter_context(open_zip(file))
    found = [m for m in archive.infolist() if m.filename.lower().endswith(".onnx")]
    if len(found) != 1:
        raise ModelError(f"The zip {path} holds {len(found)} .onnx files instead of one.")
    (model,) = found
    if model.flag_bits & 1:
        raise ModelError(f"The zip {path} is encrypted; unpack it first.")
    if model.file_size > most_bytes:  # and zipfile reads no more than this
        raise ModelError(f"The zip {path} holds a file larger than the model.")
    if model.file_size > _SLACK_BYTES + _MOST_PACKED * model.compress_size:
        raise ModelError(
            f"The zip {path} claims to hold {model.file_size >> 20} MB in "
            f"{model.compress_size >> 10} KB, which no network is packed into."
        )
    return opened.enter_context(archive.open(model))
