"""One person's face as several cameras saw it: by the view that sees it best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..data.arrays import Bools, Floats
from ..data.views.part import CHANGE_S, PartView
from ..geometry.inbetween import straight_through, turned_through
from ..geometry.rotations import matrix_from_quat, mean_rotation, quat_from_matrix
from ..geometry.smoothing import shares_by_worth
from .posing import FaceMotion


def face_at(motion: FaceMotion, time_s: Floats, wanted_s: Floats, inside: Bools) -> FaceMotion:
    """``motion`` of frames at ``time_s`` (t,), read at ``wanted_s`` (n,); unseen where not
    ``inside`` (n,)."""
    span = np.clip(wanted_s, time_s[0], time_s[-1])
    quats = turned_through(time_s, quat_from_matrix(motion.R_camera_head), span)
    return FaceMotion(
        R_camera_head=matrix_from_quat(quats),
        weights=straight_through(time_s, motion.weights, span),
        trust=straight_through(time_s, motion.trust, span) * inside,
    )


def best_face(
    own: FaceMotion | None, others: Sequence[PartView[FaceMotion]], fps: float
) -> FaceMotion | None:
    """The face by the view that sees it best, in the axes of the take's own camera, ``own`` among
    them; None where no view looked at it."""
    if not others:
        return own
    views = [] if own is None else [PartView(own, np.eye(3))]
    views += others
    trust = np.stack([one.motion.trust for one in views])
    share = shares_by_worth(trust, CHANGE_S * fps)
    weights = np.stack([one.motion.weights for one in views])
    return FaceMotion(
        R_camera_head=mean_rotation(
            np.stack([one.R @ one.motion.R_camera_head for one in views]), share
        ),
        weights=np.asarray((share[..., None] * weights).sum(0), np.float64),
        trust=trust.max(0),
    )
