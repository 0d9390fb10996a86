"""A depth network beside the others while a clip is read: maps come and go, readings stay."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import numpy as np

from ..data.arrays import F32, U8, Floats
from ..data.skeletons import COCO_SKELETON
from ..data.types import Landmarks
from . import reading
from .maps import DepthMap, DepthModel

_PRESENCE: Final = 0.3


class DepthWatch:
    """Runs a model on the frames that show people and reads its maps inside them."""

    def __init__(self, model: DepthModel, size_px: tuple[int, int]) -> None:
        self._model, self._size_px = model, size_px
        self._waiting: dict[int, Future[DepthMap | None]] = {}
        self._grids: dict[int, F32] = {}

    def start(self, pool: ThreadPoolExecutor, position: int, bgr: U8) -> None:
        """Begin with the picture of frame ``position``."""
        self._waiting[position] = pool.submit(self._model.estimate, bgr)

    def read(self, position: int, xy_px: Floats, side_px: float) -> F32:
        """Readings (s, 3) of a person whose ``reading.LANDMARKS`` are at ``xy_px`` (n, 2); NaN
        where the map tells nothing.

        Waits for the map. Raises ModelError when the model failed.
        """
        depth = self._waiting[position].result()
        if depth is None or not np.isfinite(xy_px).all():
            return np.full((reading.SAMPLES, 3), np.nan, np.float32)
        if position not in self._grids:
            self._grids[position] = reading.read_grid(depth, self._size_px)
        return reading.read_body(depth, xy_px, side_px)

    def forget(self, until: int) -> None:
        """Give up the maps of frames before ``until``."""
        for position in [p for p in self._waiting if p < until]:
            del self._waiting[position]

    def grid(self, frame_count: int) -> F32:
        """The grid (t, rows, columns) of all frames, NaN where nobody was."""
        out = np.full((frame_count, *reading.GRID), np.nan, np.float32)
        for position, values in self._grids.items():
            out[position] = values
        return out


def body_px(seen: Sequence[Landmarks], keypoints_px: Floats) -> Floats:
    """Where a person's ``reading.LANDMARKS`` (n, 2) are: the networks' mean, or the detector's
    COCO keypoints (17, 2)."""
    names = reading.LANDMARKS
    sure = [one.skeleton.select(names).of(one.xy_px) for one in seen if one.presence > _PRESENCE]
    if sure:
        return np.mean(sure, axis=0)
    return COCO_SKELETON.select(names).of(np.asarray(keypoints_px, np.float32))
