# ruff: noqa: ANN401 - bpy has no types outside Blender's room
"""Rigs in Blender: made of bones, given a motion, measured against the person in the world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from mathutils import Euler, Matrix, Vector

from ....core.data.errors import LimnError
from ....core.data.skeletons import joint
from ....core.data.types import Person
from ....core.geometry.kinematics import person_joints_world
from ....core.retargeting.posing import RetargetOptions
from ....core.retargeting.shapes.mapping import SHAPE
from ....scene.retarget import recognise_rig, retarget_person
from ....scene.timeline import Timeline
from .motion import FPS
from .oddities import Oddity
from .skeleton import Bone

_TRUNK_FREE = ("spine1", "spine2", "spine3")
"""Rigs with fewer spine bones than the person bend in other places; these aren't measured."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one rig: ``off_mm`` mean and ``worst_mm`` of all joints and frames (NaN where
    it was refused), where the worst is, and what was said."""

    convention: str
    off_mm: float
    worst_mm: float
    worst: str
    said: str


def make(bones: list[Bone], oddity: Oddity) -> Any:
    """An armature object in an otherwise empty scene."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    data = bpy.data.armatures.new("Rig")
    rig = bpy.data.objects.new("Rig", data)
    bpy.context.scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    world = Matrix.LocRotScale(None, Euler(oddity.turn), Vector(oddity.scale))
    # The object is turned and scaled, and its bones the other way, so that it looks the same; a
    # turn about the vertical stays.
    turn = Euler((oddity.turn[0], oddity.turn[1], 0.0))
    inward = Matrix.LocRotScale(None, turn, Vector(oddity.scale)).inverted()
    bpy.ops.object.mode_set(mode="EDIT")
    made: dict[str, str] = {}
    order = list(bones)
    if oddity.then == "shuffled":
        np.random.default_rng(3).shuffle(order)  # type: ignore[arg-type]
    for bone in order:
        edit = data.edit_bones.new(bone.name)
        edit.head, edit.tail = inward @ Vector(bone.head), inward @ Vector(bone.tail)
        edit.roll = bone.roll
        made[bone.name] = edit.name
    for bone in bones:
        if bone.parent:
            edit = data.edit_bones[made[bone.name]]
            edit.parent = data.edit_bones[made[bone.parent]]
            near = (edit.head - edit.parent.tail).length < 1e-4 * abs(1 / oddity.scale[0])
            edit.use_connect = oddity.then == "connected" and near
    bpy.ops.object.mode_set(mode="OBJECT")
    rig.matrix_world = world
    _then(rig, oddity.then)
    bpy.context.view_layer.update()
    return rig


def _then(rig: Any, what: str) -> None:
    bones = list(rig.pose.bones)
    if what in ("euler", "axis-angle"):
        orders = ("XYZ", "YZX", "ZXY", "XZY") if what == "euler" else ("AXIS_ANGLE",)
        for n, bone in enumerate(bones):
            bone.rotation_mode = orders[n % len(orders)]
    elif what == "locked":
        for bone in bones:
            bone.lock_location = bone.lock_rotation = bone.lock_scale = (True, True, True)
            bone.lock_rotation_w = bone.lock_rotations_4d = True
    elif what == "hidden":
        rig.data.collections.new("Hidden").is_visible = False
        for bone in rig.data.bones:
            rig.data.collections["Hidden"].assign(bone)
            bone.hide = True
    elif what == "own-rotation":
        for bone in rig.data.bones:
            bone.use_inherit_rotation = bone.parent is None
            bone.inherit_scale = "NONE"
    elif what == "left-posed":
        for bone in bones:
            bone.location, bone.scale = (0.03, 0.02, 0.01), (1.1, 1.1, 1.1)
            bone.rotation_quaternion = (0.9, 0.3, 0.3, 0.1)
    elif what == "limits":
        for bone in bones:
            limit = bone.constraints.new("LIMIT_ROTATION")
            limit.use_limit_x = limit.use_limit_y = limit.use_limit_z = True
            limit.owner_space = "LOCAL"
    elif what == "drivers":
        for bone in bones[: len(bones) // 2]:
            curve = bone.driver_add("rotation_quaternion", 1)
            curve.driver.expression = "0.0"
    elif what == "under-parent":
        above = bpy.data.objects.new("Above", None)
        bpy.context.scene.collection.objects.link(above)
        above.matrix_world = Matrix.LocRotScale((2, 1, 0), Euler((0.3, 0.2, 1.0)), (2, 2, 2))
        bpy.context.view_layer.update()
        rig.parent = above
        rig.matrix_parent_inverse = above.matrix_world.inverted()
    elif what == "nla":
        bones[0].location = (1, 1, 1)
        bones[0].keyframe_insert("location", frame=1)
        bones[-1].keyframe_insert("rotation_quaternion", frame=1)
        animation = rig.animation_data
        track = animation.nla_tracks.new()
        track.strips.new("old", 1, animation.action)
        animation.action = None
        bones[0].location = (0, 0, 0)


def retarget(rig: Any, bones: list[Bone], person: Person) -> Result:
    """Recognise the rig, move it, and measure bones whose joints are known."""
    start = bpy.context.scene.frame_start
    frames = start + np.arange(len(person.frames), dtype=np.float64)
    notes: list[str] = []
    nothing = float("nan")
    try:
        bone_map = recognise_rig(rig)
        retarget_person(
            rig, person, Timeline(start, frames, start), FPS, bone_map, RetargetOptions(),
            notes=notes,
        )  # fmt: skip
    except LimnError as error:
        return Result("", nothing, nothing, "", str(error))
    if bone_map.convention == SHAPE:
        notes.append("guessed by shape")
    measured = [b for b in bones if b.joint and b.joint not in _TRUNK_FREE]
    want = person_joints_world(person)[:, [joint(b.joint) for b in measured]]
    off = 1000 * np.linalg.norm(_heads(rig, measured, frames) - want, axis=-1)
    worst = measured[int(off.max(0).argmax())].joint
    return Result(bone_map.convention, float(off.mean()), float(off.max()), worst, " ".join(notes))


def _heads(rig: Any, bones: list[Bone], frames: np.ndarray) -> np.ndarray:
    out = np.empty((len(frames), len(bones), 3))
    for k, frame in enumerate(frames):
        bpy.context.scene.frame_set(int(frame))
        now = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for n, bone in enumerate(bones):
            out[k, n] = now.matrix_world @ now.pose.bones[bone.name].head
    return out
