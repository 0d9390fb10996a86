"""A hand over time: which frames to believe, and the motion that runs through them."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data.arrays import F64, Floats
from ...geometry.rotations import exp_so3, log_so3, normalize
from ...geometry.smoothing import smooth_weighted
from ..habits import LEAST, MOST
from ..model import ANGLES

_D: Final = np.pi / 180
_STIFF: Final = 4.0
"""Strength of the smoother against a sure frame's weight, at 30 frames a second."""
_TURN_STIFF: Final = 0.4
"""The same for the palm's rotation; by hand."""
_BODY_WEIGHT: Final = 0.01
"""What the palm counts that the body's landmarks have, against a sure frame; by hand."""
_ROBUST_ROUNDS: Final = 5
"""Rounds in which mistakes are found; by hand."""
ODD_TURN: Final = 35 * _D
"""Frames that are turned by more than this against those around them are taken for mistakes."""
_THUMB_M: Final = 0.008
"""Metres of the thumb's height over the palm that make its side likely; by hand."""


def between(a: Floats, b: Floats) -> F64:
    """Angles (t,) in radians between rotations (t, 3, 3)."""
    cosine = (np.einsum("tab,tab->t", a, b) - 1) / 2
    return np.arccos(np.clip(cosine, -1, 1))


def of_this_side(xyz: Floats) -> F64:
    """How surely (t,) points ``xyz`` (t, 21, 3) are a left hand's, by its thumb over the palm.

    Where a hand is seen edge on, the network takes it for the other one in a good part of frames,
    and then everything that it tells is turned round.
    """
    wrist = xyz[:, 0]
    fingers = normalize(xyz[:, 9] - wrist)
    across = xyz[:, 5] - xyz[:, 17]
    palm = normalize(np.cross(fingers, across))
    thumb = ((xyz[:, 2:5].mean(1) - wrist) * palm).sum(-1)
    return 1 / (1 + np.exp(-thumb / _THUMB_M))


def smoothed(
    angles: F64, turn: F64, trust: Floats, expected: Floats, fps: float
) -> tuple[F64, F64, F64]:
    """Angles (t, 20) and rotations over time, each frame by its trust, and what is left of it:
    frames that are turned quite otherwise than those around them are taken for mistakes.

    Rotations are told from what the body's landmarks have, ``expected`` (t, 3, 3): where nothing is
    trusted they go by way of it, as the shortest way across a gap may be the one that no wrist can
    go.
    """
    t = len(angles)
    stiff = (fps / 30) ** 4
    own = log_so3(expected.transpose(0, 2, 1) @ turn)
    mean, kept = turn, np.asarray(trust, np.float64)
    for _ in range(_ROBUST_ROUNDS):
        weight = kept[:, None] + _BODY_WEIGHT
        target = kept[:, None] * own / weight
        weight = np.broadcast_to(weight, own.shape)
        mean = expected @ exp_so3(smooth_weighted(target, weight, _TURN_STIFF * stiff))
        kept = trust / (1 + (between(mean, turn) / ODD_TURN) ** 2) ** 2
    flat = angles.reshape(t, ANGLES)
    weight = np.broadcast_to(kept[:, None] + 1e-3, flat.shape)
    smooth = np.clip(smooth_weighted(flat, weight, _STIFF * stiff), LEAST.ravel(), MOST.ravel())
    return smooth, mean, kept
