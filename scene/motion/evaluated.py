"""Where bones are as Blender evaluates them, frame by frame: constraints, NLA and parents too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import bpy
import numpy as np

from ...core.data.arrays import F64


@dataclass(frozen=True, slots=True, eq=False)
class BonePath:
    """A bone in t frames: ``M`` (t, 4, 4) in the armature's space and ``basis`` (t, 4, 4), its own
    share of that; ``owner`` (t, 4, 4) takes the armature's space to the world."""

    M: F64
    basis: F64
    owner: F64

    @property
    def world(self) -> F64:
        """The bone in the world, (t, 4, 4)."""
        return self.owner @ self.M


def evaluate_bones(
    scene: bpy.types.Scene, owner: bpy.types.Object, names: Sequence[str], frames: F64
) -> dict[str, BonePath]:
    """Read the bones ``names`` of ``owner`` at ``frames`` (t,)."""
    count = len(frames)
    M, basis = np.empty((len(names), count, 4, 4)), np.empty((len(names), count, 4, 4))
    places = np.empty((count, 4, 4))
    with stepping(scene, owner) as at:
        for row, frame in enumerate(frames.tolist()):
            now = at(frame)
            places[row] = now.matrix_world
            for column, name in enumerate(names):
                bone = now.pose.bones[name]
                M[column, row], basis[column, row] = bone.matrix, bone.matrix_basis
    return {name: BonePath(M[i], basis[i], places) for i, name in enumerate(names)}


@contextmanager
def stepping(
    scene: bpy.types.Scene, owner: bpy.types.Object
) -> Iterator[Callable[[float], bpy.types.Object]]:
    """Give a function of a frame that returns ``owner`` as evaluated then.

    It steps through a scene of its own that holds nothing but ``owner``; what that depends on comes
    along by itself. So bodies, other people and the playhead have no part in it: hidden ones would
    still have their animation evaluated, ten times the work. Frames are those of actions, which
    differ from the scene's where its time is stretched; so the new scene's isn't.
    """
    alone = bpy.data.scenes.new("Limn frames")
    try:
        alone.collection.objects.link(owner)
        for prop in ("fps", "fps_base"):
            setattr(alone.render, prop, getattr(scene.render, prop))
        layer = alone.view_layers[0]

        def at(frame: float) -> bpy.types.Object:
            alone.frame_set(int(frame // 1), subframe=frame % 1)
            return owner.evaluated_get(layer.depsgraph)

        yield at
    finally:
        bpy.data.scenes.remove(alone)


def turns_of(M: F64) -> F64:
    """Rotations (t, 3, 3) of transforms that may scale evenly."""
    R = M[:, :3, :3]
    return R / np.linalg.norm(R, axis=1, keepdims=True)
