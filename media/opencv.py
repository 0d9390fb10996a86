"""OpenCV, loaded late and told to keep quiet: what went wrong is said in Limn's own sentences."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import TypeVar

from ..core.data.types import Progress

T = TypeVar("T")


@cache
def load_cv2() -> ModuleType:
    """Import cv2; its own and FFmpeg's chatter is silenced unless the environment asks for it."""
    # Both are read once, when the library is loaded, hence before the import.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    import cv2

    if os.environ["OPENCV_LOG_LEVEL"] == "SILENT":
        # Somebody may have loaded it before us, before the variable was set.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return cv2


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep OpenCV from starting threads of its own in the block; later it does as it did before."""
    cv2 = load_cv2()
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def on_own_threads(job: Generator[Progress, None, T]) -> Generator[Progress, None, T]:
    """``job`` without OpenCV's threads: frames run side by side, and they would get in the way."""
    with one_thread():
        return (yield from job)
