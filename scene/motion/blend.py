"""Two actions of one armature as a new one: mixed, or one after the other."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ...core.data.arrays import F64
from ...core.data.errors import RigError, SettingsError
from ...core.editing.blending import eased, mix_quats, mix_vectors
from ..curves import ActionWriter, Curves, curves_of_action, read_keys
from .keys import BoneKeys, editable_action, pose_frames, read_pose, write_pose
from .place import carriers, facing_deg, move_pose, placement, stance

Pose = dict[str, BoneKeys]
_STILL = np.array([1.0, 0.0, 0.0, 0.0])


def mix(owner: bpy.types.Object, other: bpy.types.Action | None, weight: float) -> bpy.types.Action:
    """Key the armature's action mixed with ``other``: 0 is its own, 1 is ``other``.

    Both from their first frames, as long as the shorter. The new action begins where its own did.
    """
    if not 0 <= weight <= 1:
        raise SettingsError(f"The weight is {weight:g}; it must lie between 0 and 1.")
    own, theirs = _both(owner, other)
    count = min(len(own), len(theirs))
    a, b = _sampled(owner, own[:count]), _other_pose(owner, other, theirs[:count], own[:count])
    return _written(owner, other, _mixed(a, b, own[:count], np.full(count, weight)))


def join(owner: bpy.types.Object, other: bpy.types.Action | None, overlap: int) -> bpy.types.Action:
    """Key the armature's action, then ``other`` from where it is then, mixed over ``overlap``."""
    own, theirs = _both(owner, other)
    shorter = min(len(own), len(theirs))
    if not 1 <= overlap <= shorter:
        raise SettingsError(
            f"The overlap is {overlap} frames; it must lie between 1 and {shorter}, the shorter "
            "motion's length."
        )
    start = len(own) - overlap
    frames = own[0] + np.arange(start + len(theirs))
    a = _sampled(owner, np.minimum(frames, own[-1]))
    first = theirs[0] + np.maximum(np.arange(len(frames)) - start, 0)
    b = _other_pose(owner, other, first, frames)
    names = [name for name in carriers(owner, a) if name in b and b[name].location is not None]
    if names:
        row = start + overlap // 2
        now, goal = stance(owner, b, names[0], row), stance(owner, a, names[0], row)
        T = placement(now, goal.xyz * [1, 1, 0], facing_deg(goal), 0.0)
        moved = move_pose(owner, b, names, T)
        b |= {keys.name: keys for keys in moved}
    weight = eased((np.arange(len(frames)) - start + 0.5) / overlap)
    return _written(owner, other, _mixed(a, b, frames, weight))


def _both(owner: bpy.types.Object, other: bpy.types.Action | None) -> tuple[F64, F64]:
    """The whole frames of both actions."""
    action = editable_action(owner)
    if other is None:
        raise RigError("Choose the action to blend with.")
    if other == action:
        raise RigError(f"{other.name} is the action that {owner.name} has already; choose another.")
    keys = [
        read_keys(curve)[:, 0]
        for (path, _), curve in curves_of_action(other).items()
        if path.startswith("pose.bones")
    ]
    if not keys or not len(read_pose(owner, np.zeros(1), curves_of_action(other))):
        raise RigError(f"The action {other.name} moves no bone of {owner.name}.")
    theirs = np.concatenate(keys)
    own = pose_frames(owner)
    return _whole(own[0], own[-1]), _whole(theirs.min(), theirs.max())


def _whole(first: float, last: float) -> F64:
    return np.arange(round(float(first)), round(float(last)) + 1, dtype=np.float64)


def _sampled(owner: bpy.types.Object, frames: F64) -> Pose:
    return read_pose(owner, frames)


def _other_pose(
    owner: bpy.types.Object, other: bpy.types.Action | None, at: F64, frames: F64
) -> Pose:
    """The other action's pose at its frames ``at``, as keys of ``frames``."""
    assert other is not None
    curves: Curves = curves_of_action(other)
    pose = read_pose(owner, at, curves)
    return {n: BoneKeys(n, frames, k.quats, k.location) for n, k in pose.items()}


def _mixed(a: Pose, b: Pose, frames: F64, weight: F64) -> list[BoneKeys]:
    """Every bone that either moves; what one doesn't move rests there."""
    still, spot = np.tile(_STILL, (len(frames), 1)), np.zeros((len(frames), 3))
    out = []
    for name in a | b:
        one, two = (pose.get(name, BoneKeys(name, frames, None, None)) for pose in (a, b))
        quats = location = None
        if one.quats is not None or two.quats is not None:
            pair = [still if keys.quats is None else keys.quats for keys in (one, two)]
            quats = mix_quats(pair[0][:, None], pair[1][:, None], weight)[:, 0]
        if one.location is not None or two.location is not None:
            spots = [spot if keys.location is None else keys.location for keys in (one, two)]
            location = mix_vectors(spots[0], spots[1], weight)
        out.append(BoneKeys(name, frames, quats, location))
    return out


def _written(
    owner: bpy.types.Object, other: bpy.types.Action | None, pose: list[BoneKeys]
) -> bpy.types.Action:
    """Key ``pose`` in a copy of the armature's action, whose other curves stay."""
    assert other is not None
    animation: Any = owner.animation_data
    earlier = animation.action
    earlier.use_fake_user = other.use_fake_user = True  # or saving would drop what nobody uses
    copy = earlier.copy()
    copy.name = f"{earlier.name} + {other.name}"
    slot = getattr(animation, "action_slot", None)
    animation.action = copy
    if slot is not None:
        animation.action_slot = copy.slots[slot.identifier]
    write_pose(owner, pose, ActionWriter(owner, None))
    return copy
