"""A human rig with names that nobody knows: legs, arms and trunk by where bones are.

Every chain that hangs on the midline is a candidate for a leg or an arm and gets a score for what
limbs are and skirts, wings, tails, hair and IK targets aren't: two long neighbours of like length,
a foot that turns forward, a hand with fingers, arms in proportion to legs, a twin on the other
side. Where two candidates are nearly as good, nobody is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..data.arrays import F64, Bools
from .bonemap import BoneMap
from .rig import RestBones

SHAPE: Final = "shape"
"""The convention of a map that no names told."""
_MIDLINE: Final = 0.02
"""Bones that lie nearer to x = 0 than this share of the rig's size are the trunk's."""
_LIKE: Final = (0.55, 1.8)
"""Lower part against upper part of a limb: 0.8 to 1.05 in people, 0.6 in cartoons."""
_PIECE: Final = 0.75
"""A third part nearly as long as the two says that limbs are in several pieces."""
_ARM_TO_LEG: Final = (0.45, 1.1)
"""Upper arm and forearm against thigh and shin: 0.62 to 0.72 in people."""
_USUAL_ARM_TO_LEG: Final = 0.67  # lengths; by hand
_DOWNWARD: Final = 0.7
"""Cosine between thigh or shin and straight down, at least."""
_TWIN: Final = 0.06
"""How far a limb's joints may lie from its twin's mirror image, share of the rig's size."""
_CLEARLY: Final = 0.8
"""The next best limb must score less than this share of the best."""
_FORWARD: Final = 0.35
"""Share of a foot's length that must point along y to tell which way a rig looks."""


@dataclass(frozen=True, slots=True)
class _Limb:
    """A chain outwards from the midline bone ``hangs_on``; ``first`` is where its upper part is."""

    hangs_on: int
    chain: tuple[int, ...]
    first: int
    score: float

    @property
    def joints(self) -> tuple[int, int, int]:
        """Upper part, lower part, end."""
        return self.chain[self.first], self.chain[self.first + 1], self.chain[self.first + 2]


def map_by_shape(rest: RestBones) -> BoneMap | None:
    """Return the map of an upright rig that faces -y or +y, None when it has no human shape.

    Limbs in several pieces are not understood.
    """
    size = float(np.ptp(rest.head_xyz, axis=0).max())
    if len(rest.names) < 12 or size <= 0:
        return None
    off = np.maximum(np.abs(rest.head_xyz[:, 0]), np.abs(rest.tail_xyz[:, 0]))
    on_midline = off < _MIDLINE * size
    chains = _chains(rest, on_midline)
    legs = _best_pair(rest, [_leg(rest, *chain) for chain in chains], size)
    if legs is None:
        return None
    leg_length = _length(rest, legs[0])
    pelvis = legs[0].hangs_on
    arms = _best_pair(rest, [_arm(rest, *chain, pelvis, leg_length) for chain in chains], size)
    if arms is None or pelvis not in _up(rest, arms[0].hangs_on)[1:]:
        return None
    return _assemble(rest, legs, arms, on_midline)


def _up(rest: RestBones, row: int) -> list[int]:
    """The bone and its ancestors, itself first."""
    path = [row]
    while rest.parents[path[-1]] >= 0:
        path.append(rest.parents[path[-1]])
    return path


def _chains(rest: RestBones, on_midline: Bools) -> list[tuple[int, tuple[int, ...]]]:
    """From the trunk to every bone without children: the midline bone, and the bones outwards."""
    out: list[tuple[int, tuple[int, ...]]] = []
    with_children = set(rest.parents)
    for row in range(len(rest.names)):
        if row in with_children or on_midline[row]:
            continue
        path = _up(rest, row)
        inner = next((n for n, one in enumerate(path) if on_midline[one]), None)
        if inner is not None and inner >= 3:
            out.append((path[inner], tuple(path[:inner][::-1])))
    return out


def _parts(rest: RestBones, chain: tuple[int, ...]) -> tuple[int, F64, F64] | None:
    """Where the two longest neighbours begin, and both as vectors; None if they are no pair."""
    steps = np.diff(rest.head_xyz[list(chain)], axis=0)
    lengths = np.linalg.norm(steps, axis=-1)
    if len(lengths) < 2:
        return None
    first = int(np.argmax(np.minimum(lengths[1:], lengths[:-1])))
    if lengths[first] <= 0 or not _within(lengths[first + 1] / lengths[first], _LIKE):
        return None
    others = np.delete(lengths, [first, first + 1])
    if len(others) and others.max() > _PIECE * min(lengths[first], lengths[first + 1]):
        return None
    return first, steps[first], steps[first + 1]


def _within(value: float, span: tuple[float, float]) -> bool:
    return span[0] <= value <= span[1]


def _length(rest: RestBones, limb: _Limb) -> float:
    heads = rest.head_xyz[list(limb.joints)]
    return float(np.linalg.norm(np.diff(heads, axis=0), axis=-1).sum())


def _leg(rest: RestBones, hangs_on: int, chain: tuple[int, ...]) -> _Limb | None:
    """Thigh and shin hang down, and the foot turns off them towards the horizontal."""
    parts = _parts(rest, chain)
    if parts is None:
        return None
    first, thigh, shin = parts
    if any(-part[2] < _DOWNWARD * np.linalg.norm(part) for part in (thigh, shin)):
        return None
    ankle = chain[first + 2]
    foot = rest.tail_xyz[chain[-1]] - rest.head_xyz[ankle]
    level = 1.0 - abs(float(foot[2])) / max(float(np.linalg.norm(foot)), 1e-9)
    span = float(np.linalg.norm(thigh) + np.linalg.norm(shin))
    whole = float(rest.head_xyz[chain[0]][2] - rest.head_xyz[:, 2].min())
    # Skirts go on straight down in many short pieces; legs reach nearly to the floor in two.
    return _Limb(hangs_on, chain, first, level * min(1.0, span / max(whole, 1e-9)))


def _arm(
    rest: RestBones, hangs_on: int, chain: tuple[int, ...], pelvis: int, leg_length: float
) -> _Limb | None:
    """Above the pelvis, in proportion to the legs, and with fingers if anything has."""
    parts = _parts(rest, chain)
    if parts is None or hangs_on == pelvis:
        return None
    first, upper, lower = parts
    ratio = float(np.linalg.norm(upper) + np.linalg.norm(lower)) / leg_length
    if not _within(ratio, _ARM_TO_LEG):
        return None
    start = rest.head_xyz[chain[first]]
    if start[2] <= rest.head_xyz[pelvis][2]:
        return None
    backward = max(abs(float(part[1])) / float(np.linalg.norm(part)) for part in (upper, lower))
    children = sum(parent == chain[first + 2] for parent in rest.parents)
    score = 1.0 + 0.5 * min(children, 5) - 2.0 * abs(ratio - _USUAL_ARM_TO_LEG) - backward
    return _Limb(hangs_on, chain, first, max(score, 0.0))


def _best_pair(
    rest: RestBones, limbs: list[_Limb | None], size: float
) -> tuple[_Limb, _Limb] | None:
    """The limb at +x and its twin at -x, None where there is none, or more than one."""
    best: dict[tuple[int, int, int], _Limb] = {}
    for limb in limbs:
        # Of the chains through a hand or foot the longest tells most: it ends in the longest toe.
        if limb is not None and limb.score > best.get(limb.joints, limb).score - 1e-12:
            best[limb.joints] = limb
    pairs: list[tuple[float, _Limb, _Limb]] = []
    for left in best.values():
        if rest.head_xyz[left.joints[1], 0] <= 0:
            continue
        for right in best.values():
            mirrored = rest.head_xyz[list(right.joints)] * [-1.0, 1.0, 1.0]
            away = np.abs(rest.head_xyz[list(left.joints)] - mirrored).max()
            if left.hangs_on == right.hangs_on and away < _TWIN * size:
                pairs.append((min(left.score, right.score), left, right))
    pairs.sort(key=lambda pair: -pair[0])
    if not pairs or pairs[0][0] <= 0:
        return None
    if len(pairs) > 1 and pairs[1][0] > _CLEARLY * pairs[0][0]:
        return None
    return pairs[0][1], pairs[0][2]


def _assemble(
    rest: RestBones,
    legs: tuple[_Limb, _Limb],
    arms: tuple[_Limb, _Limb],
    on_midline: Bools,
) -> BoneMap | None:
    pelvis, chest = legs[0].hangs_on, arms[0].hangs_on
    above = [row for row in np.flatnonzero(on_midline) if chest in _up(rest, int(row))[1:]]
    trunk = _up(rest, chest)
    chains = {
        "pelvis": (rest.names[pelvis],),
        "spine": tuple(rest.names[row] for row in trunk[: trunk.index(pelvis)][::-1]),
    }
    if above:
        top = _up(rest, int(max(above, key=lambda row: rest.head_xyz[row, 2])))
        upper = top[: top.index(chest)][::-1]
        chains["head"] = (rest.names[upper[-1]],)
        if upper[:-1]:
            chains["neck"] = tuple(rest.names[row] for row in upper[:-1])
    sides = _sides(rest, legs[0])
    if sides is None:
        return None
    for side, leg, arm in zip(sides, legs, arms, strict=True):
        if arm.first > 0:
            chains[f"{side}_collar"] = tuple(rest.names[row] for row in arm.chain[: arm.first])
        for limb, names in (
            (leg, ("hip", "knee", "ankle", "foot")),
            (arm, ("shoulder", "elbow", "wrist")),
        ):
            for name, row in zip(names, limb.chain[limb.first :], strict=False):
                chains[f"{side}_{name}"] = (rest.names[row],)
    return BoneMap(SHAPE, chains)


def _sides(rest: RestBones, leg: _Limb) -> tuple[str, str] | None:
    """Which sides +x and -x are: feet point ahead. None where they don't tell."""
    foot = rest.tail_xyz[leg.chain[-1]] - rest.head_xyz[leg.joints[2]]
    if abs(float(foot[1])) < _FORWARD * float(np.linalg.norm(foot)):
        return None
    # Facing -y, the person's left is at +x.
    return ("left", "right") if foot[1] < 0 else ("right", "left")
