"""The depth map in the scene: a surface seen by the take's camera, moving with the clip.

Its points lie on the camera's rays, so through the camera it is the depth map, picture on picture,
and from elsewhere the scene in metres behind and around the figures. Where it moves comes from a
vertex cache beside the file; flattened by its modifier it is a plane.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np

from ...core.data.types import Take
from ...core.depth.relief import Relief, spread_of
from ...core.formats.pointcache import save_pc2
from ...core.geometry.camera import camera_at
from ..build import MADE_KEY
from ..camera import OPENCV_TO_BLENDER
from ..curves import ActionWriter
from ..gallery.room import load_footage, picture_material
from ..keeping.edited import mark_as_made
from ..keeping.take_link import relative_to
from ..timeline import Timeline
from .nodes import FOOTAGE, relief_group, relief_material, set_input

RELIEF_KEY: Final = "limn_depth"
"""Custom property of what this makes: the clip whose depth it shows."""
CACHE_SUFFIX: Final = ".depth.pc2"
_CACHE: Final = "Depth"


def add_relief(
    take: Take,
    relief: Relief,
    camera: bpy.types.Object,
    collection: bpy.types.Collection,
    timeline: Timeline,
    cache: Path,
) -> tuple[bpy.types.Object, list[str]]:
    """Hang the ``relief`` of ``take`` on its ``camera``; returns the object and warnings.

    ``cache`` is the file that its motion is written to. An earlier relief of the camera is removed.
    Raises OutputError when the cache can't be written.
    """
    frames = len(relief.z_m)
    points = relief.z_m[0].size
    if frames > 1:
        meshes = (_local(relief, take, k) for k in range(frames))
        save_pc2(cache, meshes, points, frames)
    _remove_earlier(camera)
    owner = bpy.data.objects.new("Limn Depth", _mesh(relief, take))
    owner[RELIEF_KEY] = take.clip.path
    owner[MADE_KEY] = owner.data[MADE_KEY] = True
    owner[FOOTAGE] = 0.0
    owner.id_properties_ui(FOOTAGE).update(
        min=0.0, max=1.0, description="0 shows the depth map's colours, 1 the footage"
    )
    collection.objects.link(owner)
    owner.parent = camera
    image, warnings = load_footage(take, "the relief")
    far_near = spread_of(relief)
    material = relief_material(picture_material("Limn Depth", image, take, timeline), far_near)
    material[RELIEF_KEY] = take.clip.path
    owner.data.materials.append(material)
    if frames > 1:
        _move(owner, cache, timeline)
    shape: Any = owner.modifiers.new("Relief", "NODES")
    shape.node_group = relief_group()
    # Flat, it stands behind everybody.
    set_input(shape, "Distance", 1 / far_near[0])
    return owner, warnings


def _local(relief: Relief, take: Take, position: int) -> np.ndarray:
    """Points (v, 3) of a frame in the axes of Blender's camera."""
    xyz = relief.xyz_camera(position, camera_at(take, position)).reshape(-1, 3)
    return (xyz @ OPENCV_TO_BLENDER[:3, :3].T).astype(np.float32)


def _mesh(relief: Relief, take: Take) -> bpy.types.Mesh:
    rows, columns = relief.z_m.shape[1:]
    index = np.arange(rows * columns).reshape(rows, columns)
    corners = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    faces = np.stack(corners, axis=-1).reshape(-1, 4)
    mesh = bpy.data.meshes.new("Limn Depth")
    mesh.from_pydata(_local(relief, take, 0).tolist(), [], faces.tolist())
    # The picture's first row is at its top, where v is 1.
    u, v = np.meshgrid(np.linspace(0, 1, columns), np.linspace(1, 0, rows))
    uv = np.stack([u, v], axis=-1).reshape(-1, 2)[faces.ravel()]
    mesh.uv_layers.new(name="UVMap").data.foreach_set("uv", uv.astype(np.float32).ravel())
    return mesh


def _move(owner: bpy.types.Object, cache: Path, timeline: Timeline) -> None:
    """Let the cache's frames be shown in the scene's, whatever their spacing."""
    reader = owner.modifiers.new(_CACHE, "MESH_CACHE")
    reader.cache_format = "PC2"
    reader.filepath = relative_to(str(cache.absolute()), bpy.data.filepath)
    reader.play_mode, reader.time_mode = "CUSTOM", "FRAME"
    reader.interpolation = "NONE"
    writer = ActionWriter(owner, owner.name)
    positions = np.arange(len(timeline.frames), dtype=np.float64)
    path = f'modifiers["{_CACHE}"].eval_frame'
    writer.write(path, timeline.frames, positions, "Depth", "CONSTANT", every_frame=True)
    mark_as_made(owner)


def _remove_earlier(camera: bpy.types.Object) -> None:
    """Remove the camera's relief, and what this or the figures' removal left without users."""
    leftovers: list[bpy.types.ID | None] = []
    for owner in [child for child in camera.children if RELIEF_KEY in child]:
        animation = owner.animation_data
        leftovers += [owner.data, animation.action if animation else None]
        bpy.data.objects.remove(owner)
    bpy.data.batch_remove([one for one in leftovers if one is not None and not one.users])
    unused = [one for one in bpy.data.materials if RELIEF_KEY in one and not one.users]
    bpy.data.batch_remove(unused)
