"""Which of a network's keypoints is which of Limn's landmarks: data, and the way across.

Sources: COCO and COCO-WholeBody (Jin et al., 2020) annotation formats; Halpe (Fang et al., 2022).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..data.arrays import F32, I32
from ..data.errors import ModelError
from ..data.skeletons import BLAZEPOSE_33, COCO_17
from ..data.types import Landmarks

_STANDS_NEAR: Final = {
    "eye_inner": "eye", "eye_outer": "eye", "pinky": "wrist", "index": "wrist", "thumb": "wrist",
    "heel": "ankle", "foot_index": "ankle",
}  # fmt: skip
"""Where a landmark that a network lacks is put, with score 0: nothing may lie far off."""
_SEEN: Final = 0.3
_WHOLE: Final = 0.5
"""Half of COCO's keypoints seen make a person as present as one can be."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """``count`` keypoints; ``rows`` by BlazePose-33 name."""

    count: int
    rows: Mapping[str, int]

    @property
    def coco(self) -> tuple[int, ...]:
        """The rows of COCO's 17."""
        return tuple(self.rows[name] for name in COCO_17)


_COCO: Final = {name: i for i, name in enumerate(COCO_17)}
_FACE, _LEFT_HAND, _RIGHT_HAND = 23, 91, 112
_HAND: Final = {"thumb": 2, "index": 5, "pinky": 17}
SCHEMES: Final[Mapping[str, Scheme]] = {
    "coco17": Scheme(17, _COCO),
    "halpe26": Scheme(
        26,
        _COCO | {"left_foot_index": 20, "right_foot_index": 21, "left_heel": 24, "right_heel": 25},
    ),
    "wholebody133": Scheme(
        133,
        _COCO
        | {"left_foot_index": 17, "left_heel": 19, "right_foot_index": 20, "right_heel": 22}
        | {"mouth_right": _FACE + 48, "mouth_left": _FACE + 54}
        | {"right_eye_outer": _FACE + 36, "right_eye_inner": _FACE + 39}
        | {"left_eye_inner": _FACE + 42, "left_eye_outer": _FACE + 45}
        | {f"left_{part}": _LEFT_HAND + k for part, k in _HAND.items()}
        | {f"right_{part}": _RIGHT_HAND + k for part, k in _HAND.items()},
    ),
    "blazepose33": Scheme(33, {name: i for i, name in enumerate(BLAZEPOSE_33)}),
}


def scheme_named(name: str) -> Scheme:
    """The scheme of that name. Raises ModelError when there is none."""
    if name not in SCHEMES:
        raise ModelError(f"There is no keypoint scheme '{name}'; Limn knows {', '.join(SCHEMES)}.")
    return SCHEMES[name]


def landmarks_from(xy_px: F32, score: F32, scheme: Scheme) -> Landmarks:
    """A network's keypoints (count, 2) and scores (count,) as landmarks without any 3D."""
    xy, out, present = as_blazepose(xy_px, score, scheme)
    if not np.isfinite(xy).all() or not np.isfinite(out).all():
        xy, out, present = np.nan_to_num(xy), np.zeros_like(out), np.zeros(())
    xyz_m = np.zeros((len(BLAZEPOSE_33), 3), np.float32)
    return Landmarks(xy, out, xyz_m, float(present))


def as_blazepose(xy_px: F32, score: F32, scheme: Scheme) -> tuple[F32, F32, F32]:
    """Keypoints (..., count, 2) and scores (..., count) as BlazePose-33 (..., 33, 2) and (..., 33),
    with the presence (...) of a person."""
    rows, known = _table(scheme)
    xy = np.asarray(xy_px, np.float32)[..., rows, :]
    out = np.where(known, np.asarray(score)[..., rows], 0).astype(np.float32)
    seen = (np.asarray(score)[..., list(scheme.coco)] > _SEEN).mean(-1)
    return xy, out, np.minimum(seen / _WHOLE, 1).astype(np.float32)


def _table(scheme: Scheme) -> tuple[I32, np.ndarray]:
    """For every landmark the row it is read from, and whether that is the landmark itself."""
    rows: list[int] = []
    for name in BLAZEPOSE_33:
        side, _, part = name.partition("_")
        near = f"{side}_{_STANDS_NEAR[part]}" if part in _STANDS_NEAR else "nose"
        rows.append(scheme.rows.get(name, scheme.rows.get(near, 0)))
    known = [name in scheme.rows for name in BLAZEPOSE_33]
    return np.array(rows, np.int32), np.array(known)
