"""Feet that stand on the source stand on the target, whatever its proportions.

Where a heel or toe is in contact, the foot is moved by what that point would slide and to the floor
under it. The body's path takes over what it can (see ``settling``); the legs follow by two-bone
inverse kinematics in their own bend plane. The correction fades in and out beside each contact, and
the pelvis sinks where a leg would have to be longer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ...data.arrays import F64, Bools, check_fields, of_shape
from ...data.errors import RigError
from ...data.skeletons import joint
from ...geometry.rotations import exp_so3, normalize, swing_between
from ...geometry.smoothing import blur
from ..bonemap import BoneMap
from ..rig import RestBones
from ..roles import SIDES
from ..source import SourceMotion
from .settling import Stand, angle_cost, settle

_EASE_S: Final = 0.15  # seconds in which a plant fades in and out; by hand
_STRAIGHT: Final = 0.9995
"""Legs bend at least this little: a fully straight one has no bend plane."""
_SLACK_M: Final = 0.002
"""A foot may miss its height, and its place along a nearly straight leg, by this: there millimetres
cost degrees."""
_ON: Final = 0.5  # contact from which a foot stands; by hand
_SOLE_HIGH: Final = 0.04  # by hand
_ANKLE_HIGH: Final = 0.1  # of 0.09 in people
"""Shares of a rig's height up to which its lowest toe, or ankle, stands on the origin's floor."""
_ONE_PLACE: Final = 1e-4
"""Share of a rig's size within which two bones begin at one place."""
_HEEL_BEHIND: Final = 0.3
"""How far the heel lies behind the ankle, as a share of ankle to toes."""


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """A leg's bones, rows of the rig: pieces of ``thigh`` and ``shin``, ``ankle``, and toe bones.

    ``soles`` (2, 3) heel and toe under the foot at rest, from the ankle; ``length`` hip to ankle,
    ``ankle_height`` over the rig's floor, metres.
    """

    side: str
    thigh: tuple[int, ...]
    shin: tuple[int, ...]
    ankle: int
    soles: F64 = field(metadata=of_shape(2, 3))
    length: float
    ankle_height: float

    def __post_init__(self) -> None:
        check_fields(self)


def legs_of(rig: RestBones, bone_map: BoneMap) -> list[Leg]:
    """Return the legs that have a thigh, a shin and a foot.

    Raises RigError where two of them begin at one place: such a leg can't bend.
    """
    floor = _floor(rig, bone_map)
    legs: list[Leg] = []
    for side in SIDES:
        chains = [bone_map.chains.get(f"{side}_{part}") for part in ("hip", "knee", "ankle")]
        if any(chain is None for chain in chains):
            continue
        thigh, shin, ankle = (tuple(rig.row(name) for name in chain or ()) for chain in chains)
        hip, knee, foot = (rig.head_xyz[rows[0]] for rows in (thigh, shin, ankle))
        for above, below in ((thigh, shin), (shin, ankle)):
            _check_apart(rig, above[0], below[0])
        toes = bone_map.chains.get(f"{side}_foot")
        toe = rig.head_xyz[rig.row(toes[0])] if toes else rig.tail_xyz[ankle[0]]
        ahead = (toe - foot) * [1.0, 1.0, 0.0]
        down = np.array([0.0, 0.0, floor - foot[2]])
        length = float(np.linalg.norm(knee - hip) + np.linalg.norm(foot - knee))
        soles = np.stack([down - _HEEL_BEHIND * ahead, down + ahead])
        legs.append(Leg(side, thigh, shin, ankle[0], soles, length, float(foot[2] - floor)))
    return legs


def _check_apart(rig: RestBones, above: int, below: int) -> None:
    size = float(np.ptp(rig.head_xyz, axis=0).max())
    if np.linalg.norm(rig.head_xyz[above] - rig.head_xyz[below]) <= _ONE_PLACE * size:
        raise RigError(
            f"{rig.names[above]} and {rig.names[below]} begin at one place, which no parts of a "
            "leg do; give another bone map."
        )


def _floor(rig: RestBones, bone_map: BoneMap) -> float:
    """The height on which the rig stands: its origin's, unless its feet are elsewhere."""
    names = [
        name
        for side in SIDES
        for part in ("ankle", "foot")
        for name in bone_map.chains.get(f"{side}_{part}", ())
    ]
    rows = [rig.row(name) for name in names]
    if not rows:
        return 0.0
    low = float(min(rig.head_xyz[rows, 2].min(), rig.tail_xyz[rows, 2].min()))
    size = float(np.ptp(rig.head_xyz[:, 2]))
    # Without toes, and a tail that doesn't point down, nothing is lower than the ankle.
    ends_at_ankle = low > float(rig.head_xyz[rows, 2].max()) - 0.01 * size
    highest = _ANKLE_HIGH if ends_at_ankle else _SOLE_HIGH
    return 0.0 if -0.01 * size < low < highest * size else low


def plant(
    source: SourceMotion, rig: RestBones, legs: list[Leg], R_pose: F64, heads: F64,
    scale: float, fps: float,
) -> tuple[F64, F64]:  # fmt: skip
    """Return ``R_pose`` (t, n, 3, 3) and ``heads`` (t, n, 3) with standing feet held."""
    ease = max(1, round(_EASE_S * fps))
    stands = [_stands(source, rig, leg, R_pose, heads, scale) for leg in legs]
    size = float(np.mean([leg.length for leg in legs]))
    settled = settle([stand for of_leg in stands for stand in of_leg], len(heads), size, fps)
    heads = heads + settled.shift[:, None]
    left = iter(settled.left)
    goals: list[F64] = []
    for leg, of_leg in zip(legs, stands, strict=True):
        correction = np.zeros((len(heads), 3))
        for stand in of_leg:
            held = next(left)
            held[:, 2] = np.sign(held[:, 2]) * np.maximum(np.abs(held[:, 2]) - _SLACK_M, 0.0)
            _lay(correction, held, stand.start, stand.start + len(held), ease)
        goals.append(heads[:, leg.ankle] + correction)
    sink = np.zeros(len(heads))
    for leg, goal in zip(legs, goals, strict=True):
        moved = (goal != heads[:, leg.ankle]).any(axis=-1)
        sink = np.maximum(sink, np.where(moved, _too_far(heads[:, leg.thigh[0]], goal, leg), 0.0))
    heads[:, :, 2] -= _smooth_above(sink, ease)[:, None]
    R_pose = R_pose.copy()
    for leg, goal in zip(legs, goals, strict=True):
        # At rest, facing -y, knees fold about +x.
        _bend(leg, goal, R_pose, heads, source.turn_of(f"{leg.side}_knee")[:, :, 0])
    shift = heads[:, 0] - rig.heads(R_pose)[:, 0]
    return R_pose, rig.heads(R_pose) + shift[:, None]


def _stands(
    source: SourceMotion, rig: RestBones, leg: Leg, R_pose: F64, heads: F64, scale: float
) -> list[Stand]:
    """When the leg's foot stands, and what would hold it there."""
    on, points, floor = _soles(source, rig, leg, R_pose, heads, scale)
    cost = angle_cost(*(heads[:, row] for row in (leg.thigh[0], leg.shin[0], leg.ankle)))
    return [
        Stand(a, _hold(points[a:b], floor[a:b], on[a:b]), cost[a:b])
        for a, b in _spans(on[:, 0] | on[:, 1])
    ]


def _soles(
    source: SourceMotion, rig: RestBones, leg: Leg, R_pose: F64, heads: F64, scale: float
) -> tuple[Bools, F64, F64]:
    """Heel and toe: whether they touch (t, 2), where they are (t, 2, 3), how high they belong."""
    column = 2 * SIDES.index(leg.side)
    on = source.contact[:, column : column + 2] > _ON
    local = leg.soles @ rig.R_rest[leg.ankle]
    points = heads[:, leg.ankle, None] + np.einsum("tab,kb->tka", R_pose[:, leg.ankle], local)
    return on, points, scale * _source_soles(source, leg.side)


def _source_soles(source: SourceMotion, side: str) -> F64:
    """Heights (t, 2) of the source's heel and toe over its floor."""
    ankle, toes = source.rest(f"{side}_ankle"), source.rest(f"{side}_foot")
    ahead = (toes - ankle) * [1.0, 1.0, 0.0]
    down = np.array([0.0, 0.0, -source.floor_below_pelvis - ankle[2]])
    soles = np.stack([down - _HEEL_BEHIND * ahead, down + ahead])
    turned = np.einsum("tab,kb->tka", source.turn_of(f"{side}_ankle"), soles)
    return source.xyz[:, joint(f"{side}_ankle"), None, 2] + turned[:, :, 2]


def _hold(points: F64, floor: F64, on: Bools) -> F64:
    """Moves (t, 3) that keep the touching ones of ``points`` (t, 2, 3) from sliding.

    ``floor`` (t, 2) is how high each should be.
    """
    weight = on / np.maximum(on.sum(axis=1, keepdims=True), 1)
    out = np.zeros((len(points), 3))
    for t in range(1, len(points)):
        both = on[t] & on[t - 1]
        share = both / both.sum() if both.any() else weight[t]
        out[t] = out[t - 1] - share @ (points[t] - points[t - 1])
    out[:, 2] = (weight * (floor - points[:, :, 2])).sum(axis=1)
    return out


def _lay(out: F64, held: F64, start: int, stop: int, ease: int) -> None:
    """Add ``held`` at its place, fading to nothing over ``ease`` frames on both sides."""
    fade = np.cos(np.linspace(0, np.pi, ease + 2)[1:-1]) / 2 + 0.5
    out[start:stop] = held
    after = out[stop : stop + ease]
    after += held[-1] * fade[: len(after), None]
    before = out[max(0, start - ease) : start]
    before += held[0] * fade[::-1][len(fade) - len(before) :, None]


def _too_far(hip: F64, goal: F64, leg: Leg) -> F64:
    """How far the hip must sink for the leg to reach its goal, (t,) metres."""
    level = np.linalg.norm((goal - hip)[:, :2], axis=-1)
    drop = hip[:, 2] - goal[:, 2]
    reach = np.sqrt(np.maximum((_STRAIGHT * leg.length) ** 2 - level**2, 0.0))
    return np.maximum(drop - reach, 0.0)


def _smooth_above(values: F64, width: int) -> F64:
    """A smooth curve that is nowhere below ``values`` (t,)."""
    if not values.any():
        return values
    padded = np.pad(values, width, mode="edge")
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * width + 1).max(axis=1)
    return np.maximum(blur(highest, max(width / 2, 0.5)), values)


def _bend(leg: Leg, goal: F64, R_pose: F64, heads: F64, straight_axis: F64) -> None:
    """Turn thigh and shin in place so that the ankle comes to ``goal`` (t, 3).

    ``straight_axis`` (t, 3) is the axis of a knee that is too straight to show its own.
    """
    hip, knee, ankle = (heads[:, row] for row in (leg.thigh[0], leg.shin[0], leg.ankle))
    moved = np.linalg.norm(goal - ankle, axis=-1) > 1e-7
    if not moved.any():
        return
    hip, knee, ankle, goal = hip[moved], knee[moved], ankle[moved], goal[moved]
    thigh, shin = np.linalg.norm(knee - hip, axis=-1), np.linalg.norm(ankle - knee, axis=-1)
    wanted = np.linalg.norm(goal - hip, axis=-1)
    wanted = np.clip(wanted, np.abs(thigh - shin) + 1e-6, (thigh + shin) * (1 - 1e-9))
    now = np.linalg.norm(ankle - hip, axis=-1)
    fold = np.linalg.norm(np.cross(normalize(knee - hip), normalize(ankle - knee)), axis=-1)
    slack = _SLACK_M * np.clip(1.5 - fold / 0.4, 0.0, 1.0)
    wanted = now + np.sign(wanted - now) * np.maximum(np.abs(wanted - now) - slack, 0.0)
    axis = _bend_axis(hip, knee, ankle, straight_axis[moved])
    opened = _angle_at_hip(thigh, shin, wanted) - _angle_at_hip(thigh, shin, now)
    folded = _angle_at_knee(thigh, shin, wanted) - _angle_at_knee(thigh, shin, now)
    turn_thigh = exp_so3(-axis * opened[:, None])
    turn_shin = exp_so3(-axis * (opened + folded)[:, None])
    reached = hip + np.einsum("tab,tb->ta", turn_thigh, knee - hip)
    reached = reached + np.einsum("tab,tb->ta", turn_shin, ankle - knee)
    swing = swing_between(normalize(reached - hip), normalize(goal - hip))
    for rows, turn in ((leg.thigh, swing @ turn_thigh), (leg.shin, swing @ turn_shin)):
        for row in rows:
            R_pose[moved, row] = turn @ R_pose[moved, row]


def _bend_axis(hip: F64, knee: F64, ankle: F64, fold: F64) -> F64:
    cross = np.cross(knee - hip, ankle - knee)
    size = np.linalg.norm(knee - hip, axis=-1) * np.linalg.norm(ankle - knee, axis=-1)
    clear = np.linalg.norm(cross, axis=-1) > 0.02 * size
    return normalize(np.where(clear[:, None], cross, fold))


def _angle_at_hip(thigh: F64, shin: F64, span: F64) -> F64:
    """Angle between thigh and the line from hip to ankle."""
    return np.arccos(np.clip((thigh**2 + span**2 - shin**2) / (2 * thigh * span), -1, 1))


def _angle_at_knee(thigh: F64, shin: F64, span: F64) -> F64:
    """How far the shin is folded back from the thigh's line, negative as it folds."""
    return np.arccos(np.clip((thigh**2 + shin**2 - span**2) / (2 * thigh * shin), -1, 1)) - np.pi


def _spans(on: Bools) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], on.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
