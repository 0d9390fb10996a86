"""Where one shot ends and the next begins: nobody is followed, and nothing smoothed, across a cut.

A cut changes both the picture's layout and its colours, and stays changed: a camera flash comes
back, a pan keeps its colours, a person walking by keeps most of both. Frames that show nothing (a
hand over the lens, a fade through black or white, a strobe) end no shot: what follows them does,
if it isn't what was there before.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..data.arrays import F32, U8, check_fields, of_shape
from ..data.profiling.stages import staged
from ..data.timing import Ticks, longest_step_s
from ..data.types import Frame

_GRID: Final = (18, 32)  # rows and columns of pixels compared; by hand
_BINS: Final = 4  # of each colour channel; by hand
_LAYOUT: Final = 28.0
"""Mean change of a sampled pixel, of 255."""
_COLOURS: Final = 0.30
"""Share of the colour histogram that moved."""
_DARK: Final = 4.0  # grey levels of 255; by hand
_BURNT: Final = 251.0  # grey levels of 255; by hand
_TELLING: Final = 0.15
"""Share of the sampled pixels that must tell whether only the light has changed; by hand."""
_CONTRAST: Final = 3.0  # standard deviation in grey levels; by hand
_ALIKE: Final = 0.95
"""Correlation of one picture in two lights; other footage reaches 0.44."""
_LEFT: Final = 12
"""Fewer sampled pixels that a flash left, or that it burnt out, tell nothing; by hand."""
_SORTED: Final = 0.95
"""How well what was there tells which pixels a flash burnt out (0.5 = not at all); other footage
reaches 0.9."""
_EDGE: Final = 24.0  # grey levels of 255 between neighbouring samples; by hand
_MOST_EDGES: Final = 6
"""A picture with no more edges shows nothing; real footage has 138 and more."""
_AS_BRIGHT: Final = 0.6
"""Share of the brightest mean level from which on pictures' difference tells; by hand."""
_REMEMBERED_S: Final = 2.0
_REMEMBERED_EVERY_S: Final = 0.1
_FLASH_S: Final = 0.15
"""What comes back within this time was no cut."""
_HOLE: Final = 0.5
"""A hole longer than this share of the cadence is a long one."""
_MOST_HELD: Final = 8
"""Frames held back, at most: they are pictures in memory."""


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    layout: F32 = field(metadata=of_shape(None, 3))
    colours: F32 = field(metadata=of_shape(_BINS**3))
    is_blank: bool

    def __post_init__(self) -> None:
        check_fields(self)


def mark_cuts(frames: Iterator[Frame], fps: float) -> Iterator[tuple[Frame, bool]]:
    """Every frame with whether it begins a new shot; ``fps`` is the rate at which they come.

    A cut lies between two frames that differ while the frames on either side of it are alike:
    footage that flickers all the time has no cuts, and a flash of a few frames isn't one either.
    Where time jumps by seconds a new shot begins, whatever the frames show.
    """
    marker = _Marker(fps)
    for frame in frames:
        yield from marker.take(frame)
    yield from marker.finish()


def read_chunks(
    frames: Iterator[Frame], cadence: int, fps: float
) -> Iterator[tuple[list[Frame], bool]]:
    """Frames up to and with the next detection frame, and whether they begin a new shot.

    People are looked for every ``cadence`` ticks of a clip of ``fps``. A shot's first and last
    frames are always detection frames, and so are those on either side of a longer hole.
    """
    ticks = Ticks(fps)
    chunk = list[Frame]()
    begin = before = due = 0.0
    for frame, starts_shot in mark_cuts(frames, fps):
        tick = ticks.add(frame.time_s)
        is_hole = tick - before > max(_HOLE * cadence, 1.5)
        before = tick
        if chunk and (starts_shot or is_hole):
            yield chunk, False
            chunk = []
        if starts_shot:
            begin = due = tick
        chunk.append(frame)
        if is_hole or tick >= due:
            yield chunk, starts_shot
            chunk = []
            due = begin + cadence * (math.floor((tick - begin) / cadence) + 1)
    if chunk:
        yield chunk, False


class _Marker:
    """Holds frames back, only after one that differs, until it is clear what has changed."""

    def __init__(self, fps: float) -> None:
        self._fps = fps
        self._ahead = int(np.clip(round(_FLASH_S * fps), 1, _MOST_HELD))
        self._held: deque[tuple[Frame, _Look]] = deque()
        self._before: _Look | None = None
        self._was_calm = True
        self._time_s = math.inf
        self._seen: deque[tuple[float, _Look]] = deque()
        self._blank_s: float | None = None
        """Since when frames show nothing."""

    def take(self, frame: Frame) -> Iterator[tuple[Frame, bool]]:
        """Give the next frame; yields those that are decided now."""
        jumps = frame.time_s - self._time_s > longest_step_s(self._fps)
        self._time_s = frame.time_s
        if jumps:
            yield from self.finish()
            self._before, self._blank_s, self._was_calm = None, None, True
            self._seen.clear()
        look = _look_of(frame.bgr)
        self._held.append((frame, look))
        if not jumps:
            yield from self._decide(len(self._held) > self._ahead)
        else:
            yield (self._pass_over() if look.is_blank else self._next()), True

    def finish(self) -> Iterator[tuple[Frame, bool]]:
        """Yields all that is still held back: nothing follows."""
        while self._held:
            yield from self._decide(is_known=True)

    def _decide(self, is_known: bool) -> Iterator[tuple[Frame, bool]]:
        """``is_known``: no frame that is still to come matters to the first one held."""
        while self._held:
            look = self._held[0][1]
            if look.is_blank:
                yield self._pass_over(), False
                continue
            following = [later for _, later in self._held][1 : 1 + self._ahead]
            back = self._back([look, *following])
            if back is not None:
                for _ in range(back):
                    yield self._held.popleft()[0], False
                yield self._next(), False
                self._was_calm = True
                continue
            if not is_known:
                return
            lit = [later for later in following if not later.is_blank]
            lasts = bool(lit) and not _differ(look, lit[0])
            begins = self._was_calm and lasts
            if begins:
                self._seen.clear()
            yield self._next(), begins
            self._was_calm = False
            is_known = len(self._held) > self._ahead

    def _back(self, looks: Sequence[_Look]) -> int | None:
        """The first of ``looks`` that shows what was there before, None where none does."""
        before = self._before
        if before is None:
            return 0
        if self._blank_s is None or before.is_blank:
            return next((k for k, look in enumerate(looks) if not _differ(before, look)), None)
        lit = ((k, look) for k, look in enumerate(looks) if not look.is_blank)
        return next((k for k, look in lit if self._was_seen(look)), None)

    def _pass_over(self) -> Frame:
        """Take the first frame held, which shows nothing. Where that lasts for as long as time may
        not jump it is what later frames are compared to."""
        frame, look = self._held.popleft()
        self._blank_s = frame.time_s if self._blank_s is None else self._blank_s
        if frame.time_s - self._blank_s > longest_step_s(self._fps):
            self._before = look
            self._seen.clear()
        return frame

    def _was_seen(self, look: _Look) -> bool:
        """Whether ``look`` may show what was there before frames that show nothing.

        Pictures as dark as while fading hardly differ, whatever they show: those from before tell
        nothing, and one that follows is in another light.
        """
        past = [one for _, one in self._seen]
        bright = _AS_BRIGHT * max(one.layout.mean() for one in past)
        return any(not _differ(one, look) for one in past if one.layout.mean() >= bright)

    def _next(self) -> Frame:
        """Take the first frame held, which shows something, as what later ones are compared to."""
        frame, look = self._held.popleft()
        self._before, self._blank_s = look, None
        if not self._seen or frame.time_s - self._seen[-1][0] >= _REMEMBERED_EVERY_S:
            self._seen.append((frame.time_s, look))
        while frame.time_s - self._seen[0][0] > _REMEMBERED_S:
            self._seen.popleft()
        return frame


@staged("shot cuts")
def _look_of(bgr: U8) -> _Look:
    height, width = map(int, bgr.shape[:2])
    rows = np.linspace(0, height - 1, _GRID[0]).astype(int)
    columns = np.linspace(0, width - 1, _GRID[1]).astype(int)
    layout = bgr[rows[:, None], columns].reshape(-1, 3)
    bins = (layout // (256 // _BINS)).astype(int)
    flat = (bins[:, 0] * _BINS + bins[:, 1]) * _BINS + bins[:, 2]
    colours = np.bincount(flat, minlength=_BINS**3) / len(flat)
    levels = layout.astype(np.float32)
    return _Look(levels, colours.astype(np.float32), _is_blank(levels.reshape(*_GRID, 3)))


def _is_blank(levels: F32) -> bool:
    """Whether a picture (rows, columns, 3) has next to no edges: no person can be seen in it."""
    edges = sum(
        int((np.abs(np.diff(levels, axis=axis)).max(axis=-1) > _EDGE).sum()) for axis in (0, 1)
    )
    return edges <= _MOST_EDGES


def _differ(a: _Look, b: _Look) -> bool:
    if float(np.abs(a.layout - b.layout).mean()) < _LAYOUT:
        return False
    if float(np.abs(a.colours - b.colours).sum()) / 2 <= _COLOURS:
        return False
    return not _is_relit(a.layout, b.layout)


def _is_relit(a: F32, b: F32) -> bool:
    """Whether both show the same in another light: a lamp, a flash that fades, a new exposure."""
    alike = _correlation(a, b)
    if alike is not None:
        return alike > _ALIKE
    return _is_burnt_out(*sorted((a, b), key=lambda layout: float(layout.mean())))


def _correlation(a: F32, b: F32) -> float | None:
    """How well the levels of each colour agree but for a factor and an offset, of the worst colour;
    None where too few pixels neither burn out nor sink into black."""
    alike: list[float] = []
    for x, y in zip(a.T, b.T, strict=True):
        tells = (np.minimum(x, y) > _DARK) & (np.maximum(x, y) < _BURNT)
        if tells.mean() < _TELLING or min(x[tells].std(), y[tells].std()) < _CONTRAST:
            continue
        alike.append(float(np.corrcoef(x[tells], y[tells])[0, 1]))
    return min(alike) if len(alike) > 1 else None


def _is_burnt_out(dark: F32, lit: F32) -> bool:
    """Whether ``lit`` (n, 3) is ``dark`` in a flash that left few pixels: the darkest ones."""
    told: list[float] = []
    for x, y in zip(dark.T, lit.T, strict=True):
        burnt = y >= _BURNT
        count = int(burnt.sum())
        if not _LEFT <= count <= len(y) - _LEFT:
            continue
        _, which, shares = np.unique(x, return_inverse=True, return_counts=True)
        ranks = (np.cumsum(shares) - (shares - 1) / 2)[which]
        above = float(ranks[burnt].sum()) - count * (count + 1) / 2
        told.append(above / (count * (len(y) - count)))
    return len(told) > 1 and min(told) > _SORTED
