"""A foot of any armature held over a range: thigh, shin and foot are keyed, nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np

from ...core.data.errors import RigError, SettingsError
from ...core.editing.foot_lock import LegPath, lock_leg
from ...core.geometry.rotations import quat_from_matrix
from ..curves import curves_of
from ..retarget import recognise_rig
from ..units import units_per_metre
from .cleaning import check_range
from .evaluated import evaluate_bones, turns_of
from .key_edit import set_rotation
from .keys import SAME_FRAME, editable_action, pose_frames

_PARTS = ("hip", "knee", "ankle")


def lock_foot(
    scene: bpy.types.Scene, owner: bpy.types.Object, side: str, first: float, last: float, ease: int
) -> float:
    """Hold the ``side`` foot from ``first`` to ``last`` as it is at the playhead, or in the middle
    when that lies elsewhere; returns by how many metres the leg is too short at worst.

    Only thigh, shin and foot are keyed, so the body's path stays.
    """
    editable_action(owner)
    check_range(owner, first, last)
    names = _leg_of(owner, side)
    frames = pose_frames(owner, every_frame=True)
    frames = frames[(frames > first - SAME_FRAME) & (frames < last + SAME_FRAME)]
    if len(frames) < 2 * ease + 1:
        raise SettingsError(
            f"There are {len(frames)} frames from {first:g} to {last:g}; easing over {ease} at "
            "each end leaves none in which the foot is held."
        )
    paths = evaluate_bones(scene, owner, names, frames)
    hip, knee, ankle = (paths[name].world for name in names)
    rest = np.array(owner.data.bones[names[0]].matrix_local.to_3x3(), np.float64)
    # At rest, facing -y, knees fold about the armature's +x.
    hinge = turns_of(hip) @ rest.T @ np.array([1.0, 0.0, 0.0])
    leg = LegPath(hip[:, :3, 3], knee[:, :3, 3], ankle[:, :3, 3], turns_of(ankle), hinge)
    at = float(scene.frame_current)
    is_there = first <= at <= last
    row = int(np.abs(frames - at).argmin()) if is_there else len(frames) // 2
    held = lock_leg(leg, row, ease)
    turned = (held.thigh @ turns_of(hip), held.shin @ turns_of(knee), held.R_foot)
    carried = (np.broadcast_to(np.eye(3), held.thigh.shape), held.thigh, held.shin)
    for name, R, carry in zip(names, turned, carried, strict=True):
        path = paths[name]
        # Where the bone would be without a basis of its own, gone along with what carries it.
        without = carry @ turns_of(path.owner @ path.M @ np.linalg.inv(path.basis))
        basis = np.swapaxes(without, -1, -2) @ R
        set_rotation(owner, owner.pose.bones[name], frames, quat_from_matrix(basis))
    return float(held.short_m.max()) / units_per_metre(scene)


def _leg_of(owner: bpy.types.Object, side: str) -> Sequence[str]:
    """Thigh, shin and foot, keyed and moved by nothing but their keys. Raises RigError."""
    if all(f"{side}_{part}" in owner.pose.bones for part in _PARTS):
        names = [f"{side}_{part}" for part in _PARTS]
    else:
        chains = recognise_rig(owner).chains
        found = [chains.get(f"{side}_{part}") for part in _PARTS]
        if not all(found):
            raise RigError(f"Limn finds no {side} leg in {owner.name}; it can't lock the foot.")
        names = [chain[0] for chain in found if chain]
        if any(len(chain) > 1 for chain in found[:2] if chain):
            raise RigError(
                f"The {side} leg of {owner.name} has twist bones in its chain; lock it "
                "on the figure and retarget again."
            )
    moved = {path for path, _ in curves_of(owner)}
    for name in names:
        bone = owner.pose.bones[name]
        if not any(path.startswith(f"{bone.path_from_id()}.rotation") for path in moved):
            raise RigError(
                f"{name} of {owner.name} has no rotation keys, so its foot isn't held by "
                "them; lock a rig that was retargeted to its FK controls."
            )
        if any(not one.mute and one.influence > 0 for one in bone.constraints):
            raise RigError(f"{name} of {owner.name} is moved by a constraint; mute it first.")
    return names
