"""The 3D that landmark networks guess frame by frame, with their faults along the view."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...core.data.arrays import Floats
from ...core.lifting.features import about_hips, look_at
from .body import COUNT, JOINTS, MIRROR, TO_POINTS, offsets, positions, rotations, turn
from .chance import Chance, severity
from .detectors import project

_WOBBLE: Final = {
    "left_elbow": (0.20, 0.09),
    "right_elbow": (0.20, 0.09),
    "left_wrist": (0.27, 0.12),
    "right_wrist": (0.27, 0.12),
    "left_knee": (0.16, 0.07),
    "right_knee": (0.16, 0.07),
    "left_ankle": (0.22, 0.09),
    "right_ankle": (0.22, 0.09),
    "spine": (0.10, 0.04),
    "nose": (0.2, 0.1),
    "left_ear": (0.2, 0.1),
    "right_ear": (0.2, 0.1),
}
"""Error of the direction of the bone that ends in a joint: constant and drifting part, radians.

Mostly constant: smoothing real networks' 3D gains 1 mm (shared/reference/lifter.md)."""
_MOSTLY_IN_DEPTH: Final = np.array([1, 1, 0.35], np.float32)
_TURNED_OVER: Final = {"elbow": 0.22, "wrist": 0.28, "knee": 0.12, "ankle": 0.10}
"""How often a bone's depth has the wrong sign for a spell."""


_UNAWARE: Final = 0.55
_USUAL_TILT: Final = 0.10
"""Networks show everybody as a camera that looks down a little would, and learn only half of what a
camera does that doesn't (measured: slopes of depth against height)."""


def guess_3d(xyz: Floats, loss: Floats, chance: Chance, *, severe: bool = False) -> Floats:
    """Points (b, t, 19, 3) in camera axes for true joints (b, t, 22, 3); ``loss`` as in ``Hidden``.

    Errors are drawn in axes that look at the person, because depth is what networks can't see.
    ``severe``: in all windows as large as on rendered people, else mostly smaller.
    """
    b, t = xyz.shape[:2]
    R_view_camera = look_at(project(xyz[:, :, 0]))
    local = (xyz - xyz[:, :, :1]) @ np.swapaxes(R_view_camera, -1, -2)
    offset = offsets(local)
    strength = 0.65 * np.exp(0.35 * chance.normal(b, 1, 1))
    for name, (constant, drifting) in _WOBBLE.items():
        by = constant * chance.normal(b, 1, 3) + 2 * drifting * chance.drift(0.95, b, t, 3)
        if name != "spine":
            _turn_over(offset, name, chance)
        turn(offset, name, rotations(by * strength * _MOSTLY_IN_DEPTH))
    lean = np.zeros((b, 1, 3), np.float32)
    lean[..., 0] = 0.07 * chance.normal(b, 1)
    turn(offset, "spine", rotations(lean))
    lengths = chance.normal(b, COUNT)
    offset = offset * (1 + 0.06 * (lengths + lengths[:, MIRROR]) / 2)[:, None, :, None]
    body = positions(offset)[:, :, TO_POINTS]
    tilt = 0.06 * chance.normal(b, 3)
    tilt[:, 0] -= _UNAWARE * (_tilt(body) - _USUAL_TILT)
    body = body @ np.swapaxes(rotations(tilt), -1, -2)[:, None]
    body[..., 2] *= chance.uniform(0.5, 1.1, b, 1, 1)
    body += 0.008 * chance.normal(*body.shape)
    lost = 0.09 * chance.normal(b, 1, body.shape[2], 3) + 0.05 * chance.drift(0.8, *body.shape)
    body += lost * loss[..., None]
    front_for_back = chance.spell(0.04, 2, 2 * t, b, t)[..., None]
    body[..., 2] = np.where(front_for_back, -body[..., 2], body[..., 2])
    true = about_hips(local[:, :, TO_POINTS])
    share = np.float32(1) if severe else severity(b, chance)
    body = true + share * (about_hips(body) - true)
    return body @ R_view_camera


def _tilt(body: Floats) -> Floats:
    """How much farther away bodies (b, t, p, 3) are lower down: slopes (b,)."""
    y, z = body[..., 1], body[..., 2]
    return np.clip((y * z).sum((1, 2)) / (y**2).sum((1, 2)), -1, 1)


def _turn_over(offset: Floats, name: str, chance: Chance) -> None:
    """A bone and what hangs on it points towards the camera instead of away, in place."""
    part = name.partition("_")[2]
    if part not in _TURNED_OVER:
        return
    b, t = offset.shape[:2]
    wrong = chance.spell(_TURNED_OVER[part], t // 2, 4 * t, b, t)
    j = JOINTS.index(name)
    offset[:, :, j, 2] = np.where(wrong, -offset[:, :, j, 2], offset[:, :, j, 2])
