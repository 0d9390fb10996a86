"""A person's motion as one action: pose, presence, confidence, contacts."""

from __future__ import annotations

import bpy
import numpy as np

from ...core.data.arrays import F64, Bools
from ...core.data.skeletons import CONTACT_POINTS, SMPLX_55
from ...core.data.types import Person
from ..curves import ActionWriter
from ..timeline import Timeline
from .armature import rest_matrices
from .pose import basis_quats, root_location

CONFIDENCE = "confidence"
BRIDGED = "bridged"


def contact_property(point: str) -> str:
    """Name the armature's custom property of a column of CONTACT_POINTS."""
    return f"contact_{point}"


def animate(owner: bpy.types.Object, person: Person, timeline: Timeline) -> bpy.types.Action:
    """Key ``person``'s motion on the armature ``owner``: linear keys at the clip's own times."""
    writer = ActionWriter(owner, person.name)
    frames = timeline.frames[person.frames]
    if not len(frames):
        return writer.action
    _write_pose(writer, owner, person, frames)
    _write_evidence(writer, owner, person, frames)
    _write_presence(writer, person, timeline)
    return writer.action


def _write_pose(writer: ActionWriter, owner: bpy.types.Object, person: Person, frames: F64) -> None:
    bones = owner.pose.bones
    root_head = np.array(owner.data.bones[SMPLX_55[0]].head_local, np.float64)
    rest = rest_matrices(owner)
    place = root_location(person, rest[0], root_head)
    writer.write(bones[SMPLX_55[0]].path_from_id("location"), frames, place, SMPLX_55[0])
    for j, name in enumerate(SMPLX_55):
        path = bones[name].path_from_id("rotation_quaternion")
        writer.write(path, frames, basis_quats(person, j, rest[j]), name)


def _write_evidence(
    writer: ActionWriter, owner: bpy.types.Object, person: Person, frames: F64
) -> None:
    for j, name in enumerate(SMPLX_55):
        bone = owner.pose.bones[name]
        _make_property(bone, CONFIDENCE, "How well this joint was seen, 0 to 1")
        path = f'{bone.path_from_id()}["{CONFIDENCE}"]'
        writer.write(path, frames, person.confidence[:, j], "Confidence")
    for column, point in enumerate(CONTACT_POINTS):
        key = contact_property(point)
        _make_property(owner, key, f"How surely the {point.replace('_', ' ')} stands, 0 to 1")
        # Keyed throughout, so that a key set by hand is felt in its own frame only.
        values = person.contact[:, column]
        writer.write(f'["{key}"]', frames, values, "Contacts", every_frame=True)
    _make_property(owner, BRIDGED, "1 where nobody was seen and the pose was carried over")
    writer.write(f'["{BRIDGED}"]', frames, person.bridged.astype(np.float32), "Bridged", "CONSTANT")


def _make_property(
    owner: bpy.types.Object | bpy.types.PoseBone, key: str, description: str
) -> None:
    owner[key] = 1.0
    owner.id_properties_ui(key).update(min=0.0, max=1.0, description=description)


def _write_presence(writer: ActionWriter, person: Person, timeline: Timeline) -> None:
    """Hide the figure wherever the person isn't there.

    Without keys Blender would hold or interpolate a pose that nobody saw. Hiding the object leaves
    the pose curves clean: no invented keys, and what is hidden can be shown by removing two curves.
    """
    is_there: Bools = np.zeros(len(timeline.frames), np.bool_)
    is_there[person.frames] = True
    changes = np.flatnonzero(np.r_[True, is_there[1:] != is_there[:-1]])
    if is_there.all():
        return
    hidden = (~is_there[changes]).astype(np.float32)
    for path in ("hide_viewport", "hide_render"):
        writer.write(path, timeline.frames[changes], hidden, "Presence", "CONSTANT")
