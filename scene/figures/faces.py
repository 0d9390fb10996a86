"""A person's face as keys of the shapes of a body, or of any mesh with shapes of ARKit's names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import bpy
import numpy as np

from ...core.bodies.smplx_face import expressions_of
from ...core.bodies.smplx_model import SmplxModel
from ...core.data.arrays import F64, Bools, Floats
from ...core.data.faces.shapes import FACE_SHAPES
from ...core.data.types import Person
from ...core.retargeting.shapes.naming import shapes_of, shares_of
from ..curves import ActionWriter
from ..keeping.edited import mark_as_made
from ..timeline import Timeline
from .smplx_keys import expression_key

_GROUP: Final = "Face"
_SEEN: Final = 0.01
"""Shapes that never reach so much aren't keyed."""
_SAME: Final = 2e-3
"""Keys between two others of the same value, this near, are left out."""


def animate_face(owner: bpy.types.Object, person: Person, timeline: Timeline) -> bool:
    """Key ``person``'s face on those shape keys of the mesh ``owner`` that have ARKit's names.

    Returns whether there was anything to key.
    """
    if not len(person.face_weights) or owner.data.shape_keys is None:
        return False
    known = {block.name for block in owner.data.shape_keys.key_blocks}
    weights = zip(FACE_SHAPES, person.face_weights.T, strict=True)
    shares = {name: values for name, values in weights if name in known}
    return key_shapes(owner, shares, timeline.frames[person.frames], f"{person.name} face")


def animate_expressions(
    owner: bpy.types.Object, person: Person, timeline: Timeline, model: SmplxModel
) -> bool:
    """Key ``person``'s face on the expressions of a body ``owner`` of the user's own ``model``.

    Returns whether there was anything to key. Raises ModelError.
    """
    if not len(person.face_weights) or owner.data.shape_keys is None:
        return False
    columns = expressions_of(model, person.face_weights).T
    shares = {expression_key(k): values for k, values in enumerate(columns)}
    known = {block.name for block in owner.data.shape_keys.key_blocks}
    shares = {name: values for name, values in shares.items() if name in known}
    return key_shapes(owner, shares, timeline.frames[person.frames], f"{person.name} face")


def retarget_face(rig: bpy.types.Object, person: Person, frames: F64) -> list[str]:
    """Key ``person``'s face at ``frames`` (t,), one a pose, on all meshes of a rig whose shapes
    have names that are known; returns the names of those meshes.

    What was keyed on such shapes before stays as an action of its own.
    """
    told: list[str] = []
    if not len(person.face_weights):
        return told
    for owner in _meshes_of(rig):
        if owner.library is not None or owner.data.library is not None:
            continue
        keys: Any = owner.data.shape_keys
        blocks = [block.name for block in list(keys.key_blocks)[1:]]
        driven = {path for path in blocks if _is_driven(keys, path)}
        shares = shares_of([name for name in blocks if name not in driven], person.face_weights)
        if not shares:
            continue
        before = keys.animation_data.action if keys.animation_data else None
        if key_shapes(owner, shares, frames, f"{person.name} face on {owner.name}"):
            told.append(owner.name)
            if before is not None:
                before.use_fake_user = True
    return told


def opens_mouth(rig: bpy.types.Object) -> bool:
    """Whether a mesh of ``rig`` has a shape that ``jawOpen`` goes to, or that somebody drives."""
    names = [block.name for one in _meshes_of(rig) for block in one.data.shape_keys.key_blocks]
    return any("jawOpen" in means for means in shapes_of(names).values())


def _meshes_of(rig: bpy.types.Object) -> list[bpy.types.Object]:
    """Meshes with shapes that ``rig`` moves, each mesh once."""
    found: dict[str, bpy.types.Object] = {}
    for owner in bpy.data.objects:
        if owner.type != "MESH" or owner.data.shape_keys is None:
            continue
        modifiers = (m for m in owner.modifiers if m.type == "ARMATURE")
        if owner.parent == rig or any(m.object == rig for m in modifiers):
            found.setdefault(owner.data.name, owner)
    return list(found.values())


def _is_driven(keys: Any, name: str) -> bool:  # noqa: ANN401 - a mesh's shape keys
    path = f'key_blocks["{bpy.utils.escape_identifier(name)}"].value'
    animation = keys.animation_data
    return animation is not None and animation.drivers.find(path) is not None


def key_shapes(
    owner: bpy.types.Object, shares: Mapping[str, Floats], frames: F64, name: str
) -> bool:
    """Key shape keys of ``owner`` by name, ``shares`` (t,) each at ``frames`` (t,), as an action.

    Shapes that rest aren't keyed. Returns whether any moves.
    """
    moving = {k: values for k, values in shares.items() if np.abs(values).max(initial=0) > _SEEN}
    if not moving:
        return False
    keys: Any = owner.data.shape_keys
    writer = ActionWriter(keys, name)
    for key, values in moving.items():
        told = _telling(values)
        path = f'key_blocks["{bpy.utils.escape_identifier(key)}"].value'
        writer.write(path, frames[told], values[told], _GROUP, every_frame=True)
    mark_as_made(keys)
    return True


def _telling(values: Floats) -> Bools:
    """Which of ``values`` (t,) need a key: all but those amid others that are the same."""
    same = np.abs(np.diff(values)) < _SAME
    told = np.ones(len(values), np.bool_)
    told[1:-1] = ~(same[:-1] & same[1:])
    return told
