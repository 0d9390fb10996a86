"""Where one shot ends and the next begins: nobody is followed, and nothing smoothed, across a cut.

A cut changes both the picture's layout and its colours, and stays changed: a camera flash comes
back, a pan keeps its colours, a person walking by keeps most of both. A cut between two places of
like colours changes the layout alone, at once, and nothing of the one is found in the other. A
jump cut before a moving camera finds all of it elsewhere.
Frames that show nothing (a hand over the lens, a fade through black or white, a strobe) end no
shot: what follows them does, if it isn't what was there before.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np

from ...data.arrays import U8
from ...data.timing import Ticks, longest_step_s
from ...data.types import Frame
from .jumps import has_jumped, is_sudden, share_changed
from .likeness import agreement, are_of_one_place, miniature
from .looks import Look, change, differ, is_relit, look_of
from .remembered import Remembered

_MOVED: Final = 16.0
"""Mean change of a sampled pixel from which a picture may show another place in like colours."""
_SUDDEN: Final = 2.0
"""By what factor that change exceeds those of the frames about it, or it is motion; by hand."""
_FLASH_S: Final = 0.15
"""What comes back within this time was no cut."""
_SAME_PLACE: Final = 0.5
"""Share of blocks that have moved alike from a frame to the next one of the same place: 0.69 and
more in flares of the sun, at most 0.31 in 2,092 pairs of frames of two clips that differ."""
_HOLE: Final = 0.5
"""A hole longer than this share of the cadence is a long one."""
_MOST_HELD: Final = 8
"""Frames held back, at most: they are pictures in memory."""


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
            yield _given_up(chunk), False
        if starts_shot:
            begin = due = tick
        chunk.append(frame)
        if is_hole or tick >= due:
            yield _given_up(chunk), starts_shot
            due = begin + cadence * (math.floor((tick - begin) / cadence) + 1)
    if chunk:
        yield _given_up(chunk), False


def _given_up(chunk: list[Frame]) -> list[Frame]:
    """The frames of ``chunk``, which no longer holds them: whoever took them may let go of them
    before the next ones are read."""
    frames = chunk[:]
    chunk.clear()
    return frames


class _Marker:
    """Holds frames back, only after one that differs, until it is clear what has changed."""

    def __init__(self, fps: float) -> None:
        self._fps = fps
        self._ahead = int(np.clip(round(_FLASH_S * fps), 1, _MOST_HELD))
        self._held: deque[tuple[Frame, Look]] = deque()
        self._before: tuple[U8, Look] | None = None
        self._was_calm = True
        self._changes: deque[float] = deque(maxlen=self._ahead)
        self._shares: deque[float] = deque(maxlen=self._ahead)
        self._time_s = math.inf
        self._seen = Remembered()
        self._were_seen: dict[int, bool] = {}
        """Answers about frames that are held back."""
        self._blank_s: float | None = None
        """Since when frames show nothing."""

    def take(self, frame: Frame) -> Iterator[tuple[Frame, bool]]:
        """Give the next frame; yields those that are decided now."""
        jumps = frame.time_s - self._time_s > longest_step_s(self._fps)
        self._time_s = frame.time_s
        if jumps:
            yield from self.finish()
            self._before, self._blank_s, self._was_calm = None, None, True
            self._changes.clear()
            self._shares.clear()
            self._seen.forget()
        look = look_of(frame.bgr)
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
            back = self._back()
            if back == 0:
                moved = self._moved(look)
                if moved and not is_known:
                    return
                is_elsewhere = moved and (self._is_elsewhere() or self._has_jumped())
                yield self._next(), is_elsewhere
                self._was_calm = True
                is_known = len(self._held) > self._ahead
                continue
            if back is not None:
                for _ in range(back):
                    yield self._held.popleft()[0], False
                continue
            if not is_known:
                return
            lit = [later for later in following if not later.is_blank]
            begins = self._was_calm and bool(lit) and not differ(look, lit[0])
            begins = begins and not self._is_in_another_light()
            if begins:
                self._seen.forget()
            yield self._next(), begins
            self._was_calm = False
            is_known = len(self._held) > self._ahead

    def _back(self) -> int | None:
        """The first of the frames held that shows what was there before, None where none does."""
        if self._before is None:
            return 0
        held = list(self._held)[: 1 + self._ahead]
        looks = [look for _, look in held]
        before = self._before[1]
        if self._blank_s is None or before.is_blank:
            return next((k for k, look in enumerate(looks) if not differ(before, look)), None)
        for k, (frame, look) in enumerate(held):
            if look.is_blank:
                continue
            if frame.index not in self._were_seen:
                self._were_seen[frame.index] = self._seen.holds(frame.bgr, look)
            if self._were_seen[frame.index]:
                return k
        return None

    def _moved(self, look: Look) -> bool:
        """Whether ``look`` may show another place than the frame right before it."""
        if self._before is None or self._blank_s is not None:
            return False
        before = self._before[1]
        return change(before, look) >= _MOVED or is_sudden(before, look, self._shares)

    def _has_jumped(self) -> bool:
        """Whether the first frame held shows the same place from elsewhere, at once."""
        if self._before is None:
            return False
        held = [(frame.bgr, look) for frame, look in list(self._held)[: 1 + self._ahead]]
        return has_jumped(self._before, held, self._shares)

    def _is_elsewhere(self) -> bool:
        """Whether the first frame held shows another place than the one before, in like colours.

        Frames on both sides hardly change, and none that follows comes back.
        """
        if self._before is None:
            return False
        bgr, before = self._before
        held = list(self._held)[: 1 + self._ahead]
        looks = [look for _, look in held]
        if len(held) < 2 or is_relit(before.layout, looks[0].layout):
            return False
        about = [*self._changes, *(change(a, b) for a, b in pairwise(looks))]
        if change(before, looks[0]) < _SUDDEN * max(about):
            return False
        return not any(are_of_one_place(bgr, frame.bgr) for frame, _ in held)

    def _is_in_another_light(self) -> bool:
        """Whether the first frame held shows the place of the one right before it, however the
        light has changed: the sun that comes out behind somebody veils half a picture at once."""
        if self._before is None or self._blank_s is not None:
            return False
        found = agreement(miniature(self._before[0]), miniature(self._held[0][0].bgr))
        return found is not None and found >= _SAME_PLACE

    def _pass_over(self) -> Frame:
        """Take the first frame held, which shows nothing. Where that lasts for as long as time may
        not jump it is what later frames are compared to."""
        frame, look = self._held.popleft()
        self._blank_s = frame.time_s if self._blank_s is None else self._blank_s
        if frame.time_s - self._blank_s > longest_step_s(self._fps):
            self._before = frame.bgr, look
            self._seen.forget()
        return frame

    def _next(self) -> Frame:
        """Take the first frame held, which shows something, as what later ones are compared to."""
        frame, look = self._held.popleft()
        self._were_seen.clear()
        if self._before is not None and self._blank_s is None:
            self._changes.append(change(self._before[1], look))
            self._shares.append(share_changed(self._before[1], look))
        self._before, self._blank_s = (frame.bgr, look), None
        self._seen.note(frame.time_s, frame.bgr, look)
        return frame
