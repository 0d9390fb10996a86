"""A person's motion on somebody's own armature: one new action, nothing else of the rig changed.

The rig is read at rest in object mode; no constraint is added, no transform applied, so linked and
overridden rigs work. What drives the character afterwards is one action in the bones' own rotation
modes.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from ..core.retargeting.ik import CONTROLS, ControlPath, ik_paths
from ..core.retargeting.posing import RetargetedMotion, RetargetOptions, retarget
from ..core.retargeting.recognising import recognise
from ..core.retargeting.rig import RestBones
from .curves import ActionWriter
from .figures.faces import opens_mouth, retarget_face
from .figures.record import read_record
from .motion.keys import rotation_values
from .retarget_obstacles import check_can_be_keyed, clear_way
from .timeline import Timeline

_STILL_RAD: Final = 0.003
"""Jaws that never turn by more aren't keyed."""
_FOLLOWS: Final = ("COPY_TRANSFORMS",)
_SNAP_FRAMES: Final = 0.05
_SHARE: Final = {"rotation_quaternion": 0.5, "rotation_euler": 0.57, "rotation_axis_angle": 0.3}
"""By how much values may miss for every radian that a rotation may: a quaternion holds half angles,
three Euler angles can add up to the root of three, an axis counts by its angle."""


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
    bone_map.check([bone.name for bone in rig.data.bones], rig.name)
    bone_map = _with_jaw(rig, _with_carrier(rig, bone_map), person)
    rest = rest_bones(rig, _carriers(rig, bone_map.bones))
    motion = retarget(person, rest, bone_map, fps, options)
    switches, paths = dict(bone_map.switches), list[ControlPath]()
    if controls == "ik":
        paths, to_ik = ik_paths(motion, rest, bone_map)
        switches |= to_ik
    for (bone, key), value in switches.items():
        _switch(rig, bone, key, value)
    if rig.animation_data is not None and rig.animation_data.action is not None:
        rig.animation_data.action.use_fake_user = True  # or saving would drop what it replaces
    writer = ActionWriter(rig, f"{person.name} on {rig.name}")
    frames = timeline.frames[motion.frames]
    _write_rotations(writer, rig, motion, frames, np.radians(tolerance_deg))
    place = np.array(rig.matrix_world.translation, np.float64)
    if options.in_place:
        place[:2] = 0.0  # over the rig's own spot, not the person's
    slack = 1e-3 * tolerance_deg
    _write_travel(writer, rig, motion.carrier, motion.carrier_xyz - place, frames, slack)
    for path in paths:
        _write_control(writer, rig, path, place, frames, tolerance_deg)
    retarget_face(rig, person, frames)
    if controls == "fk" and len(frames):
        told = clear_way(rig, bone_map.bones, writer, float(frames[0]))
        if notes is not None:
            notes += told
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


def _carriers(rig: bpy.types.Object, mapped: tuple[str, ...]) -> dict[str, str | None]:
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


def _with_carrier(rig: bpy.types.Object, bone_map: BoneMap) -> BoneMap:
    """The map with a root that can travel: a bone connected to its parent can't.

    Raises RigError where what could carry it has another role already.
    """
    name = (bone_map.chains.get("root") or bone_map.chains["pelvis"])[0]
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
