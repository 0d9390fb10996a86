"""One person's hands as several cameras saw them: each by the view that sees it best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..data.arrays import F64, Bools, Floats
from ..data.views.part import CHANGE_S, PartView
from ..geometry.inbetween import straight_through, turned_through
from ..geometry.rotations import matrix_from_quat, mean_rotation, quat_from_matrix
from ..geometry.smoothing import shares_by_worth
from .posing import HandMotion

_SMALL: Final = 0.5
"""What a small hand that is trusted is worth, of one that is large too; by hand."""


def motion_at(motion: HandMotion, time_s: Floats, wanted_s: Floats, inside: Bools) -> HandMotion:
    """``motion`` of frames at ``time_s`` (t,), read at ``wanted_s`` (n,); unseen where not
    ``inside`` (n,)."""
    span = np.clip(wanted_s, time_s[0], time_s[-1])

    def turned(R: F64) -> F64:
        return matrix_from_quat(turned_through(time_s, quat_from_matrix(R), span))

    return HandMotion(
        R_parent_joint=turned(motion.R_parent_joint),
        R_camera_palm=turned(motion.R_camera_palm),
        trust=straight_through(time_s, motion.trust, span) * inside[:, None],
        sure=straight_through(time_s, motion.sure, span) * inside[:, None],
    )


def best_motion(
    own: HandMotion | None, others: Sequence[PartView[HandMotion]], fps: float
) -> HandMotion | None:
    """Each hand by the view that sees it best, in the axes of the take's own camera, ``own`` among
    them; None where no view saw any."""
    views = [] if own is None else [PartView(own, np.eye(3))]
    views += others
    if not views:
        return None
    worth = np.stack([_worth(one.motion) for one in views])
    share = shares_by_worth(worth, CHANGE_S * fps)
    palms = np.stack([one.R @ one.motion.R_camera_palm for one in views])
    turns = np.stack([one.motion.R_parent_joint for one in views])
    return HandMotion(
        R_parent_joint=mean_rotation(turns, share[:, :, :, None]),
        R_camera_palm=mean_rotation(palms, share),
        trust=np.max([one.motion.trust for one in views], axis=0),
        sure=np.max([one.motion.sure for one in views], axis=0),
    )


def _worth(motion: HandMotion) -> F64:
    """What a view tells of each hand (t, 2)."""
    return motion.trust * (_SMALL + (1 - _SMALL) * motion.sure)
