"""What a rig's rest pose says against its map: sides called the other way about, uneven feet."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..data.arrays import F64
from ..geometry.rotations import normalize
from .bonemap import BoneMap
from .naming import missing_roles, recognise_loosely, recognise_names
from .rig import RestBones
from .roles import SIDES

_BACKWARD: Final = -0.5
"""Cosine between a foot and the way the hips face, at most, of a rig whose sides are swapped."""
_ON_END: Final = 0.9
"""Sine of a foot's slope from which its tail says nothing of where it points."""
_ALIKE: Final = 0.4  # between a foot and its twin's mirror image, of unit vectors
_UPWARD: Final = 0.05  # sine; feet go down to their toes
_UNLIKE: Final = 0.35
"""Sines of both feet's slopes that differ by more are no two feet on one floor."""
_LEANING: Final = 0.35
"""Sine by which trunk and legs together lean at rest: neither lying nor upright."""


def facing_feet(rest: RestBones, bone_map: BoneMap) -> BoneMap:
    """The map, its sides exchanged where the feet point backward as it has them.

    Some call left what lies at the left of who looks at the character.
    """
    return _exchanged(bone_map) if _feet_point_backward(rest, bone_map) else bone_map


def doubts(rest: RestBones, bone_map: BoneMap) -> list[str]:
    """A sentence for everything at rest that makes the motion look wrong, or the map doubtful."""
    out: list[str] = []
    if _feet_point_backward(rest, bone_map):
        out.append("The feet point backward as the bone map has left and right; exchange them.")
    elif _are_called_otherwise(rest, bone_map):
        out.append("Left and right are as the feet point, not as the bones are called.")
    slopes = _slopes(rest, bone_map)
    if len(slopes) == len(SIDES) and abs(slopes[0] - slopes[1]) > _UNLIKE:
        out.append("The feet are not alike at rest; standing feet will be tipped.")
    lean = _lean(rest, bone_map)
    if _LEANING < lean:
        out.append("The character leans at rest, and so will its feet; set it upright.")
    return out


def _exchanged(bone_map: BoneMap) -> BoneMap:
    chains: dict[str, tuple[str, ...]] = {}
    for role, bones in bone_map.chains.items():
        side, _, part = role.partition("_")
        is_sided = side in SIDES
        chains[f"{SIDES[1 - SIDES.index(side)]}_{part}" if is_sided else role] = bones
    return replace(bone_map, chains=chains)


def _place(rest: RestBones, bone_map: BoneMap, role: str) -> F64 | None:
    bones = bone_map.chains.get(role)
    return rest.head_xyz[rest.row(bones[0])] if bones else None


def _feet(rest: RestBones, bone_map: BoneMap) -> list[F64]:
    """Unit vectors from ankles to toes, of the sides that have both."""
    out: list[F64] = []
    for side in SIDES:
        ankle, toes = (_place(rest, bone_map, f"{side}_{part}") for part in ("ankle", "foot"))
        if ankle is not None and toes is not None:
            out.append(normalize(toes - ankle))
    return out


def _tails(rest: RestBones, bone_map: BoneMap, up: F64, across: F64) -> list[F64]:
    """Unit vectors along both feet, where their tails may say where feet without toes point: they
    go down and are each other's mirror image, as what importers leave is not."""
    rows = [rest.row(bone_map.chains[f"{side}_ankle"][-1]) for side in SIDES]
    left, right = (normalize(rest.tail_xyz[row] - rest.head_xyz[row]) for row in rows)
    mirrored = right - 2 * (right @ across) * across
    is_alike = float(np.linalg.norm(left - mirrored)) < _ALIKE and left @ up < _UPWARD
    return [left, right] if is_alike and abs(left @ up) < _ON_END else []


def _up(rest: RestBones, bone_map: BoneMap) -> F64 | None:
    low = _place(rest, bone_map, "pelvis")
    high = next(
        (p for role in ("neck", "head") if (p := _place(rest, bone_map, role)) is not None), None
    )
    return None if low is None or high is None else normalize(high - low)


def _feet_point_backward(rest: RestBones, bone_map: BoneMap) -> bool:
    up = _up(rest, bone_map)
    left, right = (_place(rest, bone_map, f"{side}_hip") for side in SIDES)
    if up is None or left is None or right is None:
        return False
    feet = _feet(rest, bone_map)
    if not feet and all(f"{side}_ankle" in bone_map.chains for side in SIDES):
        feet = _tails(rest, bone_map, up, normalize(left - right))
    if len(feet) < len(SIDES):
        return False
    ahead = normalize(np.cross(left - right, up))
    level = [normalize(foot - (foot @ up) * up) for foot in feet]
    return max(float(foot @ ahead) for foot in level) < _BACKWARD


def _are_called_otherwise(rest: RestBones, bone_map: BoneMap) -> bool:
    hip = bone_map.chains.get("left_hip")
    named = recognise_names(rest.names)
    if missing_roles(named):
        named = recognise_loosely(rest.names) or named
    return hip is not None and named.chains.get("right_hip") == hip


def _slopes(rest: RestBones, bone_map: BoneMap) -> list[float]:
    return [float(foot[2]) for foot in _feet(rest, bone_map)]


def _lean(rest: RestBones, bone_map: BoneMap) -> float:
    """Sine of the angle between the whole character and the nearest axis; 0 for bent ones."""
    up = _up(rest, bone_map)
    ankles = [_place(rest, bone_map, f"{side}_ankle") for side in SIDES]
    pelvis = _place(rest, bone_map, "pelvis")
    known = [ankle for ankle in ankles if ankle is not None]
    if up is None or pelvis is None or len(known) < len(SIDES):
        return 0.0
    legs = normalize(pelvis - np.mean(known, axis=0))
    along = normalize(up + legs)
    if float(up @ legs) < np.sqrt(1 - _LEANING**2):
        return 0.0
    return float(np.sqrt(max(1.0 - np.abs(along).max() ** 2, 0.0)))
