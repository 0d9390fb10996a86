"""Poses of the SMPL family as the 55 joints of SMPL-X.

Joint orders: Loper et al., SMPL (2015); Romero et al., MANO and SMPL+H (2017); Pavlakos et al.,
SMPL-X (2019). The 22 joints of the body are the same in all; SMPL has a hand joint on either side
after them, SMPL+H the 15 joints of both hands, SMPL-X jaw and eyes before those.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..data.arrays import F64
from ..data.reading.files import Damaged
from ..data.skeletons import BODY_JOINTS, MEAN_PELVIS_XYZ
from ..geometry.rotations import exp_so3, nearest_rotation, quat_from_matrix
from ..hands.relaxed import relax_fingers
from .motion import identity_quats
from .values import Value, numbers

HANDS: Final = 25  # where the fingers of the 55 joints begin
_BODY_ONLY: Final = 23
"""Rotations of SMPL without the root: 21 of the body, and the two hands, which hang on wrists."""
_SMPL_H: Final = 52  # joints
_SMPL_X: Final = 55  # joints

PELVIS_OF_SMPL: Final = np.array([-0.0022, -0.2408, 0.0286])
"""The pelvis of SMPL's average neutral body at rest, metres: ``transl`` moves a body whose pelvis
is there. A shape moves it by a few centimetres, the same in every frame of one person."""
PELVIS_OF_SMPLX: Final = np.array(MEAN_PELVIS_XYZ)
"""The same of SMPL-X."""


def rotations(value: Value, what: str, joints: int | None = None) -> F64:
    """Rotation matrices (t, j, 3, 3) of what a file holds: rotation vectors, flat or not, or
    matrices. Raises Damaged."""
    array = np.asarray(value, np.float64) if not isinstance(value, dict) else np.empty(0)
    if array.ndim >= 3 and array.shape[-2:] == (3, 3) and (array.ndim > 3 or _turn(array)):
        t = array.shape[0]
        R = numbers(array.reshape(t, -1, 3, 3), what, (None, joints, 3, 3))
        if R.size and np.abs(R).max() > _LARGEST_ENTRY:
            raise Damaged(f"{what} holds no rotations")
        return nearest_rotation(R) if R.size else R
    if array.ndim == 1:
        array = array[None]
    if array.ndim < 2 or (array.size // max(len(array), 1)) % 3:
        raise Damaged(f"{what} holds no rotations")
    return exp_so3(numbers(array.reshape(len(array), -1, 3), what, (None, joints, 3)))


def _turn(array: F64) -> bool:
    """Whether (t, 3, 3) are rotations: the vectors of three joints have the same shape."""
    off = array @ np.swapaxes(array, -1, -2) - np.eye(3)
    return bool(len(array)) and float(np.median(np.abs(off))) < _NEARLY


_NEARLY: Final = 0.05  # of a product of a rotation with its transpose, off the identity
_LARGEST_ENTRY: Final = 2.0  # of a rotation that networks told, before it is made one


def quats_of(root: F64, body: F64, hands: F64 | None = None, face: F64 | None = None) -> F64:
    """(t, 55, 4) of rotation matrices: ``root`` (t, 1, 3, 3), ``body`` (t, 21 or 23, 3, 3),
    ``hands`` (t, 30, 3, 3) left first, ``face`` (t, 3, 3, 3) jaw and eyes. Without ``hands``
    fingers are relaxed. Raises Damaged."""
    t = len(root)
    parts = [one for one in (body, hands, face) if one is not None]
    if any(len(one) != t for one in parts):
        raise Damaged("its rotations are not of equally many frames")
    if body.shape[1] not in (BODY_JOINTS - 1, _BODY_ONLY):
        raise Damaged(f"a body of {body.shape[1]} joints is none of the SMPL family")
    out = identity_quats(t)
    out[:, 0] = quat_from_matrix(root[:, 0])
    out[:, 1:BODY_JOINTS] = quat_from_matrix(body[:, : BODY_JOINTS - 1])
    if face is not None:
        out[:, BODY_JOINTS:HANDS] = quat_from_matrix(face)
    if hands is None:
        relax_fingers(out)
    else:
        out[:, HANDS:] = quat_from_matrix(hands)
    return out


def quats_of_whole(R: F64) -> F64:
    """(t, 55, 4) of all rotations in one array: 22, 24 (SMPL), 52 (SMPL+H) or 55 (SMPL-X) joints.

    Raises Damaged for another number of joints.
    """
    joints = R.shape[1]
    if joints in (BODY_JOINTS, _BODY_ONLY + 1):
        return quats_of(R[:, :1], R[:, 1:])
    if joints == _SMPL_H:
        return quats_of(R[:, :1], R[:, 1:BODY_JOINTS], R[:, BODY_JOINTS:])
    if joints == _SMPL_X:
        face, hands = R[:, BODY_JOINTS:HANDS], R[:, HANDS:]
        return quats_of(R[:, :1], R[:, 1:BODY_JOINTS], hands, face)
    raise Damaged(f"poses of {joints} joints are none of the SMPL family")


def pelvis_at(transl: F64, joints: int) -> F64:
    """Where the pelvis is, (t, 3), for a body that ``transl`` (t, 3) moves; of the average shape.

    ``joints`` of the model tell SMPL-X from its elders.
    """
    return transl + (PELVIS_OF_SMPLX if joints == _SMPL_X else PELVIS_OF_SMPL)
