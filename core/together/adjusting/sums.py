"""Normal equations of the bundle adjustment while they are summed, term by term."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, Floats, check_fields, of_shape

BONE_ENDS: Final = points.LIMB_BONES + points.GIRDLE_BONES
"""The bones whose lengths are adjusted, in the order of ``RIGID_BONES``."""
_P: Final = points.COUNT
_LEAST: Final = 1e-4
"""Curvature of points that nobody sees."""


@dataclass(frozen=True, slots=True, eq=False)
class PersonSystem:
    """Of one person's t frames: blocks ``H`` (t, 57, 57), gradients ``g`` (t, 57) and couplings
    ``E`` (t, 57, n) with the cameras and bones."""

    H: F64 = field(metadata=of_shape("t", 3 * _P, 3 * _P))
    g: F64 = field(metadata=of_shape("t", 3 * _P))
    E: F64 = field(metadata=of_shape("t", 3 * _P, None))

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """Normal equations about a guess: ``H`` (n, n) and ``g`` (n,) of cameras, then bones, and those
    of all ``people``.

    ``cost`` is robust; ``per_joint`` that of rays, per joint seen, and ``costs`` (c,) that of each
    camera; ``off`` (c,) as ``Adjusted``.
    """

    H: F64 = field(metadata=of_shape("n", "n"))
    g: F64 = field(metadata=of_shape("n"))
    people: tuple[PersonSystem, ...]
    cost: float
    per_joint: float
    costs: F64 = field(metadata=of_shape("c"))
    off: F64 = field(metadata=of_shape("c"))

    def __post_init__(self) -> None:
        check_fields(self)


class CameraSums:
    """The equations of cameras and bones while they are summed."""

    def __init__(self, H: F64, g: F64, cameras: int) -> None:
        self.H, self.g = H, g
        self.cost = 0.0
        self.ray_cost, self.joints = np.zeros(cameras), np.zeros(cameras)
        self.off: list[list[F64]] = [[] for _ in range(cameras)]

    def add_prior(self, at: Floats, off: Floats, sigma: float) -> None:
        """Unknowns ``at`` (k,) that are ``off`` (k,) from what was known of them before."""
        self.H[at, at] += 1 / sigma**2
        self.g[at] += off / sigma**2
        self.cost += float((off**2).sum()) / sigma**2


class FrameSums:
    """The equations of one person's frames while they are summed."""

    def __init__(self, X: F64, n: int) -> None:
        self.X, t = X, len(X)
        self.H = np.zeros((t, _P, _P, 3, 3))
        self.g = np.zeros((t, _P, 3))
        self.coupled = np.zeros((t, _P, 3, n))
        self.H[:, np.arange(_P), np.arange(_P)] += _LEAST * np.eye(3)

    def blocks(self) -> F64:
        """(t, 57, 57)."""
        t = len(self.X)
        return np.ascontiguousarray(self.H.transpose(0, 1, 3, 2, 4)).reshape(t, 3 * _P, 3 * _P)

    def coupling(self) -> F64:
        """(t, 57, n)."""
        return self.coupled.reshape(len(self.X), 3 * _P, -1)

    def add_differences(self, M: Floats, pull: Floats) -> None:
        """Blocks ``M`` (t, b, 3, 3) and gradients ``pull`` (t, b, 3) of what depends on the
        bones' vectors."""
        for k, (a, b) in enumerate(BONE_ENDS):
            self.H[:, a, a] += M[:, k]
            self.H[:, b, b] += M[:, k]
            self.H[:, a, b] -= M[:, k]
            self.H[:, b, a] -= M[:, k]
            self.g[:, b] += pull[:, k]
            self.g[:, a] -= pull[:, k]
