"""What surrounds people who turn over, kept until it is known who they are further on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ...data.arrays import F32, F64, U8, Floats, check_fields, of_shape
from ...data.collector import Sighting
from ...data.types import Landmarks, Region

_TURNED_RAD: Final = math.radians(40.0)
"""A trunk this far from upright may be turning over; by hand."""
_SEEN: Final = 0.6
"""Chance of a person in the crop from which somebody was seen; by hand."""
_MOST_KEPT: Final = 60
"""Pictures kept of a clip, bounds memory and time; by hand."""
_LATE: Final = 8
"""Frames after which landmarks are waited for; by hand. Whether they happen to be there already
must not count, or two runs of a clip would keep other pictures."""
_WIDE: Final = 2.2
"""What is kept about the place, in sides of a crop; by hand."""
_CROP_PX: Final = 256.0
"""Networks look no closer than this: larger surroundings are kept in every second pixel."""


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """A part of a frame at ``corner_px``, every ``step``-th pixel of it."""

    frame: int
    bgr: U8 = field(metadata=of_shape(None, None, 3))
    corner_px: F64 = field(metadata=of_shape(2))
    step: int

    def __post_init__(self) -> None:
        check_fields(self)

    def inside(self, xy_px: Floats) -> F64:
        """The frame's pixels (..., 2) as this picture's."""
        return (xy_px - self.corner_px) / self.step

    def shows(self, xy_px: Floats) -> bool:
        """Whether a pixel (2,) of the frame is in this picture."""
        x, y = self.inside(xy_px)
        return bool(0 <= x < self.bgr.shape[1] and 0 <= y < self.bgr.shape[0])

    def of_frame(self, xy_px: F32) -> F32:
        """The opposite."""
        return (xy_px * self.step + self.corner_px).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Lost:
    """Somebody seen last in frame ``last``, in ``region``, and what surrounded them ``since``."""

    last: int
    region: Region
    since: Sequence[Surroundings]


@dataclass(frozen=True, slots=True)
class _Shown:
    """One frame of somebody: what the networks will have told, None where they were missed."""

    around: Surroundings | None
    region: Region | None
    told: Future[Landmarks] | None


@dataclass(slots=True)
class _Watched:
    """Somebody who was turned over; ``waits`` are frames whose landmarks are under way."""

    position: int
    region: Region
    last: tuple[int, Region] | None = None
    since: list[Surroundings] = field(default_factory=list[Surroundings])
    waits: list[tuple[int, _Shown]] = field(default_factory=list[tuple[int, _Shown]])


class TurnedPictures:
    """Pictures of people in frames in which nobody saw them, though they turn over.

    ``eye`` is which of the landmark networks is asked, ``longest`` the frames for which somebody
    who was missed is waited for.
    """

    def __init__(self, eye: int, longest: int) -> None:
        self._eye, self._longest = eye, longest
        self._people: dict[int, _Watched] = {}
        self._lost: list[Lost] = []
        self._kept = 0

    def end_shot(self) -> None:
        """Nobody is looked for beyond a cut."""
        for one in self._people.values():
            self._settle(one)
            self._close(one)
        self._people = {}

    def meet(self, position: int, bgr: U8, people: Sequence[Sighting]) -> None:
        """See everybody in the next frame."""
        here = {person.who: person for person in people}
        for who, person in here.items():
            is_turned = _is_turned(person.region)
            if who not in self._people and not is_turned:
                continue
            one = self._people.setdefault(who, _Watched(position, person.region))
            one.position, one.region = position, person.region
            around = _around(person.region, bgr, position) if is_turned else None
            one.waits.append((position, _Shown(around, person.region, person.landmarks[self._eye])))
            self._settle(one, until=position - _LATE)
            if not is_turned and not one.waits:
                self._close(self._people.pop(who))
        for who in [who for who in self._people if who not in here]:
            one = self._people[who]
            if position - one.position > self._longest or self._kept >= _MOST_KEPT:
                self._settle(one)
                self._close(self._people.pop(who))
                continue
            one.waits.append((position, _Shown(_around(one.region, bgr, position), None, None)))
            self._settle(one, until=position - _LATE)

    def lost(self) -> list[Lost]:
        """Everybody, at the clip's end; nothing is held after."""
        self.end_shot()
        out, self._lost = self._lost, []
        return out

    def _settle(self, one: _Watched, until: float = math.inf) -> None:
        """Go through the frames before ``until``, waiting for their landmarks."""
        while one.waits and one.waits[0][0] < until:
            position, shown = one.waits.pop(0)
            if shown.told is not None and shown.told.result().presence >= _SEEN:
                self._close(one)
                region = shown.region
                one.last = (position, region) if region and _is_turned(region) else None
            elif shown.around is not None and one.last is not None and self._kept < _MOST_KEPT:
                one.since.append(shown.around)
                self._kept += 1

    def _close(self, one: _Watched) -> None:
        if one.since and one.last is not None:
            self._lost.append(Lost(*one.last, one.since))
        one.since = []


def _is_turned(region: Region) -> bool:
    return abs(region.rotation_rad) > _TURNED_RAD


def _around(region: Region, bgr: U8, position: int) -> Surroundings:
    middle, reach = np.array(region.center_px), _WIDE / 2 * region.side_px
    size = np.array(bgr.shape[1::-1])
    low = np.clip(middle - reach, 0, np.maximum(size - 2, 0)).astype(int)
    high = np.clip(middle + reach, low + 2, size).astype(int)
    step = max(int(region.side_px // _CROP_PX), 1)
    part = bgr[low[1] : high[1] : step, low[0] : high[0] : step].copy()
    return Surroundings(position, part, low.astype(np.float64), step)
