"""The free body's hand as four angles a finger, with the derivatives of its 21 points.

Everything is a left hand in the body frame of the zero pose: fingers along x, the thumb's side
along z, the palm down. A right hand is one in a mirror, ``MIRROR``.

Angles in radians, 0 = straight: of the thumb flexion and abduction at its base, flexion of its
middle and end joint; of each finger spread towards the thumb, flexion of knuckle, middle and end
joint. Hinge axes lie across each finger, as MakeHuman's rigs have them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..data.arrays import F64, Floats, check_fields, of_shape
from ..data.hand_points import CHAINS, POINTS
from ..data.skeletons import REST_XYZ_BODY, SMPLX_55
from ..geometry.rotations import hat, normalize

ANGLES: Final = 20
"""Of all fingers."""
JOINTS: Final = ("thumb", "index", "middle", "ring", "pinky")
"""The skeleton's names of the fingers, in the order of the points."""
MIRROR: Final = np.array([-1.0, 1.0, 1.0])
"""What makes a left hand of a right one, and the other way round."""
_TIPS: Final = np.array(
    [
        [0.0225, -0.0154, 0.0086],
        [0.0220, -0.0135, 0.0031],
        [0.0218, -0.0115, -0.0004],
        [0.0228, -0.0116, -0.0069],
        [0.0153, -0.0098, -0.0070],
    ]
)
"""Metres from each finger's last joint of the reference adult to the end of the free body's finger
in the zero pose, left hand."""


def finger_joints(side: str) -> tuple[int, ...]:
    """The 15 joints of a hand in the skeleton, from the thumb's base on, finger by finger."""
    return tuple(SMPLX_55.index(f"{side}_{name}{k}") for name in JOINTS for k in (1, 2, 3))


def tip_offsets(rest: Floats, side: str) -> F64:
    """(5, 3) metres from the last joint of each finger to its end, at the rest of a skeleton with
    ``rest`` (55, 3)."""
    last = [SMPLX_55.index(f"{side}_{name}3") for name in JOINTS]
    before = [SMPLX_55.index(f"{side}_{name}2") for name in JOINTS]
    bones, own = (np.linalg.norm(r[last] - r[before], axis=-1) for r in (REST_XYZ_BODY, rest))
    tips = _TIPS if side == "left" else _TIPS * MIRROR
    return tips * (own / bones)[:, None]


def points_posed(rest: Floats, side: str, xyz: Floats, R: Floats) -> F64:
    """The 21 points (t, 21, 3) of a hand of the skeleton with ``rest`` (55, 3), whose joints are at
    ``xyz`` (t, 55, 3) with global rotations ``R`` (t, 55, 3, 3)."""
    fingers = np.array(finger_joints(side)).reshape(5, 3)
    tips = np.einsum("tfab,fb->tfa", R[:, fingers[:, 2]], tip_offsets(rest, side))
    joints = xyz[:, fingers]
    chains = np.concatenate([joints, joints[:, :, 2:] + tips[:, :, None]], axis=2)
    wrist = xyz[:, [SMPLX_55.index(f"{side}_wrist")]]
    return np.concatenate([wrist, chains.reshape(len(xyz), -1, 3)], axis=1)


def hand_at_rest(rest: Floats) -> F64:
    """The 21 points of the left hand of a skeleton with ``rest`` (55, 3), wrist at the origin."""
    joints = np.asarray(rest, np.float64)
    fingers = joints[list(finger_joints("left"))].reshape(5, 3, 3)
    ends = fingers[:, 2] + tip_offsets(joints, "left")
    points = np.concatenate([fingers, ends[:, None]], axis=1).reshape(-1, 3)
    wrist = joints[SMPLX_55.index("left_wrist")]
    return np.concatenate([np.zeros((1, 3)), points - wrist])


@dataclass(frozen=True, slots=True, eq=False)
class Hand:
    """A left hand: its ``points`` (21, 3) at rest, the hinge ``axes`` (5, 4, 3) and the angles
    (5, 4) that it has ``at_rest``."""

    points: F64 = field(metadata=of_shape(POINTS, 3))
    axes: F64 = field(metadata=of_shape(5, 4, 3))
    at_rest: F64 = field(metadata=of_shape(5, 4))

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, eq=False)
class PosedHand:
    """``points`` (t, 21, 3), wrist at the origin, and how they change with each angle: ``slopes``
    (t, 5, 4, 3, 3) of a finger's angles, its last three points and axes."""

    points: F64 = field(metadata=of_shape("t", POINTS, 3))
    slopes: F64 = field(metadata=of_shape("t", 5, 4, 3, 3))

    def __post_init__(self) -> None:
        check_fields(self)


def hand_of(points: Floats) -> Hand:
    """The hand whose points (21, 3) at rest are known."""
    chains = points[np.array(CHAINS)]
    fingers = normalize(points[9])
    thumb_side = points[5] - points[17]
    thumb_side = normalize(thumb_side - fingers * (thumb_side @ fingers))
    palm = np.cross(fingers, thumb_side)
    axes, at_rest = np.zeros((5, 4, 3)), np.zeros((5, 4))
    for k in range(1, 5):
        base, middle, last, tip = chains[k]
        hinge = normalize(np.cross(normalize(tip - base), palm))
        axes[k] = palm, hinge, hinge, hinge
        bones = (base, middle - base, last - middle, tip - last)
        at_rest[k, 1:] = [_angle(bones[i], bones[i + 1], hinge) for i in range(3)]
    base, middle, last, tip = chains[0]
    # Flexing takes the thumb's tip towards the base of the little finger.
    along, aim = normalize(tip - middle), chains[4, 0] - last
    hinge = normalize(np.cross(along, aim - along * (along @ aim)))
    across = -normalize(np.cross(normalize(middle - base), hinge))
    axes[0] = hinge, across, hinge, hinge
    at_rest[0, 2] = _angle(middle - base, last - middle, hinge)
    at_rest[0, 3] = _angle(last - middle, tip - last, hinge)
    return Hand(np.asarray(points, np.float64), axes, at_rest)


def _angle(a: Floats, b: Floats, axis: Floats) -> float:
    """By what angle about ``axis`` the direction ``a`` turns into ``b``."""
    a, b = a - axis * (axis @ a), b - axis * (axis @ b)
    return float(np.arctan2(np.cross(a, b) @ axis, a @ b))


def pose_hand(hand: Hand, angles: Floats) -> PosedHand:
    """The hand's points for ``angles`` (t, 5, 4), and their derivatives."""
    t = len(angles)
    steps = _turn(hand.axes, angles - hand.at_rest)
    turns = _chained(steps)
    axes = np.empty((t, 5, 4, 3))
    axes[:, :, 0] = hand.axes[:, 0]
    for k, before in ((1, steps[:, :, 0]), (2, turns[:, :, 0]), (3, turns[:, :, 1])):
        axes[:, :, k] = (before @ hand.axes[:, k, :, None])[..., 0]
    bones = np.diff(hand.points[np.array(CHAINS)], axis=1)
    chain = np.empty((t, 5, 4, 3))
    chain[:, :, 0] = hand.points[np.array(CHAINS)[:, 0]]
    chain[:, :, 1:] = (turns @ bones[..., None])[..., 0]
    for k in (1, 2, 3):
        chain[:, :, k] += chain[:, :, k - 1]
    slopes = np.zeros((t, 5, 4, 3, 3))
    for angle, at in enumerate((0, 0, 1, 2)):
        arm = chain[:, :, 1 + at :] - chain[:, :, at : at + 1]
        _cross(axes[:, :, angle, None], arm, slopes[:, :, angle, at:])
    points = np.concatenate([np.zeros((t, 1, 3)), chain.reshape(t, -1, 3)], axis=1)
    return PosedHand(points, slopes)


def _cross(a: Floats, b: Floats, out: F64) -> None:
    """The cross product of vectors (..., 3), many times as fast as NumPy's for short ones."""
    for i, (j, k) in enumerate(((1, 2), (2, 0), (0, 1))):
        out[..., i] = a[..., j] * b[..., k] - a[..., k] * b[..., j]


def global_turns(hand: Hand, angles: Floats) -> F64:
    """Rotations (t, 5, 3, 3, 3) of every finger's bones against the palm, zero pose's axes."""
    return _chained(_turn(hand.axes, angles - hand.at_rest))


def _chained(steps: Floats) -> F64:
    """The same of every hinge's own rotation (t, 5, 4, 3, 3)."""
    turns = np.empty((len(steps), 5, 3, 3, 3))
    turns[:, :, 0] = steps[:, :, 0] @ steps[:, :, 1]
    turns[:, :, 1] = turns[:, :, 0] @ steps[:, :, 2]
    turns[:, :, 2] = turns[:, :, 1] @ steps[:, :, 3]
    return turns


def local_turns(hand: Hand, angles: Floats) -> F64:
    """Rotations (t, 15, 3, 3) of the joints of ``finger_joints`` against their parents, left."""
    steps = _turn(hand.axes, angles - hand.at_rest)
    first = steps[:, :, 0] @ steps[:, :, 1]
    return np.stack([first, steps[:, :, 2], steps[:, :, 3]], axis=2).reshape(-1, 15, 3, 3)


def _turn(axes: Floats, angles: Floats) -> F64:
    """Rotations about unit ``axes`` (..., 3) by ``angles`` (t, ...)."""
    skew = hat(np.asarray(axes, np.float64))
    sine, cosine = np.sin(angles)[..., None, None], np.cos(angles)[..., None, None]
    return np.eye(3) + sine * skew + (1 - cosine) * (skew @ skew)
