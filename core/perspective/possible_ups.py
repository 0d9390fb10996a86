"""The ways up that straight lines allow, and how likely each is.

A floor's tiles, furniture and houses needn't be square to the walls: lines run along one upright
and several pairs of level directions (Schindler and Dellaert, Atlanta World, CVPR 2004). The frame
of three directions that fits such a scene best may lean by many degrees, however sure it is; so
all frames that lines propose are kept, each as likely as with a second pair of level directions,
and where people stand upright has a say (``with_bodies``). Measured in docs/notebook/upright.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ..data.arrays import F32, F64, I32, Floats, check_fields, of_shape
from ..data.observations import TrackObservations
from ..data.types import Camera
from ..geometry.rotations import normalize
from .collecting import by_picture
from .manhattan import (
    IN_A_ROW,
    STRAY,
    Segments,
    peaks,
    rivals,
    segments_of,
    usual_tilt,
)

_COUNT: Final = 10  # ways of a picture, bounds time; by hand
_APART: Final = np.radians(4.0)  # of two of those; by hand
_AZIMUTHS: Final = 90  # a degree apart
_DISAGREE: Final = 6.0
"""Logarithm of likelihood that pictures of one shot may lose by one way up for all; by hand."""
_BODIES: Final = (np.radians(5.0), np.radians(25.0), 0.2)
"""Radians by which bodies of a second's clip are off about a level axis, and of the share of them
that are far off: who bends, or is taken for it (100 renders)."""
_FARTHEST: Final = np.cos(np.radians(30.0))
"""Lines whose up is farther from the bodies' tell something else, a roof or a ramp; by hand."""
_LEAST_SIGMA: Final = 0.02
"""Radians; lines of one wall agree with each other better than walls stand."""
_BESIDE: Final = 5  # frames from a picture in which people are still where they were; by hand
_WHOLE: Final = 0.5
"""Share of the picture from which what is inside somebody's box is the scene as well; by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class PossibleUps:
    """Unit vectors ``ways`` (k, 3) in a shot's axes, and the logarithm ``likely`` (k,) of how much
    likelier each makes its lines than lines that run anywhere."""

    ways: F64 = field(metadata=of_shape("k", 3))
    likely: F64 = field(metadata=of_shape("k"))

    def __post_init__(self) -> None:
        check_fields(self)

    def with_bodies(self, up: Floats, sigma: float) -> tuple[F64, float]:
        """The mean way up (3,) where bodies say ``up`` (3,), and radians by which it may be wrong,
        at most ``sigma``."""
        near = self.ways @ up > _FARTHEST
        ways = np.concatenate([up[None], self.ways[near]])
        off = np.arccos(np.clip(ways @ up, -1, 1))
        usual, wide, share = _BODIES
        told = (1 - share) * _bell(off, usual) + share * _bell(off, wide)
        likely = np.append(0.0, self.likely[near]) + usual_tilt(ways) + np.log(told)
        chance = np.exp(likely - likely.max())
        chance /= chance.sum()
        mean = normalize(chance @ ways)
        spread = np.arccos(np.clip(ways @ mean, -1, 1)) ** 2 @ chance / 2
        # Where nothing but bodies tells, they are as wrong as they are.
        return mean, float(np.sqrt(min(spread + chance[0] * sigma**2 + _LEAST_SIGMA**2, sigma**2)))


def _bell(off: Floats, sigma: float) -> F64:
    return np.exp(-0.5 * (off / sigma) ** 2) / sigma**2


def find_possible_ups(
    lines: F32 | None, cuts: I32, camera: Camera, turns: F64 | None = None
) -> list[PossibleUps | None]:
    """Those of every shot, None where its pictures show no lines, or not the same ways up.

    ``lines``, ``turns`` as in ``find_uprights``.
    """
    shots: list[list[tuple[Segments, F64]]] = [[] for _ in range(len(cuts) + 1)]
    for position, found in by_picture(lines).items():
        turn = np.eye(3) if turns is None else turns[position]
        segments = segments_of(found, camera)
        if len(segments) >= 3:
            shot = int(np.searchsorted(cuts, position, side="right"))
            shots[shot].append((segments, turn))
    return [_of_shot(pictures) if pictures else None for pictures in shots]


def off_people(
    lines: F32 | None, tracks: Sequence[TrackObservations], size_px: tuple[int, int]
) -> F32 | None:
    """``Observed.lines`` without those on people, whose outlines and stripes aren't the scene's."""
    if lines is None or not len(lines):
        return lines
    keep = np.ones(len(lines), bool)
    ends = lines[:, 1:].reshape(-1, 2, 2)
    for position in np.unique(lines[:, 0]):
        at = lines[:, 0] == position
        for track in tracks:
            near = int(np.abs(track.frames - position).argmin())
            low, high = track.boxes_px[near].reshape(2, 2)
            width, height = (float(side) for side in high - low)
            is_whole = width * height > _WHOLE * size_px[0] * size_px[1]
            if abs(track.frames[near] - position) <= _BESIDE and not is_whole:
                keep &= ~(at & ((ends > low) & (ends < high)).all((1, 2)))
    return lines[keep]


def _of_shot(pictures: Sequence[tuple[Segments, F64]]) -> PossibleUps | None:
    """``pictures``: the lines of each and its turn (3, 3) to the shot's axes."""
    frames = np.concatenate([rivals(one, _COUNT, _APART) @ turn.T for one, turn in pictures])
    if not len(frames):
        return None
    # Pictures of one scene say no more than one.
    each = np.array([_gain(_turned(*one), frames) for one in pictures]) / IN_A_ROW
    likely = each.mean(0)
    if each.max(1).mean() - likely.max() > _DISAGREE:
        return None
    return PossibleUps(frames[:, 0], likely)


def _turned(segments: Segments, turn: Floats) -> Segments:
    line, along, plane = (way @ turn.T for way in (segments.line, segments.along, segments.plane))
    return replace(segments, line=line, along=along, plane=plane)


def _gain(segments: Segments, frames: Floats) -> F64:
    """Log-likelihood (h,) of frames (h, 3, 3), with the likeliest second pair of level directions,
    over that of lines that run anywhere."""
    up, level, across = np.moveaxis(frames, 1, 0)
    angle = np.linspace(0, np.pi / 2, _AZIMUTHS, endpoint=False)[:, None, None]
    ahead = np.cos(angle) * level + np.sin(angle) * across
    second = peaks(segments, ahead) + peaks(segments, np.cross(up, ahead))
    own = peaks(segments, frames).sum(1)
    anywhere = 2 / np.pi
    each = (1 - STRAY) / 5 * (own + second) + STRAY * anywhere
    return np.log(each / anywhere).sum(-1).max(0)
