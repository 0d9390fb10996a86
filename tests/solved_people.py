"""Somebody as the track solve leaves them, without any networks having run."""

from __future__ import annotations

import numpy as np
from limn.core.data import solver_points as points
from limn.core.data.observations import TrackObservations
from limn.core.solving.evidence.evidence import Evidence
from limn.core.solving.person import Solved


def somebody(seed: int, frames: int = 3) -> Solved:
    """Points at random round 5 m before the camera; the evidence's 3D is the same, unrooted."""
    X = np.random.default_rng(seed).normal((0, 0, 5), 1, (frames, points.COUNT, 3))
    evidence = Evidence(
        X - X.mean(1, keepdims=True),
        X[..., :2] / X[..., 2:],
        np.ones(X.shape[:2]),
        np.ones(frames),
        np.zeros((frames, points.LIMBS, 2)),
        np.zeros((frames, points.LIMBS)),
        np.zeros((frames, 2, 2, 3)),
        np.zeros((frames, 2)),
        np.ones(frames, bool),
        30.0,
    )
    lengths = np.ones(len(points.RIGID_BONES))
    return Solved(_track(frames), evidence, lengths, X, np.zeros((frames, 2)))


def _track(t: int) -> TrackObservations:
    zeros, box = np.zeros((t, 17, 2), np.float32), np.zeros((t, 4), np.float32)
    middle, side = np.zeros((t, 2), np.float32), np.ones(t, np.float32)
    rows = np.arange(t, dtype=np.int32)
    return TrackObservations(rows, zeros, zeros[..., 0], box, middle, side, {}, None)
