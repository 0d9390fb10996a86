"""Where one shot ends and the next begins: nobody is followed, and nothing smoothed, across a cut.

A cut changes both the picture's layout and its colours, and stays changed: a camera flash comes
back, a pan keeps its colours, a person walking by keeps most of both. A cut between two places of
like colours changes the layout alone, at once, and nothing of the one is found in the other.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np

from ...data.arrays import F32, U8, check_fields, of_shape
from ...data.profiling.stages import staged
from ...data.timing import Ticks, longest_step_s
from ...data.types import Frame
from .likeness import are_of_one_place

_GRID: Final = (18, 32)  # rows and columns of pixels compared; by hand
_BINS: Final = 4  # of each colour channel; by hand
_LAYOUT: Final = 28.0
"""Mean change of a sampled pixel, of 255."""
_COLOURS: Final = 0.30
"""Share of the colour histogram that moved."""
_MOVED: Final = 16.0
"""Mean change of a sampled pixel from which a picture may show another place in like colours."""
_SUDDEN: Final = 2.0
"""By what factor that change exceeds those of the frames about it, or it is motion; by hand."""
_DARK: Final = 4.0  # grey levels of 255; by hand
_BURNT: Final = 251.0  # grey levels of 255; by hand
_TELLING: Final = 0.15
"""Share of the sampled pixels that must tell whether only the light has changed; by hand."""
_CONTRAST: Final = 3.0  # standard deviation in grey levels; by hand
_ALIKE: Final = 0.95
"""Correlation of one picture in two lights; other footage reaches 0.44."""
_FLASH_S: Final = 0.15
"""What comes back within this time was no cut."""
_HOLE: Final = 0.5
"""A hole longer than this share of the cadence is a long one."""
_MOST_HELD: Final = 8
"""Frames held back, at most: they are pictures in memory."""


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    bgr: U8 = field(metadata=of_shape(None, None, 3))
    layout: F32 = field(metadata=of_shape(None, 3))
    colours: F32 = field(metadata=of_shape(_BINS**3))

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
        self._changes: deque[float] = deque(maxlen=self._ahead)
        self._time_s = math.inf

    def take(self, frame: Frame) -> Iterator[tuple[Frame, bool]]:
        """Give the next frame; yields those that are decided now."""
        jumps = frame.time_s - self._time_s > longest_step_s(self._fps)
        self._time_s = frame.time_s
        if jumps:
            yield from self.finish()
            self._before, self._was_calm = None, True
            self._changes.clear()
        self._held.append((frame, _look_of(frame.bgr)))
        if jumps:
            yield self._next(), True
        else:
            yield from self._decide(len(self._held) > self._ahead)

    def finish(self) -> Iterator[tuple[Frame, bool]]:
        """Yields all that is still held back: nothing follows."""
        while self._held:
            yield from self._decide(is_known=True)

    def _decide(self, is_known: bool) -> Iterator[tuple[Frame, bool]]:
        """``is_known``: no frame that is still to come matters to the first one held."""
        while self._held:
            look, before = self._held[0][1], self._before
            if before is None or not _differ(before, look):
                if before is not None and not is_known and _change(before, look) >= _MOVED:
                    return
                begins = before is not None and self._is_elsewhere(before, look)
                yield self._next(), begins
                self._was_calm = True
                is_known = len(self._held) > self._ahead
                continue
            following = [later for _, later in self._held][1 : 1 + self._ahead]
            back = next((k for k, f in enumerate(following, 1) if not _differ(before, f)), None)
            if back is not None:
                for _ in range(back):
                    yield self._held.popleft()[0], False
                continue
            if not is_known:
                return
            lasts = bool(following) and not _differ(look, following[0])
            yield self._next(), self._was_calm and lasts
            self._was_calm = False
            is_known = len(self._held) > self._ahead

    def _is_elsewhere(self, before: _Look, look: _Look) -> bool:
        """Whether the first frame held shows another place than ``before``, in like colours.

        Frames on both sides hardly change, and none that follows comes back.
        """
        change = _change(before, look)
        following = [later for _, later in self._held][1 : 1 + self._ahead]
        if change < _MOVED or not following or _is_relit(before.layout, look.layout):
            return False
        about = [*self._changes, *(_change(a, b) for a, b in pairwise([look, *following]))]
        if change < _SUDDEN * max(about):
            return False
        return not any(are_of_one_place(before.bgr, f.bgr) for f in (look, *following))

    def _next(self) -> Frame:
        before = self._before
        frame, self._before = self._held.popleft()
        if before is not None:
            self._changes.append(_change(before, self._before))
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
    return _Look(bgr, layout.astype(np.float32), colours.astype(np.float32))


def _change(a: _Look, b: _Look) -> float:
    return float(np.abs(a.layout - b.layout).mean())


def _differ(a: _Look, b: _Look) -> bool:
    if _change(a, b) < _LAYOUT:
        return False
    if float(np.abs(a.colours - b.colours).sum()) / 2 <= _COLOURS:
        return False
    return not _is_relit(a.layout, b.layout)


def _is_relit(a: F32, b: F32) -> bool:
    """Whether both show the same in another light: a lamp, a flash that fades, a new exposure.

    Told by pixels that neither burn out nor sink into black: the levels of each colour then agree
    but for a factor and an offset.
    """
    alike: list[float] = []
    for x, y in zip(a.T, b.T, strict=True):
        tells = (np.minimum(x, y) > _DARK) & (np.maximum(x, y) < _BURNT)
        if tells.mean() < _TELLING or min(x[tells].std(), y[tells].std()) < _CONTRAST:
            continue
        alike.append(float(np.corrcoef(x[tells], y[tells])[0, 1]))
    return len(alike) > 1 and min(alike) > _ALIKE
