"""What artists do with an armature's action: trim, mirror, loop, place, blend, push down.

Each function edits the action that moves the armature's pose, or makes a new one where it says so;
a wrong input raises RigError or SettingsError before anything is changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import bpy
import numpy as np

from ...core.data.arrays import F64
from ...core.data.errors import RigError, SettingsError
from ...core.editing.looping import loop_path, loop_quats, loop_vectors, reach
from ...core.editing.mirroring import mirrored_rotations
from ...core.geometry.rotations import matrix_from_quat, quat_from_matrix
from ..curves import ActionWriter, check_not_tweaked, curves_of
from .keys import BoneKeys, editable_action, pose_frames, read_pose, rotation_now, write_pose
from .place import carriers, facing_deg, location_axes, move_pose, placement, stance
from .trim import trim_curve

_ACROSS: Final = np.array([-1.0, 1.0, 1.0])


def trim(owner: bpy.types.Object, first: float, last: float) -> None:
    """Keep only what lies between two frames of the scene, the ends keyed as they were."""
    action = editable_action(owner)
    frames = pose_frames(owner)
    if last <= first:
        raise SettingsError(f"The last frame ({last:g}) doesn't lie after the first ({first:g}).")
    if first > frames[-1] or last < frames[0]:
        raise SettingsError(
            f"{action.name} has no key from {first:g} to {last:g}; it lies at {frames[0]:g} to "
            f"{frames[-1]:g}."
        )
    first, last = max(first, float(frames[0])), min(last, float(frames[-1]))
    for curve in curves_of(owner).values():
        trim_curve(curve, first, last)


def mirror(owner: bpy.types.Object) -> None:
    """Left for right, whatever the bones' rolls; the first pose stays where it is and looks."""
    editable_action(owner)
    pose = read_pose(owner)
    twins = {name: _twin(owner, name) for name in pose}
    for name, twin in list(twins.items()):
        twins.setdefault(twin, name)
    mirrored = {twin: _mirrored(owner, pose, name, twin) for name, twin in twins.items()}
    names = carriers(owner, mirrored) if _travels(mirrored) else []
    if names and names[0] in pose:
        now, was = stance(owner, mirrored, names[0]), stance(owner, pose, names[0])
        T = placement(now, was.xyz * [1, 1, 0], facing_deg(was), 0.0)
        mirrored |= {keys.name: keys for keys in move_pose(owner, mirrored, names, T)}
    write_pose(owner, list(mirrored.values()), ActionWriter(owner, None))
    _swap_properties(owner)


def _swap_properties(owner: bpy.types.Object) -> None:
    """A figure's keyed properties go with their side: contacts of feet, confidence of joints."""
    curves = curves_of(owner)
    for (path, index), curve in curves.items():
        if not path.endswith('"]') or "left_" not in path:
            continue
        twin = curves.get((path.replace("left_", "right_"), index))
        if twin is not None:
            curve.data_path, twin.data_path = twin.data_path, curve.data_path


def loop(owner: bpy.types.Object, blend: int, *, in_place: bool, repeat: bool) -> None:
    """Make the action a cycle whose last frame is the first again, and ``repeat`` it for ever.

    The path goes on by the same way every cycle, or by none with ``in_place``.
    """
    editable_action(owner)
    if repeat:
        _check_can_cycle(owner)
    frames = pose_frames(owner, every_frame=True)
    reach(len(frames), blend)
    pose = read_pose(owner, frames)
    travelling = carriers(owner, pose) if _travels(pose) else []
    # Hands and feet of their own go as far as the trunk in a cycle, whatever they did here.
    way = _path(owner, pose[travelling[0]]) if travelling else np.zeros((2, 3))
    way = (way[-1] - way[0]) * [1, 1, 0]
    turned = [name for name, keys in pose.items() if keys.quats is not None]
    stacked = np.stack([_quats_of(pose[name]) for name in turned], axis=1) if turned else None
    looped = None if stacked is None else loop_quats(stacked, blend)
    out = []
    for name, keys in pose.items():
        quats = looped[:, turned.index(name)] if looped is not None and name in turned else None
        location = keys.location
        if location is not None and name in travelling:
            path = loop_path(_path(owner, keys), blend, way, in_place=in_place)
            location = path @ np.linalg.inv(_world_axes(owner, name)).T
        elif location is not None:
            location = loop_vectors(location, blend, np.zeros(3))
        out.append(replace(keys, quats=quats, location=location))
    write_pose(owner, out, ActionWriter(owner, None))
    if repeat:
        _repeat(owner, [] if in_place else travelling)


def place(owner: bpy.types.Object, xyz: Sequence[float] | None, facing: float | None) -> None:
    """Move the whole motion over the floor so that it starts over ``xyz`` and looks that way.

    World metres and degrees as in ``core.editing.rigid_move``; the floor is at the object's origin.
    """
    editable_action(owner)
    pose = read_pose(owner)
    names = carriers(owner, pose)
    floor = float(owner.matrix_world.translation.z)
    goal = None if xyz is None else np.asarray(xyz, np.float64)
    T = placement(stance(owner, pose, names[0]), goal, facing, floor)
    write_pose(owner, move_pose(owner, pose, names, T), ActionWriter(owner, None))


def push_down(owner: bpy.types.Object) -> str:
    """Put the action on an NLA track of its own as a strip; returns the track's name.

    What ``bpy.ops.action.push_down`` does, which needs an Action editor on the screen.
    """
    check_not_tweaked(owner)
    action = editable_action(owner)
    animation = owner.animation_data
    slot: Any = getattr(animation, "action_slot", None)
    track = animation.nla_tracks.new()
    track.name = action.name
    strip: Any = track.strips.new(action.name, int(action.frame_range[0]), action)
    if slot is not None:
        strip.action_slot = slot
    animation.action = None
    return track.name


def _twin(owner: bpy.types.Object, name: str) -> str:
    """The bone of the other side; the bone itself on the midline."""
    for flipped in (bpy.utils.flip_name(name), _swapped_word(name)):
        if flipped != name and flipped in owner.pose.bones:
            return flipped
    return name


def _swapped_word(name: str) -> str:
    """Blender flips names that begin or end with a side; some have it in the middle."""
    for left, right in (("Left", "Right"), ("left", "right"), ("LEFT", "RIGHT")):
        for a, b in ((left, right), (right, left)):
            if a in name:
                return name.replace(a, b, 1)
    for a, b in (("_l_", "_r_"), ("_r_", "_l_"), ("_L_", "_R_"), ("_R_", "_L_")):
        if a in name:
            return name.replace(a, b, 1)
    if name[:1] in "lrLR" and name[1:2].isupper():
        return {"l": "r", "r": "l", "L": "R", "R": "L"}[name[0]] + name[1:]
    return name


def _mirrored(owner: bpy.types.Object, pose: dict[str, BoneKeys], name: str, twin: str) -> BoneKeys:
    """What ``twin`` does when ``name`` is mirrored; a bone without keys keeps its pose."""
    keys = pose.get(name)
    bones = owner.data.bones
    a, b = (np.array(bones[n].matrix_local.to_3x3(), np.float64) for n in (name, twin))
    if keys is None:
        other = pose[twin]
        bone = owner.pose.bones[name]
        quats = None if other.quats is None else rotation_now(bone)
        spot = None if other.location is None else np.array([bone.location], np.float64)
        keys = BoneKeys(name, other.frames[:1], quats, spot)
    quats, location = keys.quats, keys.location
    if quats is not None:
        quats = quat_from_matrix(mirrored_rotations(matrix_from_quat(quats), a, b))
    if location is not None:
        along, to = (location_axes(bones[n]) for n in (name, twin))
        location = (location @ along.T * _ACROSS) @ to
    return BoneKeys(twin, keys.frames, quats, location)


def _travels(pose: dict[str, BoneKeys]) -> bool:
    return any(keys.location is not None for keys in pose.values())


def _quats_of(keys: BoneKeys) -> F64:
    if keys.quats is None:
        raise RigError(f"{keys.name} has no rotation to edit.")
    return keys.quats


def _world_axes(owner: bpy.types.Object, name: str) -> F64:
    turn = np.array(owner.matrix_world.to_3x3(), np.float64)
    return turn @ location_axes(owner.data.bones[name])


def _path(owner: bpy.types.Object, keys: BoneKeys) -> F64:
    """Where a travelling bone goes, (t, 3) in the world's axes from its rest."""
    assert keys.location is not None
    return keys.location @ _world_axes(owner, keys.name).T


def _check_can_cycle(owner: bpy.types.Object) -> None:
    """Raise RigError for curves that have other modifiers, before which no cycle can go."""
    for (path, _), curve in curves_of(owner).items():
        if path.startswith("pose.bones") and any(m.type != "CYCLES" for m in curve.modifiers):
            name = curve.group.name if curve.group else path
            raise RigError(f"{name} has a modifier, and a cycle has to go first; remove it.")


def _repeat(owner: bpy.types.Object, travelling: list[str]) -> None:
    """Cycle every bone's curves for ever, those of ``travelling`` bones going on from each end."""
    paths = {owner.pose.bones[name].path_from_id("location") for name in travelling}
    for (path, _), curve in curves_of(owner).items():
        if not path.startswith("pose.bones") or path.endswith('"]'):
            continue
        for modifier in [m for m in curve.modifiers if m.type == "CYCLES"]:
            curve.modifiers.remove(modifier)
        cycles: Any = curve.modifiers.new("CYCLES")
        mode = "REPEAT_OFFSET" if path in paths else "REPEAT"
        cycles.mode_before = cycles.mode_after = mode
