"""The last centimetres between soles and floor, in world space."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F32, F64, Floats
from ...geometry.smoothing import blur, smooth_weighted, strength_for_cutoff

SOLE: Final = 0.012
"""Height of BlazePose's heel and toe over the floor, as a share of the body's."""
_SETTLE_HZ: Final = 1.0
"""Cutoff of the shift that brings standing feet to the floor; by hand."""
_FOLLOW_HZ: Final = 6.0
"""Cutoff of the shift where the lowest foot is always on the floor; by hand."""
HANGS_M: Final = 0.08
"""More than this is no settling: the solve wants the foot elsewhere, and at twice as much it
doesn't stand."""
_RAISED: Final = 0.02  # share of the body's height; by hand
_CLEAR: Final = 0.045
"""Between these shares of the body's height one end of a standing foot counts as lifted."""

_SOLES: Final = tuple(foot[1:] for foot in points.FEET)


def settle_on_floor(
    X: Floats, contacts: Floats, height_m: float, mode: str, fps: float, floor_m: Floats
) -> F64:
    """``X`` (t, 19, 3) world metres, moved up or down as a whole so that soles meet the floor.

    ``floor_m`` (t or 1, 2) is how high it lies under either foot.

    "auto": standing soles come to lie on the floor and nothing sinks into it; "always": the lower
    foot is on the floor in every frame; "off": nothing moves.
    """
    if mode == "off" or len(X) < 3:
        return X
    heights = lowest_over(X[..., 2], height_m, floor_m)
    if mode == "always":
        shift = -smooth_weighted(
            heights.min(1)[:, None], np.ones((len(X), 1)), strength_for_cutoff(_FOLLOW_HZ, fps)
        )[:, 0]
    else:
        shift = settling_shift(heights, contacts, fps)
    out = X.copy()
    out[..., 2] += shift[:, None]
    return out


def lowest_over(z: Floats, height_m: float, floor_m: Floats) -> F64:
    """How high the lower one of each foot's heel and toe is (t, 2) over where it would stand.

    ``z`` (t, 19) heights of somebody's points, ``floor_m`` (t or 1, 2) of what is under each foot.
    """
    lowest = np.stack([z[:, list(foot)].min(1) for foot in _SOLES], axis=-1)
    return lowest - (floor_m + SOLE * height_m)


def settling_shift(heights: Floats, contacts: Floats, fps: float) -> F64:
    """Metres (t,) upwards by which somebody whose feet are at ``heights`` (t, 2) over where they
    would stand comes to stand there, and nothing is deeper."""
    # A foot that is called standing high over the floor doesn't pull anybody down to it.
    firm = contacts * np.clip(2 - np.abs(heights) / HANGS_M, 0, 1)
    error = (firm * heights).sum(1) / np.maximum(firm.sum(1), 1e-6)
    error = np.clip(error, -HANGS_M, HANGS_M)
    # Between two stands the correction passes smoothly from one to the other.
    settle = smooth_weighted(
        error[:, None], firm.max(1)[:, None] + 1e-4, strength_for_cutoff(_SETTLE_HZ, fps)
    )[:, 0]
    sunk = np.maximum(settle - heights.min(1), 0.0)
    return blur(_wide(sunk, fps), max(0.04 * fps, 0.5)) - settle


def _wide(values: Floats, fps: float) -> F64:
    """Running maximum over a tenth of a second either way, so that blurring it still clears."""
    reach = max(int(0.1 * fps), 1)
    padded = np.pad(values, reach, mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(-1)


def heel_and_toe_contacts(X: Floats, contacts: Floats, height_m: float) -> F32:
    """Feet (t, 2) to ``CONTACT_POINTS`` (t, 4): a raised heel or toe of a standing foot is off."""
    out = np.zeros((len(X), 4), np.float32)
    for side, (heel, toe) in enumerate(_SOLES):
        lean = (X[:, heel, 2] - X[:, toe, 2]) / height_m
        for column, raised in ((2 * side, lean), (2 * side + 1, -lean)):
            down = np.clip((_CLEAR - raised) / (_CLEAR - _RAISED), 0, 1)
            out[:, column] = contacts[:, side] * down
    return out
