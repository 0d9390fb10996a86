r"""The name of a file whose path was told here or on Windows: ``D:\a.mp4``, ``\\server\b.mp4``."""

from __future__ import annotations

import re
from pathlib import PurePath, PureWindowsPath
from typing import Final

_OF_WINDOWS: Final = re.compile(r"[A-Za-z]:[\\/]|\\\\")


def name_of(place: str) -> str:
    """The file's name, whichever system the path ``place`` is of."""
    return _path(place).name


def stem_of(place: str) -> str:
    """``name_of`` without the suffix."""
    return _path(place).stem


def _path(place: str) -> PurePath:
    # A name of this system may hold backslashes; only whole paths of Windows are told from those.
    return PureWindowsPath(place) if _OF_WINDOWS.match(place) else PurePath(place)
