"""How large a body is whose motion is known, from its feet: they stand still in its own steps."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data.arrays import F64, I32
from ...data.skeletons import joint
from ...geometry.smoothing import blur

_FEET: Final = tuple(
    tuple(joint(f"{side}_{part}") for part in ("ankle", "foot")) for side in ("left", "right")
)
_SMALLEST, _LARGEST = 0.6, 1.5
"""Share of the reference adult's size that a body may have; by hand."""
_PRIOR: Final = 0.05
"""By what share people differ in size, as far as nothing else tells, one standard deviation."""
_NOISE_MPS: Final = 0.15  # of a standing foot's speed; by hand
_BLUR_S: Final = 0.06
"""Seconds over which speeds are averaged; by hand."""
_ROUNDS: Final = 12  # of the reweighted least squares


def size_from_feet(
    offsets: F64, root_xyz: F64, frames: I32, fps: float, size: float = 1.0
) -> float:
    """The size at which the slower foot stands best, beside ``size``, what is expected.

    ``offsets`` (t, 55, 3) are joints about the pelvis at size 1, in the world's axes, and
    ``root_xyz`` (t, 3) its way: a foot moves by the root's speed and by the size times its own.
    Nobody who never steps tells anything, and ``size`` stays.
    """
    if len(frames) < 4:
        return size
    consecutive = np.diff(frames) == 1
    feet: F64 = np.stack([offsets[:, list(foot)].mean(1) for foot in _FEET], axis=1)
    sigma = max(_BLUR_S * fps, 0.5)
    own = _speeds(feet.reshape(len(feet), -1), fps, sigma).reshape(-1, 2, 3)[consecutive]
    way = _speeds(root_xyz, fps, sigma)[consecutive][:, None]
    found = size
    for _ in range(_ROUNDS):
        speed = np.linalg.norm(way + found * own, axis=-1)
        slower = speed == speed.min(1, keepdims=True)
        weight = slower / (1 + (speed / _NOISE_MPS) ** 2) ** 2 / _NOISE_MPS**2
        # Frames of one stand say one thing: they count as what lasts a tenth of a second.
        weight = weight / max(0.1 * fps, 1.0)
        stiff = (weight * (own**2).sum(-1)).sum() + _PRIOR**-2
        pull = -(weight * (own * way).sum(-1)).sum() + size * _PRIOR**-2
        found = float(np.clip(pull / stiff, _SMALLEST, _LARGEST))
    return found


def _speeds(values: F64, fps: float, sigma: float) -> F64:
    """(t - 1, k) of (t, k), averaged over time."""
    smooth = np.stack([blur(column, sigma) for column in values.T], axis=-1)
    return np.diff(smooth, axis=0) * fps
