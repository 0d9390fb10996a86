"""Where the body goes, and where feet stand, so that planting them bends legs the least.

With other proportions, feet that take the person's limb directions slide and miss the floor. One
least squares problem shares that out: the body's path moves by s(t), each stand k by a constant
a_k over the floor, and what is left, c(t) + a_k - s(t), is bent out of the legs. It is weighed by
the angles it costs, which is most along a nearly straight leg. Solved by conjugate gradients, since
stands couple frames that lie far apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ...data.arrays import F64, I32, check_fields, of_shape
from ...geometry.rotations import normalize

_STEADY: Final = 10.0
"""Cost of the path's accelerations at 30 frames a second, against angles."""
_NEAR: Final = 0.05
"""Cost of leaving the scaled path, against angles."""
_ITERATIONS: Final = 400  # of conjugate gradients at most
_GOOD: Final = 1e-5  # share of the first residual that ends them
_LEVEL: Final = np.array([1.0, 1.0, 0.0])


@dataclass(frozen=True, slots=True, eq=False)
class Stand:
    """One foot on the floor, over n frames from ``start``.

    ``move`` (n, 3) keeps what touches from sliding and puts it on the floor; over the floor only
    its changes count. ``cost`` (n, 3, 3) of moving the ankle, squared angles per squared metre.
    """

    start: int
    move: F64 = field(metadata=of_shape("n", 3))
    cost: F64 = field(metadata=of_shape("n", 3, 3))

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """``shift`` (t, 3) of the body, ``left`` what remains for the legs, (n, 3) per stand."""

    shift: F64 = field(metadata=of_shape(None, 3))
    left: list[F64] = field(metadata=of_shape(None, 3))

    def __post_init__(self) -> None:
        check_fields(self)


def angle_cost(hip: F64, knee: F64, ankle: F64) -> F64:
    """Squared angles (t, 3, 3) that moving an ankle costs its leg, per squared metre.

    Across the leg both bones swing; along it the knee opens or folds, which by the law of cosines
    costs the more the straighter it is.
    """
    thigh, shin = np.linalg.norm(knee - hip, axis=-1), np.linalg.norm(ankle - knee, axis=-1)
    span = np.linalg.norm(ankle - hip, axis=-1)
    line = normalize(ankle - hip)
    fold = np.linalg.norm(np.cross(normalize(knee - hip), normalize(ankle - knee)), axis=-1)
    share = np.maximum(thigh, shin) / (thigh + shin)
    along = (share * span / (thigh * shin * (fold + 0.05))) ** 2
    outer = line[:, :, None] * line[:, None]
    across = (1 / span**2)[:, None, None] * (np.eye(3) - outer)
    return across + along[:, None, None] * outer


def settle(stands: list[Stand], count: int, size: float, fps: float) -> Settled:
    """Share ``stands`` out between the path of ``count`` frames and the legs of length ``size``."""
    if not stands:
        return Settled(np.zeros((count, 3)), [])
    problem = _Problem(stands, count, size, fps)
    x = problem.solve()
    rest = problem.move + x[count:][problem.stand] * _LEVEL - x[:count][problem.frame]
    ends = np.cumsum([len(stand.move) for stand in stands])
    return Settled(x[:count], np.split(rest, ends[:-1]))


class _Problem:
    """The normal equations, never written out; unknowns (t + k, 3) are s and a."""

    def __init__(self, stands: list[Stand], count: int, size: float, fps: float) -> None:
        lengths = [len(stand.move) for stand in stands]
        self.frame: I32 = np.concatenate(
            [np.arange(s.start, s.start + n) for s, n in zip(stands, lengths, strict=True)]
        ).astype(np.int32)
        self.stand = np.repeat(np.arange(len(stands), dtype=np.int32), lengths)
        self.move = np.concatenate([stand.move for stand in stands])
        self.cost = np.concatenate([stand.cost for stand in stands]) * size**2
        self.count, self.stands = count, len(stands)
        self.steady = _STEADY * (fps / 30) ** 4

    def solve(self) -> F64:
        """Conjugate gradients, preconditioned by the diagonal."""
        residual = self._gather(np.einsum("nab,nb->na", self.cost, self.move))
        diagonal = self._diagonal()
        x = np.zeros_like(residual)
        enough = _GOOD * float(np.abs(residual).max())
        step = residual / diagonal
        fit = float((residual * step).sum())
        for _ in range(_ITERATIONS):
            if float(np.abs(residual).max()) <= enough:
                break
            image = self._apply(step)
            along = fit / float((step * image).sum())
            x += along * step
            residual -= along * image
            scaled = residual / diagonal
            fit, before = float((residual * scaled).sum()), fit
            step = scaled + fit / before * step
        return x

    def _apply(self, x: F64) -> F64:
        path, place = x[: self.count], x[self.count :]
        gap = path[self.frame] - place[self.stand] * _LEVEL
        out = self._gather(np.einsum("nab,nb->na", self.cost, gap))
        bend = self.steady * np.diff(path, 2, axis=0)
        smooth = np.zeros_like(path)
        smooth[:-2] += bend
        smooth[1:-1] -= 2 * bend
        smooth[2:] += bend
        out[: self.count] += smooth + _NEAR * path
        out[self.count :] += _NEAR * 1e-6 * place
        return out

    def _gather(self, per_row: F64) -> F64:
        out = np.zeros((self.count + self.stands, 3))
        for axis in range(3):
            out[: self.count, axis] = np.bincount(self.frame, per_row[:, axis], self.count)
            if axis < 2:
                out[self.count :, axis] = -np.bincount(self.stand, per_row[:, axis], self.stands)
        return out

    def _diagonal(self) -> F64:
        own = np.abs(self._gather(np.einsum("naa->na", self.cost)))
        own[: self.count] += 6 * self.steady + _NEAR
        own[self.count :] += _NEAR
        return own
