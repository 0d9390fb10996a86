"""How well each joint was seen."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F32
from ...data.skeletons import SMPLX_55, SMPLX_PARENTS, joint
from ...faces.posing import FaceMotion
from ...geometry.smoothing import blur
from ...hands.model import finger_joints
from ...hands.posing import HandMotion
from ..evidence.evidence import Evidence
from ..evidence.occluded_legs import leg_scores

_SCORE_OF_JOINT: Final = {
    "hip": "hip",
    "knee": "knee",
    "ankle": "ankle",
    "foot": "foot_index",
    "collar": "shoulder",
    "shoulder": "shoulder",
    "elbow": "elbow",
    "wrist": "wrist",
}


def joint_confidence(evidence: Evidence, hands: HandMotion | None, face: FaceMotion | None) -> F32:
    """(t, 55) in [0, 1]: each joint by its own evidence, joints in between by their neighbours'."""
    score = leg_scores(evidence.best_score)
    index = {name: i for i, name in enumerate(points.POINTS)}
    smooth = np.stack([blur(column, max(0.05 * evidence.fps, 0.5)) for column in score.T], axis=-1)
    out = np.zeros((len(score), 55))
    for j, name in enumerate(SMPLX_55):
        side, _, part = name.partition("_")
        if part in _SCORE_OF_JOINT:
            out[:, j] = smooth[:, index[f"{side}_{_SCORE_OF_JOINT[part]}"]]
        elif j >= 25:
            out[:, j] = out[:, joint(f"{side}_wrist")]
    hips, shoulders = smooth[:, 6:8].mean(1), smooth[:, 0:2].mean(1)
    head = smooth[:, 12:15].mean(1)
    for name, value in (
        ("pelvis", hips),
        ("spine1", (2 * hips + shoulders) / 3),
        ("spine2", (hips + shoulders) / 2),
        ("spine3", (hips + 2 * shoulders) / 3),
        ("neck", (shoulders + head) / 2),
        ("head", head),
    ):
        out[:, joint(name)] = value
    if hands is not None:
        for k, side in enumerate(("left", "right")):
            out[:, list(finger_joints(side))] = hands.trust[:, k, None]
    for j in (22, 23, 24):
        out[:, j] = out[:, SMPLX_PARENTS[j]]
    if face is not None:
        out[:, joint("jaw")] = face.trust
    return np.clip(out, 0, 1).astype(np.float32)
