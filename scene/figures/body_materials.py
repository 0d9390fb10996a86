"""Materials of a body: clothes in the person's colour, the rest shared by everybody."""

from __future__ import annotations

from typing import Final, TypeAlias

import bpy

from ...core.bodies.body_file import FreeBody
from ...core.bodies.person_colours import SKIN_SRGB, linear

Colour: TypeAlias = tuple[float, float, float]

_SHARED: Final[dict[str, tuple[Colour, float]]] = {
    "skin": (linear(SKIN_SRGB), 0.55),
    "eyes": ((0.85, 0.85, 0.85), 0.25),
    "pupils": ((0.02, 0.02, 0.025), 0.15),
    "teeth": ((0.80, 0.78, 0.72), 0.35),
    "tongue": ((0.45, 0.18, 0.17), 0.45),
}
"""Linear RGB and roughness."""

_OF_PERSON: Final[dict[str, tuple[float, float]]] = {
    "shirt": (0.80, 0.70),
    "trousers": (0.16, 0.70),
    "shoes": (0.04, 0.40),
}
"""Share of the person's colour and roughness."""


def cloth_material(person: str, colour: Colour, name: str = "shirt") -> bpy.types.Material:
    """Make the material of a piece of a person's clothes in their colour (linear RGB)."""
    share, roughness = _OF_PERSON[name]
    rgb = (share * colour[0], share * colour[1], share * colour[2])
    return _make(f"{person} {name}", rgb, roughness)


def add_materials(mesh: bpy.types.Mesh, body: FreeBody, person: str, colour: Colour) -> None:
    """Fill the mesh's slots in the order of ``body.materials``."""
    for name in body.materials:
        if name in _OF_PERSON:
            material = cloth_material(person, colour, name)
        else:
            material = bpy.data.materials.get(f"Limn {name}") or _make(
                f"Limn {name}", *_SHARED[name]
            )
        mesh.materials.append(material)


def _make(name: str, rgb: Colour, roughness: float) -> bpy.types.Material:
    material = bpy.data.materials.get(name)
    # A repeated run takes up the material that removing the earlier body left without a user.
    if material is None or material.users:
        material = bpy.data.materials.new(name)
    material.diffuse_color = (*rgb, 1.0)
    material.roughness = roughness
    if material.node_tree is None:  # from 5.0 on materials come with one
        material.use_nodes = True
    tree = material.node_tree
    shader = tree.nodes.get("Principled BSDF") if tree else None
    if shader is not None:
        shader.inputs["Base Color"].default_value = (*rgb, 1.0)
        shader.inputs["Roughness"].default_value = roughness
    return material
