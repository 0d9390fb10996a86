"""What sounds tell of the clocks, beside what movement tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ...data.views.view import Heard
from ..rig import Rig
from ..sightings import Viewpoint

RATE: Final = 1e-4
"""Quartz clocks differ by less than this share."""
_HEARD_RATE: Final = 2e-5
"""By how much pictures and sound of one phone go apart; by hand."""
_AGREE_S: Final = 0.15
"""Seconds within which sounds tell what movement tells: sound takes 3 ms a metre, and phones lay it
beside their pictures by 40 ms at most; by hand."""


@dataclass(frozen=True, slots=True)
class Heards:
    """What the sound of every clip tells of its clock beside the first one's, () where nobody
    listened."""

    told: tuple[Heard | None, ...] = ()

    def between(self, a: int, b: int) -> Heard | None:
        """What sounds tell of the clock of ``b`` beside that of ``a``, None where nothing."""
        own, theirs = self._of(a), self._of(b)
        if own is None or theirs is None:
            return None
        rate = (1 + theirs.rate) / (1 + own.rate)
        return Heard(
            shift_s=theirs.shift_s - rate * own.shift_s,
            rate=rate - 1,
            doubt_s=float(np.hypot(own.doubt_s, theirs.doubt_s)),
            clearness=max(own.clearness, theirs.clearness),
        )

    def rates_for(self, rig: Rig, views: Sequence[Viewpoint]) -> tuple[Rig, tuple[float, ...]]:
        """``rig`` with the rates that sounds tell, its shifts kept amid the first view, and by how
        much each rate may be wrong."""
        rate, shift_s, sigma = rig.rate.copy(), rig.shift_s.copy(), [RATE] * len(rig)
        for c in range(1, len(rig)):
            heard = self.between(0, c)
            if heard is not None and heard.rate:
                rate[c], sigma[c] = heard.rate, _HEARD_RATE
                shift_s[c] -= heard.rate * middle_s(views[0])
        return replace(rig, rate=rate, shift_s=shift_s), tuple(sigma)

    def doubt(self, views: Sequence[Viewpoint], rig: Rig, a: int, b: int) -> str:
        """A sentence where sounds tell another shift of ``b`` than movement; else empty."""
        heard = self.between(a, b)
        if heard is None:
            return ""
        at_s = middle_s(views[a])
        moved_s = float(rig.time_of(b, rig.first_time_of(a, np.array([at_s])))[0]) - at_s
        if abs(heard.at(at_s) - moved_s) < _AGREE_S:
            return ""
        return (
            f"By their sounds {views[b].name} starts {_after(heard.at(at_s))} {views[a].name}, by "
            f"what moves {_after(moved_s)} it; movement was followed: give --shift if the sounds "
            "are right, as they aren't where music was laid under a film."
        )

    def _of(self, c: int) -> Heard | None:
        if c == 0:
            return Heard(0.0, 0.0, 0.0)
        return self.told[c] if c < len(self.told) else None


def middle_s(view: Viewpoint) -> float:
    """The middle of the time in which a view shows anybody, seconds of its clock."""
    first = min((float(one.time_s[0]) for one in view.people), default=0.0)
    return (first + max((float(one.time_s[-1]) for one in view.people), default=0.0)) / 2


def _after(shift_s: float) -> str:
    """When a clip starts whose clock shows ``shift_s`` more than another's."""
    when = "after" if shift_s <= 0 else "before"
    return f"{abs(shift_s):.2f} s {when}"
