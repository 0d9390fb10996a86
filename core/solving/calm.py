"""Motion before one camera that isn't carried: the last solve trusts smoothness more.

Where evidence says little, along the view above all, what is left to the solve trembles, and feet
slide. How far smoothness is to be trusted against it was measured (docs/notebook/speed.md), more of
``best``, whose looks are several. Fast strikes keep their accelerations, as points that accelerate
harder than smoothness likes are let go of (``track.track``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .person import Solved

_CALM: Final = 0.7
"""Of the usual acceleration, that to be expected: on 40 hard renders feet slide 6.0 instead of 8.3
millimetres a frame, and of 10 mm of noise a walker keeps 0.2 mm more. At 0.5 it is 5.6 and 0.7."""
_CALM_BEST: Final = 0.5
"""The same in ``best``: 5.1 instead of 7.2 millimetres, of several people 7.7 instead of 13.2."""


def calmer(solved: Solved, quality: str) -> Solved:
    """``solved`` with smoothness trusted more in the next solve; itself where other cameras, a
    carried one's path or another tool tell more of somebody."""
    evidence = solved.evidence
    if any(one is not None for one in (evidence.shared, evidence.origin, evidence.placed)):
        return solved
    share = _CALM_BEST if quality == "best" else _CALM
    usual = solved.sigmas
    return replace(solved, sigmas=replace(usual, acceleration=share * usual.acceleration))
