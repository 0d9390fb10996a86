"""The body of a person: a mesh on their armature, with sliders, face units and pose correctives."""

from __future__ import annotations

from typing import Any, Final

import bmesh
import bpy
import numpy as np

from ...core.bodies.body_file import load_free_body
from ...core.bodies.free_body import FittedBody, fit_body
from ...core.bodies.skinning import Skin, without_jaw
from ...core.bodies.smplx_fit import FittedSmplx, fit_smplx
from ...core.bodies.smplx_model import SmplxModel
from ...core.bodies.smplx_pose import betas_from_motion
from ...core.data.arrays import F32, I32
from ...core.data.skeletons import SMPLX_55
from ...core.data.types import Person
from ...core.geometry.kinematics import R_WORLD_BODY_REST
from ..curves import curves_of
from .body_keys import add_keys
from .body_materials import Colour, add_materials, cloth_material
from .smplx_keys import add_smplx_keys

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
    follows every edit of its pose. Where the face was read its shapes open the mouth, and the
    jaw's bone turns without the mesh. Raises ModelError when the body's file is damaged.
    """
    fitted = fit_body(load_free_body(), person.rest_xyz_body)
    body = fitted.body
    skin = without_jaw(fitted.skin) if len(person.face_weights) else fitted.skin
    owner = add_skinned(context, armature_object, fitted, skin, f"{person.name} body")
    owner[BODY_KEY] = person.name
    layer = owner.data.uv_layers.new(name="UVMap")
    layer.uv.foreach_set("vector", body.uv[body.quad_uv].ravel())
    owner.data.polygons.foreach_set("material_index", body.material)
    add_materials(owner.data, body, person.name, colour)
    add_keys(owner, armature_object, fitted)
    return owner


def add_smplx_body(
    context: bpy.types.Context,
    armature_object: bpy.types.Object,
    person: Person,
    colour: Colour,
    model: SmplxModel,
) -> bpy.types.Object:
    """Give ``person``'s armature the user's own SMPL-X body instead of the free one.

    It has keys for betas and expressions, and the model's pose correctives driven by the bones. Its
    betas are those that ``refit_person`` finds; the mesh is then brought onto the armature's bones.
    """
    fitted = fit_smplx(model, person.rest_xyz_body, betas_from_motion(model, person))
    owner = add_skinned(context, armature_object, fitted, model.skin, f"{person.name} SMPL-X")
    owner[BODY_KEY] = person.name
    owner.data.materials.append(cloth_material(person.name, colour))
    add_smplx_keys(owner, armature_object, fitted)
    return owner


def add_skinned(
    context: bpy.types.Context,
    armature_object: bpy.types.Object,
    fitted: FittedBody | FittedSmplx,
    skin: Skin,
    name: str,
) -> bpy.types.Object:
    """Make a fitted mesh in the armature's collections, weighted to its bones and following it."""
    xyz = to_armature(armature_object, fitted.joints, fitted.xyz)
    owner = bpy.data.objects.new(name, _make_mesh(name, fitted.faces, xyz))
    for collection in armature_object.users_collection or (context.scene.collection,):
        collection.objects.link(owner)
    _add_weights(owner, skin.weights)
    _follow(owner, armature_object)
    return owner


def to_armature(armature_object: bpy.types.Object, joints: F32, xyz_body: F32) -> F32:
    """Body-frame points (v, 3) to the armature's own space, where its rest pose stands upright."""
    head = np.array(armature_object.data.bones[SMPLX_55[0]].head_local, np.float64)
    C = R_WORLD_BODY_REST
    return (xyz_body @ C.T + (head - C @ joints[0])).astype(np.float32)


def _make_mesh(name: str, faces: I32, xyz: F32) -> bpy.types.Mesh:
    mesh = bpy.data.meshes.new(name)
    (count, sides), corners = faces.shape, faces.size
    mesh.vertices.add(len(xyz))
    mesh.vertices.foreach_set("co", xyz.ravel())
    mesh.loops.add(corners)
    mesh.loops.foreach_set("vertex_index", np.ascontiguousarray(faces).ravel())
    mesh.polygons.add(count)
    mesh.polygons.foreach_set("loop_start", np.arange(0, corners, sides, dtype=np.int32))
    mesh.polygons.foreach_set("use_smooth", np.ones(count, np.bool_))
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


def hand_on_looks(old: bpy.types.Object, new: bpy.types.Object) -> None:
    """Let the body ``new`` look as somebody made ``old``: its materials and its sliders."""
    for slot, material in enumerate(old.data.materials[: len(new.data.materials)]):
        new.data.materials[slot] = material
    before: Any = old.data.shape_keys
    after: Any = new.data.shape_keys
    if before is None or after is None:
        return
    animation: Any = before.animation_data
    led = {path for path, _ in curves_of(before)}
    led |= {driver.data_path for driver in animation.drivers} if animation is not None else set()
    for key in after.key_blocks[1:]:
        earlier = before.key_blocks.get(key.name)
        if earlier is not None and f"{earlier.path_from_id()}.value" not in led:
            key.value, key.mute = earlier.value, earlier.mute
