"""In which unit a file counts lengths, by the length of a leg: files seldom say."""

from __future__ import annotations

from typing import Final

from ..data.reading.files import Damaged

_UNITS: Final = (1.0, 0.01, 0.001, 0.0254)
"""Metres, centimetres, millimetres, inches."""
_LEG_M: Final = 0.82  # from hip to ankle of an adult
_LEGS_M: Final = (0.25, 1.35)
"""From a small child's to a giant's, from hip to ankle."""


def metres_per_unit(leg: float) -> float:
    """Metres in the unit in which a leg is ``leg`` long; whatever it is if none of the usual ones.

    Raises Damaged for a leg without a length.
    """
    if not leg > 0:
        raise Damaged("its legs have no length")
    for unit in _UNITS:
        if _LEGS_M[0] < leg * unit < _LEGS_M[1]:
            return unit
    return _LEG_M / leg
