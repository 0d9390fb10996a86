"""The gallery's room as objects: photo wall, tiled floor, light, and a camera that swings."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from mathutils import Matrix

from ...core.data.arrays import Floats
from ...core.data.types import Camera, Take
from ...core.gallery.room import SWING_S, Room, Tiles, swing_deg
from ...core.geometry.camera import camera_at
from ...core.geometry.rotations import quat_from_matrix
from ..camera import OPENCV_TO_BLENDER, find_footage, frames_before_0, make_camera
from ..curves import ActionWriter
from ..timeline import Timeline

_PAPER: Final = (0.90, 0.90, 0.91)
_TILES: Final = ((0.76, 0.75, 0.74), (0.66, 0.65, 0.63))
_FRAME_GROWTH: Final = 1.02
_BEHIND_M: Final = 0.01
_SWING_KEYS_S: Final = 0.5
_SEEN: Final = 0.97
_SHINES: Final = 0.48
_VIEW_PX: Final = 1080


def node_tree(owner: bpy.types.Material | bpy.types.World) -> bpy.types.NodeTree:
    """The nodes of a material or world."""
    if owner.node_tree is None:  # from 5.0 on they come with one
        owner.use_nodes = True
    assert owner.node_tree is not None
    return owner.node_tree


def shots_of(take: Take) -> list[tuple[Camera, np.ndarray]]:
    """Every shot's camera and the positions of its frames."""
    edges = [0, *take.cuts.tolist(), max(len(take.time_s), 1)]
    spans = itertools.pairwise(edges)
    return [(camera_at(take, first), np.arange(first, last)) for first, last in spans]


def add_wall(
    collection: bpy.types.Collection, room: Room, take: Take, timeline: Timeline, number: int
) -> tuple[list[bpy.types.Object], list[str]]:
    """The clip on a wall, in a white frame. Returns the objects and what a person should know."""
    name = "Photo wall" if number == 0 else f"Photo wall {number + 1}"
    wall = _quad(name, room.corners, collection)
    uv = wall.data.uv_layers.new(name="UVMap")
    uv.data.foreach_set("uv", [0, 1, 1, 1, 1, 0, 0, 0])
    image, warnings = load_footage(take, "the wall")
    wall.data.materials.append(picture_material(name, image, take, timeline))
    middle = room.corners.mean(0)
    grown = middle + _FRAME_GROWTH * (room.corners - middle) + _BEHIND_M * room.ahead
    frame = _quad(f"{name} frame", grown, collection)
    frame.data.materials.append(_plain_material("Limn frame", (1.0, 1.0, 1.0)))
    return [wall, frame], warnings


def add_floor(collection: bpy.types.Collection, tiles: Tiles, number: int) -> bpy.types.Object:
    """The tiles as one mesh, each with its own colour, fading into the paper's."""
    name = "Tiles" if number == 0 else f"Tiles {number + 1}"
    corners = tiles.corners
    middle = corners.mean(1, keepdims=True)
    inset = middle + 0.985 * (corners - middle)
    mesh = bpy.data.meshes.new(name)
    faces = np.arange(4 * len(inset)).reshape(-1, 4)
    mesh.from_pydata(inset.reshape(-1, 3).tolist(), [], faces.tolist())
    colour = np.array(_TILES)[tiles.is_dark.astype(int)]
    shown = np.array(_PAPER) + tiles.fade[:, None] * (colour - _PAPER)
    attribute = mesh.color_attributes.new("tile", "FLOAT_COLOR", "CORNER")
    rgba = np.ones((len(inset), 4, 4), np.float32)
    rgba[..., :3] = shown[:, None]
    attribute.data.foreach_set("color", rgba.ravel())
    mesh.materials.append(_tile_material())
    owner = bpy.data.objects.new(name, mesh)
    collection.objects.link(owner)
    return owner


def hide_with(owners: list[bpy.types.Object], take: Take, timeline: Timeline, number: int) -> None:
    """Show a shot's wall and floor in its own frames only."""
    shots = shots_of(take)
    if len(shots) < 2:
        return
    starts = np.array([timeline.frames[frames[0]] for _, frames in shots])
    hidden = (np.arange(len(shots)) != number).astype(np.float32)
    for owner in owners:
        writer = ActionWriter(owner, owner.name)
        for path in ("hide_viewport", "hide_render"):
            writer.write(path, starts, hidden, "Shots", "CONSTANT")


def add_light(scene: bpy.types.Scene, collection: bpy.types.Collection, room: Room) -> None:
    """A soft sun from the upper left before the wall, in a white world."""
    data = bpy.data.lights.new("Gallery sun", "SUN")
    data.energy, data.angle = 1.7, np.radians(12.0)
    sun = bpy.data.objects.new("Gallery sun", data)
    ahead = 0.85 * room.ahead + 0.75 * room.right + np.array([0, 0, -1.9])
    sun.matrix_world = _looking(ahead, room.base + np.array([0, 0, 5.0]))
    collection.objects.link(sun)
    scene.world = _white_world()
    scene.view_settings.view_transform = "Standard"


def _white_world() -> bpy.types.World:
    """White to look at, half as bright as light: a wall of light would leave no shade."""
    world = bpy.data.worlds.new("Gallery")
    tree = node_tree(world)
    nodes, links = tree.nodes, tree.links
    background = nodes.get("Background")
    if background is not None:
        background.inputs["Color"].default_value = (*_PAPER, 1.0)
        path, strength = nodes.new("ShaderNodeLightPath"), nodes.new("ShaderNodeMath")
        strength.operation = "MULTIPLY_ADD"
        for index, value in ((1, _SEEN - _SHINES), (2, _SHINES)):
            strength.inputs[index].default_value = value
        links.new(path.outputs["Is Camera Ray"], strength.inputs[0])
        links.new(strength.outputs["Value"], background.inputs["Strength"])
    return world


def add_camera(
    scene: bpy.types.Scene,
    collection: bpy.types.Collection,
    rooms: list[Room],
    take: Take,
    timeline: Timeline,
) -> bpy.types.Object:
    """A camera that has all in view and swings about the footage's line of sight."""
    width, height = take.camera.size_px
    size = round(width * _VIEW_PX / height), _VIEW_PX
    owner = make_camera("Gallery Camera", rooms[0].view(size, swing_deg(0.0)))
    collection.objects.link(owner)
    scene.camera = owner
    if take.clip.is_still or len(take.time_s) < 2:
        return owner
    step = max(1, round(_SWING_KEYS_S / float(np.median(np.diff(take.time_s)))))
    at = np.unique(np.r_[0 : len(take.time_s) : step, take.cuts, len(take.time_s) - 1])
    shot = np.searchsorted(take.cuts, at, side="right")
    views = [
        rooms[k].view(size, swing_deg(float(take.time_s[i]) / SWING_S))
        for i, k in zip(at, shot, strict=True)
    ]
    T = np.array([view.T_world_camera for view in views]) @ OPENCV_TO_BLENDER
    _key_view(owner, timeline.frames[at], T, take)
    return owner


def _key_view(owner: bpy.types.Object, frames: Floats, T: Floats, take: Take) -> None:
    owner.rotation_mode = "QUATERNION"
    writer = ActionWriter(owner, owner.name)
    how = "CONSTANT" if len(take.cuts) else "LINEAR"
    writer.write("location", frames, T[:, :3, 3], "Swing", how)
    quats = quat_from_matrix(T[:, :3, :3])
    for i in range(1, len(quats)):
        if quats[i] @ quats[i - 1] < 0:
            quats[i] = -quats[i]
    writer.write("rotation_quaternion", frames, quats, "Swing", how)


def _looking(ahead: Floats, at: Floats) -> Matrix:
    """A pose whose -z axis points ``ahead``, as lights and cameras look."""
    z = -ahead / np.linalg.norm(ahead)
    x = np.cross([0.0, 0.0, 1.0], z)
    x = x / np.linalg.norm(x)
    T = np.eye(4)
    T[:3, :3], T[:3, 3] = np.stack([x, np.cross(z, x), z], axis=-1), at
    return Matrix(T.tolist())


def _quad(name: str, corners: Floats, collection: bpy.types.Collection) -> bpy.types.Object:
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(corners.tolist(), [], [(0, 1, 2, 3)])
    owner = bpy.data.objects.new(name, mesh)
    collection.objects.link(owner)
    return owner


def load_footage(take: Take, where: str) -> tuple[bpy.types.Image | None, list[str]]:
    """The clip as an image, None with a warning that ``where`` goes without it."""
    footage = find_footage(Path(take.clip.path))
    if footage is None:
        return None, [f"The clip {take.clip.path} is not there, so {where} is empty."]
    try:
        image = bpy.data.images.load(str(footage), check_existing=True)
    except RuntimeError as error:
        return None, [f"Blender can't show {footage} on {where} ({str(error).strip()})."]
    if not os.path.isfile(Path(take.clip.path)) and not take.clip.is_still:
        image.source = "SEQUENCE"
    return image, []


def picture_material(
    name: str, image: bpy.types.Image | None, take: Take, timeline: Timeline
) -> bpy.types.Material:
    """The footage as it is, not lit: a wall that shines as much as the photo does."""
    material = bpy.data.materials.new(name)
    tree = node_tree(material)
    nodes, links = tree.nodes, tree.links
    nodes.clear()
    output, light = nodes.new("ShaderNodeOutputMaterial"), nodes.new("ShaderNodeEmission")
    links.new(light.outputs["Emission"], output.inputs["Surface"])
    light.inputs["Color"].default_value = (*_TILES[0], 1.0)
    if image is not None:
        picture = nodes.new("ShaderNodeTexImage")
        picture.image, picture.extension = image, "EXTEND"
        if image.source in ("MOVIE", "SEQUENCE"):
            user = picture.image_user
            user.frame_start = timeline.clip_start + frames_before_0(Path(take.clip.path))
            user.frame_duration = max(int(take.source_frame.max(initial=0)) + 1, 1)
            user.use_auto_refresh = True
        links.new(picture.outputs["Color"], light.inputs["Color"])
    return material


def _plain_material(name: str, rgb: tuple[float, float, float]) -> bpy.types.Material:
    material = bpy.data.materials.get(name) or bpy.data.materials.new(name)
    shader = node_tree(material).nodes.get("Principled BSDF")
    if shader is not None:
        shader.inputs["Base Color"].default_value = (*rgb, 1.0)
        shader.inputs["Roughness"].default_value = 0.6
    material.diffuse_color = (*rgb, 1.0)
    return material


def _tile_material() -> bpy.types.Material:
    material = _plain_material("Limn tiles", _TILES[0])
    tree = node_tree(material)
    nodes, links = tree.nodes, tree.links
    shader = nodes.get("Principled BSDF")
    if shader is not None and "Tile" not in nodes:
        colour = nodes.new("ShaderNodeVertexColor")
        colour.name, colour.layer_name = "Tile", "tile"
        links.new(colour.outputs["Color"], shader.inputs["Base Color"])
    return material
