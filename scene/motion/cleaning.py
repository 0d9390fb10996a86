"""Clean-up of an armature's action: a range smoothed, the floor set, a cycle found.

Each function changes the keys that it is about and no others: none outside its range, of other
bones, of other properties. A wrong input raises RigError or SettingsError before anything changes.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import bpy
import numpy as np

from ...core.data.arrays import F64
from ...core.data.errors import RigError, SettingsError
from ...core.editing.loop_search import Cycle, find_cycle
from ...core.editing.rigid_move import level_direction
from ...core.editing.smoothing import check_cutoff, smooth_quats, smooth_vectors
from ..curves import Curves, curves_of, read_keys
from ..timeline import played_rate
from ..units import units_per_metre
from .evaluated import evaluate_bones, turns_of
from .key_edit import shift_keys, spelled_like
from .keys import (
    SAME_FRAME,
    BoneKeys,
    channel_values,
    editable_action,
    pose_frames,
    read_pose,
    rotation_values,
)
from .place import carriers, travel_axes

_BESIDE: Final = 60
"""Frames beside a range that are looked at, so that its ends join them in speed."""


def smooth(
    scene: bpy.types.Scene,
    owner: bpy.types.Object,
    first: float,
    last: float,
    cutoff_hz: float,
    only: Collection[str] | None = None,
) -> int:
    """Smooth rotations and locations of the bones ``only`` (None: all) from frame ``first`` to
    ``last``; returns how many bones had keys there. Keys outside stay, and the keys' times.
    """
    editable_action(owner)
    check_cutoff(cutoff_hz)
    check_range(owner, first, last)
    fps = played_rate(scene)
    grid = np.arange(np.floor(first) - _BESIDE, np.ceil(last) + _BESIDE + 1)
    keyed = pose_frames(owner)
    grid = grid[(grid >= np.floor(keyed[0])) & (grid <= np.ceil(keyed[-1]))]
    curves, count = curves_of(owner), 0
    pose = read_pose(owner, grid)
    for name, keys in pose.items():
        if only is not None and name not in only:
            continue
        count += _smooth_bone(owner.pose.bones[name], keys, curves, (first, last), cutoff_hz, fps)
    if not count:
        raise RigError(f"No chosen bone of {owner.name} has keys from {first:g} to {last:g}.")
    return count


def set_floor(scene: bpy.types.Scene, owner: bpy.types.Object) -> float:
    """Raise or lower the whole motion so that the lowest point of the character touches z = 0 at
    the playhead; returns by how many metres. Of the keys only heights of travelling bones change.
    """
    editable_action(owner)
    pose = read_pose(owner)
    names = carriers(owner, pose)
    rise = -lowest_point(owner)
    for name in names:
        bone = owner.pose.bones[name]
        axes = np.array(owner.matrix_world.to_3x3(), np.float64) @ travel_axes(owner, name)
        shift = np.linalg.solve(axes, np.array([0.0, 0.0, rise]))
        curves, path = curves_of(owner), bone.path_from_id("location")
        for index in range(3):
            curve = curves.get((path, index))
            if curve is not None:
                count = len(read_keys(curve))
                shift_keys(curve, np.full(count, shift[index]), np.ones(count, np.bool_))
            elif abs(shift[index]) > 1e-9:
                bone.location[index] += shift[index]
    return rise / units_per_metre(scene)


def search_cycle(
    scene: bpy.types.Scene,
    owner: bpy.types.Object,
    first: float,
    last: float,
    shortest: int,
    longest: int | None,
) -> tuple[int, int, Cycle]:
    """Find the frames between ``first`` and ``last`` that make the best cycle; nothing changes."""
    editable_action(owner)
    check_range(owner, first, last)
    keyed = pose_frames(owner)
    frames = np.arange(np.ceil(max(first, keyed[0])), np.floor(min(last, keyed[-1])) + 1)
    pose = read_pose(owner, np.zeros(1))
    names = [*carriers(owner, pose)[:1]]
    names += [bone.name for bone in owner.data.bones if bone.use_deform]
    paths = evaluate_bones(scene, owner, names, frames)
    unit = units_per_metre(scene)
    xyz = np.stack([paths[name].world[:, :3, 3] for name in names], axis=1) / unit
    world = paths[names[0]].world
    rest = np.array(owner.data.bones[names[0]].matrix_local.to_3x3(), np.float64)
    D = turns_of(world) @ rest.T
    ahead = np.stack([level_direction(R @ [0.0, -1.0, 0.0], R @ [0.0, 0.0, 1.0]) for R in D])
    fps = played_rate(scene)
    cycle = find_cycle(xyz, ahead, fps, shortest, longest)
    return int(frames[cycle.first]), int(frames[cycle.last]), cycle


def _smooth_bone(
    bone: bpy.types.PoseBone,
    keys: BoneKeys,
    curves: Curves,
    span: tuple[float, float],
    cutoff_hz: float,
    fps: float,
) -> bool:
    """Move this bone's keys in the range to the smoothed curves; whether it has any."""
    grid = keys.frames
    inside = (grid >= span[0]) & (grid <= span[1])
    changes: list[tuple[str, F64]] = []
    if keys.quats is not None:
        calm = smooth_quats(keys.quats, inside, cutoff_hz, fps)
        prop, now = rotation_values(bone, calm)
        was = channel_values(bone, prop, curves, grid)
        changes.append((prop, spelled_like(bone, now, was) - was))
    if keys.location is not None:
        calm = smooth_vectors(keys.location, inside, cutoff_hz, fps)
        changes.append(("location", calm - keys.location))
    has_any = False
    for prop, moved in changes:
        path = bone.path_from_id(prop)
        for index in range(moved.shape[1]):
            curve = curves.get((path, index))
            if curve is None:
                continue
            at = read_keys(curve)[:, 0].astype(np.float64)
            chosen = (at > span[0] - SAME_FRAME) & (at < span[1] + SAME_FRAME)
            if chosen.any():
                has_any = True
                shift_keys(curve, np.interp(at, grid, moved[:, index]), chosen)
    return has_any


def check_range(owner: bpy.types.Object, first: float, last: float) -> None:
    """Raise SettingsError for a range in which ``owner`` has no key."""
    keyed = pose_frames(owner)
    if last <= first:
        raise SettingsError(f"The last frame ({last:g}) doesn't lie after the first ({first:g}).")
    if first > keyed[-1] or last < keyed[0]:
        raise SettingsError(
            f"{owner.name} has no key from {first:g} to {last:g}; its keys lie at {keyed[0]:g} to "
            f"{keyed[-1]:g}."
        )


def lowest_point(owner: bpy.types.Object) -> float:
    """The lowest z of the meshes that ``owner`` deforms, as they are now; else of its bones."""
    graph = bpy.context.evaluated_depsgraph_get()
    lows: list[float] = []
    for one in bpy.context.view_layer.objects:
        deformed = any(m.type == "ARMATURE" and m.object == owner for m in one.modifiers)
        if one.type != "MESH" or not deformed or not one.visible_get():
            continue
        now = one.evaluated_get(graph)
        mesh = now.to_mesh()
        xyz = np.empty(3 * len(mesh.vertices), np.float32)
        mesh.vertices.foreach_get("co", xyz)
        if len(xyz):
            M = np.array(now.matrix_world, np.float64)
            lows.append(float((xyz.reshape(-1, 3) @ M[2, :3] + M[2, 3]).min()))
        now.to_mesh_clear()
    if lows:
        return min(lows)
    now = owner.evaluated_get(graph)
    ends = [end for bone in now.pose.bones for end in (bone.head, bone.tail)]
    return min(float((now.matrix_world @ end).z) for end in ends)
