"""More bodies and poses out of little motion: recombined, bent and re-proportioned."""

from __future__ import annotations

import numpy as np

from ...core.arrays import Bools, Floats
from ...core.lifter_features import CANONICAL_M, body_size
from .body import (
    COUNT,
    MIRROR,
    TO_POINTS,
    beyond,
    joint,
    offsets,
    positions,
    rotations,
    turn,
)
from .chance import Chance

_BENT = {
    "left_elbow": 0.45,
    "right_elbow": 0.45,
    "left_wrist": 0.3,
    "right_wrist": 0.3,
    "left_knee": 0.22,
    "right_knee": 0.22,
    "left_ankle": 0.15,
    "right_ankle": 0.15,
    "neck": 0.15,
    "nose": 0.15,
}
"""How far the bone that ends in a joint is turned, one standard deviation in radians."""
_LEGS = ("left_knee", "right_knee", "left_ankle", "right_ankle")


def augment(xyz: Floats, chance: Chance) -> tuple[Floats, Bools]:
    """New joints (b, t, 22, 3), and whether the old contacts still hold (b,)."""
    b, t = xyz.shape[:2]
    offset = offsets(xyz)
    _graft(xyz, offset, chance)
    bent = chance.happens(0.6, b)
    ramp = np.linspace(0, 1, t, dtype=np.float32)[None, :, None]
    for name, sigma in _BENT.items():
        by = (chance.normal(b, 1, 3) + 0.5 * chance.normal(b, 1, 3) * ramp) * np.float32(sigma)
        if name in _LEGS:
            by = by * chance.happens(0.6, b)[:, None, None]
        R = rotations(by * bent[:, None, None])
        if name == "nose":
            for part in ("nose", "left_ear", "right_ear"):
                turn(offset, part, R)
        else:
            turn(offset, name, R)
    leaning = chance.happens(0.5, b)[:, None]
    R = rotations(0.12 * chance.normal(b, 3) * leaning)
    offset[:, :, 1:] = offset[:, :, 1:] @ np.swapaxes(R, -1, -2)[:, None]
    return positions(offset * _proportions(b, chance)), ~bent & ~leaning[:, 0]


def _graft(xyz: Floats, offset: Floats, chance: Chance) -> None:
    """Put the upper body of another window on, as it sits on the pelvis, in place."""
    b = len(xyz)
    donor = chance.rng.permutation(b)
    frame = _pelvis_frame(xyz)
    R = frame @ np.swapaxes(frame[donor], -1, -2)
    upper = beyond("neck")
    moved = offset[donor][:, :, upper] @ np.swapaxes(R, -1, -2)
    chosen = chance.happens(0.45, b)
    offset[:, :, upper] = np.where(chosen[:, None, None, None], moved, offset[:, :, upper])


def _pelvis_frame(xyz: Floats) -> Floats:
    up = xyz[:, :, joint("spine")] - xyz[:, :, 0]
    up = up / np.linalg.norm(up, axis=-1, keepdims=True)
    left = xyz[:, :, joint("left_hip")] - xyz[:, :, joint("right_hip")]
    left = left - up * (left * up).sum(-1, keepdims=True)
    left = left / np.linalg.norm(left, axis=-1, keepdims=True)
    return np.stack([left, up, np.cross(left, up)], -1)


def _proportions(b: int, chance: Chance) -> Floats:
    """Factors (b, 1, 22, 1) of bone lengths: mostly the same left and right."""
    one = chance.normal(b, COUNT)
    both = (one + one[:, MIRROR]) / 2
    factor = np.clip(1 + 0.10 * both + 0.02 * chance.normal(b, COUNT), 0.7, 1.35)
    factor[:, 0] = 1
    return factor[:, None, :, None]


def to_canonical(xyz: Floats) -> Floats:
    """Scale each window to the network's one body size."""
    size = np.median(body_size(xyz[:, :, TO_POINTS]), axis=1)
    return xyz * (CANONICAL_M / size).astype(np.float32)[:, None, None, None]
