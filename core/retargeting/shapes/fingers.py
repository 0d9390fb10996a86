"""Fingers of hands without known names: which chain is the thumb, and the order of the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ...data.arrays import F64
from ...geometry.rotations import normalize
from ..rig import RestBones
from ..roles import FINGERS, SIDES
from .limbs import lowest_of_each, size_of

_LONGEST: Final = 0.9
"""Fingers end no farther from the wrist than this share of the arm's two parts; half in people."""
_TWIN: Final = 0.02
"""How far a finger may begin from its twin's mirror image, share of the rig's size."""
_PALM: Final = 0.4
"""A finger that begins within this share of the way to its next bone has a bone in the palm."""
_CLEARLY: Final = 1.25
"""The thumb turns off the other fingers by this much more than any of them does."""
_OTHERS: Final = {4: FINGERS[1:], 3: FINGERS[1:4], 2: FINGERS[1:3]}


def finger_roles(
    rest: RestBones, left: int, right: int, arm_length: float
) -> dict[str, Sequence[int]]:
    """Return the bones of the fingers of two hands by role; none where anything is doubtful.

    What only one hand has is no finger (a sword), as is what is as long as an arm.
    """
    hands = [_fingers(rest, hand, _LONGEST * arm_length) for hand in (left, right)]
    axis = normalize(rest.head_xyz[left] - rest.head_xyz[right])
    middle = (rest.head_xyz[left] + rest.head_xyz[right]) / 2
    twins = [(a, _twin(rest, a, hands[1], axis, middle)) for a in hands[0]]
    pairs = [[a for a, b in twins if b is not None], [b for _, b in twins if b is not None]]
    if len(set(pairs[1])) < len(pairs[1]):
        return {}
    orders = [_order(rest, hand, own) for hand, own in zip((left, right), pairs, strict=True)]
    if not orders[0] or [fingers for fingers, _ in orders[0]] != [f for f, _ in orders[1]]:
        return {}
    return {
        f"{side}_{finger}{number}": (row,)
        for side, order in zip(SIDES, orders, strict=True)
        for finger, rows in order
        for number, row in enumerate(rows, start=1)
    }


def _fingers(rest: RestBones, hand: int, longest: float) -> list[tuple[int, ...]]:
    """What hangs on a hand in two bones or more, each one after the other."""
    children: dict[int, list[int]] = {}
    for row, parent in enumerate(rest.parents):
        children.setdefault(parent, []).append(row)
    out: list[tuple[int, ...]] = []
    for first in children.get(hand, ()):
        rows = [first]
        while len(children.get(rows[-1], ())) == 1:
            rows += children[rows[-1]]
        if rows[-1] in children:
            continue  # it branches: another hand, or a prop
        chain = lowest_of_each(rest, rows)
        end = rest.head_xyz[chain[-1]]
        if 2 <= len(chain) <= 5 and np.linalg.norm(end - rest.head_xyz[hand]) < longest:
            out.append(chain)
    return out


def _twin(
    rest: RestBones, one: tuple[int, ...], others: list[tuple[int, ...]], axis: F64, middle: F64
) -> tuple[int, ...] | None:
    """The finger of the other hand that begins where this one's mirror image does."""
    first = rest.head_xyz[one[0]]
    mirrored = first - 2 * float((first - middle) @ axis) * axis
    away = {other: float(np.linalg.norm(rest.head_xyz[other[0]] - mirrored)) for other in others}
    nearest = min(away, key=lambda other: away[other], default=None)
    if nearest is None or away[nearest] > _TWIN * size_of(rest):
        return None
    return nearest if len(nearest) == len(one) else None


def _order(
    rest: RestBones, hand: int, fingers: list[tuple[int, ...]]
) -> list[tuple[str, tuple[int, ...]]]:
    """Every finger's name and its bones; empty where no chain is clearly the thumb."""
    if len(fingers) - 1 not in _OTHERS:
        return []
    wrist = rest.head_xyz[hand]
    ways = normalize(rest.head_xyz[[finger[-1] for finger in fingers]] - wrist)
    off = np.array([np.arccos(np.clip(w @ normalize(ways.sum(0) - w), -1, 1)) for w in ways])
    thumb = int(off.argmax())
    if off[thumb] < _CLEARLY * np.delete(off, thumb).max():
        return []
    along = normalize(np.delete(ways, thumb, axis=0).sum(0))
    aside = ways[thumb] - (ways[thumb] @ along) * along
    others = [finger for n, finger in enumerate(fingers) if n != thumb]
    knuckles = [_knuckle(rest, wrist, finger) for finger in others]
    others = [(rows, float((rest.head_xyz[rows[0]] - wrist) @ aside)) for rows in knuckles]
    others.sort(key=lambda one: -one[1])
    names = _OTHERS[len(others)]
    out = [("thumb", fingers[thumb][:3])]
    return out + [(name, rows[:3]) for name, (rows, _) in zip(names, others, strict=True)]


def _knuckle(rest: RestBones, wrist: F64, rows: tuple[int, ...]) -> tuple[int, ...]:
    """A finger's bones from its knuckle on, without a bone in the palm."""
    away = np.linalg.norm(rest.head_xyz[list(rows[:2])] - wrist, axis=-1)
    return rows[1:] if len(rows) > 2 and away[0] < _PALM * away[1] else rows
