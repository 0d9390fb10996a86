"""A depth network beside the others while a clip is read: maps come and go, readings stay."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Final

import numpy as np

from ..data.arrays import F32, U8, Floats
from ..data.collector import Sighting
from ..data.observations import Observed, TrackObservations
from ..data.skeletons import COCO_SKELETON
from ..data.types import Frame, Landmarks
from . import reading
from .maps import DepthMap, DepthModel

_PRESENCE: Final = 0.3
"""Chance of a person in the crop from which a network's points are read; by hand."""


class DepthCollector:
    """Runs a model on the frames that show people and reads its maps inside them.

    Implements ``core.data.collector.Collector``.
    """

    numbers = reading.SAMPLES * 3

    def __init__(self, model: DepthModel, size_px: tuple[int, int]) -> None:
        self._model, self._size_px = model, size_px
        self._waiting: dict[int, Future[DepthMap | None]] = {}
        self._grids: dict[int, F32] = {}

    def read(
        self, pool: ThreadPoolExecutor, first: int, chunk: Sequence[Frame], *, starts_shot: bool
    ) -> None:
        """Nothing: only frames with people in them are worth a look."""

    def meet(
        self, pool: ThreadPoolExecutor, position: int, bgr: U8, people: Sequence[Sighting]
    ) -> None:
        """Begin with the picture of frame ``position`` if it shows anybody."""
        if people:
            self._waiting[position] = pool.submit(self._model.estimate, bgr)

    def tell(self, position: int, person: Sighting, landmarks: Sequence[Landmarks]) -> F32:
        """Readings (s, 3) of a person, as one row; NaN where the map tells nothing.

        Waits for the map. Raises ModelError when the model failed.
        """
        depth = self._waiting[position].result()
        xy_px = _landmarks_px(landmarks, person.keypoints_px)
        if depth is None or not np.isfinite(xy_px).all():
            return np.full(self.numbers, np.nan, np.float32)
        if position not in self._grids:
            self._grids[position] = reading.read_grid(depth, self._size_px)
        return reading.read_body(depth, xy_px, person.region.side_px).ravel()

    def forget(self, until: int) -> None:
        """Give up the maps of frames before ``until``."""
        for position in [p for p in self._waiting if p < until]:
            del self._waiting[position]

    def keep(self, track: TrackObservations, told: F32) -> TrackObservations:
        """``track`` with its readings (t, s, 3)."""
        return replace(track, depth=told.reshape(len(told), reading.SAMPLES, 3))

    def finish(self, seen: Observed) -> Observed:
        """``seen`` with the grid (T, rows, columns) of all frames, NaN where nobody was."""
        out = np.full((len(seen.time_s), *reading.GRID), np.nan, np.float32)
        for position, values in self._grids.items():
            out[position] = values
        return replace(seen, depth_grid=out)


def _landmarks_px(seen: Sequence[Landmarks], keypoints_px: Floats) -> Floats:
    """Where a person's ``reading.LANDMARKS`` (n, 2) are: the networks' mean, or the detector's
    COCO keypoints (17, 2)."""
    names = reading.LANDMARKS
    sure = [one.skeleton.select(names).of(one.xy_px) for one in seen if one.presence > _PRESENCE]
    if sure:
        return np.mean(sure, axis=0)
    return COCO_SKELETON.select(names).of(np.asarray(keypoints_px, np.float32))
