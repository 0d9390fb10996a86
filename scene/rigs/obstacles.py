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

from ...core.data.arrays import F64
from ...core.data.errors import RigError
from ..curves import ActionWriter, check_not_tweaked

_EVEN: Final = 1.01
"""A scale whose axes differ by more than this share shears turned bones."""
_LEFT: Final = 1e-5
_ROTATIONS: Final = ("rotation_quaternion", "rotation_euler", "rotation_axis_angle")
_HARMLESS: Final = frozenset(("IK", "SPLINE_IK", "MAINTAIN_VOLUME", "LIMIT_SCALE", "COPY_SCALE"))
"""Constraints that leave a bone where its keys say; IK is let go of."""
_STAYING: Final = frozenset(("MAINTAIN_VOLUME", "LIMIT_SCALE", "COPY_SCALE", "LIMIT_ROTATION"))
"""Constraints that move no bone away from what carries it."""
_WITHOUT_TARGET: Final = frozenset(("LIMIT_ROTATION", "LIMIT_LOCATION"))
_PLACES: Final = ("location", *_ROTATIONS, "scale")


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


def held_bones(rig: bpy.types.Object, mapped: Collection[str]) -> set[str]:
    """The mapped bones that constraints or drivers may carry, theirs or those of bones between
    them and the next mapped bone: what such bones hang on doesn't say with what they go."""
    paths = _driven_paths(rig)

    def is_held(bone: bpy.types.PoseBone) -> bool:
        acts = any(_acts(c) and c.type not in _STAYING for c in bone.constraints)
        return acts or _has(rig, bone.name, _PLACES, paths)

    held: set[str] = set()
    for name in mapped:
        bone: bpy.types.PoseBone | None = rig.pose.bones[name]
        while bone is not None and not is_held(bone):
            bone = bone.parent
            bone = None if bone is not None and bone.name in mapped else bone
        if bone is not None:
            held.add(name)
    return held


def check_can_move(rig: bpy.types.Object, moved: Collection[str]) -> None:
    """Raise RigError where a bone that has to be moved is connected to one that can't carry it."""
    for name in moved:
        bone = rig.data.bones[name]
        if bone.use_connect and bone.parent is not None:
            raise RigError(
                f"{name} is connected to {bone.parent.name}, which carries no such part of a body; "
                "disconnect it (Alt-P in Edit Mode), or give another bone map."
            )


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
    driven = _driven_paths(rig)
    laid = 0
    for name in [*mapped, *_carriers(rig, mapped)]:
        bone = rig.pose.bones[name]
        rests: list[tuple[str, F64]] = [("location", np.zeros(3)), ("scale", np.ones(3))]
        if name not in mapped:
            rests.append(_rest_rotation(bone))
        left = False
        for prop, rest in rests:
            path = bone.path_from_id(prop)
            is_off = np.abs(np.array(getattr(bone, prop), np.float64) - rest).max() > _LEFT
            if is_off and path not in driven and not writer.has(path):
                writer.write(path, np.array([frame]), rest[None], name)
                left = True
        laid += left
    if not laid:
        return []
    bones = "bone was" if laid == 1 else "bones were"
    return [f"{laid} {bones} left posed; the new action holds them as they are at rest."]


def _carriers(rig: bpy.types.Object, mapped: Collection[str]) -> list[str]:
    """Bones above mapped ones that are none themselves."""
    above = (bone.name for name in mapped for bone in rig.pose.bones[name].parent_recursive)
    return [name for name in dict.fromkeys(above) if name not in mapped]


def _driven_paths(owner: bpy.types.Object) -> set[str]:
    drivers = owner.animation_data.drivers if owner.animation_data is not None else []
    return {curve.data_path for curve in drivers if not curve.mute}


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
    driven = _driven_paths(rig)
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
    """Mapped bones with constraints, and what carries them where it follows nothing of the rig.

    In control rigs the bones above follow others of the rig, which are keyed.
    """
    found = [
        name
        for name in mapped
        if any(_acts(c) and c.type not in _HARMLESS for c in rig.pose.bones[name].constraints)
    ]
    found += [
        name
        for name in _carriers(rig, mapped)
        if any(_acts(c) and _is_from_outside(c, rig) for c in rig.pose.bones[name].constraints)
    ]
    return [f"Constraints of {_some(found)} may overrule the keys."] if found else []


def _is_from_outside(constraint: Any, rig: bpy.types.Object) -> bool:  # noqa: ANN401 - one of many
    target = getattr(constraint, "target", None)
    if target is None:
        return constraint.type in _WITHOUT_TARGET
    return target != rig and constraint.type not in _HARMLESS


def _driven(rig: bpy.types.Object, mapped: Collection[str]) -> list[str]:
    """Mapped bones whose rotations drivers set, whatever is keyed, and bones that drivers hold
    elsewhere than at rest: mapped ones moved or scaled, and what carries them."""
    paths = _driven_paths(rig)
    turned = [name for name in mapped if _has(rig, name, _ROTATIONS, paths)]
    found: list[str] = []
    if turned:
        found.append(f"Drivers set rotations of {_some(turned)}, whatever the keys are.")
    held = [name for name in mapped if _is_held(rig, name, ("location", "scale"), paths)]
    held += [name for name in _carriers(rig, mapped) if _is_held(rig, name, _PLACES, paths)]
    if held:
        found.append(f"Drivers move or scale {_some(held)}, which the motion doesn't know of.")
    return found


def _has(rig: bpy.types.Object, name: str, props: Collection[str], paths: set[str]) -> bool:
    return any(rig.pose.bones[name].path_from_id(prop) in paths for prop in props)


def _is_held(rig: bpy.types.Object, name: str, props: Collection[str], paths: set[str]) -> bool:
    bone = rig.pose.bones[name]
    turn, unturned = _rest_rotation(bone)
    rests = {"location": np.zeros(3), "scale": np.ones(3), turn: unturned}
    return any(
        prop in props
        and bone.path_from_id(prop) in paths
        and np.abs(np.array(getattr(bone, prop), np.float64) - rest).max() > _LEFT
        for prop, rest in rests.items()
    )


def _moved_besides(rig: bpy.types.Object) -> list[str]:
    """What moves the object itself while it plays, as a horse does or a path."""
    movers = ["its constraints"] if any(_acts(c) for c in rig.constraints) else []
    if _driven_paths(rig) & set(_PLACES):
        movers.append("its drivers")
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
