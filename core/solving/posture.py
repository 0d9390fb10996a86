"""How somebody holds the trunk over a track: its lean forward and aside, off what is usual.

A picture tells of the lean across the view to two degrees and nothing of that along it. Which of
both is a lean forward changes as people turn and with where they are seen from, and people keep
their posture: who is seen from the side now tells how far they lean forward once they face the
camera, and of who is seen from between ahead and aside a lean across the view is forward sooner
than aside, so it goes along the view too. Both leans are Gaussian processes over the track
(Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, section 2.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Final

import numpy as np

from ..data.arrays import F64, Floats, check_fields, of_shape

_WALKING_DEG: Final = (4.5, 2.5)
"""Spread of walkers' trunks' lean forward and aside over seconds, one standard deviation (CMU)."""
_STANDING_DEG: Final = (12.0, 5.0)
"""The same of whoever stands, or does anything else on straight legs."""
_KEPT: Final = 0.75
"""Share of that variance by which people differ; the rest is one's own from second to second, two
degrees where all of it is four to five (CMU, robust)."""
_KEPT_S: Final = 1.5
"""Seconds after which somebody's lean is another one (CMU)."""
_ACROSS_DEG: Final = 2.5
"""How wrong the lean across the view is, one standard deviation (300 renders)."""
_ACROSS_S: Final = 1.0
"""Seconds over which its error is alike (renders)."""
_ALONG_DEG: Final = 9.0
"""How wrong the lean along the view is, one standard deviation: clips' means 6 to 7 on 300 renders,
frames 2 to 3 more, and hips of film and of figures lie 5 apart."""
_ALIKE: Final = 0.75
"""Share of that variance which stays the same as long as somebody faces the same way; by hand."""
_KNOT_S: Final = 0.5
"""Seconds between the moments that are solved for; what is asked is averaged over as many."""
_STRETCH: Final = 120
"""Moments that are solved at once, which bounds time and memory; by hand."""
_BESIDE: Final = 40
"""Moments to either side that have a say; by hand."""
_WHITE_DEG2: Final = 0.05
"""Square degrees of noise of every moment, which keep the equations regular; by hand."""
_LEAST_TRUST: Final = 0.02
"""Bounds how unusual what somebody does is; by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenLean:
    """A trunk's lean as it is told, averaged over half a second.

    ``facing`` and ``left`` (t,) are the cosines of where the body faces and where its left is
    against the way to the camera; ``across`` and ``along`` (t,) degrees of lean across the view and
    towards the camera, off what is usual; ``walks`` (t,) in [0, 1]; ``trust`` (t,) in [0, 1] how
    far the usual spread is that of what they do.
    """

    facing: F64 = field(metadata=of_shape("t"))
    left: F64 = field(metadata=of_shape("t"))
    across: F64 = field(metadata=of_shape("t"))
    along: F64 = field(metadata=of_shape("t"))
    walks: F64 = field(metadata=of_shape("t"))
    trust: F64 = field(metadata=of_shape("t"))

    def __post_init__(self) -> None:
        check_fields(self)

    def at(self, frames: np.ndarray) -> SeenLean:
        """The same in some ``frames`` (k,) alone."""
        return SeenLean(*(getattr(self, one.name)[frames] for one in fields(self)))


def likeliest_along(seen: SeenLean, fps: float) -> F64:
    """Degrees (t,) of lean towards the camera, off what is usual, that all this makes likeliest."""
    count = len(seen.facing)
    knots = np.unique(np.append(np.arange(0, count, max(round(_KNOT_S * fps), 1)), count - 1))
    at_knots = seen.at(knots)
    along = np.empty(len(knots))
    for start in range(0, len(knots), _STRETCH):
        first, stop = max(start - _BESIDE, 0), min(start + _STRETCH, len(knots))
        near = np.arange(first, min(stop + _BESIDE, len(knots)))
        part = _solved(at_knots.at(near), knots[near] / fps)
        along[start:stop] = part[start - first : stop - first]
    return np.interp(np.arange(count), knots, along)


def _solved(seen: SeenLean, time_s: Floats) -> F64:
    """Degrees (k,) along the view at the moments ``time_s`` (k,)."""
    apart = np.abs(time_s[:, None] - time_s)
    forward, aside = (
        _prior(seen, apart, sigmas) for sigmas in zip(_WALKING_DEG, _STANDING_DEG, strict=True)
    )
    # With the left on the way to the camera, ahead points across the view the other way.
    across_of = (-seen.left, seen.facing)
    along_of = (seen.facing, seen.left)

    def between(a: tuple[F64, F64], b: tuple[F64, F64]) -> F64:
        return np.outer(a[0], b[0]) * forward + np.outer(a[1], b[1]) * aside

    mixed = between(along_of, across_of)
    told = np.block(
        [
            [between(across_of, across_of) + _across_noise(apart), mixed.T],
            [mixed, between(along_of, along_of) + _along_noise(seen, apart)],
        ]
    )
    wanted = np.concatenate([mixed, between(along_of, along_of)], axis=1)
    return wanted @ np.linalg.solve(told, np.concatenate([seen.across, seen.along]))


def _prior(seen: SeenLean, apart: Floats, sigmas: tuple[float, float]) -> F64:
    """Covariance (k, k), square degrees, of a lean at moments ``apart`` (k, k) seconds; ``sigmas``
    while walking and standing. What is unusual is told by itself and tells nothing of the rest."""
    fades = np.exp(-apart / _KEPT_S)
    sigma = np.sqrt(seen.walks * sigmas[0] ** 2 + (1 - seen.walks) * sigmas[1] ** 2)
    unusual = sigma * np.sqrt(1 / np.clip(seen.trust, _LEAST_TRUST, 1) - 1)
    usual = np.outer(sigma, sigma) * (_KEPT + (1 - _KEPT) * fades)
    return usual + np.outer(unusual, unusual) * fades


def _across_noise(apart: Floats) -> F64:
    noise = _ACROSS_DEG**2 * np.exp(-apart / _ACROSS_S)
    return noise + _WHITE_DEG2 * np.eye(len(apart))


def _along_noise(seen: SeenLean, apart: Floats) -> F64:
    """The networks' error belongs to a body seen from one side."""
    way = np.stack([seen.facing, seen.left], axis=-1)
    way = way / np.maximum(np.linalg.norm(way, axis=-1, keepdims=True), _LEAST_TRUST)
    alike = _ALIKE * (way @ way.T) + (1 - _ALIKE) * np.exp(-apart / _ACROSS_S)
    return _ALONG_DEG**2 * alike + _WHITE_DEG2 * np.eye(len(apart))
