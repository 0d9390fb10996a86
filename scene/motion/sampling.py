"""A figure's action as numbers: where its bones are, frame by frame, for ``importing``."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np

from ...core.data.errors import RigError
from ...core.importing.readers.armature import save
from ..timeline import played_rate
from .evaluated import evaluate_bones, turns_of


def sample_armature(
    scene: bpy.types.Scene,
    armature: bpy.types.Object,
    path: Path,
    first: int | None = None,
    last: int | None = None,
) -> int:
    """Write what ``armature`` does from frame ``first`` to ``last``, by default as long as its
    action or the scene, to ``path``; returns how many frames that is.

    Whatever moves it counts: keys, constraints, the NLA. Raises RigError for one that has no bones.
    """
    names = [bone.name for bone in armature.data.bones]
    if not names:
        raise RigError(f"The armature {armature.name} has no bones.")
    begin, end = _range_of(scene, armature)
    begin, end = begin if first is None else first, end if last is None else last
    if end < begin:
        raise RigError(f"There is no frame from {begin} to {end}.")
    frames = np.arange(begin, end + 1, dtype=np.float64)
    paths = evaluate_bones(scene, armature, names, frames)
    rest = np.array([np.array(armature.data.bones[name].matrix_local) for name in names])
    size = float(np.cbrt(abs(np.linalg.det(np.array(armature.matrix_world)[:3, :3]))))
    world = np.stack([paths[name].world for name in names], axis=1)
    turns = np.stack([turns_of(world[:, k]) for k in range(len(names))], axis=1)
    R = turns @ np.swapaxes(rest[:, :3, :3], 1, 2)
    fps = played_rate(scene)
    save(path, names, size * rest[:, :3, 3], world[:, :, :3, 3], R, fps)
    return len(frames)


def _range_of(scene: bpy.types.Scene, armature: bpy.types.Object) -> tuple[int, int]:
    """First and last frame of the armature's action, of the scene where it has none."""
    data = armature.animation_data
    action = None if data is None else data.action
    if action is None:
        return int(scene.frame_start), int(scene.frame_end)
    begin, end = action.frame_range
    return round(begin), round(end)
