"""Bodies in free flight: their middle follows a parabola, whatever the limbs do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..data.arrays import F64, Floats, check_fields, of_shape

GRAVITY_MPS2: Final = 9.81
"""Metres a second^2 of free fall; it differs by a quarter per cent over the earth."""
_ROUNDS: Final = 5
"""Reweightings, after which weights hardly change; by hand."""
_OUTLIER: Final = 0.15
"""Metres off the parabola from which a sight of the trunk loses its say; by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Flight:
    """A parabola in the picture: ``velocity`` (2,) m/s, right and down, at ``time_s``, through
    ``at_px`` (2,); ``miss_m`` is how far what was seen typically lies off it."""

    time_s: float
    at_px: F64 = field(metadata=of_shape(2))
    velocity: F64 = field(metadata=of_shape(2))
    miss_m: float

    def __post_init__(self) -> None:
        check_fields(self)

    def speed_at(self, time_s: float) -> F64:
        """Velocity (2,) in m/s, right and down, at a time."""
        return self.velocity + np.array([0.0, GRAVITY_MPS2 * (time_s - self.time_s)])


def fit_flight(time_s: Floats, xy_px: Floats, weight: Floats, px_per_m: float) -> Flight:
    """The free flight nearest to where a trunk was seen, for a camera that is about level.

    ``time_s`` (n,), ``xy_px`` (n, 2) and ``weight`` (n,); gravity is known, so only place and
    velocity are sought. Robust: sights of somebody upside down are often wrong (iteratively
    reweighted least squares, Cauchy's weights).
    """
    middle = float(np.average(time_s, weights=weight))
    t = time_s - middle
    straight = xy_px / px_per_m
    straight[:, 1] -= 0.5 * GRAVITY_MPS2 * t**2
    A = np.stack([np.ones_like(t), t], axis=-1)
    share = weight.astype(np.float64)
    fit, miss = np.zeros((2, 2)), np.zeros(len(t))
    for _ in range(_ROUNDS):
        root = np.sqrt(share)[:, None]
        fit = np.linalg.lstsq(A * root, straight * root, rcond=None)[0]
        miss = np.linalg.norm(straight - A @ fit, axis=-1)
        share = weight / (1 + (miss / _OUTLIER) ** 2)
    return Flight(middle, fit[0] * px_per_m, fit[1], float(np.average(miss, weights=weight)))
