"""What a 3D viewport shows: people in its middle, or the footage through their camera."""

from __future__ import annotations

from typing import Any, Final

import bpy
import numpy as np
from mathutils import Quaternion, Vector

from ...core.data.arrays import Floats
from ...core.data.skeletons import BODY_JOINTS
from ...core.data.types import Take
from ..units import units_per_metre

_SEEN: Final = 0.6
"""How much of its distance a viewport of Blender's usual lens shows from side to side."""
_REACH_M: Final = 1.0
"""How far limbs reach from the pelvis."""


_left: dict[int, tuple[Vector, Quaternion, float]] = {}
"""How each viewport saw the scene before it looked through a camera."""


def people_bounds(take: Take) -> Floats | None:
    """The corners (2, 3) of the box that everybody moves in, metres; None without anybody."""
    roots = [person.root_xyz_world for person in take.people if len(person.frames)]
    if not roots:
        return None
    xyz = np.concatenate(roots)
    return np.stack([xyz.min(0) - _REACH_M, xyz.max(0) + _REACH_M])


def telling_position(take: Take) -> int:
    """The position in ``Take.time_s`` at which most people are seen, and seen best."""
    seen = np.zeros(max(len(take.time_s), 1))
    for person in take.people:
        seen[person.frames] += 1.0 + person.confidence[:, :BODY_JOINTS].mean(1)
    return int(np.argmax(seen))


def frame_people(scene: bpy.types.Scene, space: bpy.types.SpaceView3D, take: Take) -> bool:
    """Move a viewport's view to where people move; a camera view that somebody set stays."""
    region, bounds = space.region_3d, people_bounds(take)
    if region is None or bounds is None or region.view_perspective == "CAMERA":
        return False
    bounds = bounds * units_per_metre(scene)
    middle, size = bounds.mean(0), float(np.linalg.norm(bounds[1] - bounds[0]))
    region.view_location = Vector(middle.tolist())
    region.view_distance = size / _SEEN
    space.clip_end = max(space.clip_end, 4 * region.view_distance)
    return True


def look_through(
    scene: bpy.types.Scene, space: bpy.types.SpaceView3D, camera: bpy.types.Object
) -> None:
    """Show the footage with the scene before it, through ``camera``."""
    scene.camera = camera
    camera.data.show_background_images = True
    overlay: Any = space.overlay
    overlay.show_overlays = True  # the footage is drawn with them
    region = space.region_3d
    if region is None:
        return
    if region.view_perspective != "CAMERA":
        kept = region.view_location.copy(), region.view_rotation.copy(), region.view_distance
        _left[space.as_pointer()] = kept
    region.view_perspective = "CAMERA"


def look_back(space: bpy.types.SpaceView3D) -> None:
    """Show the scene as it was seen before ``look_through``: Blender itself would go on from where
    the camera stands."""
    region = space.region_3d
    if region is None:
        return
    region.view_perspective = "PERSP"
    kept = _left.pop(space.as_pointer(), None)
    if kept is not None:
        region.view_location, region.view_rotation, region.view_distance = kept


def show_bodies(space: bpy.types.SpaceView3D) -> None:
    """Draw bodies in their own colours."""
    shading: Any = space.shading
    shading.type, shading.light, shading.color_type = "SOLID", "STUDIO", "MATERIAL"
    shading.show_cavity = True
