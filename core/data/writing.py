"""Writing beside and renaming, so that nobody ever finds half a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import OutputError


@contextmanager
def beside(path: str | Path) -> Iterator[Path]:
    """Yield a path to write to, which becomes ``path`` at the end of the block.

    It keeps the suffix, since some libraries go by it. Raises OutputError.
    """
    path = Path(path)
    partial = path.with_name(f"{path.stem}.part{path.suffix}")
    try:
        try:
            yield partial
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"Can't write {path}: {error.strerror or error}.") from error


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 ``text`` with plain line ends. Raises OutputError."""
    with beside(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")
