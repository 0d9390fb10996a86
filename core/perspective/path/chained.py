"""Sightings of a point whose errors last from one to the next, made independent of each other.

Of errors that are e_k = f e_(k-1) + chance (autoregressive, of first order) the chance alone is
independent: each sighting is compared less f times the one before of the same point (Prais and
Winsten, Trend estimators and serial correlation, 1954).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ...data.arrays import F64, I64, Floats, check_fields, of_shape

_LEAST: Final = 1e-6
"""Share of an error's square that is new at least, however near to each other sightings are."""


@dataclass(frozen=True, slots=True, eq=False)
class Chains:
    """Of m sightings which ``before`` (m,) of the same point is compared, itself for the first;
    the sighting counts ``own`` (m,) times, that one ``part`` (m,) times."""

    before: I64 = field(metadata=of_shape("m"))
    own: F64 = field(metadata=of_shape("m"))
    part: F64 = field(metadata=of_shape("m"))

    def __post_init__(self) -> None:
        check_fields(self)

    def new_of(self, values: Floats) -> F64:
        """What is new in ``values`` (m, ...) of the sightings."""
        shape = (-1,) + (1,) * (values.ndim - 1)
        return self.own.reshape(shape) * values - self.part.reshape(shape) * values[self.before]


def chains_of(point: I64, frame: Floats, lasting: float) -> Chains:
    """Of sightings of ``point`` (m,) in ``frame`` (m,), whose errors last so that ``lasting`` of
    one, 0 to below 1, is left in the next frame."""
    order = np.lexsort((frame, point))
    before = np.arange(len(order))
    before[order[1:]] = np.where(np.diff(point[order]) == 0, order[:-1], order[1:])
    is_first = before == np.arange(len(order))
    left = np.where(is_first, 0.0, lasting ** np.maximum(frame - frame[before], 1.0))
    # All as certain as what is new after one frame; a first sighting is off by all that lasts.
    own = np.sqrt((1 - lasting**2) / np.maximum(1 - left**2, _LEAST))
    return Chains(before, own, own * left)
