"""What legs do that nobody sees: they stand under the body.

Networks invent hidden legs anew in every frame, folded or walking; upper-body shots and people
behind tables are common. Where the evidence fades, the legs' directions fade to standing straight,
the same way down for the whole track, feet pointing where the pelvis faces.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, Floats
from ...geometry.rotations import normalize
from ...geometry.smoothing import blur

_HIDDEN: Final = 0.05
"""Score up to which a leg is invented altogether; by hand."""
_SEEN: Final = 0.30
"""Score from which it is seen; in between both are mixed; by hand."""
_BLUR_S: Final = 0.15
"""Seconds over which scores are averaged, so that no leg flickers; by hand."""
_CAMERA_DOWN: Final = np.array([0.0, 1.0, 0.0])
_CAMERA_WEIGHT: Final = 0.5
"""How much the picture's own down counts beside the median trunk's 1; by hand."""
_HEEL_BACK: Final = 0.3
"""The heel lies this share of the foot's length behind the ankle, the toe the rest before it."""


_BODY_RADIUS_M: Final = 0.95
"""From the hips to the farthest joint of a body of ordinary size."""
_FOOT: Final = {"heel": (0.0, 0.05, 0.05), "foot_index": (0.0, 0.06, -0.14)}
"""From the ankle, of a foot that points at the camera."""


def flat_body(xy: Floats, radius: Floats) -> F64:
    """The picture's own shape (t, 19, 2) as bodies (t, 19, 3) without depth, in metres.

    ``radius`` (t,) is the body's in the unit of ``xy``. Feet, which networks without 3D seldom
    have, get a foot's shape.
    """
    hips = [points.POINTS.index(f"{side}_hip") for side in ("left", "right")]
    about = xy - xy[:, hips].mean(1, keepdims=True)
    flat = about * (_BODY_RADIUS_M / np.maximum(radius, 1e-6))[:, None, None]
    out = np.concatenate([flat, np.zeros_like(flat[..., :1])], axis=-1).astype(np.float64)
    for side in ("left", "right"):
        ankle = out[:, points.POINTS.index(f"{side}_ankle")]
        for part, offset in _FOOT.items():
            out[:, points.POINTS.index(f"{side}_{part}")] = ankle + np.array(offset)
    return out


def leg_scores(score: Floats) -> Floats:
    """``score`` (t, 19) with feet that no network has a name for as sure as their ankles."""
    out = score
    for ankle, *rest in points.FEET:
        if not score[:, rest].any():
            out = out.copy() if out is score else out
            out[:, rest] = score[:, [ankle]]
    return out


def told_share(score: Floats) -> Floats:
    """How far what networks tell of a leg is seen: 0 invented, 1 seen, by its ``score``."""
    return np.clip((score - _HIDDEN) / (_SEEN - _HIDDEN), 0, 1)


def settle_hidden_legs(xyz: Floats, score: Floats, fps: float) -> F64:
    """``xyz`` (t, 19, 3) in camera axes with the legs of low ``score`` (t, 19) hanging down."""
    index = {name: i for i, name in enumerate(points.POINTS)}
    sure = np.stack([blur(s, max(_BLUR_S * fps, 0.5)) for s in score.T], axis=-1)
    sure = told_share(sure)
    hips = xyz[:, [index["left_hip"], index["right_hip"]]]
    trunk = normalize(hips.mean(1) - xyz[:, 0:2].mean(1))
    # People bow and turn over legs that stay: the whole track's median trunk tells gravity best.
    down = normalize(np.median(trunk, axis=0) + _CAMERA_WEIGHT * _CAMERA_DOWN)
    down = np.broadcast_to(down, trunk.shape)
    ahead = normalize(np.cross(hips[:, 0] - hips[:, 1], -down))
    out = xyz.astype(np.float64).copy()
    for side in ("left", "right"):
        hip, knee, ankle = (index[f"{side}_{part}"] for part in ("hip", "knee", "ankle"))
        heel, toe = index[f"{side}_heel"], index[f"{side}_foot_index"]
        foot = np.linalg.norm(xyz[:, toe] - xyz[:, heel], axis=-1, keepdims=True)
        drop = np.linalg.norm(xyz[:, heel] - xyz[:, ankle], axis=-1, keepdims=True)
        resting = {
            knee: (hip, down * np.linalg.norm(xyz[:, knee] - xyz[:, hip], axis=-1, keepdims=True)),
            ankle: (
                knee,
                down * np.linalg.norm(xyz[:, ankle] - xyz[:, knee], axis=-1, keepdims=True),
            ),
            heel: (ankle, down * drop - ahead * _HEEL_BACK * foot),
            toe: (ankle, down * drop + ahead * (1 - _HEEL_BACK) * foot),
        }
        for joint, (parent, rest) in resting.items():
            share = sure[:, joint, None]
            bone = share * (xyz[:, joint] - xyz[:, parent]) + (1 - share) * rest
            out[:, joint] = out[:, parent] + bone
    return out
