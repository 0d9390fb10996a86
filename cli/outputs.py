"""Checks of where a result is to go, made before any work is done."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ..core.data.errors import OutputError
from ..core.data.safe_text import check_text
from ..core.data.writing import check_replaceable
from ..media.reading.pictures import pictures_of

_NEED_TEXT: Final = (".mp4", ".c3d", ".glb", ".trc")
"""What native libraries write, or what holds its own name."""


def check_output(path: Path, suffixes: Sequence[str], inputs: Sequence[Path]) -> None:
    """Raise OutputError unless ``path`` can take a result that ends in one of ``suffixes``.

    An earlier result is replaced; a folder, or one of the ``inputs``, never is.
    """
    if not path.name.lower().endswith(tuple(suffixes)):
        raise OutputError(f"The output {path} must end in {' or '.join(suffixes)}.")
    if path.name.lower().endswith(_NEED_TEXT):
        check_text(path.absolute(), "the output", OutputError)
    if os.path.isdir(path):
        raise OutputError(f"The output {path} is a folder; give a file name.")
    check_replaceable(path)
    if not os.path.isdir(path.parent):
        raise OutputError(f"The folder {path.parent} does not exist; make it first.")
    if not os.access(path.parent, os.W_OK):
        raise OutputError(f"Can't write into the folder {path.parent}: permission denied.")
    if os.path.exists(path) and any(_is_in(path, source) for source in inputs):
        raise OutputError(f"The output {path} would overwrite its own input; name another file.")


def _is_in(path: Path, source: Path) -> bool:
    """Whether ``path`` is the file ``source``, by whatever name, or one of its many pictures."""
    try:
        if os.path.isfile(source):
            return path.samefile(source)
        return any(path.samefile(picture) for picture in pictures_of(source))
    except OSError:
        return False


def make_folder(path: Path) -> None:
    """Make the folder ``path`` when it isn't there. Raises OutputError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Can't make the folder {path}: {error.strerror or error}.") from error
    if not os.access(path, os.W_OK):
        raise OutputError(f"Can't write into the folder {path}: permission denied.")
