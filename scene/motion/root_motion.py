"""Root motion: the travel of a character over the floor, taken off its bones and put on its root.

The root is a bone above all that travels, where the rig has one, else the armature object. What the
character does in the world stays the same.
"""

from __future__ import annotations

from dataclasses import replace

import bpy
import numpy as np
from mathutils import Matrix

from ...core.data.arrays import F64
from ...core.data.errors import RigError
from ...core.editing.rigid_move import rigid
from ...core.geometry.rotations import exp_so3, quat_from_matrix
from ..curves import ActionWriter, curves_of
from .keys import BoneKeys, editable_action, pose_frames, read_pose, rotation_values, write_pose
from .place import carriers, facing_deg, location_axes, move_pose, stance


def extract_root(owner: bpy.types.Object, *, turn: bool) -> str:
    """Put the travel of ``owner`` on its root, with ``turn`` which way it looks too.

    The root then stands under the trunk. Travelling bones and the root have a key at every frame
    afterwards; every other bone keeps its keys. Returns the root's name. Raises RigError where the
    root has keys already.
    """
    editable_action(owner)
    frames = pose_frames(owner, every_frame=True)
    pose = read_pose(owner, frames)
    names = carriers(owner, pose)
    bone = _root_bone(owner, names)
    _check_free(owner, bone)
    M0 = np.array(owner.matrix_world, np.float64)
    place = M0 if bone is None else M0 @ np.array(bone.matrix, np.float64)
    T = _travel(owner, pose, names[0], place, turn)
    back: F64 = np.asarray(np.linalg.inv(T), np.float64)
    moved = move_pose(owner, pose, names, back)
    writer = ActionWriter(owner, None)
    write_pose(owner, [replace(keys, frames=frames) for keys in moved], writer)
    if bone is None:
        _write_object(owner, writer, frames, T @ M0)
        return owner.name
    write_pose(owner, [_bone_keys(bone, frames, np.linalg.inv(M0) @ T @ M0)], writer)
    return bone.name


def _travel(
    owner: bpy.types.Object, pose: dict[str, BoneKeys], carrier: str, place: F64, turn: bool
) -> F64:
    """The moves (t, 4, 4) in the world that bring a root at ``place`` (4, 4) under the carrier."""
    rows = range(len(pose[carrier].frames))
    path = [stance(owner, pose, carrier, row) for row in rows]
    start = place[:3, 3] * [1.0, 1.0, 0.0]
    ahead = np.array(owner.matrix_world, np.float64)[:3, :3] @ [0.0, -1.0, 0.0]
    begins = float(np.degrees(np.arctan2(ahead[1], ahead[0]))) + 90.0
    facing = np.unwrap(np.radians([facing_deg(one) - begins for one in path]))
    if not turn:
        facing = np.zeros(len(path))
    turns = exp_so3(np.stack([0 * facing, 0 * facing, facing], axis=-1))
    level = np.array([1.0, 1.0, 0.0])
    return np.stack([rigid(R, start, one.xyz * level) for R, one in zip(turns, path, strict=True)])


def _root_bone(owner: bpy.types.Object, names: list[str]) -> bpy.types.PoseBone | None:
    """The bone without a parent above all travelling ones, if there is one and it is free."""
    tops: set[str] = set()
    for name in names:
        bone = owner.pose.bones[name]
        above = bone.parent_recursive
        tops.add(above[-1].name if above else bone.name)
    if len(tops) != 1 or tops & set(names):
        return None
    top = owner.pose.bones[tops.pop()]
    # Control rigs hang the trunk on a helper that follows others; their object is the root then.
    return None if _follows(top) else top


def _follows(root: bpy.types.Object | bpy.types.PoseBone) -> bool:
    return any(not one.mute and one.influence > 0 for one in root.constraints)


def _check_free(owner: bpy.types.Object, bone: bpy.types.PoseBone | None) -> None:
    """Raise RigError where the root is moved by something already."""
    start = "" if bone is None else f"{bone.path_from_id()}."
    kinds = ("location", "rotation_quaternion", "rotation_euler", "rotation_axis_angle")
    root = owner if bone is None else bone
    if any(path == f"{start}{kind}" for path, _ in curves_of(owner) for kind in kinds):
        raise RigError(
            f"{root.name} has keys of its own already; clear them to extract root motion again."
        )
    if _follows(root):
        raise RigError(f"{root.name} is moved by a constraint; mute it first.")


def _bone_keys(bone: bpy.types.PoseBone, frames: F64, move: F64) -> BoneKeys:
    """The root bone's keys after ``move`` (t, 4, 4) in the armature's space."""
    basis, M = (np.array(m, np.float64) for m in (bone.matrix_basis, bone.matrix))
    K = M @ np.linalg.inv(basis)
    posed = np.linalg.inv(K) @ move @ M
    axes = np.linalg.inv(location_axes(bone.bone)) @ np.array(bone.bone.matrix_local)[:3, :3]
    location = posed[:, :3, 3] @ axes.T
    R = posed[:, :3, :3] / np.linalg.norm(posed[:, :3, :3], axis=1, keepdims=True)
    return BoneKeys(bone.name, frames, quat_from_matrix(R), location)


def _write_object(owner: bpy.types.Object, writer: ActionWriter, frames: F64, places: F64) -> None:
    """Key the object so that its matrix is ``places`` (t, 4, 4) in the world; its scale stays."""
    above = owner.matrix_world @ owner.matrix_basis.inverted_safe()
    back = np.array(Matrix(above).inverted_safe(), np.float64)
    basis = back @ places
    R = basis[:, :3, :3] / np.linalg.norm(basis[:, :3, :3], axis=1, keepdims=True)
    prop, values = rotation_values(owner, quat_from_matrix(R))
    writer.write("location", frames, basis[:, :3, 3], "Root Motion")
    writer.write(prop, frames, values, "Root Motion")
