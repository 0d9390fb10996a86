"""Joint names, parents, mirrors and rest positions: data only.

Sources: COCO keypoints (cocodataset.org), BlazePose GHUM (MediaPipe), SMPL-X (smpl-x.is.tue.mpg.de)
for names and order. The rest positions are those of the CC0 MakeHuman average adult re-posed into
the SMPL-X zero pose (T-pose, palms down), made exactly symmetric; see NOTICE.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from .arrays import F32

COCO_17: Final = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
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
)
"""Keypoints of COCO, MoveNet and CenterNet."""

BLAZEPOSE_33: Final = (
    "nose",
    "left_eye_inner",
    "left_eye",
    "left_eye_outer",
    "right_eye_inner",
    "right_eye",
    "right_eye_outer",
    "left_ear",
    "right_ear",
    "mouth_left",
    "mouth_right",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_pinky",
    "right_pinky",
    "left_index",
    "right_index",
    "left_thumb",
    "right_thumb",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
    "left_heel",
    "right_heel",
    "left_foot_index",
    "right_foot_index",
)
"""Landmarks of BlazePose GHUM, as MediaPipe names them (lower case)."""

# (name, parent, x, y, z): metres in the body frame, pelvis at the origin.
_SMPLX: Final = (
    ("pelvis", -1, 0.0000, 0.0000, 0.0000),
    ("left_hip", 0, 0.1072, -0.0485, -0.0086),
    ("right_hip", 0, -0.1072, -0.0485, -0.0086),
    ("spine1", 0, 0.0000, 0.1082, 0.0031),
    ("left_knee", 1, 0.1315, -0.4479, -0.0087),
    ("right_knee", 2, -0.1315, -0.4479, -0.0087),
    ("spine2", 3, 0.0000, 0.2102, -0.0109),
    ("left_ankle", 4, 0.1394, -0.8642, -0.0254),
    ("right_ankle", 5, -0.1394, -0.8642, -0.0254),
    ("spine3", 6, 0.0000, 0.3290, -0.0359),
    ("left_foot", 7, 0.1560, -0.9097, 0.1117),
    ("right_foot", 8, -0.1560, -0.9097, 0.1117),
    ("neck", 9, 0.0000, 0.5070, -0.0038),
    ("left_collar", 9, 0.0606, 0.4749, 0.0051),
    ("right_collar", 9, -0.0606, 0.4749, 0.0051),
    ("head", 12, 0.0000, 0.5568, 0.0101),
    ("left_shoulder", 13, 0.1708, 0.4121, 0.0086),
    ("right_shoulder", 14, -0.1708, 0.4121, 0.0086),
    ("left_elbow", 16, 0.4170, 0.4122, 0.0085),
    ("right_elbow", 17, -0.4170, 0.4122, 0.0085),
    ("left_wrist", 18, 0.6544, 0.4121, 0.0085),
    ("right_wrist", 19, -0.6544, 0.4121, 0.0085),
    ("jaw", 15, 0.0000, 0.6132, 0.0454),
    ("left_eye_smplhf", 15, 0.0292, 0.6455, 0.1086),
    ("right_eye_smplhf", 15, -0.0292, 0.6455, 0.1086),
    ("left_index1", 20, 0.7574, 0.4075, 0.0345),
    ("left_index2", 25, 0.7819, 0.4005, 0.0382),
    ("left_index3", 26, 0.8020, 0.3897, 0.0403),
    ("left_middle1", 20, 0.7565, 0.4121, 0.0085),
    ("left_middle2", 28, 0.7879, 0.4009, 0.0041),
    ("left_middle3", 29, 0.8127, 0.3890, 0.0022),
    ("left_pinky1", 20, 0.7413, 0.4075, -0.0291),
    ("left_pinky2", 31, 0.7591, 0.3997, -0.0377),
    ("left_pinky3", 32, 0.7713, 0.3915, -0.0427),
    ("left_ring1", 20, 0.7507, 0.4124, -0.0108),
    ("left_ring2", 34, 0.7776, 0.4036, -0.0197),
    ("left_ring3", 35, 0.7994, 0.3932, -0.0251),
    ("left_thumb1", 20, 0.6916, 0.4084, 0.0328),
    ("left_thumb2", 37, 0.7028, 0.3876, 0.0523),
    ("left_thumb3", 38, 0.7278, 0.3697, 0.0713),
    ("right_index1", 21, -0.7574, 0.4075, 0.0345),
    ("right_index2", 40, -0.7819, 0.4005, 0.0382),
    ("right_index3", 41, -0.8020, 0.3897, 0.0403),
    ("right_middle1", 21, -0.7565, 0.4121, 0.0085),
    ("right_middle2", 43, -0.7879, 0.4009, 0.0041),
    ("right_middle3", 44, -0.8127, 0.3890, 0.0022),
    ("right_pinky1", 21, -0.7413, 0.4075, -0.0291),
    ("right_pinky2", 46, -0.7591, 0.3997, -0.0377),
    ("right_pinky3", 47, -0.7713, 0.3915, -0.0427),
    ("right_ring1", 21, -0.7507, 0.4124, -0.0108),
    ("right_ring2", 49, -0.7776, 0.4036, -0.0197),
    ("right_ring3", 50, -0.7994, 0.3932, -0.0251),
    ("right_thumb1", 21, -0.6916, 0.4084, 0.0328),
    ("right_thumb2", 52, -0.7028, 0.3876, 0.0523),
    ("right_thumb3", 53, -0.7278, 0.3697, 0.0713),
)

SMPLX_55: Final = tuple(row[0] for row in _SMPLX)
"""The SMPL-X joints: 22 of the body, jaw, eyes, 15 per hand."""

SMPLX_PARENTS: Final = tuple(row[1] for row in _SMPLX)
"""Parent index per SMPL-X joint; -1 for the pelvis, parents before children."""

BODY_JOINTS: Final = 22
"""The first 22 SMPL-X joints are the body; the rest are face and fingers."""

REST_XYZ_BODY: Final[F32] = np.array([row[2:] for row in _SMPLX], np.float32)
"""(55, 3) metres, body frame: the reference adult in the zero pose, pelvis at the origin."""


def joint(name: str) -> int:
    """Return the index of a SMPL-X joint by its name."""
    return SMPLX_55.index(name)


def part_of(name: str) -> str:
    """A joint's name without its side."""
    return name.removeprefix("left_").removeprefix("right_")


def mirror_order(names: tuple[str, ...]) -> tuple[int, ...]:
    """Return, for each name, the index of its left/right twin (itself on the midline)."""
    swap = {"left": "right", "right": "left"}
    twins = ("_".join(swap.get(word, word) for word in name.split("_")) for name in names)
    return tuple(names.index(twin) for twin in twins)


BLAZEPOSE_MIRROR: Final = mirror_order(BLAZEPOSE_33)
COCO_MIRROR: Final = mirror_order(COCO_17)
SMPLX_MIRROR: Final = mirror_order(SMPLX_55)

CONTACT_POINTS: Final = ("left_heel", "left_toe", "right_heel", "right_toe")
"""Columns of ``Person.contact``."""
