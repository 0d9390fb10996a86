"""What is noted of the scene behind the people while a clip is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Protocol

import numpy as np

from ..data.arrays import F32, F64, U8, Floats
from ..data.types import Camera, ClipInfo, Frame
from .camera_turns import Flow, TurnWatch

LineFinder = Callable[[U8], F32]
"""From a picture (h, w, 3) BGR to its line segments (n, 4) in pixels, x0 y0 x1 y1 each. Called from
several threads at once."""


class SceneFinder(Protocol):
    """Looks at the scene of one clip."""

    def lines(self, bgr: U8) -> F32:
        """See ``LineFinder``."""
        ...

    def follow(self, bgr: U8, *, starts_shot: bool) -> Flow:
        """How points moved; every picture is given, in order, by one thread."""
        ...


_EVERY_S: Final = 4.0
_PER_SHOT: Final = 3
_PICTURES: Final = 8
"""More pictures of one camera tell little more."""
_TURNS_FPS: Final = 30.0
"""Hands shake no faster than this shows; of faster clips frames are left out."""
_STILL_EVERY: Final = 3
"""A camera that has stood still is looked at as seldom, until it turns."""


class LineWatch:
    """Looks at the first picture of every shot and at some later ones, where people have moved."""

    def __init__(self, find: LineFinder) -> None:
        self._find = find
        self._found: dict[int, Future[F32]] = {}
        self._in_shot, self._last_s = 0, 0.0

    def look(
        self, pool: ThreadPoolExecutor, position: int, bgr: U8, time_s: float, starts_shot: bool
    ) -> None:
        """Begin with the picture of frame ``position`` if it is one of those."""
        if starts_shot or not self._found:
            self._in_shot = 0
        elif self._in_shot >= _PER_SHOT or time_s - self._last_s < _EVERY_S:
            return
        if len(self._found) < _PICTURES:
            self._found[position] = pool.submit(self._find, bgr)
            self._in_shot, self._last_s = self._in_shot + 1, time_s

    def lines(self) -> F32:
        """Everything found (n, 5): the frame's position before each segment."""
        each = [np.insert(f.result(), 0, position, axis=1) for position, f in self._found.items()]
        return np.concatenate([np.zeros((0, 5)), *each]).astype(np.float32)


class SceneWatch:
    """Watches lines and the turns of ``camera``, of which only intrinsics are asked."""

    def __init__(self, finder: SceneFinder, info: ClipInfo, camera: Camera) -> None:
        self._finder = finder
        self._lines = LineWatch(finder.lines)
        self._turns = None if info.is_still else TurnWatch(camera)
        self._every = max(round(info.fps / info.step / _TURNS_FPS), 1)
        self._shot = 0
        self._flows: dict[int, tuple[Flow, bool]] = {}

    def look(
        self, pool: ThreadPoolExecutor, first: int, chunk: Sequence[Frame], starts_shot: bool
    ) -> None:
        """See the pictures of frames from ``first`` on."""
        self._lines.look(pool, first, chunk[0].bgr, chunk[0].time_s, starts_shot)
        if self._turns is not None:
            every = self._every * (_STILL_EVERY if self._turns.stands_still else 1)
            for position, frame in enumerate(chunk, first):
                is_start = position == 0 or (starts_shot and position == first)
                self._shot = position if is_start else self._shot
                if (position - self._shot) % every == 0:
                    flow = self._finder.follow(frame.bgr, starts_shot=is_start)
                    self._flows[position] = flow, is_start

    def people(self, position: int, boxes_px: Sequence[Floats]) -> None:
        """Tell where in a picture people are, for all of them, in order."""
        if self._turns is not None and position in self._flows:
            flow, is_start = self._flows.pop(position)
            self._turns.add(position, flow, boxes_px, starts_shot=is_start)

    def lines(self) -> F32:
        """See ``LineWatch.lines``."""
        return self._lines.lines()

    def turns(self, frame_count: int) -> F32 | None:
        """See ``TurnWatch.turns``."""
        return None if self._turns is None else self._turns.turns(frame_count)


def by_picture(lines: F32 | None) -> dict[int, F64]:
    """What ``LineWatch.lines`` gave, by frame position: segments (n, 4) of each."""
    if lines is None or not len(lines):
        return {}
    positions = lines[:, 0].astype(int)
    return {int(p): lines[positions == p, 1:].astype(np.float64) for p in np.unique(positions)}
