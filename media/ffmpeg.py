"""PyAV, FFmpeg's libraries for Python, loaded late and silent: Limn says what went wrong itself."""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import Final

from ..core.data.settings import usable_cores

_MOST_THREADS: Final = 4
"""Every decoding thread holds pictures of its own; 8K ones take 50 MB each."""
_FEW_CORES: Final = 2
"""So many are busy with networks anyway: there a second thread takes a tenth more processor time
for the same pictures, as measured, and gains nothing."""
_LARGE_PX: Final = 1920 * 1440
"""Pictures larger than this take as long to decode as to look at."""


def decoding_threads(size_px: tuple[int, int] = (0, 0)) -> int:
    """How many threads decode a clip with pictures of ``size_px``, or convert its pictures."""
    cores = usable_cores(_MOST_THREADS)
    return 1 if cores <= _FEW_CORES and size_px[0] * size_px[1] <= _LARGE_PX else cores


@cache
def load_av() -> ModuleType:
    """Import av with FFmpeg's own messages off."""
    import av
    import av.logging
    import av.sidedata.sidedata

    # Python's logging would be called from decoding threads, which can deadlock.
    av.logging.set_level(None)
    return av
