"""More bodies and poses out of little motion: recombined, bent and re-proportioned."""

from __future__ import annotations

import numpy as np

from ...core.data.arrays import Bools, Floats
from ...core.geometry.rotations import frame_from_axes, normalize
from ...core.geometry.smoothing import eased
from ...core.lifting.features import CANONICAL_M, body_size
from .body import (
    COUNT,
    MIRROR,
    SIDES,
    TO_POINTS,
    beyond,
    joint,
    offsets,
    positions,
    rotations,
    turn,
)
from .chance import Chance

_BENT = {
    "left_elbow": 0.45,
    "right_elbow": 0.45,
    "left_wrist": 0.3,
    "right_wrist": 0.3,
    "left_knee": 0.22,
    "right_knee": 0.22,
    "left_ankle": 0.15,
    "right_ankle": 0.15,
    "neck": 0.15,
    "nose": 0.15,
}
"""How far the bone that ends in a joint is turned, one standard deviation in radians."""
_TRUNK_BENDS = np.array([0.45, 0.25, 0.25], np.float32)
"""To the front or back, about the spine, to a side: one standard deviation in radians."""
_FORWARD = np.array([0.15, 0, 0], np.float32)
_SQUAT = (
    (("left_knee", "right_knee"), -1.0),
    (("left_ankle", "right_ankle"), 1.8),
    (("left_heel", "right_heel", "left_toe", "right_toe"), -0.8),
)
"""Thighs go forward, shanks back under them, soles stay level: shares of the thigh's angle."""
_LEGS = ("left_knee", "right_knee", "left_ankle", "right_ankle")


def augment(xyz: Floats, chance: Chance) -> tuple[Floats, Bools]:
    """New joints (b, t, 22, 3), and whether the old contacts still hold (b,)."""
    b, t = xyz.shape[:2]
    offset = offsets(xyz)
    _graft(offset, _pelvis_frame(xyz), beyond("neck"), 0.45, chance)
    _graft_arms(offset, chance)
    _free_arms(offset, chance)
    bent = chance.happens(0.6, b)
    _graft_legs(offset, bent, chance)
    _lift_leg(offset, bent, chance)
    bowed = _bow(offset, chance)
    ramp = np.linspace(0, 1, t, dtype=np.float32)[None, :, None]
    for name, sigma in _BENT.items():
        by = (chance.normal(b, 1, 3) + 0.5 * chance.normal(b, 1, 3) * ramp) * np.float32(sigma)
        if name in _LEGS:
            by = by * chance.happens(0.6, b)[:, None, None]
        R = rotations(by * bent[:, None, None])
        if name == "nose":
            for part in ("nose", "left_ear", "right_ear"):
                turn(offset, part, R)
        else:
            turn(offset, name, R)
    leaning = chance.happens(0.5, b)[:, None]
    R = rotations(0.12 * chance.normal(b, 3) * leaning)
    offset[:, :, 1:] = offset[:, :, 1:] @ np.swapaxes(R, -1, -2)[:, None]
    return positions(offset * _proportions(b, chance)), ~bent & ~leaning[:, 0] & ~bowed


def _bow(offset: Floats, chance: Chance) -> Bools:
    """Trunks bend, turn and sway over the hips, some with bent knees, in place; whose (b,).

    There is hardly anybody in the data who sits down, squats or picks something up.
    """
    b, t = offset.shape[:2]
    frame = _pelvis_frame(positions(offset))
    share = _eased(b, t, chance)
    bowed, squat = chance.happens(0.35, b), chance.happens(0.2, b)
    knees = chance.uniform(0, 1.3, b, 1) * share * squat[:, None]
    trunk = (_TRUNK_BENDS * chance.normal(b, 3) + _FORWARD)[:, None] * share[..., None]
    trunk = trunk * bowed[:, None, None]
    trunk[..., 0] += knees * chance.uniform(0, 0.8, b, 1)

    def about(axes: Floats) -> Floats:
        return rotations((frame @ axes[..., None])[..., 0])

    turn(offset, "spine", about(trunk))
    side = np.zeros((b, t, 3), np.float32)
    for parts, share in _SQUAT:
        side[..., 0] = share * knees
        for name in parts:
            turn(offset, name, about(side))
    return bowed | squat


def _eased(b: int, t: int, chance: Chance) -> Floats:
    """(b, t) from 0 to 1 or back, softly; some of it may lie before or after the window."""
    at = np.linspace(0, 1, t, dtype=np.float32)
    begin, rise = chance.uniform(-1, 1, b, 1), chance.uniform(0.2, 2, b, 1)
    share = eased((at - begin) / rise)
    return np.where(chance.happens(0.5, b, 1), share, 1 - share)


def _graft(
    offset: Floats,
    frame: Floats,
    which: list[int],
    probability: Floats | float,
    chance: Chance,
) -> None:
    """Put joints of another window on, as they sit in ``frame`` (b, t, 3, 3), in place."""
    b = len(offset)
    donor = chance.rng.permutation(b)
    R = frame @ np.swapaxes(frame[donor], -1, -2)
    moved = offset[donor][:, :, which] @ np.swapaxes(R, -1, -2)
    chosen = chance.happens(probability, b)
    offset[:, :, which] = np.where(chosen[:, None, None, None], moved, offset[:, :, which])


def _graft_arms(offset: Floats, chance: Chance) -> None:
    """Single arms, as they hang on the chest."""
    chest = _chest_frame(offset)
    for side in SIDES:
        _graft(offset, chest, beyond(f"{side}_elbow"), 0.25, chance)


def _free_arms(offset: Floats, chance: Chance) -> None:
    """Single arms go from anywhere to anywhere that shoulders and elbows reach, in place."""
    b, t = offset.shape[:2]
    chest = _chest_frame(offset)
    for side, left in (("left", 1), ("right", -1)):
        share = _eased(b, t, chance)[..., None]
        begin, end = (_arm_directions(b, left, chance) for _ in range(2))
        freed = chance.happens(0.15, b)[:, None, None]
        for name, a, z in zip(("elbow", "wrist"), begin, end, strict=True):
            which = joint(f"{side}_{name}")
            along = normalize(a[:, None] * (1 - share) + z[:, None] * share)
            length = np.linalg.norm(offset[:, :, which], axis=-1, keepdims=True)
            there = (chest @ along[..., None])[..., 0] * length
            offset[:, :, which] = np.where(freed, there, offset[:, :, which])


def _arm_directions(b: int, left: int, chance: Chance) -> tuple[Floats, Floats]:
    """Upper arms and forearms (b, 3) in the chest's frame; ``left`` is 1, or -1 for right arms.

    Elbows bend to the front of hanging arms, and upwards or inwards of arms that reach out.
    """
    up, front = chance.uniform(-1.5, 1.3, b), chance.uniform(-0.7, 2.0, b)
    upper = np.stack(
        [left * np.cos(up) * np.cos(front), np.sin(up), np.cos(up) * np.sin(front)], -1
    )
    towards = np.array([-0.4 * left, 0.5, 0.8], np.float32) + 0.5 * chance.normal(b, 3)
    bend = normalize(towards - (towards * upper).sum(-1, keepdims=True) * upper)
    flexed = chance.uniform(0.05, 2.3, b, 1)
    return upper, (np.cos(flexed) * upper + np.sin(flexed) * bend).astype(np.float32)


def _graft_legs(offset: Floats, among: Bools, chance: Chance) -> None:
    """Single legs of others ``among`` (b,) hang on the pelvis as they did."""
    frame = _pelvis_frame(positions(offset))
    for side in SIDES:
        _graft(offset, frame, beyond(f"{side}_knee"), 0.2 * among, chance)


def _lift_leg(offset: Floats, among: Bools, chance: Chance) -> None:
    """One leg of some ``among`` (b,) goes forward, back or to its side, and its knee bends; trunks
    of some go the other way by part of it, as on a seesaw.

    People in the data kick, balance and stretch hardly ever.
    """
    b, t = offset.shape[:2]
    frame = _pelvis_frame(positions(offset))
    lifted = among & chance.happens(0.4, b)
    is_left = chance.happens(0.5, b)
    share = _eased(b, t, chance)
    axes = np.zeros((b, t, 3), np.float32)
    axes[..., 0] = -share * chance.uniform(-0.4, 1.3, b, 1)
    knee = share * chance.uniform(0, 1.2, b, 1)
    aside = share * chance.uniform(-0.1, 0.8, b, 1)
    counter = chance.uniform(0.0, 1.0, b, 1, 1) * chance.happens(0.6, b)[:, None, None]
    for side, outwards, mine in (("left", 1, is_left), ("right", -1, ~is_left)):
        on = (lifted & mine)[:, None]
        axes[..., 2] = outwards * aside
        swing = (frame @ (axes * on[..., None])[..., None])[..., 0]
        thigh = rotations(swing)
        turn(offset, f"{side}_knee", thigh)
        turn(offset, "spine", rotations(counter * swing))
        hinge = frame[..., 0] * (knee * on)[..., None]
        turn(offset, f"{side}_ankle", rotations((thigh @ hinge[..., None])[..., 0]))


def _pelvis_frame(xyz: Floats) -> Floats:
    left = xyz[:, :, joint("left_hip")] - xyz[:, :, joint("right_hip")]
    return frame_from_axes(xyz[:, :, joint("spine")] - xyz[:, :, 0], left)


def _chest_frame(offset: Floats) -> Floats:
    left = offset[:, :, joint("left_shoulder")] - offset[:, :, joint("right_shoulder")]
    return frame_from_axes(offset[:, :, joint("neck")] + offset[:, :, joint("spine")], left)


def _proportions(b: int, chance: Chance) -> Floats:
    """Factors (b, 1, 22, 1) of bone lengths: mostly the same left and right."""
    one = chance.normal(b, COUNT)
    both = (one + one[:, MIRROR]) / 2
    factor = np.clip(1 + 0.10 * both + 0.02 * chance.normal(b, COUNT), 0.7, 1.35)
    factor[:, 0] = 1
    return factor[:, None, :, None]


def to_canonical(xyz: Floats) -> Floats:
    """Scale each window to the network's one body size."""
    size = np.median(body_size(xyz[:, :, TO_POINTS]), axis=1)
    return xyz * (CANONICAL_M / size).astype(np.float32)[:, None, None, None]
