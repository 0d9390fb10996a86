"""How far people's joints turn, and turns kept within that.

Only joints that aim nothing are held: ankles, wrists, forearms' pronation, neck and head. Knees and
elbows hinge one way by construction, the other joints must reach their points. Ranges are those of
the American Academy of Orthopaedic Surgeons (Joint Motion, 1965; Greene and Heckman, The Clinical
Measurement of Joint Motion, 1994), the ankle's of a loaded lunge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...data.arrays import F64, Floats

_FREE: Final = 0.8
"""Up to this share of its range a joint turns as it was seen; then it comes to rest softly."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Least and most of a rotation vector's components in degrees, in the parent's axes of the
    zero pose: x to the body's left, y up, z to the front."""

    x: tuple[float, float]
    y: tuple[float, float]
    z: tuple[float, float]

    def on(self, side: str) -> Limits:
        """A left joint's limits on the "left" or the "right" side."""
        return self if side == "left" else self.mirrored()

    def mirrored(self) -> Limits:
        """Of the same joint on the other side."""
        return Limits(self.x, (-self.y[1], -self.y[0]), (-self.z[1], -self.z[0]))

    def bounds(self) -> tuple[F64, F64]:
        """(least, most), (3,) each, radians."""
        pairs = np.radians(np.array([self.x, self.y, self.z], np.float64))
        return pairs[:, 0], pairs[:, 1]


HEAD: Final = Limits(x=(-70, 60), y=(-85, 85), z=(-45, 45))
"""Against the chest: up and down, to the sides, to the shoulders. Neck and head share it."""
LEFT_ANKLE: Final = Limits(x=(-50, 60), y=(-35, 35), z=(-35, 35))
"""Toes up and down; toes in and out; the sole to the inside and the outside."""
LEFT_WRIST: Final = Limits(x=(-40, 40), y=(-30, 40), z=(-85, 75))
"""What the forearm leaves of pronation; towards thumb and little finger; to the palm and back."""
PRONATION_RAD: Final = float(np.radians(95))
"""Either way from the middle, in which the palm lies along the elbow's hinge."""


def within(turn: Floats, limits: Limits) -> F64:
    """Rotation vectors ``turn`` (t, 3) over time, softly kept in ``limits``.

    A turn that goes on beyond 180 degrees stays at the end where it left its range.
    """
    turn = unwrapped(turn)
    low, high = limits.bounds()
    return np.where(turn < 0, -soft(-turn, -low), soft(turn, high))


def soft(angle: Floats, most: Floats | float) -> F64:
    """``angle`` up to a share of ``most``, beyond it ever nearer to ``most``; smooth."""
    free = _FREE * np.asarray(most, np.float64)
    rest = np.maximum(most - free, 1e-9)
    beyond = np.maximum(angle - free, 0.0)
    return np.minimum(angle, free) + rest * (1 - np.exp(-beyond / rest))


def unwrapped(turn: Floats) -> F64:
    """The same rotations as vectors (t, 3) that don't jump where they pass half a turn."""
    out = np.asarray(turn, np.float64).copy()
    angle = np.linalg.norm(out, axis=-1)
    # Only near half a turn can the other way round be the nearer one.
    for i in np.flatnonzero(np.maximum(angle[1:], angle[:-1]) > np.pi / 2) + 1:
        size = np.linalg.norm(out[i])
        if size > 1e-6:
            others = out[i] * (1 + 2 * np.pi * np.array([[-1.0], [0.0], [1.0]]) / size)
            out[i] = others[np.linalg.norm(others - out[i - 1], axis=-1).argmin()]
    return out
