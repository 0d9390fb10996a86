"""Faces of networks and files that tell a face's 68 landmarks beside the body's."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..data.arrays import F64, I32
from ..data.faces.ibug import CONTOUR, FACE_68
from ..data.faces.mesh import FACE_SKELETON
from ..data.observations import PassObservations, PassWorth, TrackObservations
from ..data.skeletons import Skeleton
from .calming import calmed
from .collecting import CLOSEUP, metric
from .landmark_fit import fit_faces

_SEEN: Final = 0.05  # score over which a landmark is somewhere; by hand
_MOST: Final = 0.5
"""Share of the inner landmarks that make a face."""
_AGREES: Final = 0.05
"""Of a face's height: landmarks that miss every face by so much tell nothing; by hand."""
_LEAST_PX: Final = 4.0
"""Pixels that a face's landmarks reach over at least."""


def tells_face(skeleton: Skeleton) -> bool:
    """Whether a pass of that skeleton has iBUG's 68 landmarks of a face."""
    return set(FACE_68.names) <= set(skeleton.names)


def with_face(track: TrackObservations) -> TrackObservations:
    """``track`` with the face of its first pass that tells one, unless a face network saw it in at
    least half as many frames: its mesh tells more than landmarks do.

    Raises ModelError when the face model is missing.
    """
    told = next((one for one in track.passes.values() if tells_face(one.skeleton)), None)
    if told is None:
        return track
    face = _face_of(told, track.frames)
    if not (face.presence > 0).any():
        return track
    own = track.closeups.get(CLOSEUP)
    if own is not None and 2 * (own.presence > 0).sum() >= (face.presence > 0).sum():
        return track
    return replace(track, closeups={**track.closeups, CLOSEUP: face})


def _face_of(one: PassObservations, frames: I32) -> PassObservations:
    """The mesh that fits the pass's landmarks; score 0 where they make no face."""
    pick = one.skeleton.select(FACE_68.names)
    xy, score = pick.of(one.xy_px).astype(np.float64), pick.scores(one.score).astype(np.float64)
    score = np.where(np.isfinite(xy).all(-1) & np.isfinite(score), np.clip(score, 0, 1), 0.0)
    score = np.where((one.presence > 0)[:, None], score, 0.0)
    seen = score > _SEEN
    weight = np.where(seen, score, 0.0)
    spread = np.ptp(np.where(seen[..., None], xy, np.nan_to_num(xy).mean(1, keepdims=True)), axis=1)
    is_face = (seen[:, CONTOUR:].mean(1) > _MOST) & (spread.max(-1) > _LEAST_PX)
    t, n = len(xy), len(FACE_SKELETON)
    xy_px, xyz_m, presence = np.zeros((t, n, 2)), np.zeros((t, n, 3)), np.zeros(t)
    if is_face.any():
        told, share = np.nan_to_num(xy[is_face]), weight[is_face]
        calm = calmed(told, share, frames[is_face])
        fit = fit_faces(calm, share)
        xy_px[is_face], xyz_m[is_face] = fit.xyz[..., :2], metric(fit.xyz)
        inner = share[:, CONTOUR:]
        # What was averaged away of the landmarks missed the face as well.
        moved = ((calm - told)[:, CONTOUR:] ** 2).sum(-1) * inner
        height = np.maximum(np.ptp(fit.xyz[..., 1], axis=1), _LEAST_PX)
        moved = moved.sum(1) / np.maximum(inner.sum(1), _SEEN) / height**2
        agrees: F64 = 1 / (1 + (fit.missed**2 + moved) / _AGREES**2)
        presence[is_face] = agrees * inner.sum(1) / np.maximum((inner > 0).sum(1), 1)
    sure = presence.astype(np.float32)
    return PassObservations(
        xy_px=xy_px.astype(np.float32),
        score=np.repeat(sure[:, None], n, axis=1),
        xyz_m=xyz_m.astype(np.float32),
        presence=sure,
        worth=PassWorth(one.worth.network, is_precise=True, has_3d=True),
        skeleton=FACE_SKELETON,
    )
