"""Where bones are as Blender evaluates them, frame by frame: constraints, NLA and parents too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    """Read the bones ``names`` of ``owner`` at ``frames`` (t,); the playhead comes back."""
    count = len(frames)
    M, basis = np.empty((len(names), count, 4, 4)), np.empty((len(names), count, 4, 4))
    places = np.empty((count, 4, 4))
    with quick_frames(scene, owner):
        for row, frame in enumerate(frames.tolist()):
            scene.frame_set(int(frame // 1), subframe=frame % 1)
            now = owner.evaluated_get(bpy.context.evaluated_depsgraph_get())
            places[row] = now.matrix_world
            for column, name in enumerate(names):
                bone = now.pose.bones[name]
                M[column, row], basis[column, row] = bone.matrix, bone.matrix_basis
    return {name: BonePath(M[i], basis[i], places) for i, name in enumerate(names)}


@contextmanager
def quick_frames(scene: bpy.types.Scene, owner: bpy.types.Object) -> Iterator[None]:
    """Step through frames without bodies to deform; the playhead and what was shown come back."""
    frame, subframe = scene.frame_current, scene.frame_subframe
    meshes = [one for one in owner.children_recursive if one.type == "MESH"]
    shown = [one for one in meshes if not one.hide_viewport]
    for one in shown:
        one.hide_viewport = True
    try:
        yield
    finally:
        for one in shown:
            one.hide_viewport = False
        scene.frame_set(frame, subframe=subframe)


def turns_of(M: F64) -> F64:
    """Rotations (t, 3, 3) of transforms that may scale evenly."""
    R = M[:, :3, :3]
    return R / np.linalg.norm(R, axis=1, keepdims=True)
