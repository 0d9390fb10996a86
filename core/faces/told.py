"""The shapes that a network of its own told of a person's face, beside the mesh in a take."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..data.arrays import F32, Floats
from ..data.faces.shapes import FACE_SHAPES, SHAPE_MIRROR
from ..data.observations import PassObservations, PassWorth, TrackObservations
from ..data.skeletons import Skeleton

TOLD: Final = "face_shapes"
"""The name of such shapes in ``TrackObservations.closeups``."""

SHAPE_POINTS: Final = Skeleton(FACE_SHAPES, (-1,) * len(FACE_SHAPES), SHAPE_MIRROR)
"""The shapes as a take keeps them: what else are keypoints' scores are their weights, and places
they have none."""


def told_pass(weights: Floats, presence: Floats, network: str) -> PassObservations:
    """The shapes (t, 52) in [0, 1] that ``network`` told where a face was seen, ``presence`` (t,),
    as takes keep them."""
    t, n = weights.shape
    return PassObservations(
        xy_px=np.zeros((t, n, 2), np.float32),
        score=np.asarray(weights, np.float32),
        xyz_m=np.zeros((t, n, 3), np.float32),
        presence=np.asarray(presence, np.float32),
        worth=PassWorth(network, is_precise=False, has_3d=False),
        skeleton=SHAPE_POINTS,
    )


def told_shapes(track: TrackObservations) -> F32 | None:
    """The shapes (t, 52) told of a track's t frames, None where no network of its own was asked.

    Where it wasn't asked in a frame, nobody saw the face there.
    """
    told = track.closeups.get(TOLD)
    if told is None or set(told.skeleton.names) != set(FACE_SHAPES):
        return None
    pick = told.skeleton.select(FACE_SHAPES)
    weights = np.nan_to_num(pick.scores(told.score), posinf=1.0, neginf=0.0)
    return np.clip(weights, 0, 1).astype(np.float32)
