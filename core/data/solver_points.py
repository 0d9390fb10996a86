"""The 19 points that the track solve moves, and the bones between them: data only."""

from __future__ import annotations

from typing import Final

import numpy as np

from .skeletons import BLAZEPOSE_33, mirror_order

POINTS: Final = (
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
    "nose",
    "left_ear",
    "right_ear",
    "left_heel",
    "right_heel",
    "left_foot_index",
    "right_foot_index",
)
"""The 12 limb joints first, then head and feet; names are BlazePose's."""

UPPER: Final = [
    k
    for k, name in enumerate(POINTS)
    if name.endswith(("shoulder", "elbow", "wrist", "nose", "ear"))
]
"""The points above the hips."""
COUNT: Final = len(POINTS)
LIMBS: Final = 12  # the first points, which COCO has too
MIRROR: Final = np.array(mirror_order(POINTS))
FROM_BLAZEPOSE: Final = np.array([BLAZEPOSE_33.index(name) for name in POINTS])

Bone = tuple[int, int]


def _bones(*pairs: str) -> tuple[Bone, ...]:
    """'left_hip left_knee' to index pairs; '*' stands for left, then right."""
    out: list[Bone] = []
    for pair in pairs:
        for side in ("left", "right") if "*" in pair else ("",):
            a, b = pair.replace("*", side).split()
            out.append((POINTS.index(a), POINTS.index(b)))
    return tuple(out)


LIMB_BONES: Final = _bones(
    "*_shoulder *_elbow", "*_elbow *_wrist", "*_hip *_knee", "*_knee *_ankle"
)
"""Rigid bones, parent first, left and right in turn, outwards along each limb."""

GIRDLE_BONES: Final = _bones("left_hip right_hip", "left_shoulder right_shoulder")
SMALL_BONES: Final = _bones(
    "*_ankle *_heel",
    "*_heel *_foot_index",
    "*_ankle *_foot_index",
    "left_ear right_ear",
    "nose left_ear",
    "nose right_ear",
)
RIGID_BONES: Final = LIMB_BONES + GIRDLE_BONES + SMALL_BONES
"""Bones whose length is one number for the whole track."""

TRUNK_BONES: Final = _bones(
    "left_shoulder left_hip",
    "right_shoulder right_hip",
    "left_shoulder right_hip",
    "right_shoulder left_hip",
)
"""Lengths that a bending spine changes a little."""

NECK_BONES: Final = _bones("*_shoulder *_ear", "*_shoulder nose")

DIRECTED_BONES: Final = (
    LIMB_BONES
    + GIRDLE_BONES
    + TRUNK_BONES
    + _bones("*_ankle *_heel", "*_heel *_foot_index")
    + NECK_BONES
    + _bones("*_hip *_knee")
)
"""Bones whose direction the networks' 3D tells. Thighs count twice: they carry the whole leg."""

ANTHROPOMETRIC_SHARE: Final = {
    "shoulder elbow": 0.162,
    "elbow wrist": 0.1545,
    "hip knee": 0.2425,
    "knee ankle": 0.249,
    "hip hip": 0.133,
    "shoulder shoulder": 0.212,
}
"""Bone length between joint centres as a share of stature: limbs from de Leva, Adjustments to
Zatsiorsky-Seluyanov's segment inertia parameters, J. Biomechanics 29 (1996), men; hip and shoulder
width from Limn's own rest skeleton, because networks put them further out than the joints are."""

FEET: Final = tuple(
    tuple(POINTS.index(f"{side}_{part}") for part in ("ankle", "heel", "foot_index"))
    for side in ("left", "right")
)
