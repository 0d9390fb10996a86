"""What only looks somewhere: feet, head and hands, each within what its joint allows."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, Floats
from ...data.skeletons import joint
from ...geometry.rotations import exp_so3, log_so3, normalize, quat_from_matrix
from . import limbs
from .heads import SeenHead
from .joint_limits import HEAD, LEFT_ANKLE, LEFT_WRIST, PRONATION_RAD, soft, within

_P: Final = {name: i for i, name in enumerate(points.POINTS)}
_HEAD_CUTOFF_HZ: Final = 5.0
"""Cutoff of the head's directions, which are noisy over so short a distance; by hand."""
_HAND_CUTOFF_HZ: Final = 4.0
"""The same of the hands' directions; by hand."""
_NOSE_BELOW_EARS: Final = np.array([0.0, -0.11, 0.994])
"""Rest direction from between the ears to the nose, body frame. On a skull it is steeper, but the
networks' noses lie higher: with the skull's 14 degrees everybody looked up by 8."""
_TWIST_IN_FOREARM: Final = 0.6
"""Pronation happens along the forearm; the wrist shows what is left."""
_STRAIGHT_FROM: Final = 0.35
_STRAIGHT_FULL: Final = 0.15
"""Sines of an elbow's bend between which the upper arm takes over what the forearm can't turn."""


def aim_foot(X: Floats, side: str, rest_foot: Floats, R: F64) -> None:
    """The foot along heel and toe, in place; ``rest_foot`` (3,) from ankle to ball at rest."""
    heel, toe = X[:, _P[f"{side}_heel"]], X[:, _P[f"{side}_foot_index"]]
    ankle = X[:, _P[f"{side}_ankle"]]
    level = np.array([rest_foot[0], 0.0, rest_foot[2]])
    sole = normalize(toe - heel)
    seen = limbs.frames_between(normalize(level), np.array([0.0, 1.0, 0.0]), sole, ankle - heel)
    shank = R[:, joint(f"{side}_knee")]
    turn = within(log_so3(shank.transpose(0, 2, 1) @ seen), LEFT_ANKLE.on(side))
    R[:, joint(f"{side}_ankle")] = shank @ exp_so3(turn)


def aim_head(X: Floats, score: Floats, R: F64, fps: float, face: SeenHead | None = None) -> None:
    """Neck and head from ears and nose, in place; ``score`` (t, 19) weighs them. With them goes
    what a ``face`` tells."""
    ears = [_P["left_ear"], _P["right_ear"]]
    weight = score[:, [*ears, _P["nose"]]].mean(1)
    ahead = X[:, _P["nose"]] - X[:, ears].mean(1)
    left = X[:, ears[0]] - X[:, ears[1]]
    seen = limbs.frames_between(
        np.array([1.0, 0.0, 0.0]),
        normalize(_NOSE_BELOW_EARS),
        limbs.smooth_directions(left, weight, _HEAD_CUTOFF_HZ, fps),
        limbs.smooth_directions(ahead, weight, _HEAD_CUTOFF_HZ, fps),
    )
    if face is not None:
        seen = face.with_body(seen)
    turn = within(log_so3(R[:, 9].transpose(0, 2, 1) @ seen), HEAD)
    R[:, 12] = R[:, 9] @ exp_so3(turn / 2)
    R[:, 15] = R[:, 9] @ exp_so3(turn)


def aim_hand(hand: Floats, weight: Floats, side: str, rest: Floats, R: F64, fps: float) -> None:
    """Forearm's twist and wrist, in place, from ``hand`` (t, 2, 3): directions wrist to knuckles
    and little finger to index, weighed by ``weight`` (t,). Elbow and wrist stay where they are."""
    sign = 1.0 if side == "left" else -1.0
    shoulder, elbow, wrist = (joint(f"{side}_{part}") for part in ("shoulder", "elbow", "wrist"))
    along = np.array([sign, 0.0, 0.0])
    seen = limbs.frames_between(
        along,
        np.array([0.0, 0.0, 1.0]),
        limbs.smooth_directions(hand[:, 0], weight, _HAND_CUTOFF_HZ, fps),
        limbs.smooth_directions(hand[:, 1], weight, _HAND_CUTOFF_HZ, fps),
    )
    twist = _twist_about(R[:, elbow].transpose(0, 2, 1) @ seen, along)
    beyond = twist - np.sign(twist) * soft(np.abs(twist), PRONATION_RAD)
    # A straight arm turns from the shoulder: the forearm's twist is then the upper arm's.
    upper, lower = normalize(rest[elbow] - rest[shoulder]), normalize(rest[wrist] - rest[elbow])
    spare = beyond * _straightness(R[:, shoulder] @ upper, R[:, elbow] @ lower)
    R[:, shoulder] = R[:, shoulder] @ exp_so3(spare[:, None] * upper)
    share = spare + _TWIST_IN_FOREARM * (twist - beyond)
    R[:, elbow] = R[:, elbow] @ exp_so3(share[:, None] * lower)
    bend = within(log_so3(R[:, elbow].transpose(0, 2, 1) @ seen), LEFT_WRIST.on(side))
    R[:, wrist] = R[:, elbow] @ exp_so3(bend)


def _straightness(upper: Floats, lower: Floats) -> F64:
    """(t,) 1 where a forearm's direction (t, 3) goes on as the upper arm's does."""
    sine = np.linalg.norm(np.cross(upper, lower), axis=-1)
    return np.clip((_STRAIGHT_FROM - sine) / (_STRAIGHT_FROM - _STRAIGHT_FULL), 0, 1)


def _twist_about(local: Floats, axis: Floats) -> F64:
    """Angle (t,) in radians of the twist part of rotations about ``axis`` (swing-twist split)."""
    q = quat_from_matrix(local)
    angle = 2 * np.arctan2(q[:, 1:] @ axis, q[:, 0])
    angle = np.unwrap((angle + np.pi) % (2 * np.pi) - np.pi)
    # Unwrapping follows the motion through half a turn; start in the nearest turn.
    return angle - 2 * np.pi * np.round(np.median(angle) / (2 * np.pi))
