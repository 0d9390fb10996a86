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
from .bones import (
    LEFT,
    PLACES,
    acts,
    carriers_of,
    driven_paths,
    influence_path,
    moves_beneath,
    paths_of,
    played_beneath,
    rest_rotation,
)
from .told import driven, moved_besides, nla_hides, overruled, some

_EVEN: Final = 1.01
"""A scale whose axes differ by more than this share shears turned bones."""
_PLACED: Final = 1e-4
"""Matrices that differ by more of their size aren't the same place."""
_STAYING: Final = frozenset(("MAINTAIN_VOLUME", "LIMIT_SCALE", "COPY_SCALE", "LIMIT_ROTATION"))
"""Constraints that move no bone away from what carries it."""


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


def check_is_placed(rig: bpy.types.Object) -> None:
    """Raise RigError where Blender hasn't placed ``rig`` since it, or its parent, was moved: what
    is hidden from every view layer, or in another scene only, it doesn't."""
    own = rig.matrix_basis
    if rig.parent is not None:
        own = rig.parent.matrix_world @ rig.matrix_parent_inverse @ own
    if any(acts(c) for c in rig.constraints) or (rig.parent and rig.parent_type != "OBJECT"):
        return
    want, placed = np.array(own, np.float64), np.array(rig.matrix_world, np.float64)
    if np.abs(want - placed).max() > _PLACED * max(1.0, float(np.abs(want).max())):
        raise RigError(
            f"{rig.name} was moved while it was hidden or in another scene, so Blender doesn't say "
            "where it is; show it first."
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
    notes += overruled(rig, mapped) + driven(rig, mapped)
    return notes + moved_besides(rig) + nla_hides(rig)


def held_bones(rig: bpy.types.Object, mapped: Collection[str]) -> set[str]:
    """The mapped bones that constraints or drivers may carry, theirs or those of bones between
    them and the next mapped bone: what such bones hang on doesn't say with what they go."""
    paths = driven_paths(rig)

    def is_held(bone: bpy.types.PoseBone) -> bool:
        holds = any(acts(c) and c.type not in _STAYING for c in bone.constraints)
        return holds or bool(paths_of(bone, PLACES) & paths)

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
    set_by_drivers, beneath = driven_paths(rig), played_beneath(rig)
    posed, played = 0, 0
    for name in [*mapped, *carriers_of(rig, mapped)]:
        bone = rig.pose.bones[name]
        rests: list[tuple[str, F64]] = [("location", np.zeros(3)), ("scale", np.ones(3))]
        if name not in mapped:
            rests.append(rest_rotation(bone))
        was_off = was_played = False
        for prop, rest in rests:
            path = bone.path_from_id(prop)
            is_off = bool(np.abs(np.array(getattr(bone, prop), np.float64) - rest).max() > LEFT)
            is_played = moves_beneath(beneath, path, rest)
            if (is_off or is_played) and path not in set_by_drivers and not writer.has(path):
                writer.write(path, np.array([frame]), rest[None], name)
                was_off, was_played = was_off or is_off, was_played or is_played
        posed, played = posed + (was_off and not was_played), played + was_played
    notes: list[str] = []
    if posed:
        bones = "bone was" if posed == 1 else "bones were"
        notes.append(f"{posed} {bones} left posed; the new action holds them as they are at rest.")
    if played:
        bones = "bone" if played == 1 else "bones"
        notes.append(f"NLA tracks move {played} {bones}; the new action holds them at rest.")
    return notes


def _let_go(
    rig: bpy.types.Object, mapped: Collection[str], writer: ActionWriter, frame: float
) -> list[str]:
    """Key the influence of IK that moves mapped bones to 0, unless a driver sets it."""
    set_by_drivers, beneath = driven_paths(rig), played_beneath(rig)
    loose, held = list[str](), list[str]()
    for bone in rig.pose.bones:
        for constraint in bone.constraints:
            if constraint.type not in ("IK", "SPLINE_IK") or constraint.mute:
                continue
            if not _chain(bone, constraint) & set(mapped):
                continue
            path = influence_path(bone, constraint)
            acts_later = constraint.is_valid and moves_beneath(beneath, path, np.zeros(1))
            if not (acts(constraint) or acts_later) or writer.has(path):
                continue
            if path in set_by_drivers:
                held.append(bone.name)
                continue
            writer.write(path, np.array([frame]), np.zeros(1), bone.name)
            loose.append(bone.name)
    notes: list[str] = []
    if loose:
        notes.append(
            f"Inverse kinematics of {some(loose)} would overrule the keys; the new action "
            "switches it off."
        )
    if held:
        notes.append(
            f"Inverse kinematics of {some(held)} may overrule the keys, as a driver switches it."
        )
    return notes


def _chain(bone: bpy.types.PoseBone, constraint: Any) -> set[str]:  # noqa: ANN401 - one of many
    """The bones that an IK constraint turns: ``chain_count`` of them from its bone, 0 for all."""
    chain = [bone, *bone.parent_recursive]
    count = int(constraint.chain_count)
    return {one.name for one in (chain[:count] if count else chain)}
