"""What besides curves moves a figure: which of its bones, and whether the object itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np

from ....core.data.arrays import F64
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


@dataclass(frozen=True, slots=True)
class Solved:
    """Bones that constraints and drivers turn, by name: ``turned`` as only Blender tells, and
    ``carried``, which hang on bones that are scaled too and else follow their keys."""

    turned: frozenset[str]
    carried: frozenset[str]


def solved_bones(figure: bpy.types.Object) -> Solved | None:
    """What constraints and drivers of ``figure`` turn; None where they need all of it."""
    turned: set[str] = set()
    scaled: set[str] = set()
    for curve in _drivers(figure):
        read = _read_by(figure, curve)
        if read is None:
            return None
        name = bone_of(curve.data_path)
        turned |= read if name is None else {name, *read}
    for bone in figure.pose.bones:
        for constraint in bone.constraints:
            if constraint.is_valid:
                moved = _solved_by(bone, constraint)
                turned |= moved
                scaled |= moved if _may_scale(bone, constraint, moved) else set()
    for constraint in (*figure.constraints, *(c for b in figure.pose.bones for c in b.constraints)):
        # What it looks at within the figure has to move too.
        turned |= {bone for target, bone in _targets(constraint) if target == figure and bone}
        if any(target == figure and not bone for target, bone in _targets(constraint)):
            return None
    bones = figure.pose.bones
    turned &= {bone.name for bone in bones}
    below = {one.name for name in scaled for one in bones[name].children_recursive}
    return Solved(frozenset(turned), frozenset(below - turned))


def _read_by(figure: bpy.types.Object, curve: bpy.types.FCurve) -> set[str] | None:
    """The bones of ``figure`` that a driver of it reads; None where it may read any."""
    found: set[str] = set()
    for variable in curve.driver.variables:
        for target in variable.targets:
            if target.id != figure:
                continue
            path = target.data_path if variable.type == "SINGLE_PROP" else ""
            name = bone_of(path) if path else target.bone_target
            if not name and (path.endswith('"]') or not path):
                return None  # a property that only the whole figure has
            found |= {name} if name else set()
    return found


def _solved_by(bone: bpy.types.PoseBone, constraint: Any) -> set[str]:  # noqa: ANN401 - one of many
    """The bones that a constraint of ``bone`` may turn, but for those that hang on them."""
    found = {bone.name}
    if constraint.type in ("IK", "SPLINE_IK"):
        chain = [bone, *bone.parent_recursive]
        count = int(constraint.chain_count)
        found |= {one.name for one in (chain[:count] if count else chain)}
    return found


def _may_scale(bone: bpy.types.PoseBone, constraint: Any, moved: set[str]) -> bool:  # noqa: ANN401
    stretches = any(bone.id_data.pose.bones[name].ik_stretch > 0 for name in moved)
    return constraint.type not in _TURNS_ONLY or stretches


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


def place_now(figure: bpy.types.Object) -> F64:
    """Where the figure as a whole stands (4, 4): while it is hidden, as somebody who isn't there
    yet is, Blender doesn't bring its matrix in the world up to date."""
    is_alone = figure.parent is None and not len(figure.constraints)
    return np.array(figure.matrix_basis if is_alone else figure.matrix_world, np.float64)


def _drivers(figure: bpy.types.Object) -> list[bpy.types.FCurve]:
    return list(figure.animation_data.drivers) if figure.animation_data else []


def with_ancestors(figure: bpy.types.Object, names: Set[str]) -> Set[str]:
    """``names`` and the bones that carry them."""
    bones = figure.pose.bones
    return names | {above.name for name in names for above in bones[name].parent_recursive}
