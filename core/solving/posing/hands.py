"""Hands that were looked at closely, and the body: each tells the other how a palm is turned."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ...data.arrays import F64, Floats
from ...data.hand_points import SIDES
from ...data.observations import TrackObservations
from ...data.profiling.stages import staged
from ...data.settings import Settings
from ...data.types import Camera
from ...geometry.rotations import normalize, quat_from_matrix
from ...hands.model import finger_joints
from ...hands.posing import HandMotion, pose_hands
from ...hands.relaxed import relax_fingers
from ..evidence.evidence import Evidence
from . import limbs

_CUTOFF_HZ: Final = 4.0
"""Cutoff of palms as the body's landmarks have them, which is noisy; by hand."""
_LOOKED_AT: Final = 8.0
"""Times as much as the body's landmarks does a hand network count that is sure of itself: their
palms err by 45 degrees, its by 13."""
_ALONG: Final = np.array([1.0, 0.0, 0.0])
_THUMB_SIDE: Final = np.array([0.0, 0.0, 1.0])
"""Of a left hand in the zero pose: where its fingers point, and its thumb's side."""


@staged("hand fit")
def hand_motion(
    track: TrackObservations,
    camera: Camera,
    evidence: Evidence,
    turns: F64 | None,
    settings: Settings,
) -> HandMotion | None:
    """A person's hands in the axes of their shot's camera, None where nobody looked at them.

    ``turns`` (t, 3, 3) from the axes of the track's frames, first to last, to the shot's.
    """
    if settings.hands == "off":
        return None
    expected = expected_palms(evidence)
    turn = np.eye(3)[None] if turns is None else turns
    expected = turn.transpose(0, 2, 1)[:, None] @ expected
    every = settings.hands == "on"
    motion = pose_hands(track, camera, evidence.fps, expected, every=every)
    if motion is None:
        return None
    return replace(motion, R_camera_palm=turn[:, None] @ motion.R_camera_palm)


def expected_palms(evidence: Evidence) -> F64:
    """Both palms' rotations (t, 2, 3, 3) as the body's landmarks have them, NaN where untold."""
    return np.stack([_palm_of(evidence, k) for k in range(2)], axis=1)


def directions_with(
    motion: HandMotion | None, directions: Floats, score: Floats
) -> tuple[F64, F64]:
    """The body's hand directions (t, 2, 2, 3) and scores (t, 2), as ``aim_hand`` takes them, with
    what ``motion`` tells of them, by its trust."""
    if motion is None:
        return np.asarray(directions, np.float64), np.asarray(score, np.float64)
    along = np.array([_ALONG if side == "left" else -_ALONG for side in SIDES])
    seen = np.stack(
        [
            np.einsum("tkab,kb->tka", motion.R_camera_palm, along),
            motion.R_camera_palm @ _THUMB_SIDE,
        ],
        axis=2,
    )
    trust = motion.trust[:, :, None, None]
    mixed = normalize(trust * seen + (1 - trust) * normalize(directions))
    return mixed, score + motion.trust * (_LOOKED_AT - score)


def set_fingers(quats: Floats, motion: HandMotion | None) -> None:
    """Put the fingers of ``motion`` into ``quats`` (t, 55, 4), in place; relaxed ones for None."""
    if motion is None:
        relax_fingers(quats)
        return
    for k, side in enumerate(SIDES):
        quats[:, list(finger_joints(side))] = quat_from_matrix(motion.R_parent_joint[:, k])


def _palm_of(evidence: Evidence, k: int) -> F64:
    """The palm's rotation (t, 3, 3) as the body's landmarks have it, NaN where they tell none."""
    hand, weight = evidence.hands[:, k], evidence.hand_score[:, k]
    if not weight.any():
        return np.full((len(weight), 3, 3), np.nan)
    return limbs.frames_between(
        _ALONG if SIDES[k] == "left" else -_ALONG,
        _THUMB_SIDE,
        limbs.smooth_directions(hand[:, 0], weight, _CUTOFF_HZ, evidence.fps),
        limbs.smooth_directions(hand[:, 1], weight, _CUTOFF_HZ, evidence.fps),
    )
