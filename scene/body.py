"""The body of a person: a mesh on their armature, with sliders, face units and pose correctives."""

from __future__ import annotations

from typing import Final

import bmesh
import bpy
import numpy as np

from ..core.arrays import F32
from ..core.body import FittedBody, fit_body
from ..core.body_file import FreeBody, load_free_body
from ..core.kinematics import R_WORLD_BODY_REST
from ..core.skeletons import SMPLX_55
from ..core.types import Person
from .body_keys import add_keys
from .body_materials import Colour, add_materials

BODY_KEY: Final = "limn_body"
"""Custom property of a body: the name of the armature's person."""


def add_body(
    context: bpy.types.Context,
    armature_object: bpy.types.Object,
    person: Person,
    colour: Colour,
) -> bpy.types.Object:
    """Give ``person``'s armature a body in ``colour`` (linear RGB) and return its object.

    The body is shaped by the armature's rest pose, stands in the armature's collections and
    follows every edit of its pose. Raises ModelError when the body's file is damaged.
    """
    fitted = fit_body(load_free_body(), person.rest_xyz_body)
    name = f"{person.name} body"
    mesh = _make_mesh(name, fitted.body, to_armature(armature_object, fitted, fitted.xyz))
    add_materials(mesh, fitted.body, person.name, colour)
    owner = bpy.data.objects.new(name, mesh)
    owner[BODY_KEY] = person.name
    for collection in armature_object.users_collection or (context.scene.collection,):
        collection.objects.link(owner)
    _add_weights(owner, fitted.skin.weights)
    _follow(owner, armature_object)
    add_keys(owner, armature_object, fitted)
    return owner


def to_armature(armature_object: bpy.types.Object, fitted: FittedBody, xyz_body: F32) -> F32:
    """Body-frame points (v, 3) to the armature's own space, where its rest pose stands upright."""
    head = np.array(armature_object.data.bones[SMPLX_55[0]].head_local, np.float64)
    C = R_WORLD_BODY_REST
    return (xyz_body @ C.T + (head - C @ fitted.joints[0])).astype(np.float32)


def _make_mesh(name: str, body: FreeBody, xyz: F32) -> bpy.types.Mesh:
    mesh = bpy.data.meshes.new(name)
    count, corners = len(body.quads), body.quads.size
    mesh.vertices.add(len(xyz))
    mesh.vertices.foreach_set("co", xyz.ravel())
    mesh.loops.add(corners)
    mesh.loops.foreach_set("vertex_index", body.quads.ravel())
    mesh.polygons.add(count)
    mesh.polygons.foreach_set("loop_start", np.arange(0, corners, 4, dtype=np.int32))
    mesh.polygons.foreach_set("use_smooth", np.ones(count, np.bool_))
    mesh.polygons.foreach_set("material_index", body.material)
    layer = mesh.uv_layers.new(name="UVMap")
    layer.uv.foreach_set("vector", body.uv[body.quad_uv].ravel())
    mesh.update(calc_edges=True)
    mesh.validate()
    return mesh


def _add_weights(owner: bpy.types.Object, weights: F32) -> None:
    """Write all weights at once: VertexGroup.add costs a call per vertex and joint."""
    for name in SMPLX_55:
        owner.vertex_groups.new(name=name)
    editor = bmesh.new()
    editor.from_mesh(owner.data)
    layer = editor.verts.layers.deform.verify()
    editor.verts.ensure_lookup_table()
    rows, joints = np.nonzero(weights)
    values = weights[rows, joints]
    for row, j, share in zip(rows.tolist(), joints.tolist(), values.tolist(), strict=True):
        editor.verts[row][layer][j] = share
    editor.to_mesh(owner.data)
    editor.free()


def _follow(owner: bpy.types.Object, armature_object: bpy.types.Object) -> None:
    owner.parent = armature_object
    modifier = owner.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature_object
    # The pose correctives already keep the volume of linear skinning.
    modifier.use_deform_preserve_volume = False
    # A person who isn't there has no body either.
    for path in ("hide_viewport", "hide_render"):
        curve = owner.driver_add(path)
        curve.driver.type = "SUM"
        variable = curve.driver.variables.new()
        variable.targets[0].id = armature_object
        variable.targets[0].data_path = path


def body_of(armature_object: bpy.types.Object) -> bpy.types.Object | None:
    """The body that ``add_body`` gave an armature, if it is still there."""
    bodies = (child for child in armature_object.children if BODY_KEY in child)
    return next(bodies, None)
