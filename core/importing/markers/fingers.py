"""Fingers and palms of hands whose points are told in three dimensions."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data.arrays import F64, Floats
from ...data.hand_points import KNUCKLES, POINTS, SIDES, WRIST
from ...data.skeletons import REST_XYZ_BODY
from ...geometry.rotations import nearest_rotation
from ...geometry.smoothing import interpolate_columns
from ...hands.fitting import HandPoints, fit_hand
from ...hands.model import MIRROR, hand_at_rest, hand_of, local_turns
from ...hands.posing import HandMotion, of_side

_PALM: Final = [WRIST, *KNUCKLES]
_SIGMA: Final = 0.4
"""Errors of points in three dimensions against those of Limn's hand network: of markers and of
systems that need a graphics card; by hand."""


def hand_motion(hands: Floats, fps: float) -> HandMotion:
    """Both hands' motion of their points (t, 2, 21, 3), NaN where nobody told them, in the points'
    own axes, which stand for the camera's."""
    hand = hand_of(hand_at_rest(REST_XYZ_BODY))
    rest = np.asarray(hand.points, np.float64)[_PALM]
    t = len(hands)
    turns: list[F64] = []
    palms: list[F64] = []
    trusts: list[F64] = []
    for k, side in enumerate(SIDES):
        seen = np.isfinite(hands[:, k]).all((1, 2))
        trust: F64 = np.asarray(seen, np.float64)
        points = np.zeros((t, POINTS, 3))
        if seen.any():
            flat = hands[seen, k].reshape(int(seen.sum()), -1)
            grid = np.arange(t, dtype=np.float64)
            points = interpolate_columns(grid, grid[seen], flat).reshape(t, POINTS, 3)
        if side == "right":
            points = points * MIRROR
        fit = fit_hand(
            hand,
            HandPoints(points[..., :2], points - points.mean(1, keepdims=True), trust),
            trust,
            _palm_turns(points, rest),
            fps,
            _SIGMA,
        )
        turns.append(of_side(local_turns(hand, fit.angles), side))
        palms.append(of_side(fit.turn, side))
        trusts.append(fit.trust)
    trust = np.stack(trusts, axis=1)
    return HandMotion(np.stack(turns, axis=1), np.stack(palms, axis=1), trust, trust)


def _palm_turns(points: F64, rest: F64) -> F64:
    """Rotations (t, 3, 3) that bring a palm at rest onto those of ``points`` (t, 21, 3)."""
    palm = points[:, _PALM]
    a, b = rest - rest.mean(0), palm - palm.mean(1, keepdims=True)
    return nearest_rotation(np.einsum("tpa,pb->tab", b, a))
