"""Hands drawn by lot: fists, pointing, pinching, spread, relaxed, and whatever lies between."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...core.data.arrays import F64, Floats
from ...core.hands.habits import LEAST, MOST, RELAXED
from ...core.hands.model import Hand, pose_hand
from ..lifter.chance import Chance

_D: Final = np.pi / 180
_CURLED: Final = np.array([0.0, 84.0, 98.0, 58.0]) * _D
"""A finger of a fist: spread, knuckle, middle and end joint."""
_HOOKED: Final = np.array([0.0, 12.0, 88.0, 52.0]) * _D
_SPREAD: Final = np.array([10.0, 1.0, -7.0, -16.0]) * _D
"""Of the four fingers of a spread hand."""
_TRIES: Final = 400
"""Thumbs of which the one nearest to what it should touch is taken."""


def draw_angles(hand: Hand, chance: Chance, count: int) -> F64:
    """Angles (count, 5, 4) radians of ``hand``, within what fingers can do."""
    return np.stack([_draw(hand, chance) for _ in range(count)])


def _draw(hand: Hand, chance: Chance) -> F64:
    angles = RELAXED.copy()
    common = float(chance.uniform(0, 1))
    hooked = float(chance.happens(0.15, 1)[0]) * float(chance.uniform(0.5, 1))
    is_gesture = bool(chance.happens(0.5, 1)[0])
    for finger in range(1, 5):
        if is_gesture:
            bend = float(chance.happens(common, 1)[0]) + 0.06 * float(chance.normal(1)[0])
        else:
            bend = 0.6 * common + 0.4 * float(chance.uniform(-0.1, 1.1))
        full = _CURLED + hooked * (_HOOKED - _CURLED)
        angles[finger] = np.clip(bend, -0.05, 1.1) * full
    if chance.happens(0.15, 1)[0]:
        angles[1:] = RELAXED[1:]
    straight = 1 - np.clip(angles[1:, 1] / (70 * _D), 0, 1)
    share = float(chance.uniform(-0.2, 1.2))
    angles[1:, 0] = (share * _SPREAD + 4 * _D * chance.normal(4)) * straight
    angles[1:] += np.array([0.0, 7.0, 7.0, 5.0]) * _D * chance.normal(4, 4)
    angles[1:] = np.clip(angles[1:], LEAST[1:], MOST[1:])
    angles[0] = _thumb(hand, angles, chance)
    return angles


def _thumb(hand: Hand, angles: F64, chance: Chance) -> F64:
    """A thumb at rest, stretched away, anywhere, or one that touches a finger."""
    low, high = LEAST[0], MOST[0]
    way = int(chance.rng.integers(4))
    if way == 0:
        return np.clip(RELAXED[0] + 10 * _D * chance.normal(4), low, high)
    if way == 1:
        stretched = np.array([-16.0, -12.0, 4.0, 2.0]) * _D + 6 * _D * chance.normal(4)
        return np.clip(stretched, low, high)
    tries = chance.uniform(0, 1, _TRIES, 4) * (high - low) + low
    if way == 2:
        return np.asarray(tries[0], np.float64)
    every = np.repeat(angles[None], _TRIES, axis=0)
    every[:, 0] = tries
    points = pose_hand(hand, every).points
    return np.asarray(tries[_touching(points, hand, chance)], np.float64)


def _touching(points: Floats, hand: Hand, chance: Chance) -> int:
    """Which of the hands (n, 21, 3) has its thumb's end beside a point of a finger's palm side."""
    finger = int(chance.rng.integers(1, 4))
    joint = int(chance.rng.integers(2, 5))
    at = points[:, 4 * finger + joint]
    away = np.abs(np.linalg.norm(points[:, 4] - at, axis=-1) - 0.012)
    # Through the palm no thumb goes: palms look down in the zero pose.
    inside = np.maximum(points[:, 4, 1] - hand.points[9, 1], 0)
    return int((away + inside).argmin())
