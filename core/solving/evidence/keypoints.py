"""The keypoints in the picture that a person of a take comes with."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from ...data.arrays import F32
from ...data.faces.ibug import FACE_68
from ...data.faces.mesh import IBUG_68, rows_of
from ...data.observations import TrackObservations
from ...data.skeletons import Skeleton
from ...faces.collecting import CLOSEUP as FACE
from ...hands.collecting import CLOSEUP

_FACE_ROWS: Final = rows_of(IBUG_68)


def keypoints_of(track: TrackObservations, first: int, t: int) -> tuple[F32, F32, Skeleton]:
    """The n keypoints as seen by the most precise pass, then those of hands and face that were
    looked at: (t, n, 2) and (t, n) of t frames from ``first`` on, and which they are."""
    named = track.passes.items()
    # Of the passes of one network that on the crop as it is, which bears the network's own name.
    _, one = min(named, key=lambda p: (not p[1].worth.is_precise, p[0] != p[1].worth.network))
    parts = [(one.xy_px, one.score * (one.presence > 0)[:, None])]
    skeleton, hands = one.skeleton, track.closeups.get(CLOSEUP)
    # A whole-body network's own points of hands have the same names.
    if hands is not None and not set(hands.skeleton.names) & set(skeleton.names):
        parts.append((hands.xy_px, hands.score))
        skeleton = _joined(skeleton, hands.skeleton)
    face = track.closeups.get(FACE)
    if face is not None and not set(FACE_68.names) & set(skeleton.names):
        parts.append((face.xy_px[:, _FACE_ROWS], face.score[:, _FACE_ROWS]))
        skeleton = _joined(skeleton, FACE_68)
    at, n = track.frames - first, len(skeleton)
    xy, score = np.zeros((t, n, 2), np.float32), np.zeros((t, n), np.float32)
    done = 0
    for part_xy, part_score in parts:
        own = slice(done, done + part_score.shape[1])
        xy[at, own], score[at, own] = part_xy, part_score
        done = own.stop
    return xy, score, skeleton


@cache
def _joined(one: Skeleton, other: Skeleton) -> Skeleton:
    n = len(one)
    parents = (parent + n if parent >= 0 else -1 for parent in other.parents)
    return Skeleton(
        one.names + other.names,
        (*one.parents, *parents),
        (*one.mirror, *(twin + n for twin in other.mirror)),
    )
