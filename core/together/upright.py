"""Which way is up for several cameras together: what straight lines tell each of them, believed
where people, whom all see, stand along it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..data.arrays import F64, Floats
from ..geometry.rotations import normalize
from .rig import Rig

_PEOPLE: Final = 0.09
"""Radians by which people's up may be off: 1 to 5 degrees where two views see them."""
_LINES: Final = 0.06
"""Radians by which two cameras' lines differ where both are right: 1 to 3 degrees, most of them
how cameras are turned to each other."""
_MOST: Final = 0.17
"""Radians from people's up beyond which lines tell something else, a roof, a ramp or a leaning
picture: right ones were up to 5 degrees off, wrong ones 12 to 22; by hand."""
_AGREED: Final = 2.0
"""Times as far off where two cameras' lines tell the same: people may lean all along."""
_OTHERS: Final = 0.25
"""What another camera's lines count beside the own ones."""


def common_up(
    axes: Sequence[F64 | None], rig: Rig, reference: int, people_up: Floats
) -> F64 | None:
    """Up (3,) in the axes of camera ``reference``, None where no lines tell it.

    ``axes`` are each camera's Manhattan axes (3, 3), unit rows in its own axes, or None;
    ``people_up`` (3,) is what bodies and their standing feet tell. One find of lines in ten is
    wrong; of those that disagree the ones that people and most others agree with count.
    """
    told: list[F64] = []
    weight: list[float] = []
    for c, rows in enumerate(axes):
        if rows is not None:
            turned = rows @ rig.between(c, reference)[0].T
            along = turned @ people_up
            nearest = int(np.abs(along).argmax())
            told.append(turned[nearest] * np.sign(along[nearest]))
            weight.append(1.0 if c == reference else _OTHERS)
    agree = [sum(_between(up, other) < _LINES for other in told) - 1 for up in told]
    near = [
        i
        for i, up in enumerate(told)
        if _between(up, people_up) < _MOST * (_AGREED if agree[i] else 1)
    ]
    if not near:
        return None
    cost = [
        _robust(_between(told[i], people_up) / _PEOPLE)
        + sum(_robust(_between(told[i], other) / _LINES) for other in told)
        for i in near
    ]
    best = told[near[int(np.argmin(cost))]]
    total = np.zeros(3)
    for up, share in zip(told, weight, strict=True):
        if _between(up, best) < _LINES:
            total = total + share * up
    return normalize(total)


def _between(a: Floats, b: Floats) -> float:
    """Radians."""
    return float(np.arccos(np.clip(a @ b, -1.0, 1.0)))


def _robust(sigmas: float) -> float:
    return sigmas**2 / (1 + sigmas**2)
