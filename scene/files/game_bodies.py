"""Bodies as game engines and the web want them: sliders baked in, no correctives of the pose.

A corrective is a morph target that weights of every frame move; 36 of them a person make most of a
file and of the work of writing and playing it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import bpy
import numpy as np

from ...core.data.arrays import F32
from ..curves import curves_of


@contextmanager
def without_correctives(bodies: Iterable[bpy.types.Object]) -> Iterator[None]:
    """Let ``bodies`` have meshes without driven keys, and with those baked in that nobody keyed.

    What somebody keyed, of the face say, stays a key. Afterwards all is as it was.
    """
    shaped = [body for body in bodies if body.data.shape_keys is not None]
    kept = [(body, body.data, body.data.name) for body in shaped]
    made: list[bpy.types.Mesh] = []
    try:
        for body, mesh, name in kept:
            made.append(mesh.copy())
            if mesh.library is None:
                mesh.name = f"{name} kept"
            made[-1].name = name  # the file tells it; what is linked has names of its own
            body.data = made[-1]
            _plain(body)
        yield
    finally:
        for body, mesh, _ in kept:
            body.data = mesh
        _remove(made)
        for _, mesh, name in kept:
            if mesh.library is None:
                mesh.name = name


def _plain(body: bpy.types.Object) -> None:
    """Bake or drop the keys of ``body``, whose mesh is nobody else's."""
    keys: Any = body.data.shape_keys
    animation = keys.animation_data
    driven, keyed = set[str](), set[str]()
    if animation is not None:
        driven = {_name(driver.data_path) for driver in animation.drivers}
        for driver in list(animation.drivers):
            animation.drivers.remove(driver)
        if animation.action is not None:
            keyed = {_name(path) for path, _ in curves_of(keys)}
    blocks = list(keys.key_blocks)[1:]
    basis = _points(keys.key_blocks[0])
    moved = np.zeros_like(basis)
    for block in blocks:
        if block.name not in driven | keyed and block.value and not block.mute:
            moved += np.float32(block.value) * (_points(block) - _points(block.relative_key))
    for block in blocks:
        if block.name in keyed:
            block.points.foreach_set("co", (_points(block) + moved).ravel())
        else:
            body.shape_key_remove(block)
    keys.key_blocks[0].points.foreach_set("co", (basis + moved).ravel())
    body.data.vertices.foreach_set("co", (basis + moved).ravel())
    if len(keys.key_blocks) == 1:
        name = keys.name
        body.shape_key_clear()
        # Blender may leave the keys of nothing in the file, and then says so at the next save.
        left = bpy.data.shape_keys.get(name)
        if left is not None:
            bpy.data.batch_remove([left])
    body.data.update()


def _points(block: Any) -> F32:  # noqa: ANN401 - a shape key
    out = np.empty(3 * len(block.points), np.float32)
    block.points.foreach_get("co", out)
    return out.reshape(-1, 3)


def _name(path: str) -> str:
    """The key that a path like ``key_blocks["Weight"].value`` means."""
    return bpy.utils.unescape_identifier(path.partition('["')[2].partition('"]')[0])


def _remove(meshes: list[bpy.types.Mesh]) -> None:
    keys = [mesh.shape_keys for mesh in meshes if mesh.shape_keys is not None]
    actions = [key.animation_data.action for key in keys if key.animation_data]
    bpy.data.batch_remove(meshes)
    copied = [one for one in actions if one is not None and not one.users]
    bpy.data.batch_remove(copied)
