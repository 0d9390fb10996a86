"""Weights rounded so that what a convolution answers changes least.

Rounding one weight's error onto those not yet rounded (Frantar et al., "GPTQ", 2022) needs how the
inputs vary together; weights are first fitted to give, from the inputs as they come out of what is
rounded already, what the network gave before (Li et al., "GPTAQ", 2025).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
MOST: Final = 127
_DAMPING: Final = 0.01
"""Of the mean variance of inputs: keeps what hardly varies from being fitted to noise."""
_SHRUNK: Final = np.linspace(0.6, 1.0, 21)
"""Shares of the largest weight that are tried as the largest step."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """How inputs vary: ``own`` (in, in) those now together, ``cross`` those before with those now;
    their means ``now`` and ``then`` (in,)."""

    own: F64
    cross: F64
    now: F64
    then: F64


class Varying:
    """Gathers how ``size`` inputs of each of ``parts`` vary together now, and did before."""

    def __init__(self, parts: int, size: int) -> None:
        self._own = np.zeros((parts, size, size))
        self._cross = np.zeros((parts, size, size))
        self._now, self._then = np.zeros((parts, size)), np.zeros((parts, size))
        self._count = 0

    def add(self, now: F64, then: F64) -> None:
        """Inputs (parts, size, n) as they are now and as they were."""
        self._own += now @ now.transpose(0, 2, 1)
        self._cross += then @ now.transpose(0, 2, 1)
        self._now += now.sum(axis=2)
        self._then += then.sum(axis=2)
        self._count += now.shape[2]

    def of(self, part: int) -> Inputs:
        """Those of one part, damped."""
        now, then = self._now[part] / self._count, self._then[part] / self._count
        own = self._own[part] / self._count - np.outer(now, now)
        cross = self._cross[part] / self._count - np.outer(then, now)
        ridge = _DAMPING * max(float(np.trace(own)) / len(own), 1e-12) * np.eye(len(own))
        return Inputs(own + ridge, cross + ridge, now, then)


@dataclass(frozen=True, slots=True)
class Rounded:
    """``steps`` (out, in) and the ``scale`` (out,) of each row; ``shift`` (out,) is what the bias
    is to be more."""

    steps: NDArray[np.int8]
    scale: F64
    shift: F64


def fitted(weight: F64, inputs: Inputs) -> F64:
    """Weights (out, in) that make of the inputs as they are now what ``weight`` made of those
    before, but for a mean."""
    return np.asarray(np.linalg.solve(inputs.own, (weight @ inputs.cross).T).T, np.float64)


def rounded(weight: F64, inputs: Inputs, least: F64) -> Rounded:
    """Steps for ``weight`` (out, in), each row's ``least`` (out,) at least."""
    own = inputs.own
    aim = fitted(weight, inputs)
    order = np.argsort(-np.diag(own), kind="stable")
    own, rest = own[order][:, order], aim[:, order]
    scale = np.maximum(_scale_of(rest, np.diag(own)), least)
    upper = np.linalg.cholesky(np.linalg.inv(own)).T
    steps = np.zeros(rest.shape)
    for k in range(rest.shape[1]):
        steps[:, k] = np.clip(np.rint(rest[:, k] / scale), -MOST, MOST)
        error = (rest[:, k] - steps[:, k] * scale) / upper[k, k]
        rest[:, k + 1 :] -= error[:, None] * upper[k, k + 1 :]
    back = np.empty_like(steps)
    back[:, order] = steps
    shift = weight @ inputs.then - (back * scale[:, None]) @ inputs.now
    return Rounded(back.astype(np.int8), scale, shift)


def _scale_of(weight: F64, variance: F64) -> F64:
    """For each row the step that costs least when everything is rounded to the nearest."""
    largest = np.maximum(np.abs(weight).max(axis=1), 1e-12)
    best, least = largest / MOST, np.full(len(weight), np.inf)
    for share in _SHRUNK:
        scale = share * largest / MOST
        steps = np.clip(np.rint(weight / scale[:, None]), -MOST, MOST)
        cost = ((weight - steps * scale[:, None]) ** 2 * variance).sum(axis=1)
        better = cost < least
        best, least = np.where(better, scale, best), np.where(better, cost, least)
    return best
