"""PyAV, FFmpeg's libraries for Python, loaded late and silent: Limn says what went wrong itself."""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import Final

from ..core.data.settings import usable_cores

_MOST_THREADS: Final = 4
"""Every decoding thread holds pictures of its own; 8K ones take 50 MB each."""


def decoding_threads() -> int:
    """How many threads decode a clip, or convert its pictures."""
    return usable_cores(_MOST_THREADS)


@cache
def load_av() -> ModuleType:
    """Import av with FFmpeg's own messages off."""
    import av
    import av.logging
    import av.sidedata.sidedata

    # Python's logging would be called from decoding threads, which can deadlock.
    av.logging.set_level(None)
    return av
