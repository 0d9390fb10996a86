"""What is noted of the scene behind the people while a clip is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Final, Protocol

import numpy as np

from ..data.arrays import F32, F64, U8
from ..data.collector import Apart, Nobody, Sighting
from ..data.observations import Observed
from ..data.types import Camera, ClipInfo, Frame
from .background import STILL_EVERY
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
"""Seconds between two pictures of a shot whose lines are looked for; by hand."""
_PER_SHOT: Final = 3
"""Pictures of a shot at most; by hand."""
_PICTURES: Final = 8
"""More pictures of one camera tell little more."""
_TURNS_FPS: Final = 30.0
"""Hands shake no faster than this shows; of faster clips frames are left out."""


class LineCollector(Nobody):
    """Looks at the first picture of every shot and at some later ones, where people have moved.

    Implements ``core.data.collector.Collector``.
    """

    def __init__(self, find: LineFinder) -> None:
        self._find = find
        self._found: dict[int, Future[F32]] = {}
        self._in_shot, self._last_s = 0, 0.0

    def read(
        self, pool: ThreadPoolExecutor, first: int, chunk: Sequence[Frame], *, starts_shot: bool
    ) -> None:
        """Begin with the picture of frame ``first`` if it is one of those."""
        time_s = chunk[0].time_s
        if starts_shot or not self._found:
            self._in_shot = 0
        elif self._in_shot >= _PER_SHOT or time_s - self._last_s < _EVERY_S:
            return
        if len(self._found) < _PICTURES:
            self._found[first] = pool.submit(self._find, chunk[0].bgr)
            self._in_shot, self._last_s = self._in_shot + 1, time_s

    def finish(self, seen: Observed) -> Observed:
        """``seen`` with everything found (n, 5): the frame's position before each segment."""
        each = [np.insert(f.result(), 0, position, axis=1) for position, f in self._found.items()]
        lines = np.concatenate([np.zeros((0, 5)), *each]).astype(np.float32)
        return replace(seen, lines=lines)


class TurnCollector(Apart):
    """Watches how ``camera`` turns, of which only intrinsics are asked; a still has none.

    Implements ``core.data.collector.Collector``.
    """

    def __init__(
        self,
        finder: SceneFinder,
        info: ClipInfo,
        camera: Camera,
        still_every: int = STILL_EVERY,
    ) -> None:
        """A camera that has stood still is looked at as seldom as ``still_every`` says, until it
        turns."""
        self._finder, self._still_every = finder, still_every
        self._turns = TurnWatch(camera)
        self._every = max(round(info.fps / info.step / _TURNS_FPS), 1)
        self._shot = 0
        self._flows: dict[int, tuple[Flow, bool]] = {}

    def read(
        self, pool: ThreadPoolExecutor, first: int, chunk: Sequence[Frame], *, starts_shot: bool
    ) -> None:
        """Follow the background through the pictures of frames from ``first`` on."""
        every = self._every * (self._still_every if self._turns.stands_still else 1)
        for position, frame in enumerate(chunk, first):
            is_start = position == 0 or (starts_shot and position == first)
            self._shot = position if is_start else self._shot
            if (position - self._shot) % every == 0:
                flow = self._finder.follow(frame.bgr, starts_shot=is_start)
                self._flows[position] = flow, is_start

    def meet(
        self, pool: ThreadPoolExecutor, position: int, bgr: U8, people: Sequence[Sighting]
    ) -> None:
        """Learn where in a picture people are: what lies there doesn't tell of the camera."""
        if position in self._flows:
            flow, is_start = self._flows.pop(position)
            boxes = [person.box_px for person in people]
            self._turns.add(position, flow, boxes, starts_shot=is_start)

    def finish(self, seen: Observed) -> Observed:
        """``seen`` with the turns (T, 3), see ``TurnWatch.turns``."""
        return replace(seen, turns=self._turns.turns(len(seen.time_s)))


def scene_collectors(
    finder: SceneFinder, info: ClipInfo, camera: Camera, still_every: int = STILL_EVERY
) -> tuple[LineCollector | TurnCollector, ...]:
    """Lines, and the turns of ``camera``, perhaps a guess, in a clip that is no still."""
    lines = LineCollector(finder.lines)
    return (lines,) if info.is_still else (lines, TurnCollector(finder, info, camera, still_every))


def by_picture(lines: F32 | None) -> dict[int, F64]:
    """What ``LineCollector`` found, by frame position: segments (n, 4) of each."""
    if lines is None or not len(lines):
        return {}
    positions = lines[:, 0].astype(int)
    return {int(p): lines[positions == p, 1:].astype(np.float64) for p in np.unique(positions)}
