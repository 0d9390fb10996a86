"""Which frames of a take are written."""

from __future__ import annotations

import numpy as np

from ..data.errors import OutputError
from ..data.types import Take


def frames_between(take: Take, first: int | None, last: int | None) -> list[int] | None:
    """Positions in the take of the clip's frames ``first`` to ``last``; None for all of them.

    Raises OutputError when the take has none between them.
    """
    if first is None and last is None:
        return None
    source = take.source_frame
    chosen = np.flatnonzero(
        (source >= (first if first is not None else 0))
        & (source <= (last if last is not None else np.iinfo(np.int32).max))
    )
    if not len(chosen):
        there = f"{source[0]} to {source[-1]}" if len(source) else "none"
        raise OutputError(f"The take has none of these frames; it holds {there}.")
    return chosen.tolist()
