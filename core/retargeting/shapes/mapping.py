"""A human rig with names that nobody knows: its map by where bones are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ...data.arrays import Bools
from ...geometry.rotations import exp_so3
from ..bonemap import BoneMap
from ..rig import RestBones
from .fingers import finger_roles
from .limbs import (
    Limb,
    arm,
    best_pair,
    chains,
    foot_end,
    leg,
    length,
    lowest_of_each,
    midline,
    size_of,
    up,
)

SHAPE: Final = "shape"
"""The convention of a map that no names told."""
_FEWEST: Final = 12  # bones of a human rig: two for each part of a limb
_TROUBLES: Final = (
    "by its shape it has no two legs alike that hang down (of two bones each, one pair)",
    "by its shape it has no two arms alike (of two bones each on the trunk, one pair)",
    "by its shape its legs and arms hang on no common trunk",
    "its feet don't show which way it looks",
)
"""What a rig lacks, in the order in which it is looked for."""
_FORWARD: Final = 0.35
"""Share of a foot's length that must point along y to tell which way a rig looks."""
_ALIKE: Final = 0.4
"""How far a foot may point from its twin's mirror image, share of its length."""
_UPWARD: Final = 0.05
"""Share of its length by which a foot's tail may be over its head."""
_NEAR_HIPS: Final = 0.5
"""The pelvis begins no farther from midway between the hips than this share of a thigh."""


def map_by_shape(rest: RestBones) -> BoneMap | None:
    """Return the map of an upright rig, None when it has no human shape.

    It may look anywhere and stand anywhere. Limbs in several pieces are not understood.
    """
    if len(rest.names) < _FEWEST or size_of(rest) <= 0:
        return None
    maps = (_map_facing(seen) for seen in _ways_to_look(rest))
    return next((found for found in maps if isinstance(found, BoneMap)), None)


def why_no_shape(rest: RestBones) -> str:
    """What of a rig that ``map_by_shape`` knows nothing of isn't a human's, as a sentence's end."""
    if len(rest.names) < _FEWEST or size_of(rest) <= 0:
        return f"it has {len(rest.names)} bones"
    troubles = [
        found for seen in _ways_to_look(rest) if isinstance(found := _map_facing(seen), str)
    ]
    return max(troubles, key=_TROUBLES.index)


def _ways_to_look(rest: RestBones) -> Iterator[RestBones]:
    """The rig as it is, moved to the middle, and turned so that it is broadest along x."""
    yield rest
    middle = np.median(rest.head_xyz, axis=0) * [1.0, 1.0, 0.0]
    level = rest.head_xyz[:, :2] - rest.head_xyz[:, :2].mean(axis=0)
    broad = np.linalg.eigh(level.T @ level)[1][:, 1]
    for angle in (0.0, np.pi / 2, float(np.arctan2(broad[1], broad[0]))):
        turn = exp_so3(np.array([0.0, 0.0, -angle]))
        heads, tails = ((xyz - middle) @ turn.T for xyz in (rest.head_xyz, rest.tail_xyz))
        yield replace(rest, head_xyz=heads, tail_xyz=tails)


def _map_facing(rest: RestBones) -> BoneMap | str:
    """The map of a rig that faces -y or +y, its middle at x = 0, or what it lacks."""
    on_midline = midline(rest)
    found = chains(rest, on_midline)
    legs = best_pair(rest, [leg(rest, *chain) for chain in found])
    if legs is None:
        return _TROUBLES[0]
    pelvis, leg_length = legs[0].hangs_on, length(rest, legs[0])
    arms = best_pair(rest, [arm(rest, *chain, pelvis, leg_length) for chain in found])
    if arms is None:
        return _TROUBLES[1]
    trunk, sides = _trunk(rest, legs, arms[0].hangs_on), _sides(rest, legs)
    if trunk is None:
        return _TROUBLES[2]
    if sides is None:
        return _TROUBLES[3]
    limbs = _limbs(rest, legs, arms, sides)
    head = _head(rest, arms[0].hangs_on, on_midline)
    bones = [row for part in (trunk, head, limbs) for rows in part.values() for row in rows]
    if len(set(bones)) < len(bones):
        return _TROUBLES[2]
    hands = [dict(zip(sides, arms, strict=True))[side].joints[2] for side in ("left", "right")]
    roles = trunk | head | limbs | finger_roles(rest, hands[0], hands[1], length(rest, arms[0]))
    return BoneMap(
        SHAPE, {role: tuple(rest.names[row] for row in rows) for role, rows in roles.items()}
    )


def _trunk(rest: RestBones, legs: tuple[Limb, Limb], chest: int) -> dict[str, Sequence[int]] | None:
    """Pelvis and spine up to ``chest``, and the root where another bone at the hips carries both.

    None where nothing at the hips carries the legs, or nothing carries legs and arms.
    """
    pelvis = legs[0].hangs_on
    above = up(rest, chest)
    shared = next((row for row in up(rest, pelvis) if row in above), None)
    if shared is None or shared == chest:
        return None
    spine = above[: above.index(shared)][::-1]
    hips = rest.head_xyz[[one.joints[0] for one in legs]]
    thigh = float(np.linalg.norm(rest.head_xyz[legs[0].joints[1]] - hips[0]))
    near = np.linalg.norm(rest.head_xyz - hips.mean(axis=0), axis=-1) < _NEAR_HIPS * thigh
    if not near[pelvis]:
        # Legs hang on a bone that stands on the floor; the pelvis is the first one at the hips.
        carrier, pelvis = pelvis, next((row for row in spine[:-1] if near[row]), -1)
        if pelvis < 0 or carrier != shared:
            return None
        spine = spine[spine.index(pelvis) + 1 :]
    parts: dict[str, Sequence[int]] = {"pelvis": (pelvis,), "spine": lowest_of_each(rest, spine)}
    is_root = near[shared] and shared not in (pelvis, legs[0].hangs_on)
    return {"root": (shared,), **parts} if is_root else parts


def _head(rest: RestBones, chest: int, on_midline: Bools) -> dict[str, Sequence[int]]:
    above = [row for row in np.flatnonzero(on_midline) if chest in up(rest, int(row))[1:]]
    if not above:
        return {}
    top = up(rest, int(max(above, key=lambda row: rest.head_xyz[row, 2])))
    upper = lowest_of_each(rest, top[: top.index(chest)][::-1])
    return {"head": upper[-1:], **({"neck": upper[:-1]} if upper[:-1] else {})}


def _limbs(
    rest: RestBones, legs: tuple[Limb, Limb], arms: tuple[Limb, Limb], sides: tuple[str, str]
) -> dict[str, Sequence[int]]:
    out: dict[str, Sequence[int]] = {}
    for side, lower, upper in zip(sides, legs, arms, strict=True):
        if upper.first > 0:
            out[f"{side}_collar"] = upper.chain[: upper.first]
        for limb, names in (
            (lower, ("hip", "knee", "ankle", "foot")),
            (upper, ("shoulder", "elbow", "wrist")),
        ):
            for name, row in zip(names, limb.chain[limb.first :], strict=False):
                out[f"{side}_{name}"] = (row,)
    return out


def _sides(rest: RestBones, legs: tuple[Limb, Limb]) -> tuple[str, str] | None:
    """Which sides +x and -x are: feet point ahead. None where they don't tell."""
    feet = [foot_end(rest, one.chain, one.joints[2]) for one in legs]
    long = float(np.linalg.norm(feet[0]))
    if np.linalg.norm(feet[0] - feet[1] * [-1.0, 1.0, 1.0]) > _ALIKE * long:
        return None
    ends_there = all(one.chain[-1] == one.joints[2] for one in legs)
    # Without toes it is tails that tell, which importers leave anywhere, but no foot goes up.
    if abs(float(feet[0][1])) < _FORWARD * long or (ends_there and feet[0][2] > _UPWARD * long):
        return None
    # Facing -y, the person's left is at +x.
    return ("left", "right") if feet[0][1] < 0 else ("right", "left")
