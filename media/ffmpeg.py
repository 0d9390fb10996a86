"""PyAV, FFmpeg's libraries for Python, loaded late and silent: Limn says what went wrong itself."""

from __future__ import annotations

from functools import cache
from types import ModuleType


@cache
def load_av() -> ModuleType:
    """Import av with FFmpeg's own messages off."""
    import av
    import av.logging
    import av.sidedata.sidedata

    # Python's logging would be called from decoding threads, which can deadlock.
    av.logging.set_level(None)
    return av
