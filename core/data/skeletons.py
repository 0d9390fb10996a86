"""Keypoints as data: skeletons (names, parents, mirrors), selecting by name, rest positions.

Sources: COCO keypoints (cocodataset.org), BlazePose GHUM (MediaPipe), SMPL-X (smpl-x.is.tue.mpg.de)
for names and order. The rest positions are those of the CC0 MakeHuman average adult re-posed into
the SMPL-X zero pose (T-pose, palms down), made exactly symmetric; see NOTICE.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np

from .arrays import F32, I32, Bools, Floats, check_fields, of_shape

_NEAR: Final = {
    "eye_inner": "eye", "eye_outer": "eye", "pinky": "wrist", "index": "wrist", "thumb": "wrist",
    "heel": "ankle", "foot_index": "ankle",
}  # fmt: skip
"""Where a keypoint that a skeleton lacks is put, with score 0: nothing may lie far off."""
_SYNONYMS: Final = {
    "foot_index": "big_toe", "thumb": "thumb2", "index": "forefinger1", "pinky": "pinky_finger1",
}  # fmt: skip
"""BlazePose's words and what COCO-WholeBody and Halpe call the same keypoint, side apart."""
_FACE_SYNONYMS: Final = {
    "mouth_right": "face-48", "mouth_left": "face-54", "right_eye_outer": "face-36",
    "right_eye_inner": "face-39", "left_eye_inner": "face-42", "left_eye_outer": "face-45",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A list of n keypoints or joints.

    ``names`` are unique; ``parents`` (n,) give what each hangs on, an earlier one or -1 for none;
    ``mirror`` (n,) its left/right twin, itself on the midline. Raises ValueError when they don't.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    mirror: tuple[int, ...]

    def __post_init__(self) -> None:
        n = len(self.names)
        if not n or len(set(self.names)) != n or not all(self.names):
            raise ValueError("Skeleton.names must be unique and not empty")
        if len(self.parents) != n or not all(-1 <= p < i for i, p in enumerate(self.parents)):
            raise ValueError("Skeleton.parents must be -1 or come before their children")
        if len(self.mirror) != n or not all(
            0 <= twin < n and self.mirror[twin] == i for i, twin in enumerate(self.mirror)
        ):
            raise ValueError("Skeleton.mirror must lead back from every twin")

    def __len__(self) -> int:
        return len(self.names)

    def select(self, names: Sequence[str]) -> Selection:
        """Where keypoints of those names lie in arrays of this skeleton."""
        return _select(self, tuple(names))


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Keypoints of a skeleton by name: ``rows`` (k,), and whether it has each, ``known`` (k,).

    Names that the skeleton lacks take the row of what they lie near, fingers that of the wrist.
    """

    rows: I32 = field(metadata=of_shape("k"))
    known: Bools = field(metadata=of_shape("k"))

    def __post_init__(self) -> None:
        check_fields(self)

    def of(self, values: Floats) -> Floats:
        """Positions (..., n, 2) or (..., n, 3) as (..., k, 2) or (..., k, 3)."""
        return values[..., self.rows, :]

    def scores(self, score: Floats) -> Floats:
        """Scores (..., n) as (..., k), 0 where the skeleton lacks the name."""
        chosen = score[..., self.rows]
        return np.where(self.known, chosen, 0)


@cache
def _select(skeleton: Skeleton, names: tuple[str, ...]) -> Selection:
    at = {name: row for row, name in enumerate(skeleton.names)}
    rows: list[int] = []
    known: list[bool] = []
    for name in names:
        side, _, part = name.partition("_")
        same = _FACE_SYNONYMS.get(name, f"{side}_{_SYNONYMS.get(part, part)}")
        near = f"{side}_{_NEAR[part]}" if part in _NEAR else "nose"
        rows.append(at.get(name, at.get(same, at.get(near, 0))))
        known.append(name in at or same in at)
    return Selection(np.array(rows, np.int32), np.array(known))


def mirror_order(names: tuple[str, ...]) -> tuple[int, ...]:
    """Return, for each name, the index of its left/right twin (itself on the midline)."""
    swap = {"left": "right", "right": "left"}
    twins = ("_".join(swap.get(word, word) for word in name.split("_")) for name in names)
    return tuple(names.index(twin) for twin in twins)


def hung(names: tuple[str, ...], on: Mapping[str, str]) -> tuple[int, ...]:
    """Parents of ``names`` as ``on`` tells them, -1 where it doesn't; '*' in it stands for either
    side."""
    sided = {
        child.replace("*", side): parent.replace("*", side)
        for child, parent in on.items()
        for side in ("left", "right")
    }
    return tuple(names.index(sided[name]) if name in sided else -1 for name in names)


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


LIMBS_ON: Final = {
    "*_eye": "nose", "*_ear": "*_eye", "*_shoulder": "nose", "*_elbow": "*_shoulder",
    "*_wrist": "*_elbow", "*_hip": "*_shoulder", "*_knee": "*_hip", "*_ankle": "*_knee",
}  # fmt: skip
"""What COCO's keypoints hang on."""
_BLAZEPOSE_ON: Final = LIMBS_ON | {
    "*_eye_inner": "nose", "*_eye": "*_eye_inner", "*_eye_outer": "*_eye", "*_ear": "*_eye_outer",
    "mouth_*": "nose", "*_pinky": "*_wrist", "*_index": "*_wrist", "*_thumb": "*_wrist",
    "*_heel": "*_ankle", "*_foot_index": "*_heel",
}  # fmt: skip

COCO_SKELETON: Final = Skeleton(COCO_17, hung(COCO_17, LIMBS_ON), mirror_order(COCO_17))
BLAZEPOSE_SKELETON: Final = Skeleton(
    BLAZEPOSE_33, hung(BLAZEPOSE_33, _BLAZEPOSE_ON), mirror_order(BLAZEPOSE_33)
)
SMPLX_SKELETON: Final = Skeleton(SMPLX_55, SMPLX_PARENTS, mirror_order(SMPLX_55))
BLAZEPOSE_MIRROR: Final = BLAZEPOSE_SKELETON.mirror
SMPLX_MIRROR: Final = SMPLX_SKELETON.mirror

CONTACT_POINTS: Final = ("left_heel", "left_toe", "right_heel", "right_toe")
"""Columns of ``Person.contact``."""

MEAN_PELVIS_XYZ: Final = (0.0031, -0.3514, 0.0120)
"""The pelvis of SMPL-X's average neutral body at rest, metres: what its files call a translation
moves a body whose pelvis is there."""
