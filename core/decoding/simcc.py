"""SimCC, one vector per keypoint and axis, as RTMPose and RTMW3D give them (Li et al., 2022)."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..data.arrays import F32, Floats
from ..data.errors import ModelError

SPLIT_RATIO: Final = 2.0
"""Bins per pixel of the input in every published RTMPose and RTMW."""


def decode_simcc(
    simcc_x: Floats,
    simcc_y: Floats,
    count: int,
    split_ratio: float = SPLIT_RATIO,
    source: str = "The network",
) -> tuple[F32, F32]:
    """Keypoints (count, 2) in pixels of the input and their scores (count,).

    Raises ModelError when the vectors aren't one per keypoint.
    """
    axes = [
        _position(_vectors(values, count, role, source))
        for values, role in ((simcc_x, "simcc_x"), (simcc_y, "simcc_y"))
    ]
    xy = np.stack([axes[0][0], axes[1][0]], axis=-1) / split_ratio
    score = np.clip(np.minimum(axes[0][1], axes[1][1]), 0, 1)
    return xy.astype(np.float32), score.astype(np.float32)


DEPTH_RANGE_M: Final = 2.1744869
"""How far the depth axis of published RTMW3D networks reaches before and behind the hips."""


def decode_depth(
    simcc_z: Floats, count: int, range_m: float = DEPTH_RANGE_M, source: str = "The network"
) -> F32:
    """Metres (count,) along the view from the hips, away from the camera.

    The bins run evenly from -``range_m`` to ``range_m`` (MMPose's SimCC3DLabel). Heights of the
    peaks tell nothing of a keypoint's visibility. Raises ModelError for other shapes.
    """
    vectors = _vectors(simcc_z, count, "simcc_z", source)
    bins, _ = _position(vectors)
    return ((bins / (vectors.shape[1] / 2) - 1) * range_m).astype(np.float32)


def _vectors(values: Floats, count: int, role: str, source: str) -> Floats:
    vectors = np.asarray(values)
    if vectors.ndim == 3 and vectors.shape[0] == 1:
        vectors = vectors[0]
    if vectors.ndim != 2 or vectors.shape[0] != count or vectors.shape[1] < 1:
        raise ModelError(
            f"{source} gives '{role}' of shape {np.shape(values)} where {count} keypoints of one "
            "person were expected."
        )
    return np.where(np.isfinite(vectors), vectors, 0).astype(np.float64)


def _position(vectors: Floats) -> tuple[Floats, Floats]:
    """The top of the parabola around each highest bin (k,), and its height (k,)."""
    rows = np.arange(len(vectors))
    best = vectors.argmax(1)
    top = vectors[rows, best]
    low = vectors[rows, np.maximum(best - 1, 0)]
    high = vectors[rows, np.minimum(best + 1, vectors.shape[1] - 1)]
    bend = low - 2 * top + high
    inner = (best > 0) & (best < vectors.shape[1] - 1) & (bend < 0)
    step = np.where(inner, 0.5 * (low - high) / np.where(bend < 0, bend, -1.0), 0.0)
    return best + np.clip(step, -0.5, 0.5), top
