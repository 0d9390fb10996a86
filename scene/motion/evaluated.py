"""Where bones are as Blender evaluates them, frame by frame: constraints, NLA and parents too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ...core.data.arrays import F64
from ..curves import curves_of


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
    """Step through frames with nothing to evaluate but ``owner`` and what it depends on.

    The playhead and what was shown come back. Bodies are hidden by a driver that follows their
    armature, so hiding alone would last until the next frame.
    """
    frame, subframe = scene.frame_current, scene.frame_subframe
    changed: list[tuple[Any, str, object]] = []
    for one in scene.objects:
        if one == owner or one.type not in ("MESH", "ARMATURE") or one.library is not None:
            continue
        for curve in _hiding(one):
            changed.append((curve, "mute", curve.mute))
            curve.mute = True
        changed.append((one, "hide_viewport", one.hide_viewport))
        one.hide_viewport = True
    try:
        yield
    finally:
        for thing, prop, value in reversed(changed):
            setattr(thing, prop, value)
        scene.frame_set(frame, subframe=subframe)


def _hiding(owner: bpy.types.Object) -> list[bpy.types.FCurve]:
    """The curves and drivers that hide ``owner`` in the viewport."""
    found = [curve for (path, _), curve in curves_of(owner).items() if path == "hide_viewport"]
    if owner.animation_data is not None:
        found += [one for one in owner.animation_data.drivers if one.data_path == "hide_viewport"]
    return found


def turns_of(M: F64) -> F64:
    """Rotations (t, 3, 3) of transforms that may scale evenly."""
    R = M[:, :3, :3]
    return R / np.linalg.norm(R, axis=1, keepdims=True)
