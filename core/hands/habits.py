"""What hands do: limits of their angles, a relaxed pose, joints that bend together."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..data.arrays import F64
from .model import ANGLES

_D: Final = np.pi / 180
LEAST: Final[F64] = np.array([[-25, -35, -10, -10]] + [[-22, -20, -3, -5]] * 4) * _D
MOST: Final[F64] = np.array([[45, 40, 60, 80]] + [[22, 92, 108, 75]] * 4) * _D
"""What fingers can do, in radians: ranges of the American Academy of Orthopaedic Surgeons (Joint
Motion, 1965), the thumb's base as the free body's has it."""
RELAXED: Final[F64] = (
    np.array([[8, 2, 18, 18], [0, 18, 28, 14], [0, 24, 32, 16], [0, 28, 34, 16], [0, 32, 36, 18]])
    * _D
)
"""Of a hand that does nothing; by hand."""
_SPREAD: Final[F64] = np.array([[18, 18, 25, 30]] + [[9, 38, 42, 30]] * 4) * _D
"""How far hands go from that, a standard deviation; by hand."""
_RELAXED_WEIGHT: Final = 0.55
"""Of all these together, as fingers go together; by hand."""
_BEYOND: Final = 3 * _D
"""How far beyond a limit an angle goes, a standard deviation."""
_END_SHARE: Final = 0.6
"""The end joint bends with the middle one: one tendon pulls both."""
_END_SIGMA: Final = 14 * _D
_NEIGHBOUR_SIGMA: Final = 45 * _D
"""By how much the middle joints of neighbouring fingers differ."""


def _linear_prior() -> tuple[F64, F64]:
    """Rows (n, 20) and constants (n,): relaxed, end joints with middle ones, fingers together."""
    rows = [*(np.eye(ANGLES) * (_RELAXED_WEIGHT / _SPREAD.ravel())[:, None])]
    constants = [*(-RELAXED.ravel() * _RELAXED_WEIGHT / _SPREAD.ravel())]
    for finger in range(1, 5):
        row = np.zeros(ANGLES)
        row[4 * finger + 3], row[4 * finger + 2] = 1 / _END_SIGMA, -_END_SHARE / _END_SIGMA
        rows.append(row)
        constants.append(0.0)
    for finger in range(1, 4):
        row = np.zeros(ANGLES)
        row[4 * finger + 2], row[4 * finger + 6] = 1 / _NEIGHBOUR_SIGMA, -1 / _NEIGHBOUR_SIGMA
        rows.append(row)
        constants.append(0.0)
    return np.array(rows), np.array(constants)


_ROWS, _CONSTANTS = _linear_prior()


_SQUARED: Final = _ROWS.T @ _ROWS


def prior_cost(angles: F64, drawn_to: F64, weight: float) -> F64:
    """How far (t,) ``angles`` (t, 20) are from those that hands have, and from those they are
    ``drawn_to`` (t, 20) with that ``weight``: a sum of squares."""
    usual = angles @ _ROWS.T + _CONSTANTS
    away = (angles - drawn_to) * weight
    return (usual**2).sum(1) + (_beyond(angles) ** 2).sum(1) + (away**2).sum(1)


def prior_equations(angles: F64, drawn_to: F64, weight: float) -> tuple[F64, F64]:
    """Half the second (t, 20, 20) and first derivatives (t, 20) of ``prior_cost``."""
    t = len(angles)
    beyond = _beyond(angles)
    H = np.empty((t, ANGLES, ANGLES))
    H[:] = _SQUARED
    diagonal = np.arange(ANGLES)
    H[:, diagonal, diagonal] += (beyond != 0) / _BEYOND**2 + weight**2
    g = (angles @ _ROWS.T + _CONSTANTS) @ _ROWS
    return H, g + beyond / _BEYOND + (angles - drawn_to) * weight**2


def _beyond(angles: F64) -> F64:
    """How far angles are beyond what fingers can do, in standard deviations, signed."""
    low, high = LEAST.ravel() - angles, angles - MOST.ravel()
    return (np.maximum(high, 0) - np.maximum(low, 0)) / _BEYOND
