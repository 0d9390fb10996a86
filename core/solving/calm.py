"""Motion before one camera at rest is smoother than its evidence, where more than usual was seen.

Where evidence says little, along the view above all, what is left to the solve trembles, and feet
slide. How far smoothness is to be trusted against it was measured for ``best``, whose landmarks are
those of several looks (docs/notebook/speed.md); fast strikes keep their accelerations, as points
that accelerate harder than smoothness likes are let go of (``track.track``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .person import Solved

_CALM: Final = 0.5
"""Of the usual acceleration, that to be expected. On 40 hard renders slide falls from 7.2 to 5.1
millimetres a frame, of several people from 13.2 to 7.7, drift from 63 to 51."""


def calmer(solved: Solved) -> Solved:
    """``solved`` with smoothness trusted more in the next solve; itself where other cameras, a
    carried one's path or another tool tell more of somebody."""
    evidence = solved.evidence
    if any(one is not None for one in (evidence.shared, evidence.origin, evidence.placed)):
        return solved
    usual = solved.sigmas
    return replace(solved, sigmas=replace(usual, acceleration=_CALM * usual.acceleration))
