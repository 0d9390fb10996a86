"""Fingers of hands that nobody looked at: relaxed, as those of a hand that does nothing."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final

import numpy as np

from ..data.arrays import F64, Floats
from ..data.hand_points import SIDES
from ..data.skeletons import REST_XYZ_BODY
from ..geometry.rotations import quat_from_matrix
from .habits import RELAXED
from .model import MIRROR, finger_joints, hand_at_rest, hand_of, local_turns

FINGER_JOINTS: Final = tuple(j for side in SIDES for j in finger_joints(side))
"""All 30 of the skeleton."""


def relax_fingers(quats: Floats, joints: Iterable[int] = FINGER_JOINTS) -> None:
    """Put relaxed fingers into ``quats`` (t, 55, 4), in place: all, or those of ``joints``."""
    relaxed = _relaxed()
    for j in joints:
        quats[:, j] = relaxed[j]


@cache
def _relaxed() -> dict[int, F64]:
    """The rotation (4,) w x y z of every finger's joint against its parent."""
    turns = local_turns(hand_of(hand_at_rest(REST_XYZ_BODY)), RELAXED[None])[0]
    out: dict[int, F64] = {}
    for side in SIDES:
        own = turns if side == "left" else MIRROR[:, None] * turns * MIRROR
        out |= dict(zip(finger_joints(side), np.asarray(quat_from_matrix(own)), strict=True))
    return out
