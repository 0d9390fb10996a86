"""A person's motion on somebody's own armature: one new action, nothing else of the rig changed.

The rig is read at rest in object mode; no constraint is added, no transform applied, so linked and
overridden rigs work. What drives the character afterwards is one action in the bones' own rotation
modes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import bpy
import numpy as np
from mathutils import Matrix

from ..core.data.arrays import F64
from ..core.data.errors import RigError, SettingsError
from ..core.data.skeletons import joint
from ..core.data.types import Person, Take
from ..core.geometry.curve_thinning import thinned
from ..core.geometry.rotations import quat_from_matrix
from ..core.retargeting.bonemap import BoneMap
from ..core.retargeting.doubts import doubts
from ..core.retargeting.ik import CONTROLS, ControlPath, ik_paths
from ..core.retargeting.posing import RetargetedMotion, RetargetOptions, retarget
from .curves import ActionWriter
from .figures.faces import opens_mouth, retarget_face
from .figures.record import read_record
from .motion.keys import rotation_values
from .rigs.obstacles import (
    check_can_be_keyed,
    check_can_move,
    check_is_placed,
    clear_way,
    held_bones,
)
from .rigs.reading import carriers, recognise_rig, rest_bones, with_carrier
from .rigs.told import seen_elsewhere
from .timeline import Timeline

__all__ = ["recognise_rig", "rest_bones", "retarget_person", "timeline_of"]

_STILL_RAD: Final = 0.003
"""Jaws that never turn by more aren't keyed."""
_SNAP_FRAMES: Final = 0.05
_SHARE: Final = {"rotation_quaternion": 0.5, "rotation_euler": 0.57, "rotation_axis_angle": 0.3}
"""By how much values may miss for every radian that a rotation may: a quaternion holds half angles,
three Euler angles can add up to the root of three, an axis counts by its angle."""


def retarget_person(
    rig: bpy.types.Object,
    person: Person,
    timeline: Timeline,
    fps: float,
    bone_map: BoneMap,
    options: RetargetOptions,
    tolerance_deg: float = 0.0,
    controls: str = "fk",
    notes: list[str] | None = None,
) -> bpy.types.Action:
    """Key ``person``'s motion on ``rig`` as one new action and return it.

    ``notes`` is given a sentence about whatever else of the rig keeps the keys from being seen.

    ``tolerance_deg`` above 0 leaves out keys that lie this near to what their neighbours say
    (locations: a millimetre per degree). ``controls`` "ik" keys a control rig's hands, feet and
    poles too, and lets them drive. Raises RigError before anything is changed.
    """
    if controls not in CONTROLS:
        raise SettingsError(f"The controls are '{controls}'; they must be fk or ik.")
    if rig.library is not None and rig.override_library is None:
        raise RigError(f"{rig.name} is linked; make a library override of it first.")
    _update(rig)
    check_can_be_keyed(rig)
    check_is_placed(rig)
    bone_map.check([bone.name for bone in rig.data.bones], rig.name)
    bone_map = _with_jaw(rig, with_carrier(rig, bone_map), person)
    rest = rest_bones(rig, carriers(rig, bone_map.bones))
    motion = retarget(person, rest, bone_map, fps, options, held_bones(rig, bone_map.bones))
    check_can_move(rig, motion.moved)
    switches, paths = dict(bone_map.switches), list[ControlPath]()
    if controls == "ik":
        paths, to_ik = ik_paths(motion, rest, bone_map)
        switches |= to_ik
    if notes is not None:
        notes += doubts(rest, bone_map)
    for (bone, key), value in switches.items():
        _switch(rig, bone, key, value)
    if rig.animation_data is not None and rig.animation_data.action is not None:
        rig.animation_data.action.use_fake_user = True  # or saving would drop what it replaces
    writer = ActionWriter(rig, f"{person.name} on {rig.name}")
    frames = timeline.frames[motion.frames]
    _write_rotations(writer, rig, motion, frames, np.radians(tolerance_deg))
    own = np.array(rig.matrix_world.translation, np.float64)
    # In place is over the rig's own spot, not the person's.
    place = own * [0, 0, 1] if options.in_place else own
    slack = 1e-3 * tolerance_deg
    _write_travel(writer, rig, motion.carrier, motion.carrier_xyz - place, frames, slack)
    _write_moved(writer, rig, motion, frames, slack)
    for path in paths:
        _write_control(writer, rig, path, place, frames, tolerance_deg)
    retarget_face(rig, person, frames)
    if controls == "fk" and len(frames):
        told = clear_way(rig, bone_map.bones, writer, float(frames[0]))
        if notes is not None:
            notes += told or seen_elsewhere(rig, motion, frames, own - place)
    return writer.action


def _with_jaw(rig: bpy.types.Object, bone_map: BoneMap, person: Person) -> BoneMap:
    """The map without the jaw where that rests, or where a shape of a mesh opens the mouth."""
    turned = np.abs(person.quat_parent_joint[:, joint("jaw"), 1:]).max(initial=0.0)
    has_shape = len(person.face_weights) > 0 and opens_mouth(rig)
    if 2 * turned > _STILL_RAD and not has_shape:
        return bone_map
    return replace(bone_map, chains={k: v for k, v in bone_map.chains.items() if k != "jaw"})


def _update(rig: bpy.types.Object) -> None:
    """Bring the rig's matrices up to date, also where it is in another scene than the active."""
    for scene in rig.users_scene:
        for layer in scene.view_layers:
            if rig.name in layer.objects:
                layer.update()
                return
    bpy.context.view_layer.update()


def timeline_of(
    scene: bpy.types.Scene, take: Take, figure: bpy.types.Object | None = None
) -> Timeline:
    """Lay the take's frames into ``scene`` as it is, at its own rate.

    They begin with the ``figure``'s own, else at the scene's first frame.
    """
    record = read_record(figure) if figure is not None else None
    start = scene.frame_start if record is None else record.start
    frames = start + take.time_s * scene.render.fps / scene.render.fps_base
    whole = np.round(frames)
    frames = np.where(np.abs(frames - whole) < _SNAP_FRAMES, whole, frames)
    if record is not None:
        frames[record.positions] = record.scene_frames
    return Timeline(round(start), frames, round(start))


def _switch(rig: bpy.types.Object, bone: str, key: str, value: float) -> None:
    owner = rig.pose.bones.get(bone)
    if owner is not None and key == "ik_stretch":
        owner.ik_stretch = value
    elif owner is not None and key in owner:
        owner[key] = type(owner[key])(value)


def _write_rotations(
    writer: ActionWriter, rig: bpy.types.Object, motion: RetargetedMotion, frames: F64, slack: float
) -> None:
    quats = quat_from_matrix(motion.R_basis)
    for column, name in enumerate(motion.names):
        bone = rig.pose.bones[name]
        prop, values = rotation_values(bone, quats[:, column])
        _write_thinned(writer, bone, prop, frames, values, slack)


def _write_thinned(
    writer: ActionWriter,
    bone: bpy.types.PoseBone,
    prop: str,
    frames: F64,
    values: F64,
    slack: float,
) -> None:
    """Key rotations so that none is off by more than ``slack`` radians."""
    kept = thinned(values, frames, slack * _SHARE[prop])
    writer.write(bone.path_from_id(prop), frames[kept], values[kept], bone.name)


def _write_travel(
    writer: ActionWriter, rig: bpy.types.Object, name: str, xyz: F64, frames: F64, slack: float
) -> None:
    """Key where a bone goes, ``xyz`` (t, 3) from the object's place, along the axes it moves by:
    its own, its parent's, or without a parent the armature's."""
    bone = rig.pose.bones[name]
    rest: Matrix = bone.bone.matrix_local
    back = np.linalg.inv(np.array(rig.matrix_world.to_3x3(), np.float64))
    offset = xyz @ back.T - np.array(rest.translation, np.float64)
    if bone.bone.use_local_location:
        axes = np.array(rest.to_3x3(), np.float64)
    elif bone.parent is None:
        axes = np.eye(3)  # the armature's own
    else:
        axes = np.array(bone.parent.bone.matrix_local.to_3x3(), np.float64)
    kept = thinned(offset, frames, slack)
    writer.write(bone.path_from_id("location"), frames[kept], (offset @ axes)[kept], name)


def _write_moved(
    writer: ActionWriter, rig: bpy.types.Object, motion: RetargetedMotion,
    frames: F64, slack: float,
) -> None:  # fmt: skip
    """Key where bones go that hang on what carries them in no body."""
    M = np.array(rig.matrix_world.to_3x3(), np.float64)
    size = np.cbrt(np.linalg.det(M))
    for column, name in enumerate(motion.moved):
        bone = rig.pose.bones[name]
        along = motion.moved_xyz[:, column] / size
        if not bone.bone.use_local_location:
            # Along the axes of its parent, or of the armature.
            above = bone.parent
            own = np.array(bone.bone.matrix_local.to_3x3(), np.float64)
            axes = np.array(above.bone.matrix_local.to_3x3(), np.float64) if above else np.eye(3)
            along = along @ (axes.T @ own).T
        kept = thinned(along, frames, slack)
        writer.write(bone.path_from_id("location"), frames[kept], along[kept], name)


def _write_control(
    writer: ActionWriter,
    rig: bpy.types.Object,
    path: ControlPath,
    place: F64,
    frames: F64,
    tolerance: float,
) -> None:
    if path.xyz is not None:
        _write_travel(writer, rig, path.name, path.xyz - place, frames, 1e-3 * tolerance)
    if path.R_basis is not None:
        bone = rig.pose.bones[path.name]
        prop, values = rotation_values(bone, quat_from_matrix(path.R_basis))
        _write_thinned(writer, bone, prop, frames, values, float(np.radians(tolerance)))
