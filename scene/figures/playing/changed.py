"""What besides curves moves a figure: which of its bones, and whether the object itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import bpy

from ....core.data.skeletons import SMPLX_55, SMPLX_PARENTS
from ...motion.nla.leading import Played

_BONE: Final = re.compile(r'pose\.bones\["((?:[^"\\]|\\.)+)"\]')
_PLACES: Final = ("location", "scale", "rotation", "delta_", "constraints")
"""How the paths of channels that move an object begin."""
_TURNS_ONLY: Final = frozenset(
    (
        *("COPY_ROTATION", "LIMIT_ROTATION", "DAMPED_TRACK", "TRACK_TO", "LOCKED_TRACK", "IK"),
        *("COPY_LOCATION", "LIMIT_LOCATION", "LIMIT_DISTANCE", "FLOOR"),
    )
)
"""Constraints that scale nothing, so bones below turn with theirs as ever."""


def bone_of(path: str) -> str | None:
    """The bone whose channel a path is, None for others."""
    match = _BONE.match(path)
    return bpy.utils.unescape_identifier(match[1]) if match else None


def plain_skeleton(figure: bpy.types.Object, played: Played) -> bool:
    """Whether bones hang on each other as they were made, and only the pelvis is moved or scaled
    besides turning."""
    for j, name in enumerate(SMPLX_55):
        bone, posed = figure.data.bones[name], figure.pose.bones[name]
        above = SMPLX_55[SMPLX_PARENTS[j]] if SMPLX_PARENTS[j] >= 0 else None
        if (bone.parent.name if bone.parent else None) != above:
            return False
        if not bone.use_inherit_rotation or bone.inherit_scale != "FULL":
            return False
        if posed.location.length >= 1e-7 and above is not None:
            return False
        if max(abs(side - 1.0) for side in posed.scale) >= 1e-6:
            return False
    paths = {path for path, _ in played.curves if bone_of(path) is not None}
    paths |= {curve.data_path for curve in _drivers(figure)}
    return not any(
        path.endswith(".scale") or (path.endswith(".location") and bone_of(path) != SMPLX_55[0])
        for path in paths
        if bone_of(path) is not None
    )


def solved_bones(figure: bpy.types.Object) -> set[str] | None:
    """The bones that constraints or drivers turn; None where they need all of the figure."""
    found: set[str] = set()
    for curve in _drivers(figure):
        if any(t.id == figure for v in curve.driver.variables for t in v.targets):
            return None
        name = bone_of(curve.data_path)
        if name is not None:
            found.add(name)
    for bone in figure.pose.bones:
        for constraint in bone.constraints:
            if constraint.is_valid:
                found |= _solved_by(bone, constraint)
    for constraint in (*figure.constraints, *(c for b in figure.pose.bones for c in b.constraints)):
        # What it looks at within the figure has to move too.
        found |= {bone for target, bone in _targets(constraint) if target == figure and bone}
        if any(target == figure and not bone for target, bone in _targets(constraint)):
            return None
    return found & {bone.name for bone in figure.pose.bones}


def _solved_by(bone: bpy.types.PoseBone, constraint: Any) -> set[str]:  # noqa: ANN401 - one of many
    """The bones that a constraint of ``bone`` may turn."""
    found = {bone.name}
    if constraint.type in ("IK", "SPLINE_IK"):
        chain = [bone, *bone.parent_recursive]
        count = int(constraint.chain_count)
        found |= {one.name for one in (chain[:count] if count else chain)}
    stretches = any(bone.id_data.pose.bones[name].ik_stretch > 0 for name in found)
    if constraint.type not in _TURNS_ONLY or stretches:
        for name in list(found):
            below = bone.id_data.pose.bones[name].children_recursive
            found |= {one.name for one in below}
    return found


def _targets(constraint: Any) -> Iterator[tuple[bpy.types.Object | None, str]]:  # noqa: ANN401
    """The objects that a constraint looks at, with the bone of each."""
    if constraint.type == "ARMATURE":
        for one in constraint.targets:
            yield one.target, one.subtarget
        return
    yield getattr(constraint, "target", None), getattr(constraint, "subtarget", "")
    yield getattr(constraint, "pole_target", None), getattr(constraint, "pole_subtarget", "")


def is_object_moved(figure: bpy.types.Object, played: Played) -> bool:
    """Whether the figure as a whole may be elsewhere at another frame."""
    if figure.parent is not None or len(figure.constraints):
        return True
    paths = [path for path, _ in played.curves]
    paths += [curve.data_path for curve in _drivers(figure)]
    return any(path.startswith(_PLACES) for path in paths)


def _drivers(figure: bpy.types.Object) -> list[bpy.types.FCurve]:
    return list(figure.animation_data.drivers) if figure.animation_data else []


def with_ancestors(figure: bpy.types.Object, names: set[str]) -> set[str]:
    """``names`` and the bones that carry them."""
    bones = figure.pose.bones
    return names | {above.name for name in names for above in bones[name].parent_recursive}
