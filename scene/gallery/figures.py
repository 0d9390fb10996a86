"""The founding project's figures as objects: pale spheres and coloured cylinders on an armature.

Spheres hang on bones and cylinders stretch between spheres, so the figure follows whatever the
armature does, edited or not, without a key of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import bmesh
import bpy
import numpy as np
from mathutils import Matrix, Vector

from ...core.data.skeletons import COCO_17, joint
from ...core.data.types import Person, Take
from ...core.gallery.figures import (
    HOLDERS,
    JOINT_RADIUS_M,
    JOINT_RGB,
    LINK_RADIUS_M,
    LINKS,
    OFFSETS_BODY,
    gallery_joints,
    own_floor,
    stature_scale,
)
from ...core.gallery.room import Room, Tiles
from ...core.geometry.kinematics import R_WORLD_BODY_REST
from ..figures.bones import rest_bones
from ..timeline import Timeline
from .room import add_camera, add_floor, add_light, add_wall, hide_with, node_tree, shots_of

COLLECTION: Final = "Gallery"
_FOOT_TILE_M: Final = 0.34
_FEET: Final = (("left_ankle", 16), ("right_ankle", 17))  # with the link whose colour it takes


def add_gallery(
    scene: bpy.types.Scene,
    take: Take,
    armatures: Sequence[bpy.types.Object],
    parent: bpy.types.Collection,
    timeline: Timeline,
) -> list[str]:
    """Put the style's figures, wall, floor, light and camera into ``scene``; returns warnings.

    ``armatures`` are those of the take's people. World, camera and colours are the scene's own.
    """
    collection = bpy.data.collections.new(COLLECTION)
    parent.children.link(collection)
    joints = [gallery_joints(person) for person in take.people]
    warnings: list[str] = []
    rooms: list[Room] = []
    for number, (shot, frames) in enumerate(shots_of(take)):
        parts = [
            xyz[np.isin(person.frames, frames)].reshape(-1, 3)
            for person, xyz in zip(take.people, joints, strict=True)
        ]
        room = Room.of(shot, np.concatenate([np.zeros((0, 3)), *parts]))
        wall, said = add_wall(collection, room, take, timeline, number)
        floor = add_floor(collection, Tiles.of(room), number)
        hide_with([*wall, floor], take, timeline, number)
        warnings += [sentence for sentence in said if sentence not in warnings]
        rooms.append(room)
    for person, armature, xyz in zip(take.people, armatures, joints, strict=True):
        floor_m = own_floor(xyz, stature_scale(person))
        _add_figure(collection, person, armature, rooms[0], floor_m)
    add_light(scene, collection, rooms[0])
    add_camera(scene, collection, rooms, take, timeline)
    return warnings


def _add_figure(
    collection: bpy.types.Collection,
    person: Person,
    armature: bpy.types.Object,
    room: Room,
    floor_m: float,
) -> None:
    """Spheres on the bones, cylinders between the spheres, tiles under the feet."""
    scale = stature_scale(person)
    sphere, pale = _sphere(), _material("Limn joint", JOINT_RGB)
    spheres = []
    for name, holder, xyz in zip(COCO_17, HOLDERS, _rest_joints(person, scale), strict=True):
        owner = _object(f"{armature.name} {name}", sphere, pale, collection)
        _hang(owner, armature, holder, xyz, JOINT_RADIUS_M * scale)
        spheres.append(owner)
    for number, (a, b, rgb) in enumerate(LINKS):
        name = f"{armature.name} {COCO_17[a]} to {COCO_17[b]}"
        material = _material(f"Limn link {number + 1}", rgb)
        owner = _object(name, _cylinder(), material, collection)
        owner.scale = (LINK_RADIUS_M * scale, 1.0, LINK_RADIUS_M * scale)
        _stretch(owner, spheres[a], spheres[b])
        _follow_presence(owner, armature)
    for number, (name, link) in enumerate(_FEET):
        owner = _object(f"{armature.name} {name} tile", _tile(room), None, collection)
        owner.scale = (_FOOT_TILE_M * scale,) * 3
        # One over the other where both feet stand on one spot.
        owner.location = (0.0, 0.0, floor_m + 0.002 * (number + 1))
        owner.material_slots[0].link = "OBJECT"
        rgb = LINKS[link][2]
        owner.material_slots[0].material = _material(
            f"Limn tile {link}", (0.55 * rgb[0] + 0.45, 0.55 * rgb[1] + 0.45, 0.55 * rgb[2] + 0.45)
        )
        under = owner.constraints.new("COPY_LOCATION")
        under.target, under.use_z = spheres[COCO_17.index(name)], False
        _follow_presence(owner, armature)
    for owner in spheres:
        _follow_presence(owner, armature)


def _rest_joints(person: Person, scale: float) -> np.ndarray:
    """The 17 joints (17, 3) in the armature's rest pose."""
    head = rest_bones(person.rest_xyz_body).head
    offsets = OFFSETS_BODY.astype(np.float64) * scale @ R_WORLD_BODY_REST.T
    return head[[joint(name) for name in HOLDERS]] + offsets


def _hang(
    owner: bpy.types.Object,
    armature: bpy.types.Object,
    bone_name: str,
    xyz: np.ndarray,
    radius_m: float,
) -> None:
    """Parent ``owner`` to a bone so that it lies at ``xyz`` of the rest pose."""
    bone = armature.data.bones[bone_name]
    owner.parent, owner.parent_type, owner.parent_bone = armature, "BONE", bone_name
    # What hangs on a bone counts from the bone's tail.
    tail = bone.matrix_local @ Matrix.Translation((0.0, bone.length, 0.0))
    owner.location = tail.inverted() @ Vector(xyz.tolist())
    owner.scale = (radius_m,) * 3


def _stretch(owner: bpy.types.Object, start: bpy.types.Object, end: bpy.types.Object) -> None:
    at = owner.constraints.new("COPY_LOCATION")
    at.target = start
    along = owner.constraints.new("STRETCH_TO")
    along.target, along.rest_length, along.volume = end, 1.0, "NO_VOLUME"


def _follow_presence(owner: bpy.types.Object, armature: bpy.types.Object) -> None:
    """Hide with the armature's keys: who isn't there has no figure either."""
    for path in ("hide_viewport", "hide_render"):
        curve = owner.driver_add(path)
        curve.driver.type = "SUM"
        variable = curve.driver.variables.new()
        variable.targets[0].id = armature
        variable.targets[0].data_path = path


def _object(
    name: str,
    mesh: bpy.types.Mesh,
    material: bpy.types.Material | None,
    collection: bpy.types.Collection,
) -> bpy.types.Object:
    owner = bpy.data.objects.new(name, mesh)
    collection.objects.link(owner)
    if material is not None:
        owner.material_slots[0].link = "OBJECT"
        owner.material_slots[0].material = material
    return owner


def _sphere() -> bpy.types.Mesh:
    """A ball of radius 1 that all joints share; materials are the objects'."""

    def build(editor: bmesh.types.BMesh) -> None:
        bmesh.ops.create_uvsphere(editor, u_segments=24, v_segments=14, radius=1.0)

    return _shared("Limn joint", build)


def _cylinder() -> bpy.types.Mesh:
    """From the origin one along y, radius 1."""

    def build(editor: bmesh.types.BMesh) -> None:
        turned = Matrix.Translation((0.0, 0.5, 0.0)) @ Matrix.Rotation(np.pi / 2, 4, "X")
        bmesh.ops.create_cone(
            editor,
            cap_ends=True,
            segments=24,
            radius1=1.0,
            radius2=1.0,
            depth=1.0,
            matrix=turned,
        )

    return _shared("Limn link", build)


def _tile(room: Room) -> bpy.types.Mesh:
    """A square of side 1 on the floor, along the wall."""

    def build(editor: bmesh.types.BMesh) -> None:
        corners = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]
        editor.faces.new(
            [editor.verts.new((a * room.right + b * room.ahead).tolist()) for a, b in corners]
        )

    return _shared("Limn foot tile", build)


def _shared(name: str, build: Callable[[bmesh.types.BMesh], None]) -> bpy.types.Mesh:
    mesh = bpy.data.meshes.get(name)
    if mesh is not None and mesh.users:
        return mesh
    mesh = bpy.data.meshes.new(name)
    editor = bmesh.new()
    build(editor)
    editor.to_mesh(mesh)
    editor.free()
    mesh.polygons.foreach_set("use_smooth", [True] * len(mesh.polygons))
    mesh.materials.append(None)
    return mesh


def _material(name: str, rgb: tuple[float, float, float]) -> bpy.types.Material:
    """A satin material of a colour given as screens show it."""
    linear = tuple(v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in rgb)
    material = bpy.data.materials.get(name) or bpy.data.materials.new(name)
    material.diffuse_color = (*linear, 1.0)
    shader = node_tree(material).nodes.get("Principled BSDF")
    if shader is not None:
        shader.inputs["Base Color"].default_value = (*linear, 1.0)
        shader.inputs["Roughness"].default_value = 0.35
    return material
