"""Where people's keypoints were when the middle of each picture was read, see ``path.rolling``."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..data.arrays import F32, F64, Floats
from ..data.observations import TrackObservations
from ..data.types import Camera
from .path.rolling import slips

_MOST: Final = 0.02
"""Share of the picture's longer side that a keypoint is moved by at most: what would be moved by
more jumped from one limb to another. By hand."""


def read_at_once(
    track: TrackObservations, camera: Camera, skew: Floats | None
) -> TrackObservations:
    """``track`` with every keypoint where it would be in pictures that are read at once.

    ``skew`` (2,) frames that reading the picture's longer side takes along x and y, None for 0.
    """
    if skew is None:
        return track
    passes = {
        name: replace(one, xy_px=_moved(one.xy_px, track, camera, skew))
        for name, one in track.passes.items()
    }
    detected = _moved(track.detected_xy_px, track, camera, skew)
    return replace(track, passes=passes, detected_xy_px=detected)


def _moved(xy_px: F32, track: TrackObservations, camera: Camera, skew: Floats) -> F32:
    t, n = xy_px.shape[:2]
    longer = float(max(camera.size_px))
    xy: F64 = (xy_px.astype(np.float64) - camera.K[:2, 2]).reshape(t * n, 2)
    point = np.tile(np.arange(n, dtype=np.int64), t)
    frame = np.repeat(track.frames.astype(np.float64), n)
    moved = np.nan_to_num(slips(point, xy, frame, longer) @ skew)
    most = _MOST * longer
    return (xy_px - np.clip(moved, -most, most).reshape(t, n, 2)).astype(np.float32)
