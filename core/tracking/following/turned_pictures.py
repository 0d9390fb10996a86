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
from ...data.observations import are_legs_cut
from ...data.types import Landmarks, Region

_TURNED_RAD: Final = math.radians(20.0)
"""A trunk this far from upright may be turning over; by hand."""
_OVER_RAD: Final = math.radians(100.0)
"""Nobody's trunk turns so far from one frame to the next, at 24 frames a second; by hand."""
_SEEN: Final = 0.6
"""Chance of a person in the crop from which somebody was seen; by hand."""
_LONGEST_S: Final = 1.0
"""Seconds for which somebody is looked for: a fall from five metres."""
_ROUND_S: Final = 0.2
"""Seconds before and after a frame in doubt whose pictures are kept as well; by hand."""
_MOST_BYTES: Final = 120_000_000
"""Pictures kept of a clip; by hand."""
_LATE: Final = 8
"""Frames after which landmarks are waited for; by hand. Whether they happen to be there already
must not count, or two runs of a clip would keep other pictures."""
_WIDE, _WIDER_S = 1.1, 1.0
"""What is kept to each side of the place, in sides of a crop, and how much more of it with every
second for which nobody was seen; by hand."""
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

    def of_frame(self, xy_px: Floats) -> F32:
        """The opposite."""
        return (xy_px * self.step + self.corner_px).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Spell:
    """Somebody seen in frame ``last``, in ``region``, who turned over and was lost or seen in doubt
    after it, and the ``pictures`` of them, in order of time, some of them from before."""

    last: int
    region: Region
    pictures: Sequence[Surroundings]


@dataclass(frozen=True, slots=True)
class _Shown:
    """One frame of somebody: what the networks will have told, None where they were missed."""

    position: int
    around: Surroundings | None
    region: Region | None
    told: Future[Landmarks] | None


@dataclass(slots=True)
class _Watched:
    """Somebody who was turned over, in frame ``turned`` the last time.

    ``waits`` are frames whose landmarks are under way, ``recent`` the pictures of the latest frames
    without doubt; in a spell they were seen ``before`` it, and it lasts ``until`` a frame.
    """

    position: int
    region: Region
    speed_px: tuple[float, float] = (0.0, 0.0)
    turned: int = -1
    last: tuple[int, Region] | None = None
    before: tuple[int, Region] | None = None
    until: int = -1
    waits: list[_Shown] = field(default_factory=list[_Shown])
    recent: list[Surroundings] = field(default_factory=list[Surroundings])
    kept: list[Surroundings] = field(default_factory=list[Surroundings])

    def moved_px(self, position: int) -> Floats:
        """How far (2,) they will have come in a later frame."""
        return np.array(self.speed_px) * (position - self.position)

    def is_outside(self, position: int, bgr: U8) -> bool:
        """Whether they were heading out of the picture, where they will be in a later frame."""
        middle = np.array(self.region.center_px) + self.moved_px(position)
        return bool((middle < 0).any() or (middle > bgr.shape[1::-1]).any())


class TurnedPictures:
    """Pictures of people about frames in which nobody saw them rightly, though they turn over.

    ``eye`` is which of the landmark networks is asked, of a clip of ``fps``.
    """

    def __init__(self, eye: int, fps: float) -> None:
        self._eye = eye
        self._longest = max(round(_LONGEST_S * fps), 1)
        self._round = max(round(_ROUND_S * fps), 1)
        self._fps = fps
        self._people: dict[int, _Watched] = {}
        self._spells: list[Spell] = []
        self._bytes = 0

    def end_shot(self) -> None:
        """Nobody is looked for beyond a cut."""
        for who in list(self._people):
            self._leave(who)

    def meet(self, position: int, bgr: U8, people: Sequence[Sighting]) -> None:
        """See everybody in the next frame."""
        here = {person.who: person for person in people}
        for who, person in here.items():
            self._meet_one(who, position, bgr, person)
        for who in [who for who in self._people if who not in here]:
            one = self._people[who]
            if position - one.position > self._longest or one.is_outside(position, bgr):
                self._leave(who)
                continue
            gap = position - one.position
            moved = one.moved_px(position)
            around = _around(one.region, moved, gap / self._fps, bgr, position)
            one.waits.append(_Shown(position, around, None, None))
            self._settle(one, until=position - _LATE)

    def _meet_one(self, who: int, position: int, bgr: U8, person: Sighting) -> None:
        region = person.region
        if are_legs_cut(person.box_px, person.keypoint_score, bgr.shape[0]):
            # Hips that a detector makes up at the border tell no turn.
            self._leave(who)
            return
        is_turned = abs(region.rotation_rad) > _TURNED_RAD
        if who not in self._people and not is_turned:
            return
        one = self._people.setdefault(who, _Watched(position, region))
        if position > one.position:
            moved = np.subtract(region.center_px, one.region.center_px)
            x, y = ((one.speed_px + moved / (position - one.position)) / 2).tolist()
            one.speed_px = (x, y)
        one.position, one.region = position, region
        if is_turned:
            one.turned = position
        around = None
        if position - one.turned <= 2 * self._round:
            around = _around(region, np.zeros(2), 0.0, bgr, position)
        one.waits.append(_Shown(position, around, region, person.landmarks[self._eye]))
        self._settle(one, until=position - _LATE)
        if around is None and not one.waits:
            self._close(self._people.pop(who))

    def _leave(self, who: int) -> None:
        """Look for somebody no further, if they are looked for."""
        one = self._people.pop(who, None)
        if one is not None:
            self._settle(one)
            self._close(one)

    def spells(self) -> list[Spell]:
        """Everybody's, at the clip's end; nothing is held after."""
        self.end_shot()
        out, self._spells = self._spells, []
        return out

    def _settle(self, one: _Watched, until: float = math.inf) -> None:
        """Go through the frames before ``until``, waiting for their landmarks."""
        while one.waits and one.waits[0].position < until:
            shown = one.waits.pop(0)
            before = one.last
            is_doubtful = self._is_doubtful(one, shown)
            if is_doubtful:
                one.before = one.before or before
                one.until = shown.position + self._round
            if shown.around is not None:
                self._keep(one, shown.around)
            if one.before is not None and shown.position >= one.until and not is_doubtful:
                self._close(one)

    def _is_doubtful(self, one: _Watched, shown: _Shown) -> bool:
        """Whether the networks missed somebody who was turned over, or saw them turned otherwise
        from one frame to the next; who was seen is noted."""
        region = shown.region
        if region is None or shown.told is None or shown.told.result().presence < _SEEN:
            last = one.last
            return last is not None and (one.before is not None or _is_turned(last[1]))
        last, one.last = one.last, (shown.position, region)
        if last is None:
            return False
        turned = abs(math.remainder(region.rotation_rad - last[1].rotation_rad, 2 * math.pi))
        return turned > _OVER_RAD and shown.position - last[0] <= self._round

    def _keep(self, one: _Watched, around: Surroundings) -> None:
        """A picture in a spell is kept for good while there is room, others for a moment."""
        one.recent.append(around)
        if one.before is None:
            first = around.frame - self._round
            one.recent = [picture for picture in one.recent if picture.frame >= first]
            return
        for picture in one.recent:
            if self._bytes + picture.bgr.nbytes <= _MOST_BYTES:
                self._bytes += picture.bgr.nbytes
                one.kept.append(picture)
        one.recent = []

    def _close(self, one: _Watched) -> None:
        if one.kept and one.before is not None:
            self._spells.append(Spell(*one.before, one.kept))
        one.before, one.kept = None, []


def _is_turned(region: Region) -> bool:
    return abs(region.rotation_rad) > _TURNED_RAD


def _around(region: Region, shift: Floats, lost_s: float, bgr: U8, position: int) -> Surroundings:
    middle = np.array(region.center_px) + shift
    reach = (_WIDE + _WIDER_S * lost_s) * region.side_px
    size = np.array(bgr.shape[1::-1])
    low = np.clip(middle - reach, 0, np.maximum(size - 2, 0)).astype(int)
    high = np.clip(middle + reach, low + 2, size).astype(int)
    step = max(int(region.side_px // _CROP_PX), 1)
    # Pixel by pixel this copies five times as fast as number by number.
    pixels = np.ascontiguousarray(bgr).view("V3")[..., 0]
    kept = pixels[low[1] : high[1] : step, low[0] : high[0] : step].copy()
    part = kept.view(np.uint8).reshape(*kept.shape, 3)
    return Surroundings(position, part, low.astype(np.float64), step)
