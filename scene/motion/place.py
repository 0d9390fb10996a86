"""Moving a pose over the floor: which bones carry it, where they stand and which way it looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import bpy
import numpy as np

from ...core.data.arrays import F64
from ...core.data.errors import RigError
from ...core.editing.rigid_move import level_direction, rigid, yaw_between
from ...core.geometry.rotations import matrix_from_quat, multiply_quats, quat_from_matrix
from ..retarget import recognise_rig
from .keys import BoneKeys, rotation_now

Pose = Mapping[str, BoneKeys]


@dataclass(frozen=True, slots=True, eq=False)
class Stance:
    """A carrier at one moment: where its head is and where it looks, ``xyz`` and level ``ahead``
    (3,), in the world."""

    xyz: F64
    ahead: F64


def carriers(owner: bpy.types.Object, pose: Pose) -> list[str]:
    """The bones that travel, the trunk's first: those with keyed locations and no such ancestor.

    Raises RigError when there is none.
    """
    travelling = {name for name, keys in pose.items() if keys.location is not None}
    names = []
    for name in travelling:
        up = owner.pose.bones[name].parent
        while up is not None and up.name not in travelling:
            up = up.parent
        if up is None:
            names.append(name)
    if not names:
        raise RigError(f"No bone of {owner.name} travels in this action, so nothing can be moved.")
    trunk = _trunk(owner)
    return sorted(names, key=lambda name: (name not in trunk, name))


def stance(owner: bpy.types.Object, pose: Pose, carrier: str, row: int = 0) -> Stance:
    """Where ``carrier`` is, and looks, at key ``row``; rigs face -y at rest."""
    keys = pose[carrier]
    K = _frame_of(owner, carrier)
    assert keys.location is not None
    turn = _rotations(owner, keys)[row]
    world = np.array(owner.matrix_world, np.float64)
    head = K[:3, 3] + travel_axes(owner, carrier) @ keys.location[row]
    xyz = (world @ np.append(head, 1.0))[:3]
    axes = _axes(world @ K)
    rest = _axes(world @ np.array(owner.data.bones[carrier].matrix_local, np.float64))
    D = axes @ matrix_from_quat(turn) @ rest.T
    return Stance(xyz, level_direction(D @ [0.0, -1.0, 0.0], D @ [0.0, 0.0, 1.0]))


def facing_deg(now: Stance) -> float:
    """Which way a stance looks: degrees anticlockwise from -y, seen from above."""
    return float(np.degrees(np.arctan2(now.ahead[1], now.ahead[0]))) + 90.0


def placement(now: Stance, xyz: F64 | None, facing: float | None, floor_z: float) -> F64:
    """The transform (4, 4) that takes a stance over ``xyz`` (its z a floor's; None: stays) and
    turns it to ``facing`` degrees (None: stays); ``floor_z`` is the floor it stands on now."""
    at = now.xyz * [1, 1, 0] + [0, 0, floor_z]
    return rigid(yaw_between(now.ahead, facing), at, at if xyz is None else xyz)


def move_pose(owner: bpy.types.Object, pose: Pose, names: list[str], T: F64) -> list[BoneKeys]:
    """The keys of the carriers ``names`` after all was moved by ``T`` in the world, (4, 4) or one
    for each of their keys (t, 4, 4)."""
    world = np.array(owner.matrix_world, np.float64)
    move = np.linalg.inv(world) @ T @ world
    out = []
    for name in names:
        keys = pose[name]
        K, axes = _frame_of(owner, name), travel_axes(owner, name)
        assert keys.location is not None
        heads = keys.location @ axes.T + K[:3, 3]
        xyz = np.einsum("...ab,...b->...a", move[..., :3, :3], heads) + move[..., :3, 3]
        location = (xyz - K[:3, 3]) @ np.linalg.inv(axes).T
        turn = quat_from_matrix(_axes(np.linalg.inv(K) @ move @ K))
        quats = multiply_quats(np.broadcast_to(turn, (len(heads), 4)), _rotations(owner, keys))
        out.append(replace(keys, quats=quats, location=location))
    return out


def location_axes(bone: bpy.types.Bone) -> F64:
    """The axes (3, 3) in armature space, at rest, along which a bone's location counts."""
    of = bone if bone.use_local_location or bone.parent is None else bone.parent
    return np.array(of.matrix_local.to_3x3(), np.float64)


def travel_axes(owner: bpy.types.Object, name: str) -> F64:
    """``location_axes`` as the parent is posed now."""
    bone = owner.pose.bones[name]
    if bone.parent is None:
        return location_axes(bone.bone)
    back = np.linalg.inv(np.array(bone.parent.bone.matrix_local.to_3x3(), np.float64))
    return np.array(bone.parent.matrix.to_3x3(), np.float64) @ back @ location_axes(bone.bone)


def _rotations(owner: bpy.types.Object, keys: BoneKeys) -> F64:
    if keys.quats is not None:
        return keys.quats
    return np.repeat(rotation_now(owner.pose.bones[keys.name]), len(keys.frames), axis=0)


def _frame_of(owner: bpy.types.Object, name: str) -> F64:
    """K, in armature space: where a bone is without a basis of its own."""
    bone = owner.pose.bones[name]
    rest = np.array(bone.bone.matrix_local, np.float64)
    if bone.parent is None:
        return rest
    carried = np.linalg.inv(np.array(bone.parent.bone.matrix_local, np.float64)) @ rest
    return np.array(bone.parent.matrix, np.float64) @ carried


def _axes(T: F64) -> F64:
    """The rotation (..., 3, 3) of a transform that may scale."""
    R = T[..., :3, :3]
    return R / np.linalg.norm(R, axis=-2, keepdims=True)


def _trunk(owner: bpy.types.Object) -> set[str]:
    if "pelvis" in owner.pose.bones and "left_hip" in owner.pose.bones:
        return {"pelvis"}
    try:
        chains = recognise_rig(owner).chains
    except RigError:
        return set()
    return {*chains.get("root", ()), *chains.get("pelvis", ())}
