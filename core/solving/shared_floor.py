"""People in one shot usually stand on the same few floors, and that tells who is taller."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ..data.settings import Settings
from .floor.ground import Ground
from .floor.levels import LEVEL_M
from .person import Solved

_MOST_RESIZED: Final = 0.12
"""Adults differ by this much from the assumed height; who would have to differ more stands on
something else, a roof or a stair."""
_LEAST_CAMERA_HEIGHT: Final = 0.3
"""With the camera nearly on the floor, feet tell nothing about distance; share of a body height."""
_ANOTHER_STOREY_M: Final = 0.6
"""Who seems to stand this much under floors that are all as high as the camera, roofs, stands on
one that nobody measured; by hand."""


def share_floor(
    solved: Sequence[Solved],
    grounds: Sequence[Ground],
    shots: Sequence[int],
    settings: Settings,
    carried: Container[int] = (),
) -> tuple[list[Solved], list[Ground]]:
    """Put everybody of a shot on the floors of its most important person, where that is plausible;
    the lowest that anybody stands on becomes the floor of all.

    Moving someone along the view and resizing them alike leaves the picture as it is. Heights that
    the user gave are kept. In shots whose camera is ``carried`` nobody is resized: its path told
    who is taller, and floors that are nearly one are one.
    """
    people, floors = list(solved), list(grounds)
    for shot in dict.fromkeys(shots):
        members = [i for i, at in enumerate(shots) if at == shot]
        known: list[float] = []
        for i in members:
            own = floors[i]
            if not own.is_measured:
                continue
            if known and shot in carried:
                own = floors[i] = _onto(known, own, 1.0)
            elif known and settings.height_of(i) is None:
                scale = _scale_to(known, own)
                if scale is not None:
                    people[i] = _resized(people[i], scale)
                    own = floors[i] = _onto(known, own, scale)
            known += [own.offset + rise for rise in own.levels()]
        if not known:
            continue
        for i in members:
            if floors[i].is_measured:
                continue
            is_roof = min(known) > -_LEAST_CAMERA_HEIGHT
            if is_roof and floors[i].offset < min(known) - _ANOTHER_STOREY_M:
                known.append(floors[i].offset)
            else:
                floors[i] = Ground(floors[i].normal, _under(known, floors[i].offset), True)
        # Who is a hand's breadth lower was misjudged; the floor is that of who matters more.
        lowest = min(floors[i].offset for i in members)
        base = next(height for height in known if height < lowest + LEVEL_M)
        for i in members:
            floors[i] = _over(floors[i], base, len(people[i].X))
    return people, floors


def _scale_to(known: Sequence[float], own: Ground) -> float | None:
    """By what somebody is to be resized so that one of their floors is one of those ``known``.

    The lowest floors are compared first, as most people in a scene are on the ground.
    """
    for height in known:
        for rise in own.levels():
            offset = own.offset + rise
            if abs(height) < _LEAST_CAMERA_HEIGHT or not offset:
                continue
            if abs(height / offset - 1) <= _MOST_RESIZED:
                return height / offset
    return None


def _onto(known: Sequence[float], own: Ground, scale: float) -> Ground:
    """The floors of somebody who was resized, those nearly at a known height exactly there."""
    levels = [scale * (own.offset + rise) for rise in own.levels()]
    nearest = [min(known, key=lambda height, at=at: abs(height - at)) for at in levels]
    exact = [to if abs(to - at) < LEVEL_M else at for to, at in zip(nearest, levels, strict=True)]
    if own.rise is None:
        return replace(own, offset=exact[0])
    which = np.abs(own.rise[..., None] - own.levels()).argmin(-1)
    offset = min(exact)
    return replace(own, offset=offset, rise=np.array(exact)[which] - offset)


def _under(known: Sequence[float], lowest: float) -> float:
    """The highest floor that is not over somebody's lowest feet, else the lowest there is."""
    return max((at for at in known if at < lowest + LEVEL_M), default=min(known))


def _over(own: Ground, base: float, t: int) -> Ground:
    """The same floors told from the plane at ``base``."""
    if own.offset == base:
        return own
    rise = np.zeros((t, 2)) if own.rise is None else own.rise
    return replace(own, offset=base, rise=rise + (own.offset - base))


def _resized(one: Solved, scale: float) -> Solved:
    return replace(
        one,
        X=one.X * scale,
        lengths=one.lengths * scale,
        evidence=replace(one.evidence, xyz_m=one.evidence.xyz_m * scale),
    )
