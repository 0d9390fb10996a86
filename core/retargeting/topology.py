"""A human rig with names that nobody knows: legs, arms and trunk by where bones are."""

from __future__ import annotations

from typing import Final

import numpy as np

from .bonemap import BoneMap
from .rig import RestBones

SHAPE: Final = "shape"
"""The convention of a map that no names told."""
_MIDLINE: Final = 0.02
"""Bones that lie nearer to x = 0 than this share of the rig's size are the trunk's."""


def map_by_shape(rest: RestBones) -> BoneMap | None:
    """Return the map of an upright rig that faces -y or +y, None when it has no human shape.

    A leg ends in the lowest bone of its side and hangs on the pelvis; an arm ends in the outermost
    bone above the pelvis and hangs on the chest. Of the bones between, the two longest neighbours
    are thigh and shin, or upper arm and forearm; limbs in several pieces are not understood.
    """
    size = float(np.ptp(rest.head_xyz, axis=0).max())
    if len(rest.names) < 12 or size <= 0:
        return None
    x = rest.head_xyz[:, 0]
    off = np.maximum(np.abs(x), np.abs(rest.tail_xyz[:, 0]))
    on_midline = off < _MIDLINE * size
    legs, arms = {}, {}
    for sign in (1.0, -1.0):
        beside = np.flatnonzero(sign * x > _MIDLINE * size)
        if not len(beside):
            return None
        lowest = int(beside[np.argmin(rest.tail_xyz[beside, 2])])
        outermost = int(beside[np.argmax(sign * rest.tail_xyz[beside, 0])])
        legs[sign], arms[sign] = (_limb(rest, end, on_midline) for end in (lowest, outermost))
        if legs[sign] is None or arms[sign] is None:
            return None
    return _assemble(rest, legs, arms, on_midline)


def _up(rest: RestBones, row: int) -> list[int]:
    """The bone and its ancestors, itself first."""
    path = [row]
    while rest.parents[path[-1]] >= 0:
        path.append(rest.parents[path[-1]])
    return path


def _limb(rest: RestBones, end: int, on_midline: np.ndarray) -> tuple[int, list[int]] | None:
    """Where a limb hangs and its bones from there outwards, None for too short a chain."""
    path = _up(rest, end)
    inner = next((n for n, row in enumerate(path) if on_midline[row]), None)
    if inner is None or inner < 3:
        return None
    return path[inner], path[:inner][::-1]


def _parts(rest: RestBones, chain: list[int]) -> tuple[list[int], int] | None:
    """The chain with where its two longest neighbours begin; the third bone must exist."""
    heads = rest.head_xyz[chain]
    lengths = np.linalg.norm(np.diff(heads, axis=0), axis=-1)
    if len(lengths) < 2:
        return None
    return chain, int(np.argmax(np.minimum(lengths[1:], lengths[:-1])))


def _assemble(
    rest: RestBones,
    legs: dict[float, tuple[int, list[int]] | None],
    arms: dict[float, tuple[int, list[int]] | None],
    on_midline: np.ndarray,
) -> BoneMap | None:
    left_leg, right_leg, left_arm, right_arm = legs[1.0], legs[-1.0], arms[1.0], arms[-1.0]
    if left_leg is None or right_leg is None or left_arm is None or right_arm is None:
        return None
    pelvis, chest = left_leg[0], left_arm[0]
    if (pelvis, chest) != (right_leg[0], right_arm[0]) or pelvis not in _up(rest, chest)[1:]:
        return None
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
    foot = _parts(rest, left_leg[1])
    if foot is None:
        return None
    ankle = foot[0][foot[1] + 2]
    toes = rest.tail_xyz[foot[0][-1]] - rest.head_xyz[ankle]
    for sign, leg, arm in ((1.0, left_leg[1], left_arm[1]), (-1.0, right_leg[1], right_arm[1])):
        # Facing -y, the person's left is at +x.
        side = "left" if (sign > 0) == (toes[1] < 0) else "right"
        for chain, names in (
            (leg, ("hip", "knee", "ankle", "foot")),
            (arm, ("shoulder", "elbow", "wrist")),
        ):
            parts = _parts(rest, chain)
            if parts is None:
                return None
            bones, first = parts
            if names[0] == "shoulder" and first > 0:
                chains[f"{side}_collar"] = tuple(rest.names[row] for row in bones[:first])
            for name, row in zip(names, bones[first:], strict=False):
                chains[f"{side}_{name}"] = (rest.names[row],)
    return BoneMap(SHAPE, chains)
