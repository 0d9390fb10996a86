"""Points of the background, followed through a clip: what tells how its camera moves."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import numpy as np

from ..data.arrays import F32, I32, U8, Floats, check_fields, of_shape
from ..data.collector import Apart, Sighting
from ..data.observations import Background, Observed
from ..data.types import ClipInfo, Frame

_FPS: Final = 60.0
"""Of faster clips frames are left out: a camera's path between them is interpolated."""
_STILL: Final = 0.0012
"""Of the picture's longer side: points that stay within it don't move."""
_STILL_SHARE: Final = 0.7
"""Share of points that must not move for the camera to stand still; the rest are things that do."""
_LATEST: Final = 8
"""Looks at rest after which the camera is taken to rest; by hand."""
STILL_EVERY: Final = 3
"""A camera that has stood still is looked at as seldom, until it moves."""
STILL_SELDOM: Final = 6
"""The same in "fast"."""
_STILL_KEPT_S: Final = 1.0
"""And this often what is seen of it is kept."""
_SHORTEST: Final = 6
"""Looks for which a point must be followed to be kept; by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """The points seen in one frame: their numbers ``points`` (n,) and ``xy_px`` (n, 2)."""

    points: I32 = field(metadata=of_shape("n"))
    xy_px: F32 = field(metadata=of_shape("n", 2))

    def __post_init__(self) -> None:
        check_fields(self)


class BackgroundFollower(Protocol):
    """Follows points from picture to picture of one clip."""

    def follow(self, bgr: U8, boxes_px: Floats, *, starts_shot: bool) -> Sight:
        """The points in the next picture (h, w, 3); none within people's ``boxes_px`` (b, 4).

        A point keeps its number while it is followed; a shot has points of its own.
        """
        ...


class BackgroundCollector(Apart):
    """Keeps where points of the background are in every frame of a shot whose camera moves.

    Implements ``core.data.collector.Collector``. The frames of a camera that stands still are
    looked at more seldom, and of a shot in which nothing but people moves nothing is kept.
    """

    def __init__(
        self, follower: BackgroundFollower, info: ClipInfo, still_every: int = STILL_EVERY
    ) -> None:
        """Of a camera that has stood still every ``still_every``-th look is made."""
        self._follower, self._still_every = follower, still_every
        self._longer_px = max(info.size_px)
        fps = info.fps / info.step
        self._every = max(round(fps / _FPS), 1)
        self._kept_every = max(round(_STILL_KEPT_S * fps), 1)
        self._begins: set[int] = set()
        self._shots: list[_Shot] = []

    def read(
        self, pool: ThreadPoolExecutor, first: int, chunk: Sequence[Frame], *, starts_shot: bool
    ) -> None:
        """Note where shots begin."""
        if starts_shot or first == 0:
            self._begins.add(first)

    def meet(
        self, pool: ThreadPoolExecutor, position: int, bgr: U8, people: Sequence[Sighting]
    ) -> None:
        """Follow the points into a frame, now that it is known where people are."""
        begins = position in self._begins
        if begins:
            self._begins.remove(position)
            self._shots.append(_Shot(position, self._longer_px))
        shot = self._shots[-1]
        every = self._every * (self._still_every if shot.rests else 1)
        if not begins and position - shot.looked < every:
            return
        boxes = np.array([person.box_px for person in people], np.float64).reshape(-1, 4)
        shot.add(position, self._follower.follow(bgr, boxes, starts_shot=begins), self._kept_every)

    def finish(self, seen: Observed) -> Observed:
        """``seen`` with the ``Background``, None where no shot's camera moves."""
        told = [rows for shot in self._shots if (rows := shot.rows()) is not None]
        if not told:
            return seen
        frames, points, xy = (np.concatenate(part) for part in zip(*told, strict=True))
        return replace(seen, background=Background(frames, points, xy))


class _Shot:
    """What was seen of the background since a shot began."""

    def __init__(self, first: int, longer_px: int) -> None:
        self.looked = first
        """The frame that was looked at last."""
        self._still_px = _STILL * longer_px
        self._sights: list[tuple[int, Sight]] = []
        self._latest: list[Sight] = []
        self._before: tuple[int, Sight] | None = None
        self._kept = first

    @property
    def rests(self) -> bool:
        """Whether the camera stood still in the latest looks."""
        if len(self._latest) < _LATEST:
            return False
        a, b = self._latest[0], self._latest[-1]
        _, i, j = np.intersect1d(a.points, b.points, assume_unique=True, return_indices=True)
        off = np.linalg.norm(b.xy_px[j] - a.xy_px[i], axis=1)
        return len(off) > 0 and bool((off < self._still_px).mean() >= _STILL_SHARE)

    def add(self, position: int, sight: Sight, kept_every: int) -> None:
        """The next look; of a camera at rest only some are kept, and the last before it moves."""
        rested = self.rests
        self._latest = [*self._latest, sight][-_LATEST:]
        self.looked = position
        if rested and self.rests and position - self._kept < kept_every:
            self._before = position, sight
            return
        if self._before is not None:
            self._sights.append(self._before)
            self._before = None
        self._sights.append((position, sight))
        self._kept = position

    def rows(self) -> tuple[I32, I32, F32] | None:
        """Frames (m,), points (m,) and pixels (m, 2) of the shot; None where its camera rests."""
        if len(self._sights) < 2:
            return None
        counts = [len(sight.points) for _, sight in self._sights]
        frames = np.repeat(np.array([at for at, _ in self._sights], np.int32), counts)
        points = np.concatenate([sight.points for _, sight in self._sights])
        xy = np.concatenate([sight.xy_px for _, sight in self._sights])
        numbers, row, seen = np.unique(points, return_inverse=True, return_counts=True)
        if not len(numbers):
            return None
        low, high = np.full((2, len(numbers), 2), np.inf)
        high = -high
        np.minimum.at(low, row, xy)
        np.maximum.at(high, row, xy)
        lasting = seen >= min(_SHORTEST, len(self._sights))
        moved = np.linalg.norm(high - low, axis=1)[lasting] > 2 * self._still_px
        if not len(moved) or moved.mean() <= 1 - _STILL_SHARE:
            return None
        keep = lasting[row]
        return frames[keep], points[keep], xy[keep].astype(np.float32)
