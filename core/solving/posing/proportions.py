"""A person's own rest skeleton, from the lengths that the track solve used."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F32, Floats
from ...data.skeletons import REST_XYZ_BODY, SMPLX_55, SMPLX_PARENTS, joint

_TRUNK_PERCENTILE: Final = 75.0
"""A bent trunk is short: the straight one is among the longer."""


def rest_skeleton(X: Floats, lengths: Floats) -> F32:
    """Rest joints (55, 3), body frame, pelvis at the origin.

    ``X`` (t, 19, 3) the solved points; ``lengths`` (b,) of ``RIGID_BONES``. Limbs and girdles have
    the solved lengths, the trunk its straight length; head, hands and feet scale along.
    """
    by_bone = dict(zip(points.RIGID_BONES, lengths.tolist(), strict=True))

    def solved(a: str, b: str) -> float:
        return by_bone[points.POINTS.index(a), points.POINTS.index(b)]

    scale = np.ones(55)
    trunk = np.percentile(
        np.linalg.norm(X[:, 0:2].mean(1) - X[:, 6:8].mean(1), axis=-1), _TRUNK_PERCENTILE
    )
    rest = REST_XYZ_BODY.astype(np.float64)
    middle = {
        kind: rest[[joint(f"left_{kind}"), joint(f"right_{kind}")]].mean(0)
        for kind in ("hip", "shoulder")
    }
    trunk_scale = float(trunk / np.linalg.norm(middle["shoulder"] - middle["hip"]))
    scale[:] = trunk_scale
    leg_scale = (solved("left_hip", "left_knee") + solved("left_knee", "left_ankle")) / (
        _rest_length("left_knee") + _rest_length("left_ankle")
    )
    arm_scale = solved("left_elbow", "left_wrist") / _rest_length("left_wrist")
    hip_scale = solved("left_hip", "right_hip") / np.ptp(rest[[1, 2], 0])
    shoulder_scale = solved("left_shoulder", "right_shoulder") / np.ptp(rest[[16, 17], 0])
    size = (trunk_scale + leg_scale) / 2
    for side in ("left", "right"):
        scale[joint(f"{side}_knee")] = solved("left_hip", "left_knee") / _rest_length("left_knee")
        scale[joint(f"{side}_ankle")] = solved("left_knee", "left_ankle") / _rest_length(
            "left_ankle"
        )
        scale[joint(f"{side}_foot")] = leg_scale
        scale[joint(f"{side}_elbow")] = solved("left_shoulder", "left_elbow") / _rest_length(
            "left_elbow"
        )
        scale[joint(f"{side}_wrist")] = arm_scale
    for name in ("head", "jaw", "left_eye_smplhf", "right_eye_smplhf"):
        scale[joint(name)] = size
    scale[25:] = arm_scale
    return _assemble(rest, scale, hip_scale, shoulder_scale)


def _assemble(rest: Floats, scale: Floats, hip_scale: float, shoulder_scale: float) -> F32:
    out = np.zeros((55, 3))
    for j in range(1, 55):
        parent = SMPLX_PARENTS[j]
        bone = (rest[j] - rest[parent]) * scale[j]
        kind = SMPLX_55[j].rsplit("_", 1)[-1]
        if kind == "hip":
            bone[0] = (rest[j] - rest[parent])[0] * hip_scale
        elif kind in ("collar", "shoulder"):
            bone[0] = (rest[j] - rest[parent])[0] * shoulder_scale
        out[j] = out[parent] + bone
    return out.astype(np.float32)


def _rest_length(name: str) -> float:
    j = joint(name)
    return float(np.linalg.norm(REST_XYZ_BODY[j] - REST_XYZ_BODY[SMPLX_PARENTS[j]]))
