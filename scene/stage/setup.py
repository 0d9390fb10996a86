"""A scene set up so that F12 shows people over their footage: by itself only in a new scene."""

from __future__ import annotations

from typing import Any, Final

import bpy
import numpy as np

from ...core.data.types import Take
from ..units import units_per_metre
from .backdrop import has_compositing, show_footage_behind
from .lighting import add_ground, add_sky, has_ground

STAGE_KEY: Final = "limn_stage"
"""Custom property of a scene that Limn set up: what it makes anew there, runs may make anew."""
_FACTORY: Final = {"Cube": "MESH", "Light": "LIGHT", "Camera": "CAMERA"}
"""What Blender's start-up scene holds."""
_VIEW: Final = "Standard"
"""The view transform that shows footage in its own colours."""


def is_new(scene: bpy.types.Scene) -> bool:
    """Whether nobody has made anything of ``scene`` yet, or Limn set it up itself."""
    if scene.get(STAGE_KEY):
        return True
    return (
        not bpy.data.filepath
        and all(_FACTORY.get(one.name) == one.type for one in scene.objects)
        and not has_compositing(scene)
    )


def set_up(
    scene: bpy.types.Scene,
    take: Take,
    collection: bpy.types.Collection,
    camera: bpy.types.Object,
    *,
    is_asked: bool = False,
) -> list[str]:
    """Add ground, light and sky, put the footage behind the render; returns what wasn't possible.

    A sky is given where there was none or Blender's own, unless somebody asked for all of this.
    """
    if not has_ground(scene):
        unit = units_per_metre(scene)
        roots = [person.root_xyz_world for person in take.people if len(person.frames)]
        xyz = unit * np.concatenate(roots) if roots else np.zeros((0, 3))
        add_ground(collection, xyz, camera, unit)
    if scene.world is None or not (is_asked or scene.get(STAGE_KEY)):
        add_sky(scene)
    notes: list[str] = []
    if has_compositing(scene):
        notes.append("Your compositing nodes stay, so the footage isn't behind the render.")
    elif show_footage_behind(scene, camera):
        view: Any = scene.view_settings
        view.view_transform = _VIEW
    else:
        notes.append("The camera shows no footage, so there is none behind the render.")
    if not is_asked:
        scene[STAGE_KEY] = True
    return notes
