"""One armature per person: bones, bone collections, colour."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils import Vector

from ...core.bodies.person_colours import linear, person_srgb
from ...core.data.arrays import F64
from ...core.data.skeletons import BODY_JOINTS, SMPLX_55, SMPLX_PARENTS
from ...core.data.types import Person
from .bones import ArmatureRest, bone_group, rest_bones


def make_armature(
    context: bpy.types.Context, person: Person, number: int, collection: bpy.types.Collection
) -> bpy.types.Object:
    """Make ``person``'s armature, number ``number`` from 0, at the world's origin, in object mode.

    Blender must be in object mode; bones can only be made through edit mode.
    """
    data = bpy.data.armatures.new(person.name)
    owner = bpy.data.objects.new(person.name, data)
    # Edit mode needs a visible object, and only the scene's own collection can't be hidden.
    context.scene.collection.objects.link(owner)
    context.view_layer.objects.active = owner
    bpy.ops.object.mode_set(mode="EDIT")
    _add_bones(data, rest_bones(person.rest_xyz_body))
    bpy.ops.object.mode_set(mode="OBJECT")
    collection.objects.link(owner)
    context.scene.collection.objects.unlink(owner)
    _sort_bones(data, moving_fingers=_moves(person, slice(BODY_JOINTS, None)))
    _dress(owner, linear(person_srgb(number)))
    return owner


def draw_bones(owner: bpy.types.Object, *, in_front: bool) -> None:
    """Draw bones in front of the body, to be picked, or as lines inside it: octahedra would stick
    out of arms and heads, and sticks, as wide from afar as from near, out of fingers, where the
    outline of what is selected covers hands whole. Another way that somebody chose stays."""
    owner.show_in_front = in_front
    if owner.data.display_type in ("OCTAHEDRAL", "STICK", "WIRE"):
        owner.data.display_type = "OCTAHEDRAL" if in_front else "WIRE"


def rest_matrices(owner: bpy.types.Object) -> F64:
    """Return the rest rotations (55, 3, 3) in armature space, in the order of SMPLX_55."""
    bones = owner.data.bones
    return np.array([bones[name].matrix_local.to_3x3() for name in SMPLX_55], np.float64)


def _add_bones(data: bpy.types.Armature, rest: ArmatureRest) -> None:
    made: list[bpy.types.EditBone] = []
    for j, name in enumerate(SMPLX_55):
        bone = data.edit_bones.new(name)
        bone.head, bone.tail = rest.head[j].tolist(), rest.tail[j].tolist()
        bone.align_roll(Vector(rest.bend_towards[j].tolist()))
        if SMPLX_PARENTS[j] >= 0:
            bone.parent = made[SMPLX_PARENTS[j]]
            bone.use_connect = rest.is_connected[j]
        made.append(bone)


def _sort_bones(data: bpy.types.Armature, *, moving_fingers: bool) -> None:
    groups = {name: data.collections.new(name) for name in ("Body", "Hands", "Face")}
    for j, name in enumerate(SMPLX_55):
        groups[bone_group(j)].assign(data.bones[name])
    # Fingers and a face that hold still only hide the body's bones.
    groups["Face"].is_visible = False
    groups["Hands"].is_visible = moving_fingers


def _moves(person: Person, joints: slice) -> bool:
    quats = person.quat_parent_joint[:, joints]
    return bool(len(quats) > 1 and np.abs(quats - quats[0]).max() > 1e-4)


def _dress(owner: bpy.types.Object, rgb: tuple[float, float, float]) -> None:
    owner.show_in_front = True
    owner.color = (*rgb, 1.0)
    owner.data.display_type = "OCTAHEDRAL"
    for bone in owner.data.bones:
        bone.color.palette = "CUSTOM"
        bone.color.custom.normal = rgb
        bone.color.custom.select = tuple(min(1.0, c * 0.5 + 0.5) for c in rgb)
        bone.color.custom.active = tuple(min(1.0, c * 0.3 + 0.7) for c in rgb)
    for pose_bone in owner.pose.bones:
        pose_bone.rotation_mode = "QUATERNION"
