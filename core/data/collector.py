"""What a clip's reading offers to whoever gathers something beside people's landmarks."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from .arrays import F32, U8, Floats, check_fields, of_shape
from .observations import Observed, TrackObservations
from .types import Frame, Landmarks, Region


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """One person in one frame while a clip is read.

    ``keypoints_px`` (17, 2), ``keypoint_score`` (17,) and ``box_px`` (4,) of the detector, between
    two detections interpolated; the ``region`` that the landmark networks look at, and their
    answers under way. ``who`` is the same number in every frame of somebody's track.
    """

    keypoints_px: Floats = field(metadata=of_shape("k", 2))
    keypoint_score: Floats = field(metadata=of_shape("k"))
    box_px: Floats = field(metadata=of_shape(4))
    region: Region
    landmarks: Sequence[Future[Landmarks]]
    who: int = 0

    def __post_init__(self) -> None:
        check_fields(self)


class Collector(Protocol):
    """Gathers something of a clip while it is read, such as depth, lines, hands or silhouettes.

    One thread calls it: ``read`` for every chunk of frames in order; later ``meet`` for every frame
    in order; later ``tell`` for every person in it; then ``forget``. Slow work belongs into the
    pool; a task may wait for landmarks under way, which were given to the pool before it.
    """

    @property
    def numbers(self) -> int:
        """How many numbers it keeps of a person in each frame; without any ``tell`` isn't asked."""
        ...

    def read(
        self, pool: ThreadPoolExecutor, first: int, chunk: Sequence[Frame], *, starts_shot: bool
    ) -> None:
        """See the frames from position ``first`` on, before anybody is found in them."""
        ...

    def meet(
        self, pool: ThreadPoolExecutor, position: int, bgr: U8, people: Sequence[Sighting]
    ) -> None:
        """See a frame with everybody in it, perhaps nobody; the last time that it is shown."""
        ...

    def tell(self, position: int, person: Sighting, landmarks: Sequence[Landmarks]) -> F32:
        """What is kept of a person in a frame, (``numbers``,), with all their landmarks known."""
        ...

    def forget(self, until: int) -> None:
        """Give up what is held of frames before ``until``."""
        ...

    def keep(self, track: TrackObservations, told: F32) -> TrackObservations:
        """``track`` with what was told (t, ``numbers``) of that person."""
        ...

    def finish(self, seen: Observed) -> Observed:
        """``seen`` with what was gathered of the whole clip."""
        ...


class Nobody:
    """What a collector does that keeps nothing of people, and no pictures."""

    numbers = 0

    def meet(
        self, pool: ThreadPoolExecutor, position: int, bgr: U8, people: Sequence[Sighting]
    ) -> None:
        """Nothing."""

    def tell(self, position: int, person: Sighting, landmarks: Sequence[Landmarks]) -> F32:
        """No numbers."""
        return np.zeros(0, np.float32)

    def forget(self, until: int) -> None:
        """Nothing: nothing is held."""

    def keep(self, track: TrackObservations, told: F32) -> TrackObservations:
        """``track`` as it is."""
        return track
