"""Reads the one model out of a zip of which nothing is trusted."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ...core.data.errors import ModelError
from ...core.data.reading import open_regular
from ...core.data.reading.npz import open_zip

# Fewer than reading.files.DAMAGES: what the block does with the model must not pass for damage.
_DAMAGES = (
    zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, EOFError, ValueError,
)  # fmt: skip


@contextmanager
def open_only_model(path: Path, most_bytes: int) -> Iterator[IO[bytes]]:
    """Open the only .onnx file in the zip ``path`` for reading.

    Raises ModelError when there is none or several, when it is encrypted, larger than
    ``most_bytes``, or the zip is damaged, then or while it is read.
    """
    try:
        with open_regular(path) as file, open_zip(file) as archive:
            found = [m for m in archive.infolist() if m.filename.lower().endswith(".onnx")]
            if len(found) != 1:
                raise ModelError(f"The zip {path} holds {len(found)} .onnx files instead of one.")
            if found[0].flag_bits & 1:
                raise ModelError(f"The zip {path} is encrypted; unpack it first.")
            if found[0].file_size > most_bytes:  # and zipfile reads no more than this
                raise ModelError(f"The zip {path} holds a file larger than the model.")
            with archive.open(found[0]) as stream:
                yield stream
    except _DAMAGES as error:
        raise ModelError(f"The zip {path} is damaged.") from error
