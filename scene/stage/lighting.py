"""A ground that only catches shadows, a sun, and an even sky."""

from __future__ import annotations

from typing import Any, Final

import bpy
import numpy as np
from mathutils import Vector

from ...core.data.arrays import Floats
from ..gallery.room import node_tree
from ..keeping.edited import MADE_KEY

GROUND_KEY: Final = "limn_ground"
"""Custom property of the ground and of its light."""
_MARGIN_M: Final = 15.0
_SUN: Final = 2.2
_SUN_ANGLE_RAD: Final = 0.2
_SKY: Final = 0.5
_DARKEST: Final = 0.55
"""How dark EEVEE's shadows are where no sun comes, 1 is black; Cycles finds that out by itself."""


def has_ground(scene: bpy.types.Scene) -> bool:
    """Whether Limn's ground is in ``scene`` already."""
    return any(GROUND_KEY in one for one in scene.objects)


def add_ground(
    collection: bpy.types.Collection, xyz: Floats, camera: bpy.types.Object, unit: float
) -> list[bpy.types.Object]:
    """A shadow catcher at height 0 under the points ``xyz`` (n, 3), and a sun from behind
    ``camera``.

    In the scene's units, ``unit`` of them a metre. Both render engines draw nothing of the ground
    but the shadows on it.
    """
    low, high = (xyz.min(0), xyz.max(0)) if len(xyz) else (np.zeros(3), np.zeros(3))
    x0, y0 = low[:2] - _MARGIN_M * unit
    x1, y1 = high[:2] + _MARGIN_M * unit
    mesh = bpy.data.meshes.new("Limn ground")
    corners = [(x0, y0, 0.0), (x1, y0, 0.0), (x1, y1, 0.0), (x0, y1, 0.0)]
    mesh.from_pydata(corners, [], [(0, 1, 2, 3)])
    ground: Any = bpy.data.objects.new("Limn Ground", mesh)
    ground.is_shadow_catcher = True
    ground.display_type = "BOUNDS"  # in the way of nothing
    ground.hide_select = True
    data = bpy.data.lights.new("Limn sun", "SUN")
    data.energy, data.angle = _SUN, _SUN_ANGLE_RAD
    sun = bpy.data.objects.new("Limn Sun", data)
    ahead = camera.matrix_world.to_3x3() @ Vector((0.0, 0.0, -1.0))
    level = Vector((ahead.x, ahead.y, 0.0))
    level = level.normalized() if level.length > 1e-3 else Vector((0.0, 1.0, 0.0))
    aside = Vector((level.y, -level.x, 0.0))
    # Over the viewer's left shoulder: shadows fall away from who looks.
    shines = level * 0.7 + aside * 0.5 + Vector((0.0, 0.0, -1.2))
    sun.rotation_euler = shines.to_track_quat("-Z", "Y").to_euler()
    sun.location = Vector((*((low + high) / 2)[:2], 3.0 * unit))
    mesh.materials.append(_catcher(_SUN * 1.2 / shines.length / np.pi))
    for one in (ground, sun):
        one[MADE_KEY] = one[GROUND_KEY] = one.data[MADE_KEY] = True
        collection.objects.link(one)
    return [ground, sun]


def add_sky(scene: bpy.types.Scene) -> None:
    """Give ``scene`` an even sky of its own; a world that it had stays in the file."""
    world = bpy.data.worlds.new("Limn Sky")
    world[MADE_KEY] = True
    nodes = node_tree(world).nodes
    nodes.clear()
    background, end = nodes.new("ShaderNodeBackground"), nodes.new("ShaderNodeOutputWorld")
    node_tree(world).links.new(background.outputs[0], end.inputs["Surface"])
    background.inputs["Color"].default_value = (1.0, 1.0, 1.0, 1.0)
    background.inputs["Strength"].default_value = _SKY
    if scene.world is not None:
        scene.world.use_fake_user = True
    scene.world = world


def _catcher(sunlit: float) -> bpy.types.Material:
    """For EEVEE, which has no shadow catchers: transparent where the sun comes, dark elsewhere.

    ``sunlit`` is what the sun adds to white ground. Cycles takes a plain surface.
    """
    material = bpy.data.materials.new("Limn ground")
    tree = node_tree(material)
    material.surface_render_method = "BLENDED"
    material[MADE_KEY] = True
    nodes, links = tree.nodes, tree.links
    nodes.clear()
    diffuse = nodes.new("ShaderNodeBsdfDiffuse")
    diffuse.inputs["Color"].default_value = (1.0, 1.0, 1.0, 1.0)
    shown = nodes.new("ShaderNodeShaderToRGB")
    dark: Any = nodes.new("ShaderNodeMapRange")
    dark.inputs["From Min"].default_value = 0.3 * _SKY
    dark.inputs["From Max"].default_value = 0.95 * (_SKY + sunlit)
    dark.inputs["To Min"].default_value = _DARKEST
    dark.inputs["To Max"].default_value = 0.0
    clear, black = nodes.new("ShaderNodeBsdfTransparent"), nodes.new("ShaderNodeEmission")
    black.inputs["Color"].default_value = (0.0, 0.0, 0.0, 1.0)
    mixed = nodes.new("ShaderNodeMixShader")
    eevee: Any = nodes.new("ShaderNodeOutputMaterial")
    cycles: Any = nodes.new("ShaderNodeOutputMaterial")
    eevee.target, cycles.target = "EEVEE", "CYCLES"
    links.new(diffuse.outputs[0], shown.inputs[0])
    links.new(shown.outputs["Color"], dark.inputs["Value"])
    links.new(dark.outputs[0], mixed.inputs[0])
    links.new(clear.outputs[0], mixed.inputs[1])
    links.new(black.outputs[0], mixed.inputs[2])
    links.new(mixed.outputs[0], eevee.inputs["Surface"])
    links.new(diffuse.outputs[0], cycles.inputs["Surface"])
    return material
