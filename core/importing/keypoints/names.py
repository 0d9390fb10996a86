"""Which keypoints a file lists, by how many they are, and the skeletons that they become.

Sources: OpenPose's output format (BODY_25, COCO and MPI models); COCO and COCO-WholeBody (Jin et
al., 2020); Halpe (Fang et al., 2022); MediaPipe; the MHR keypoints of SAM 3D Body, which are the
first 70 of the 308 of Sapiens (Khirodkar et al., 2024); FreeMoCap's order of MediaPipe's points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from ...data.arrays import F64, I32
from ...data.faces.ibug import FACE_68
from ...data.faces.mesh import IBUG_68, MESH_POINTS
from ...data.hand_points import FINGERS, HANDS_SKELETON, SIDES, hand_names
from ...data.reading.files import Damaged
from ...data.skeletons import BLAZEPOSE_33, BLAZEPOSE_SKELETON, COCO_17, COCO_SKELETON, Skeleton
from ...decoding.schemes import SCHEMES, WHOLE_BODY

_BODY_AND_FEET: Final = 23  # the keypoints of COCO-WholeBody before its face

FACE: Final = FACE_68.names
_PUPILS: Final = ("right_pupil", "left_pupil")
"""OpenPose's after the 68 points of a face."""


def _arms_and_legs(*parts: str) -> tuple[str, ...]:
    """OpenPose's order: all of the right side's, then the left's."""
    return tuple(f"{side}_{part}" for side in ("right", "left") for part in parts)


_UPPER: Final = ("nose", "neck", *_arms_and_legs("shoulder", "elbow", "wrist"))
_LEGS: Final = _arms_and_legs("hip", "knee", "ankle")
_FACE_PARTS: Final = ("right_eye", "left_eye", "right_ear", "left_ear")
_TOES: Final = tuple(
    f"{side}_{toe}" for side in ("left", "right") for toe in ("big_toe", "small_toe", "heel")
)
OPENPOSE: Final[Mapping[int, tuple[str, ...]]] = {
    25: (*_UPPER, "hip", *_LEGS, *_FACE_PARTS, *_TOES),
    18: (*_UPPER, *_LEGS, *_FACE_PARTS),
    15: ("head", *_UPPER[1:], *_LEGS, "chest"),
}
"""The body's keypoints of OpenPose's models, by how many they are."""
OPENPOSE_FACE: Final = (*FACE, *_PUPILS)


def _mhr_hand(side: str) -> tuple[str, ...]:
    """From tip to base of every finger, then the wrist."""
    return (*(f"{side}_{f}{k}" for f in FINGERS for k in (4, 3, 2, 1)), f"{side}_wrist")


MHR_70: Final = (
    *COCO_17[:9], *COCO_17[11:], *_TOES, *_mhr_hand("right"), *_mhr_hand("left"),
    "left_olecranon", "right_olecranon", "left_cubital_fossa", "right_cubital_fossa",
    "left_acromion", "right_acromion", "neck",
)  # fmt: skip
"""Momentum Human Rig, whose wrists come after the fingers."""

_HALPE_26: Final = SCHEMES["halpe26"].names
_HOLISTIC: Final = (*BLAZEPOSE_33, *hand_names("right"), *hand_names("left"))
MESH: Final = tuple(
    FACE[IBUG_68.index(k)] if k in IBUG_68 else f"mesh-{k}" for k in range(MESH_POINTS + 10)
)
"""MediaPipe's face mesh, irises last; what stands for one of iBUG's landmarks has its name."""

BY_COUNT: Final[Mapping[int, tuple[str, ...]]] = {
    **OPENPOSE,
    17: COCO_17,
    23: WHOLE_BODY.names[:_BODY_AND_FEET],
    26: _HALPE_26,
    33: BLAZEPOSE_33,
    70: MHR_70,
    75: _HOLISTIC,
    133: WHOLE_BODY.names,
    136: (*_HALPE_26, *FACE, *hand_names("left"), *hand_names("right")),
    308: (*MHR_70, *(f"more-{k}" for k in range(238))),
    543: (*_HOLISTIC, *MESH[:MESH_POINTS]),
    553: (*_HOLISTIC, *MESH),
}
"""Names of keypoints that a file doesn't name."""

MOST_NAMES: Final = 1000
"""A file's own names of keypoints; bounds memory."""


def _first(skeleton: Skeleton, n: int) -> Skeleton:
    names, parents = skeleton.names[:n], skeleton.parents[:n]
    return Skeleton(names, parents, skeleton.mirror[:n])


def _joined(one: Skeleton, other: Skeleton) -> Skeleton:
    n = len(one)
    return Skeleton(
        one.names + other.names,
        one.parents + tuple(p + n if p >= 0 else -1 for p in other.parents),
        one.mirror + tuple(twin + n for twin in other.mirror),
    )


_FEET_TOO: Final = _first(WHOLE_BODY, _BODY_AND_FEET)
HOLISTIC: Final = _joined(BLAZEPOSE_SKELETON, HANDS_SKELETON)
"""MediaPipe's body and both hands."""
HOLISTIC_FACE: Final = _joined(HOLISTIC, FACE_68)
"""And of its face mesh what stands for iBUG's landmarks."""
_TARGETS: Final = (
    COCO_SKELETON, _FEET_TOO, BLAZEPOSE_SKELETON, HOLISTIC, WHOLE_BODY, HOLISTIC_FACE,
)  # fmt: skip


def names_of(count: int) -> tuple[str, ...]:
    """Names of so many keypoints. Raises Damaged where no layout has as many."""
    if count not in BY_COUNT:
        counts = ", ".join(str(n) for n in sorted(BY_COUNT))
        raise Damaged(f"a person of {count} keypoints is none that Limn knows ({counts})")
    return BY_COUNT[count]


def target_of(names: Sequence[str]) -> Skeleton:
    """The smallest skeleton that holds all of ``names`` which any of Limn's skeletons has."""
    if len(names) > MOST_NAMES:
        raise Damaged(f"it names more than {MOST_NAMES} keypoints")
    given = set(names)
    known = given & {name for skeleton in _TARGETS for name in skeleton.names}
    if not {"left_shoulder", "right_shoulder", "left_hip", "right_hip"} <= known:
        raise Damaged("its keypoints are not those of a body")
    return max(_TARGETS, key=lambda one: (len(known & set(one.names)), -len(one)))


def columns(names: Sequence[str], target: Skeleton) -> I32:
    """For every keypoint of ``target`` its place in ``names``, -1 where it isn't there.

    A hand's root that no layout tells apart is the wrist.
    """
    at = {name: k for k, name in enumerate(names)}
    roots = {f"{side}_hand_root": f"{side}_wrist" for side in SIDES}
    has_fingers = any(name.endswith("forefinger1") for name in at)
    found = [
        at.get(name, at.get(roots.get(name, ""), -1) if has_fingers else -1)
        for name in target.names
    ]
    return np.array(found, np.int32)


def put(values: F64, place: I32) -> F64:
    """Values (n, ...) at the places that ``columns`` tells, zeros elsewhere."""
    out = np.zeros((len(place), *values.shape[1:]))
    out[place >= 0] = values[place[place >= 0]]
    return out
