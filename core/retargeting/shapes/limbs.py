"""Legs and arms of a rig without known names: chains that hang on the midline, and their scores.

Every chain that hangs on the midline is a candidate for a leg or an arm and gets a score for what
limbs are and skirts, wings, tails, hair and IK targets aren't: two long neighbours of like length,
a foot that turns forward, a hand with fingers, arms in proportion to legs, a twin on the other
side. Where two candidates are nearly as good, nobody is guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...data.arrays import F64, Bools
from ..rig import RestBones

_MIDLINE: Final = 0.02
"""Bones that lie nearer to x = 0 than this share of the rig's size are the trunk's."""
_SAME_PLACE: Final = 0.002
"""Heads within this share of the rig's size are one joint, as a group and its bone are."""
_LIKE: Final = (0.55, 1.8)
"""Lower part against upper part of a limb: 0.8 to 1.05 in people, 0.6 in cartoons."""
_PIECE: Final = 0.75
"""A third part nearly as long as the two says that limbs are in several pieces."""
_ARM_TO_LEG: Final = (0.45, 1.1)
"""Upper arm and forearm against thigh and shin: 0.62 to 0.72 in people."""
_USUAL_ARM_TO_LEG: Final = 0.67  # lengths; by hand
_ASIDE: Final = 0.22
"""Shoulders are off the midline by more than this share of the arm: 0.35 in people; collars, which
with upper arms look like short arms, by 0.1 to 0.18."""
_DOWNWARD: Final = 0.7
"""Cosine between thigh or shin and straight down, at least."""
_TWIN: Final = 0.06
"""How far a limb's joints may lie from its twin's mirror image, share of the rig's size."""
_CLEARLY: Final = 0.8
"""The next best limb must score less than this share of the best."""


@dataclass(frozen=True, slots=True)
class Limb:
    """A chain outwards from the midline bone ``hangs_on``; ``first`` is where its upper part is.

    ``reach`` is how far the chain goes on from its end over the floor, metres.
    """

    hangs_on: int
    chain: tuple[int, ...]
    first: int
    score: float
    reach: float

    @property
    def joints(self) -> tuple[int, int, int]:
        """Upper part, lower part, end."""
        return self.chain[self.first], self.chain[self.first + 1], self.chain[self.first + 2]


def size_of(rest: RestBones) -> float:
    """The longest side of the box around the bones' heads."""
    return float(np.ptp(rest.head_xyz, axis=0).max())


def up(rest: RestBones, row: int) -> list[int]:
    """The bone and its ancestors, itself first."""
    return [row, *rest.above(row)]


def lowest_of_each(rest: RestBones, chain: Sequence[int]) -> tuple[int, ...]:
    """A chain outwards without bones at whose head the next one begins too (groups, offsets)."""
    near = _SAME_PLACE * size_of(rest)
    heads = rest.head_xyz[list(chain)]
    steps = np.linalg.norm(np.diff(heads, axis=0), axis=-1)
    return (*(row for row, step in zip(chain, steps, strict=False) if step > near), *chain[-1:])


def midline(rest: RestBones) -> Bools:
    """Which bones are the trunk's: they begin there, and they or a child of theirs end there.

    Tails alone don't tell: importers leave them anywhere.
    """
    near = _MIDLINE * size_of(rest)
    begins = np.abs(rest.head_xyz[:, 0]) < near
    goes_on = np.zeros(len(begins), bool)
    is_parent = np.zeros(len(begins), bool)
    for row, parent in enumerate(rest.parents):
        if parent >= 0:
            goes_on[parent] |= bool(begins[row])
            is_parent[parent] = True
    ends = np.abs(rest.tail_xyz[:, 0]) < near
    return begins & np.where(is_parent, goes_on | ends, ends)


def chains(rest: RestBones, on_midline: Bools) -> list[tuple[int, tuple[int, ...]]]:
    """From the trunk to every bone without children: the midline bone, and the bones outwards."""
    out: list[tuple[int, tuple[int, ...]]] = []
    with_children = set(rest.parents)
    for row in range(len(rest.names)):
        if row in with_children or on_midline[row]:
            continue
        path = up(rest, row)
        inner = next((n for n, one in enumerate(path) if on_midline[one]), None)
        chain = () if inner is None else lowest_of_each(rest, path[:inner][::-1])
        if inner is not None and len(chain) >= 3:
            out.append((path[inner], chain))
    return out


def length(rest: RestBones, limb: Limb) -> float:
    """Upper and lower part together, metres."""
    heads = rest.head_xyz[list(limb.joints)]
    return float(np.linalg.norm(np.diff(heads, axis=0), axis=-1).sum())


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


def foot_end(rest: RestBones, chain: tuple[int, ...], ankle: int) -> F64:
    """Where a foot goes to: its last bone's head, or the ankle's tail where it is the last."""
    end = rest.tail_xyz[ankle] if chain[-1] == ankle else rest.head_xyz[chain[-1]]
    return end - rest.head_xyz[ankle]


def leg(rest: RestBones, hangs_on: int, chain: tuple[int, ...]) -> Limb | None:
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
    reach = float(np.linalg.norm(foot_end(rest, chain, ankle)[:2]))
    # Skirts go on straight down in many short pieces; legs reach nearly to the floor in two.
    return Limb(hangs_on, chain, first, level * min(1.0, span / max(whole, 1e-9)), reach)


def arm(
    rest: RestBones, hangs_on: int, chain: tuple[int, ...], pelvis: int, leg_length: float
) -> Limb | None:
    """Above the pelvis, in proportion to the legs, and with fingers if anything has."""
    parts = _parts(rest, chain)
    if parts is None or hangs_on == pelvis:
        return None
    first, upper, lower = parts
    ratio = float(np.linalg.norm(upper) + np.linalg.norm(lower)) / leg_length
    if not _within(ratio, _ARM_TO_LEG):
        return None
    start = rest.head_xyz[chain[first]]
    aside = abs(float(start[0]))
    if start[2] <= rest.head_xyz[pelvis][2] or aside < _ASIDE * ratio * leg_length:
        return None
    backward = max(abs(float(part[1])) / float(np.linalg.norm(part)) for part in (upper, lower))
    children = sum(parent == chain[first + 2] for parent in rest.parents)
    score = 1.0 + 0.5 * min(children, 5) - 2.0 * abs(ratio - _USUAL_ARM_TO_LEG) - backward
    return Limb(hangs_on, chain, first, max(score, 0.0), 0.0)


def best_pair(rest: RestBones, limbs: list[Limb | None]) -> tuple[Limb, Limb] | None:
    """The limb at +x and its twin at -x, None where there is none, or more than one."""
    size = size_of(rest)
    best: dict[tuple[int, int, int], Limb] = {}
    for limb in limbs:
        # Of the chains through a hand or foot the longest tells most: it ends in the longest toe,
        # and no heel's.
        if limb is None:
            continue
        other = best.get(limb.joints)
        if other is None or (limb.reach, limb.score) >= (other.reach, other.score):
            best[limb.joints] = limb
    pairs: list[tuple[float, Limb, Limb]] = []
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
