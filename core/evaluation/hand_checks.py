"""How well hands were read, frame by frame, for the quality report."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..data.arrays import F64
from ..data.hand_points import SIDES
from ..data.types import Person
from ..geometry.rotations import rotvec_from_quat
from ..hands.model import finger_joints

READ: Final = 0.5
"""Confidence of the fingers from which a hand was read."""
_FEW: Final = 0.1
"""Who shows their hands in a smaller share of frames isn't filmed for them; by hand."""
_STILL: Final = 1e-6
"""Fingers that move less, in the quaternions' numbers, rest: nobody read them."""

_AT_ONCE: Final = 4096  # frames whose rotations are held at once; by hand


def hand_checks(person: Person) -> dict[str, F64]:
    """Per posed frame (t,) the share of a person's hands that weren't read, and the degrees per
    frame squared by which their fingers shake; nothing of hands that are hardly ever read."""
    fingers = [list(finger_joints(side)) for side in SIDES]
    quats = person.quat_parent_joint[:, [j for side in fingers for j in side]]
    if not len(quats) or np.ptp(quats, axis=0).max() < _STILL:
        return {}
    sure = np.stack([person.confidence[:, side].min(1) for side in fingers], axis=-1)
    if (sure >= READ).mean() < _FEW:
        return {}
    shake = np.full(len(quats), np.nan)
    follows = np.diff(person.frames) == 1
    for start in range(1, len(quats) - 1, _AT_ONCE):
        stop = min(start + _AT_ONCE, len(quats) - 1)
        turns = np.degrees(rotvec_from_quat(quats[start - 1 : stop + 1].astype(np.float64)))
        bend = np.linalg.norm(np.diff(turns, 2, axis=0), axis=-1)
        steady = follows[start - 1 : stop - 1] & follows[start:stop]
        shake[start:stop] = np.where(steady, np.median(bend, axis=1), np.nan)
    return {"hands_unread_share": (sure < READ).mean(1), "fingers_shake_deg": shake}
