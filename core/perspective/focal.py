"""The field of view from straight lines: only at the true one are a room's corners square.

Caprile and Torre, Using vanishing points for camera calibration, IJCV 1990. For every focal length
in turn the likeliest Manhattan frame is sought; how likely that is, with what is usual beforehand,
gives the focal length and its doubt. Lines that all run level and across tell nothing, and then
the doubt stays what it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..data.arrays import F32, F64, Floats
from ..data.types import FOCAL_DOUBT, Camera
from ..geometry.camera import DEFAULT_DIAGONAL_FOV_DEG, camera_of_focal, focal_of_diagonal
from .collecting import by_picture
from .manhattan import IN_A_ROW, ManhattanAxes, find_axes, refine, segments_of

_DIAGONALS_DEG: Final = (28.0, 105.0)
"""Diagonal fields of view in degrees between which the camera's is sought; by hand."""
_STEPS: Final = 14
"""Fields of view tried first, even in the logarithm; by hand."""
_FINER: Final = (4, 16)
"""Times as fine as those are the next ones, about the best; by hand."""
_NO_RIGHT_ANGLES: Final = 0.05
"""How often a scene's directions are well told and yet not square, a floor laid askew."""
_PICTURES: Final = 3
"""Pictures asked at most, those with most lines, which bounds time; by hand."""
_LEAST_DOUBT: Final = 0.015
"""No lens is a pinhole whose middle is the picture's."""


@dataclass(frozen=True, slots=True)
class Focal:
    """A focal length in pixels and by what share it may be wrong (standard deviation)."""

    px: float
    doubt: float


def estimate_focal(pictures: Sequence[Floats], size_px: tuple[int, int]) -> Focal:
    """The focal length of the camera that saw ``pictures``, the line segments (n, 4) of each.

    They show one scene or several; their likelihoods are averaged, as many pictures of one room say
    no more than one.
    """
    each = [_Profile(lines, size_px) for lines in pictures if len(lines) >= 3]
    guess = focal_of_diagonal(size_px, DEFAULT_DIAGONAL_FOV_DEG)
    if not each:
        return Focal(guess, FOCAL_DOUBT)
    usual = np.log(guess)
    low, high = (np.log(focal_of_diagonal(size_px, deg)) for deg in reversed(_DIAGONALS_DEG))
    at = np.linspace(low, high, _STEPS, dtype=np.float64)
    likely = _mean_of(each, at)
    for finer in _FINER:
        best = float(at[np.argmax(likely + _prior(at, usual))])
        step = (high - low) / (_STEPS - 1) / finer
        more = best + step * np.array([-3, -2, -1, 1, 2, 3])
        more = more[(more > low) & (more < high) & (np.abs(at[:, None] - more).min(0) > step / 2)]
        at = np.concatenate([at, more])
        likely = np.concatenate([likely, _mean_of(each, more)])
    order = np.argsort(at)
    at, likely = at[order], likely[order]
    beforehand = _shares(_prior(at, usual), at)
    chance = _shares(likely + _prior(at, usual), at)
    mean = float(chance @ at)
    chance += _NO_RIGHT_ANGLES * (beforehand - chance)
    doubt = float(np.sqrt(chance @ (at - mean) ** 2))
    return Focal(float(np.exp(mean)), float(np.clip(doubt, _LEAST_DOUBT, FOCAL_DOUBT)))


def _prior(at: Floats, usual: float) -> F64:
    return np.asarray(-0.5 * ((at - usual) / FOCAL_DOUBT) ** 2)


def _shares(log_chance: Floats, at: Floats) -> F64:
    """Probabilities that sum to 1 on a grid of unequal steps."""
    chance = np.exp(log_chance - log_chance.max()) * np.gradient(at)
    return np.asarray(chance / chance.sum())


def _mean_of(profiles: Sequence[_Profile], at: Floats) -> F64:
    return np.mean([[one.at(float(x)) for x in at] for one in profiles], axis=0) / IN_A_ROW


def camera_from_lines(lines: F32 | None, size_px: tuple[int, int]) -> Camera:
    """The camera that ``lines`` (n, 5), as ``Observed.lines``, tell of; without any a guess.

    The pictures with most of them are asked, a few of each clip.
    """
    pictures = sorted(by_picture(lines).values(), key=len, reverse=True)
    focal = estimate_focal(pictures[:_PICTURES], size_px)
    return camera_of_focal(size_px, focal.px, focal.doubt)


class _Profile:
    """The log-likelihood of focal lengths for one picture; neighbours help each other."""

    def __init__(self, lines: Floats, size_px: tuple[int, int]) -> None:
        self._lines, self._size_px = lines, size_px
        self._known: dict[float, ManhattanAxes] = {}

    def at(self, log_focal: float) -> float:
        camera = camera_of_focal(self._size_px, float(np.exp(log_focal)))
        segments = segments_of(self._lines, camera)
        near = sorted(self._known, key=lambda x: abs(x - log_focal))[:2]
        starts = [self._known[x].axes for x in near]
        if len(near) == 2 and abs(near[0] - log_focal) < 0.05:
            # The scene's frame is known here: it only turns a little with the focal length.
            frame = refine(segments, np.array(starts))
        else:
            frame = find_axes(segments, starts)
        if frame is None:
            return 0.0
        self._known[log_focal] = frame
        return frame.score
