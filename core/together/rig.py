"""Where several cameras stand to each other, and how their clocks go."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..data.arrays import F64, Floats, check_fields, of_shape


@dataclass(frozen=True, slots=True, eq=False)
class Rig:
    """c cameras; a point X in the first one's axes lies at ``R[c] X + t[c]`` in another's.

    ``R`` (c, 3, 3), ``t`` (c, 3) metres; ``focal`` (c,) each focal length as a factor of the
    assumed one; a camera's clock, in seconds from its first frame, shows
    ``shift_s[c] + (1 + rate[c]) s`` when the first one's shows s.
    """

    R: F64 = field(metadata=of_shape("c", 3, 3))
    t: F64 = field(metadata=of_shape("c", 3))
    focal: F64 = field(metadata=of_shape("c"))
    shift_s: F64 = field(metadata=of_shape("c"))
    rate: F64 = field(metadata=of_shape("c"))

    def __post_init__(self) -> None:
        check_fields(self)

    def __len__(self) -> int:
        return len(self.t)

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
