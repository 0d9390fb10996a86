"""Keypoint lists of networks, each a skeleton by its name in descriptors.

Sources: COCO and COCO-WholeBody (Jin et al., 2020) annotation formats; Halpe (Fang et al., 2022).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from ..data.arrays import F32, Floats
from ..data.errors import ModelError
from ..data.faces.ibug import FACE_68, FACE_LINES
from ..data.hand_points import SIDES, hand_lines, hand_names
from ..data.skeletons import (
    BLAZEPOSE_33,
    BLAZEPOSE_SKELETON,
    COCO_17,
    COCO_SKELETON,
    LIMBS_ON,
    Skeleton,
    hung,
    mirror_order,
)
from ..data.types import Landmarks

_SEEN: Final = 0.3  # score over which a keypoint counts; by hand
_WHOLE: Final = 0.5
"""Half of COCO's keypoints seen make a person as present as one can be."""

_TOES_ON: Final = {"*_big_toe": "*_ankle", "*_small_toe": "*_ankle", "*_heel": "*_ankle"}


def _halpe() -> Skeleton:
    toes = [f"{side}_{toe}" for toe in ("big_toe", "small_toe", "heel") for side in SIDES]
    names = (*COCO_17, "head", "neck", "hip", *toes)
    on = LIMBS_ON | _TOES_ON | {"head": "nose", "neck": "nose"}
    return Skeleton(names, hung(names, on), mirror_order(names))


def _whole_body() -> Skeleton:
    toes = [f"{side}_{toe}" for side in SIDES for toe in ("big_toe", "small_toe", "heel")]
    face = list(FACE_68.names)
    on = LIMBS_ON | _TOES_ON
    hands: list[str] = []
    for side in SIDES:
        hands += hand_names(side)
        on |= {f"{side}_hand_root": f"{side}_wrist", **hand_lines(side)}
    for first, stop in FACE_LINES:
        on |= dict(zip(face[first:stop], ["nose", *face[first:stop]], strict=False))
    body = (*COCO_17, *toes)
    names = (*body, *face, *hands)
    twins = list(mirror_order(names))
    twins[len(body) : len(body) + len(face)] = [len(body) + k for k in FACE_68.mirror]
    return Skeleton(names, hung(names, on), tuple(twins))


WHOLE_BODY: Final = _whole_body()
SCHEMES: Final[Mapping[str, Skeleton]] = {
    "coco17": COCO_SKELETON,
    "halpe26": _halpe(),
    "wholebody133": WHOLE_BODY,
    "blazepose33": BLAZEPOSE_SKELETON,
}


def scheme_named(name: str) -> Skeleton:
    """The skeleton of that name. Raises ModelError when there is none."""
    if name not in SCHEMES:
        raise ModelError(f"There is no keypoint scheme '{name}'; Limn knows {', '.join(SCHEMES)}.")
    return SCHEMES[name]


def landmarks_from(
    xy_px: Floats, score: Floats, skeleton: Skeleton, xyz_m: Floats | None = None
) -> Landmarks:
    """A network's keypoints (n, 2) and scores (n,), all of them, as landmarks, with ``xyz_m``
    (n, 3) metres from the hips or without any 3D.

    A body keypoint that is no number makes the person absent, another one is left at score 0.
    """
    xy, sure = np.asarray(xy_px, np.float32), np.asarray(score, np.float32)
    body = skeleton.select(BLAZEPOSE_33)
    is_number = np.isfinite(xy).all(-1) & np.isfinite(sure)
    present = float(presence_of(sure, skeleton))
    if not is_number[body.rows].all():
        is_number, present = np.zeros_like(is_number), 0.0
    sure = np.where(is_number, sure, 0).astype(np.float32)
    xyz = np.zeros((len(skeleton), 3)) if xyz_m is None else xyz_m
    if not np.isfinite(xyz).all():
        xyz, present = np.zeros((len(skeleton), 3)), 0.0
    return Landmarks(np.nan_to_num(xy), sure, xyz.astype(np.float32), present, skeleton)


def presence_of(score: Floats, skeleton: Skeleton) -> F32:
    """How surely (...) a person is there whose keypoints have scores (..., n)."""
    seen = (skeleton.select(COCO_17).scores(np.asarray(score)) > _SEEN).mean(-1)
    return np.minimum(seen / _WHOLE, 1).astype(np.float32)
