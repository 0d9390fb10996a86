"""How a carried camera moves before its people, in the axes of its shot."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..data.arrays import F64, Floats, check_fields, of_shape
from ..geometry.inbetween import curve_through, rotations_between, straight_through


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A carried camera in n frames: ``axes`` (n, 3, 3) from those in which its evidence is to its
    shot's, ``origin`` (n, 3) metres where it stands there, and how both change a second,
    ``axes_speed`` and ``origin_speed``."""

    axes: F64 = field(metadata=of_shape("n", 3, 3))
    origin: F64 = field(metadata=of_shape("n", 3))
    axes_speed: F64 = field(metadata=of_shape("n", 3, 3))
    origin_speed: F64 = field(metadata=of_shape("n", 3))

    def __post_init__(self) -> None:
        check_fields(self)

    def at(self, time_s: Floats, wanted_s: Floats) -> Way:
        """The same, known at ``time_s`` (n,), at ``wanted_s`` (m,), which lie in between."""
        return Way(
            axes=rotations_between(time_s, self.axes, wanted_s),
            origin=curve_through(time_s, self.origin, wanted_s),
            axes_speed=straight_through(time_s, self.axes_speed, wanted_s),
            origin_speed=straight_through(time_s, self.origin_speed, wanted_s),
        )

    def to_camera(self, X: Floats, size: float = 1.0) -> F64:
        """Points (n, p, 3) in the shot's axes as the camera has them in every frame, where its path
        is ``size`` times as long."""
        return np.einsum("tba,tpb->tpa", self.axes, X - size * self.origin[:, None])

    def passing(self, X: Floats, size: float) -> F64:
        """How fast points (n, p, 3) that rest in the shot's axes move in the camera's, m/s, where
        its path is ``size`` times as long."""
        turning = np.einsum("tba,tpb->tpa", self.axes_speed, X - size * self.origin[:, None])
        going = np.einsum("tba,tb->ta", self.axes, size * self.origin_speed)
        return turning - going[:, None]

    def mirrored(self) -> Way:
        """In a mirror, left to right."""
        flip = np.array([-1.0, 1.0, 1.0])
        both = np.outer(flip, flip)
        return Way(
            self.axes * both, self.origin * flip, self.axes_speed * both, self.origin_speed * flip
        )


def way_of(axes: F64 | None, origin: F64 | None, time_s: Floats) -> Way | None:
    """The way of a camera that stands as told at ``time_s`` (n,), None where it isn't carried."""
    if axes is None or origin is None:
        return None
    if len(time_s) < 2:
        return Way(axes, origin, np.zeros_like(axes), np.zeros_like(origin))
    return Way(axes, origin, np.gradient(axes, time_s, axis=0), np.gradient(origin, time_s, axis=0))
