"""What keeps a character from showing the keys it is given: cleared where that is safe, else told.

Blender evaluates more than an action: a pose that was left behind, constraints that overrule
rotations, an armature held in its rest position, NLA tracks played alone. None of it is an error
to Blender, and all of it makes a retargeted motion look wrong without a word.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import bpy
import numpy as np

from ..core.data.arrays import F64
from ..core.data.errors import RigError
from .curves import ActionWriter, check_not_tweaked

_EVEN: Final = 1.01
"""A scale whose axes differ by more than this share shears turned bones."""
_LEFT: Final = 1e-5
_ROTATIONS: Final = ("rotation_quaternion", "rotation_euler", "rotation_axis_angle")
_HARMLESS: Final = frozenset(("IK", "SPLINE_IK", "MAINTAIN_VOLUME", "LIMIT_SCALE", "COPY_SCALE"))
"""Constraints that leave a bone where its keys say; IK is let go of."""


def check_can_be_keyed(rig: bpy.types.Object) -> None:
    """Raise RigError where an action can't be given to ``rig``, or its bones would be sheared."""
    check_not_tweaked(rig)
    if rig.mode == "EDIT":
        raise RigError(f"{rig.name} is in Edit Mode, where its bones may still change; leave it.")
    scale = np.abs(np.array(rig.matrix_world.to_scale(), np.float64))
    if scale.max() > _EVEN * scale.min():
        sides = " x ".join(f"{side:.3g}" for side in scale)
        raise RigError(
            f"{rig.name} is scaled unevenly ({sides}), which shears limbs that turn; apply its "
            "scale (Ctrl-A) first."
        )


def clear_way(
    rig: bpy.types.Object, mapped: Collection[str], writer: ActionWriter, frame: float
) -> list[str]:
    """Let the keys of ``mapped`` bones be seen; returns what was done, and what still hinders.

    What an action can hold is keyed in it, at ``frame``, and so goes with it: bones that were left
    moved or scaled lie at rest again, IK of mapped limbs lets go. Other actions are not touched.
    """
    notes = _show_pose(rig)
    notes += _lay_leftovers(rig, mapped, writer, frame)
    notes += _let_go(rig, mapped, writer, frame)
    notes += _overruled(rig, mapped) + _driven(rig, mapped)
    return notes + _moved_besides(rig) + _nla_hides(rig)


def _show_pose(rig: bpy.types.Object) -> list[str]:
    if rig.data.pose_position == "POSE":
        return []
    if rig.data.library is not None:
        return [f"{rig.name} is held in its rest position, so its keys can't be seen."]
    rig.data.pose_position = "POSE"
    return [f"{rig.name} was held in its rest position; it shows its pose now."]


def _lay_leftovers(
    rig: bpy.types.Object, mapped: Collection[str], writer: ActionWriter, frame: float
) -> list[str]:
    """Mapped bones and what carries them, as far as the motion doesn't key them itself."""
    names = dict.fromkeys(mapped)
    for name in mapped:
        names |= dict.fromkeys(bone.name for bone in rig.pose.bones[name].parent_recursive)
    laid = 0
    for name in names:
        bone = rig.pose.bones[name]
        rests: list[tuple[str, F64]] = [("location", np.zeros(3)), ("scale", np.ones(3))]
        if name not in mapped:
            rests.append(_rest_rotation(bone))
        left = False
        for prop, rest in rests:
            path = bone.path_from_id(prop)
            is_off = np.abs(np.array(getattr(bone, prop), np.float64) - rest).max() > _LEFT
            if is_off and not writer.has(path):
                writer.write(path, np.array([frame]), rest[None], name)
                left = True
        laid += left
    if not laid:
        return []
    bones = "bone was" if laid == 1 else "bones were"
    return [f"{laid} {bones} left posed; the new action holds them as they are at rest."]


def _rest_rotation(bone: bpy.types.PoseBone) -> tuple[str, F64]:
    if bone.rotation_mode == "QUATERNION":
        return "rotation_quaternion", np.array([1.0, 0, 0, 0])
    if bone.rotation_mode == "AXIS_ANGLE":
        # No angle about the axis that it has.
        return "rotation_axis_angle", np.array([0.0, *bone.rotation_axis_angle[1:]])
    return "rotation_euler", np.zeros(3)


def _let_go(
    rig: bpy.types.Object, mapped: Collection[str], writer: ActionWriter, frame: float
) -> list[str]:
    """Key the influence of IK that moves mapped bones to 0, unless a driver sets it."""
    driven = {c.data_path for c in rig.animation_data.drivers} if rig.animation_data else set[str]()
    loose: list[str] = []
    for bone in rig.pose.bones:
        for constraint in bone.constraints:
            if constraint.type not in ("IK", "SPLINE_IK") or not _acts(constraint):
                continue
            if not _chain(bone, constraint) & set(mapped):
                continue
            name = bpy.utils.escape_identifier(constraint.name)
            path = f'{bone.path_from_id()}.constraints["{name}"].influence'
            if path in driven or writer.has(path):
                continue
            writer.write(path, np.array([frame]), np.zeros(1), bone.name)
            loose.append(bone.name)
    if not loose:
        return []
    return [
        f"Inverse kinematics of {', '.join(loose)} would overrule the keys; the new action "
        "switches it off."
    ]


def _chain(bone: bpy.types.PoseBone, constraint: Any) -> set[str]:  # noqa: ANN401 - one of many
    """The bones that an IK constraint turns: ``chain_count`` of them from its bone, 0 for all."""
    chain = [bone, *bone.parent_recursive]
    count = int(constraint.chain_count)
    return {one.name for one in (chain[:count] if count else chain)}


def _acts(constraint: bpy.types.Constraint) -> bool:
    return not constraint.mute and constraint.influence > 0 and constraint.is_valid


def _overruled(rig: bpy.types.Object, mapped: Collection[str]) -> list[str]:
    found = [
        name
        for name in mapped
        if any(_acts(c) and c.type not in _HARMLESS for c in rig.pose.bones[name].constraints)
    ]
    return [f"Constraints of {_some(found)} may overrule the keys."] if found else []


def _driven(rig: bpy.types.Object, mapped: Collection[str]) -> list[str]:
    """Mapped bones whose rotations drivers set, whatever is keyed."""
    drivers = rig.animation_data.drivers if rig.animation_data is not None else []
    paths = {curve.data_path for curve in drivers if not curve.mute}
    found = [
        name
        for name in mapped
        if any(rig.pose.bones[name].path_from_id(prop) in paths for prop in _ROTATIONS)
    ]
    return [f"Drivers set rotations of {_some(found)}, whatever the keys are."] if found else []


def _moved_besides(rig: bpy.types.Object) -> list[str]:
    """What moves the object itself while it plays, as a horse does or a path."""
    movers = ["its constraints"] if any(_acts(c) for c in rig.constraints) else []
    above = rig.parent
    while above is not None:
        animation = above.animation_data
        plays = animation is not None and (
            animation.action or len(animation.drivers) or len(animation.nla_tracks)
        )
        if plays or any(_acts(c) for c in above.constraints):
            movers.append(above.name)
        above = above.parent
    if not movers:
        return []
    return [f"{rig.name} itself is moved by {_some(movers)}; the motion adds to that."]


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"


def _nla_hides(rig: bpy.types.Object) -> list[str]:
    animation = rig.animation_data
    if animation is None:
        return []
    alone = [track.name for track in animation.nla_tracks if track.is_solo]
    if alone:
        return [f"The NLA track {alone[0]} plays alone, which hides the new action; end its solo."]
    if animation.action_influence < 1 or animation.action_blend_type != "REPLACE":
        return [f"The action of {rig.name} is blended with NLA tracks; its keys show in part."]
    return []
