"""People in one shot usually stand on one floor, and that tells who is taller."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from typing import Final

from ..data.settings import Settings
from .floor.ground import Ground
from .person import Solved

_MOST_RESIZED: Final = 0.12
"""Adults differ by this much from the assumed height; who would have to differ more stands on
something else, a roof or a stair."""
_SAME_FLOOR_M: Final = 0.2
"""Metres between floors, told by a path with people before it, that are likely one; by hand."""
_LEAST_CAMERA_HEIGHT: Final = 0.3
"""With the camera nearly on the floor, feet tell nothing about distance; share of a body height."""


def share_floor(
    solved: Sequence[Solved],
    grounds: Sequence[Ground],
    shots: Sequence[int],
    settings: Settings,
    carried: Container[int] = (),
) -> tuple[list[Solved], list[Ground]]:
    """Put everybody of a shot on the floor of its most important person, where that is plausible.

    Moving someone along the view and resizing them alike leaves the picture as it is. Heights that
    the user gave are kept. In shots whose camera is ``carried`` nobody is resized: its path told
    who is taller, and floors that are nearly one are one.
    """
    people, floors = list(solved), list(grounds)
    main: dict[int, Ground] = {}
    for i, shot in enumerate(shots):
        if floors[i].is_measured:
            main.setdefault(shot, floors[i])
    for i, shot in enumerate(shots):
        floor = main.get(shot)
        if floor is None or floor is floors[i]:
            continue
        if not floors[i].is_measured:
            floors[i] = floor
            continue
        if shot in carried:
            if abs(floor.offset - floors[i].offset) < _SAME_FLOOR_M:
                floors[i] = floor
            continue
        if settings.height_m is not None or abs(floor.offset) < _LEAST_CAMERA_HEIGHT:
            continue
        scale = floor.offset / floors[i].offset if floors[i].offset else 0.0
        if abs(scale - 1) <= _MOST_RESIZED:
            people[i] = _resized(people[i], scale)
            floors[i] = floor
    return people, floors


def _resized(one: Solved, scale: float) -> Solved:
    return replace(
        one,
        X=one.X * scale,
        lengths=one.lengths * scale,
        evidence=replace(one.evidence, xyz_m=one.evidence.xyz_m * scale),
    )
