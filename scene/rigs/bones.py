"""What else than an action moves a rig's bones: drivers, constraints, strips of the NLA."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

import bpy
import numpy as np

from ...core.data.arrays import F64
from ..curves import curves_of_strip, heard, read_keys

ROTATIONS: Final = ("rotation_quaternion", "rotation_euler", "rotation_axis_angle")
PLACES: Final = ("location", *ROTATIONS, "scale")
LEFT: Final = 1e-5
"""Channels that differ from rest by more are no longer at rest."""
_FRAME: Final = re.compile(r"\bframe\b")
Beneath = dict[tuple[str, int], tuple[float, float]]
"""The lowest and highest value of every channel that strips play, by path and index."""


def acts(constraint: bpy.types.Constraint) -> bool:
    """Whether a constraint does something now."""
    return not constraint.mute and constraint.influence > 0 and constraint.is_valid


def carriers_of(rig: bpy.types.Object, mapped: Collection[str]) -> list[str]:
    """Bones above mapped ones that are none themselves."""
    above = (bone.name for name in mapped for bone in rig.pose.bones[name].parent_recursive)
    return [name for name in dict.fromkeys(above) if name not in mapped]


def driven_paths(owner: bpy.types.Object) -> set[str]:
    """Paths of what drivers set."""
    drivers = owner.animation_data.drivers if owner.animation_data is not None else []
    return {curve.data_path for curve in drivers if not curve.mute}


def varying_paths(owner: bpy.types.Object) -> set[str]:
    """Paths of what drivers set by the frame, or by anything that is no part of ``owner``, as the
    scene isn't."""
    drivers = owner.animation_data.drivers if owner.animation_data is not None else []
    own = (owner, owner.data)
    return {
        curve.data_path
        for curve in drivers
        if not curve.mute
        and (
            (curve.driver.type == "SCRIPTED" and _FRAME.search(curve.driver.expression))
            or any(
                variable.type == "CONTEXT_PROP" or (target.id is not None and target.id not in own)
                for variable in curve.driver.variables
                for target in variable.targets
            )
        )
    }


def rest_rotation(bone: bpy.types.PoseBone) -> tuple[str, F64]:
    """The property by which a bone turns, and its value at rest."""
    if bone.rotation_mode == "QUATERNION":
        return "rotation_quaternion", np.array([1.0, 0, 0, 0])
    if bone.rotation_mode == "AXIS_ANGLE":
        # No angle about the axis that it has.
        return "rotation_axis_angle", np.array([0.0, *bone.rotation_axis_angle[1:]])
    return "rotation_euler", np.zeros(3)


def played_beneath(owner: bpy.types.Object) -> Beneath:
    """What the NLA's strips play under the object's action, whenever they do."""
    animation = owner.animation_data
    out: Beneath = {}
    if animation is None or not animation.use_nla:
        return out
    for strip in _strips(track.strips for track in animation.nla_tracks if not track.mute):
        for channel, curve in heard(curves_of_strip(strip)).items():
            low, high = out.get(channel, (np.inf, -np.inf))
            # Modifiers move a curve anywhere, also one without a key.
            moved = any(not one.mute for one in (*curve.modifiers, *strip.modifiers))
            values = np.array([-np.inf, np.inf]) if moved else read_keys(curve)[:, 1]
            out[channel] = (min(low, float(values.min())), max(high, float(values.max())))
    return out


def _strips(groups: Iterable[Iterable[Any]]) -> Iterator[Any]:
    for strips in groups:
        for strip in strips:
            if not strip.mute:
                yield strip
                yield from _strips([strip.strips])


def moves_beneath(beneath: Beneath, path: str, rest: F64) -> bool:
    """Whether strips ever hold the property at ``path`` elsewhere than at ``rest`` (k,)."""
    return any(
        max(abs(low - rest[index]), abs(high - rest[index])) > LEFT
        for (own, index), (low, high) in beneath.items()
        if own == path and index < len(rest)
    )


def paths_of(bone: bpy.types.PoseBone, props: Collection[str]) -> set[str]:
    """The paths of properties of a bone."""
    return {bone.path_from_id(prop) for prop in props}


def influence_path(bone: bpy.types.PoseBone, constraint: bpy.types.Constraint) -> str:
    """The path of how much a bone's constraint counts."""
    name = bpy.utils.escape_identifier(constraint.name)
    return f'{bone.path_from_id()}.constraints["{name}"].influence'
