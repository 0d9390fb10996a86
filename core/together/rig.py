"""Where several cameras stand to each other, and how their clocks go."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from ..data.arrays import F64, Floats, check_fields, of_shape
from .way import Way


@dataclass(frozen=True, slots=True, eq=False)
class Rig:
    """c cameras; a point X in the first one's axes lies at ``R[c] X + t[c]`` in another's.

    ``R`` (c, 3, 3), ``t`` (c, 3) metres; ``focal`` (c,) each focal length as a factor of the
    assumed one; a camera's clock, in seconds from its first frame, shows
    ``shift_s[c] + (1 + rate[c]) s`` when the first one's shows s.
    Of carried cameras these are the axes of their shots, and ``size`` (c,) what their paths are
    multiplied by, beside the metres in which each clip by itself has its own; None for 1.
    """

    R: F64 = field(metadata=of_shape("c", 3, 3))
    t: F64 = field(metadata=of_shape("c", 3))
    focal: F64 = field(metadata=of_shape("c"))
    shift_s: F64 = field(metadata=of_shape("c"))
    rate: F64 = field(metadata=of_shape("c"))
    size: F64 | None = field(default=None, metadata=of_shape("c"))

    def __post_init__(self) -> None:
        check_fields(self)

    def __len__(self) -> int:
        return len(self.t)

    def size_of(self, c: int) -> float:
        """What the path of camera ``c`` is multiplied by."""
        return 1.0 if self.size is None else float(self.size[c])

    def scaled(self, factor: float) -> Rig:
        """The same, ``factor`` times as large."""
        size = np.ones(len(self)) if self.size is None else self.size
        return replace(self, t=self.t * factor, size=size * factor)

    def seen_from(self, c: int, way: Way | None) -> tuple[F64, F64]:
        """R (n, 3, 3) and t (n, 3) from the first axes to camera ``c`` as it stands in each of n
        frames of its ``way``; n = 1 where that is None."""
        R, t = self.R[c], self.t[c]
        if way is None:
            return R[None], t[None]
        to_camera = np.swapaxes(way.axes, 1, 2)
        off = t - self.size_of(c) * way.origin
        return to_camera @ R, np.einsum("tab,tb->ta", to_camera, off)

    def before(self, c: int, way: Way | None, X: Floats) -> Floats:
        """Points (n, p, 3) in the axes of camera ``c``'s shot as it has them in each frame."""
        return X if way is None else way.to_camera(X, self.size_of(c))

    def time_of(self, c: int, first_s: Floats) -> Floats:
        """What the clock of camera ``c`` shows when the first one's shows ``first_s``."""
        return self.shift_s[c] + (1 + self.rate[c]) * first_s

    def first_time_of(self, c: int, own_s: Floats) -> Floats:
        """What the first one's clock shows when that of camera ``c`` shows ``own_s``."""
        return (own_s - self.shift_s[c]) / (1 + self.rate[c])

    def between(self, a: int, b: int) -> tuple[F64, F64]:
        """R (3, 3) and t (3,) from the axes of camera ``a`` to those of ``b``."""
        R = self.R[b] @ self.R[a].T
        return R, self.t[b] - R @ self.t[a]

    def angle_deg(self, a: int, b: int) -> float:
        """Degrees between the directions in which two cameras look."""
        cosine = float(self.R[a][2] @ self.R[b][2])
        return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
