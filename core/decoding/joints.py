"""Limn's own 3D joints in the place of BlazePose's.

BlazePose's 3D was learnt from fitted bodies and is flat: of a metre of depth it tells half. A head
of Limn's own reads the same features (``tools/joint_head``) and tells the 19 points of the solve.
The two err differently: BlazePose from frame to frame, the head alike over a whole motion, so that
their mean is what lasts through the solve (docs/notebook/joints.md).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..data import solver_points as points
from ..data.arrays import F32, check_shape
from ..data.skeletons import BLAZEPOSE_33

_PLACED: Final = points.FROM_BLAZEPOSE
_SHARE: Final = 0.5
"""Of the head in the mean. Between 0.5 and 1 held-out renders differ by less than 1 mm."""
_HIPS: Final = [BLAZEPOSE_33.index(f"{side}_hip") for side in ("left", "right")]


def _carriers() -> np.ndarray:
    """For each of the 33 landmarks the one it moves along with: itself where a head places it."""
    out = np.arange(len(BLAZEPOSE_33))
    for k, name in enumerate(BLAZEPOSE_33):
        side, _, part = name.partition("_")
        if part in ("index", "pinky", "thumb"):
            out[k] = BLAZEPOSE_33.index(f"{side}_wrist")
        elif k not in _PLACED:
            out[k] = BLAZEPOSE_33.index("nose")  # eyes and mouth
    return out


_CARRIER: Final = _carriers()


def with_joints(xyz_crop: F32, joints: F32) -> F32:
    """BlazePose's ``xyz_crop`` (33, 3) half way to ``joints`` (19, 3), metres in the same axes.

    Eyes and mouth move along with the nose, fingers with their wrist; the hips' middle stays.
    """
    check_shape("xyz_crop", xyz_crop, (len(BLAZEPOSE_33), 3))
    check_shape("joints", joints, (points.COUNT, 3))
    placed = xyz_crop.copy()
    placed[_PLACED] = joints
    placed += (xyz_crop - placed)[_HIPS].mean(0)
    change = _SHARE * (placed - xyz_crop)
    return xyz_crop + change[_CARRIER]
