"""Random numbers of the simulation: one generator, float32, and the shapes noise comes in."""

from __future__ import annotations

import math

import numpy as np

from ...core.data.arrays import Bools, Floats


class Chance:
    """A seeded source; every method takes the shape last."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.Generator(np.random.SFC64(seed))

    def normal(self, *shape: int) -> Floats:
        """Standard normal numbers."""
        return self.rng.standard_normal(shape, dtype=np.float32)

    def uniform(self, low: float, high: float, *shape: int) -> Floats:
        """Uniform numbers."""
        return self.rng.random(shape, dtype=np.float32) * np.float32(high - low) + np.float32(low)

    def happens(self, probability: Floats | float, *shape: int) -> Bools:
        """True with a probability."""
        return self.rng.random(shape, dtype=np.float32) < probability

    def drift(self, correlation: float, *shape: int) -> Floats:
        """Standard normal noise (b, t, ...) whose neighbours in time are correlated: AR(1)."""
        out = self.normal(*shape)
        fresh = np.float32(math.sqrt(1 - correlation**2))
        for t in range(1, shape[1]):
            out[:, t] = np.float32(correlation) * out[:, t - 1] + fresh * out[:, t]
        return out

    def spell(self, probability: float, shortest: int, longest: int, *shape: int) -> Bools:
        """(b, t, ...) with at most one spell of True per column; it may begin before the window."""
        b, t, *rest = shape
        begin = self.rng.integers(1 - longest, t, (b, 1, *rest))
        length = self.rng.integers(shortest, longest + 1, (b, 1, *rest))
        at = np.arange(t).reshape(1, t, *[1] * len(rest))
        return (at >= begin) & (at < begin + length) & self.happens(probability, b, 1, *rest)


def severity(b: int, chance: Chance) -> Floats:
    """Factors (b, 1, 1, 1) of windows' errors: some as bad as they come, most less.

    Networks err half as much on an upright person in the open as on a dancer behind a pillar; who
    learns from one size of error can't tell good evidence from bad.
    """
    part = chance.uniform(0.15, 1.0, b, 1, 1, 1)
    return np.where(chance.happens(0.4, b, 1, 1, 1), np.float32(1), part).astype(np.float32)
