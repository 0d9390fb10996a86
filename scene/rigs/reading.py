"""A character's armature as numbers: its rest pose, its bone map, and what carries its bones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import bpy
import numpy as np
from mathutils import Matrix

from ...core.data.errors import RigError
from ...core.retargeting.bonemap import BoneMap
from ...core.retargeting.hanging import travelling
from ...core.retargeting.recognising import recognise
from ...core.retargeting.rig import RestBones

_FOLLOWS: Final = ("COPY_TRANSFORMS",)


def rest_bones(rig: bpy.types.Object, carried: Mapping[str, str | None] | None = None) -> RestBones:
    """Read a rig at rest, upright: its object's rotation and scale in, its place left out.

    ``carried`` names the bone that truly carries a bone, where it isn't the parent. Raises RigError
    for an object that is no armature, or one without bones.
    """
    if rig.type != "ARMATURE" or not len(rig.data.bones):
        raise RigError(f"{rig.name} is no armature with bones.")
    bones = list(rig.data.bones)
    names = tuple(bone.name for bone in bones)
    rows = {name: row for row, name in enumerate(names)}
    M = np.array(rig.matrix_world.to_3x3(), np.float64)
    if abs(np.linalg.det(M)) < 1e-12:
        raise RigError(f"{rig.name} is scaled to nothing; give it a size.")
    turn = np.array(rig.matrix_world.to_quaternion().to_matrix(), np.float64)
    parents = []
    for bone in bones:
        above = bone.parent.name if bone.parent else None
        if carried is not None and bone.name in carried:
            above = carried[bone.name]
        parents.append(rows[above] if above is not None else -1)
    return RestBones(
        names,
        tuple(parents),
        np.array([bone.head_local for bone in bones], np.float64) @ M.T,
        np.array([bone.tail_local for bone in bones], np.float64) @ M.T,
        turn @ np.array([bone.matrix_local.to_3x3() for bone in bones], np.float64),
        np.array([bone.use_inherit_rotation for bone in bones], bool),
    )


def recognise_rig(rig: bpy.types.Object) -> BoneMap:
    """Return the map of an armature by its names, else its shape. Raises RigError."""
    rest = rest_bones(rig)
    try:
        return recognise(rest, rig.name)
    except RigError:
        # The character may only stand turned; its own axes tell its sides then.
        turn = Matrix.Rotation(-rig.matrix_world.to_euler().z, 3, "Z")
        R = np.array(turn, np.float64)
        if np.allclose(R, np.eye(3), atol=1e-4):
            raise
        turned = replace(rest, head_xyz=rest.head_xyz @ R.T, tail_xyz=rest.tail_xyz @ R.T)
        return recognise(turned, rig.name)


def carriers(rig: bpy.types.Object, mapped: tuple[str, ...]) -> dict[str, str | None]:
    """The mapped bone that carries each mapped bone, through mechanism bones in between.

    In control rigs a parent may only pass on another bone's transforms: an original bone copies its
    control, and what hangs on it follows that control.
    """
    out: dict[str, str | None] = {}
    for name in mapped:
        above = rig.pose.bones[name].parent
        seen: set[str] = set()
        while above is not None and above.name not in mapped and above.name not in seen:
            seen.add(above.name)
            above = _next_carrier(above, mapped)
        out[name] = above.name if above is not None else None
    return out


def _next_carrier(bone: bpy.types.PoseBone, mapped: tuple[str, ...]) -> bpy.types.PoseBone | None:
    """What a bone that isn't mapped goes with: a mapped one that it copies, else its parent.

    A bone that deforms copies a tweak, which is a control that nobody mapped: Rigify's fingers hang
    on such a hand.
    """
    bones = bone.id_data.pose.bones
    copied = [
        one.subtarget for one in bone.constraints if one.type in _FOLLOWS and one.subtarget in bones
    ]
    for name in sorted(copied, key=lambda name: name not in mapped):
        if name in mapped or bone.bone.use_deform:
            return bones[name]
    return bone.parent


def with_carrier(rig: bpy.types.Object, bone_map: BoneMap) -> BoneMap:
    """The map with a root that can travel: a bone connected to its parent can't.

    Raises RigError where what could carry it has another role already.
    """
    mapped = rest_bones(rig, carriers(rig, bone_map.bones)).kept(bone_map.bones)
    name = mapped.names[travelling(mapped, bone_map)]
    carrier = rig.data.bones[name]
    while carrier.use_connect and carrier.parent is not None:
        carrier = carrier.parent
    if carrier.name == name:
        return bone_map
    if "root" in bone_map.chains or carrier.name in bone_map.bones:
        raise RigError(
            f"{name} is connected to its parent and can't travel; map another bone as root."
        )
    return replace(bone_map, chains={**bone_map.chains, "root": (carrier.name,)})
