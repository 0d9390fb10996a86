"""Whether somebody sculpted a body's mesh or gave it keys, so that no run drops their work."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import bpy
import numpy as np

from ...core.data.arrays import F32
from .edited import MADE_KEY

_MARK_KEY: Final = "limn_shape"
"""Custom property of a mesh: what its points were when it was made."""


def mark_mesh(mesh: bpy.types.Mesh) -> None:
    """Remember the points and keys of ``mesh`` as they are now."""
    mesh[_MARK_KEY] = _mark(mesh)


def keep_mesh(mesh: bpy.types.Mesh) -> str:
    """Let ``mesh`` stay in the file, used or not, if somebody changed it; the sentence that tells
    so, empty where nobody did."""
    if str(mesh.get(_MARK_KEY, "")) in ("", _mark(mesh)):
        return ""
    mesh.use_fake_user = True
    name = mesh.name.removesuffix(" earlier")
    mesh.name = f"{name.removesuffix(' edited')} edited"
    if MADE_KEY in mesh:
        del mesh[MADE_KEY]
    return f"Your changes of the body stay in the mesh '{mesh.name}'; the new one is beside it."


def _mark(mesh: bpy.types.Mesh) -> str:
    """The points at rest and the keys' names; all points of all keys would cost 50 ms a body."""
    keys: Any = mesh.shape_keys
    names = [] if keys is None else [key.name for key in keys.key_blocks]
    told = repr((len(mesh.vertices), len(mesh.polygons), names))
    digest = hashlib.sha256(told.encode())
    xyz: F32 = np.empty(3 * len(mesh.vertices), np.float32)
    (mesh.vertices if keys is None else keys.key_blocks[0].data).foreach_get("co", xyz)
    digest.update(xyz.tobytes())
    return digest.hexdigest()[:16]
