"""The pose keys of an armature's action as numbers, and back, in the bones' own rotation modes."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np

from ...core.data.arrays import F64, Floats
from ...core.data.errors import RigError
from ...core.geometry.euler import continuous_eulers, euler_from_matrix, matrix_from_euler
from ...core.geometry.rotations import (
    continuous_quats,
    exp_so3,
    matrix_from_quat,
    normalize,
    quat_from_matrix,
)
from ..curves import ActionWriter, curves_of, kinds_of, read_keys

_PATH: Final = re.compile(r'pose\.bones\["((?:[^"\\]|\\.)+)"\]\.(\w+)$')
_LINEAR: Final = ("LINEAR", "CONSTANT")
SAME_FRAME: Final = 1e-3


class ReadChannel(ABC):
    """A channel that was mixed of several curves, for the frames that it was mixed for."""

    @abstractmethod
    def values(self) -> F64:
        """Its value at each of those frames (t,)."""


Channels = Mapping[tuple[str, int], bpy.types.FCurve | ReadChannel]
"""What moves components of properties, by path and index."""


@dataclass(frozen=True, slots=True, eq=False)
class BoneKeys:
    """One bone's keys: ``frames`` (k,) of the scene, ``quats`` (k, 4) w x y z and ``location``
    (k, 3) in the bone's own axes, None where it has no such keys."""

    name: str
    frames: F64
    quats: F64 | None
    location: F64 | None


def editable_action(owner: bpy.types.Object | None) -> bpy.types.Action:
    """The action that moves ``owner``'s pose. Raises RigError when there is none to edit."""
    if owner is None or owner.type != "ARMATURE":
        raise RigError("Select the armature whose motion is meant.")
    action = owner.animation_data.action if owner.animation_data else None
    if action is None:
        raise RigError(f"{owner.name} has no action to edit; retarget or load a take first.")
    if action.library is not None:
        raise RigError(f"The action {action.name} is linked; make it local to edit it.")
    if not any(_PATH.match(path) for path, _ in curves_of(owner)):
        raise RigError(f"The action {action.name} moves no bone of {owner.name}.")
    for (path, _), curve in curves_of(owner).items():
        changing = [one for one in curve.modifiers if not one.mute and one.type != "CYCLES"]
        if changing and _PATH.match(path):
            kind = changing[0].bl_rna.properties["type"].enum_items[changing[0].type].name
            raise RigError(
                f"{curve.group.name if curve.group else path} has a {kind} modifier, which would "
                f"count twice in edited keys; bake or mute it first."
            )
    return action


def pose_frames(owner: bpy.types.Object, *, every_frame: bool = False) -> F64:
    """The frames at which any bone of ``owner`` has a key, increasing.

    With ``every_frame`` the keys' own frames where they lie a frame apart or closer, else all whole
    frames between the first and the last.
    """
    columns = (
        read_keys(curve)[:, 0] for (path, _), curve in curves_of(owner).items() if _PATH.match(path)
    )
    keys = {column.tobytes(): column for column in columns}  # most curves have the same frames
    frames = np.unique(np.concatenate(list(keys.values())).astype(np.float64))
    frames = frames[np.r_[True, np.diff(frames) > SAME_FRAME]]
    if every_frame and len(frames) > 1 and np.diff(frames).max() > 1 + SAME_FRAME:
        return np.arange(np.ceil(frames[0]), np.floor(frames[-1]) + 1)
    return frames


def read_pose(
    owner: bpy.types.Object, frames: F64 | None = None, curves: Channels | None = None
) -> dict[str, BoneKeys]:
    """Every keyed bone of ``owner``; at ``frames``, or at its own keys where None.

    ``curves`` are another action's, or the NLA's. Bones that the armature lacks are passed over.
    """
    chosen = curves_of(owner) if curves is None else curves
    found: dict[str, list[str]] = {}
    for path, _ in chosen:
        match = _PATH.match(path)
        name = bpy.utils.unescape_identifier(match[1]) if match else ""
        if match and name in owner.pose.bones and match[2] not in found.setdefault(name, []):
            found[name].append(match[2])
    keys = (
        _read_bone(owner.pose.bones[name], what, chosen, frames) for name, what in found.items()
    )
    return {one.name: one for one in keys if one is not None}


def write_pose(owner: bpy.types.Object, pose: Sequence[BoneKeys], writer: ActionWriter) -> None:
    """Write ``pose`` into the writer's action, in place of what those channels held."""
    for keys in pose:
        bone = owner.pose.bones[keys.name]
        if keys.location is not None:
            writer.rewrite(bone.path_from_id("location"), keys.frames, keys.location, keys.name)
        if keys.quats is not None:
            prop, values = rotation_values(bone, keys.quats)
            writer.rewrite(bone.path_from_id(prop), keys.frames, values, keys.name)


def rotation_values(bone: bpy.types.PoseBone, quats: F64) -> tuple[str, F64]:
    """The property of a bone's rotation mode, and rotations (t, 4) as its values (t, 3 or 4)."""
    if bone.rotation_mode == "QUATERNION":
        return "rotation_quaternion", continuous_quats(quats)
    if bone.rotation_mode == "AXIS_ANGLE":
        return "rotation_axis_angle", _axis_angle(quats)
    # Blender's "XYZ" is the product of the matrices Z Y X.
    order = bone.rotation_mode[::-1]
    angles = continuous_eulers(euler_from_matrix(matrix_from_quat(quats), order))
    return "rotation_euler", angles[:, [order.index(axis) for axis in "XYZ"]]


def rotation_now(bone: bpy.types.PoseBone) -> F64:
    """The rotation (1, 4) that a bone itself has at the moment."""
    turn = bone.matrix_basis.to_quaternion()
    return np.array([turn], np.float64)


def _read_bone(
    bone: bpy.types.PoseBone, what: list[str], curves: Channels, frames: F64 | None
) -> BoneKeys | None:
    prop = rotation_values(bone, np.array([[1.0, 0, 0, 0]]))[0]
    wanted = [name for name in (prop, "location") if name in what]
    if not wanted:
        return None
    if frames is None:
        frames = _own_frames([c for name in wanted for c in _components(bone, name, curves)])
    values = {name: channel_values(bone, name, curves, frames) for name in wanted}
    quats = _quats(bone, values[prop]) if prop in values else None
    return BoneKeys(bone.name, frames, quats, values.get("location"))


def _components(
    bone: bpy.types.PoseBone, prop: str, curves: Channels
) -> Iterator[bpy.types.FCurve]:
    path = bone.path_from_id(prop)
    found = (curves.get((path, i)) for i in range(4))
    return (one for one in found if one is not None and not isinstance(one, ReadChannel))


def _own_frames(curves: Sequence[bpy.types.FCurve]) -> F64:
    """Where these curves have keys; every frame too where lines between keys don't say it all."""
    keys = np.unique(np.concatenate([read_keys(c)[:, 0] for c in curves]).astype(np.float64))
    if len(keys) > 1 and not all(_is_linear(curve) for curve in curves):
        keys = np.unique(np.concatenate([keys, np.arange(np.ceil(keys[0]), keys[-1])]))
    return keys[np.r_[True, np.diff(keys) > SAME_FRAME]]


def _is_linear(curve: bpy.types.FCurve, plain: tuple[str, ...] = _LINEAR) -> bool:
    if len(curve.modifiers):
        return False
    kinds = kinds_of(curve)
    items = bpy.types.Keyframe.bl_rna.properties["interpolation"].enum_items
    return bool(np.isin(kinds, [items[name].value for name in plain]).all())


def channel_values(bone: bpy.types.PoseBone, prop: str, curves: Channels, frames: F64) -> F64:
    """What a property (k numbers) of ``bone`` is at ``frames`` (t,): (t, k), as it is now where
    nothing keys it."""
    path = bone.path_from_id(prop)
    now: Any = getattr(bone, prop)
    out = np.tile(np.array(now[:], np.float64), (len(frames), 1))
    for index in range(out.shape[1]):
        if (path, index) in curves:
            out[:, index] = values_at(curves[path, index], frames)
    return out


def values_at(curve: bpy.types.FCurve | ReadChannel, frames: F64) -> F64:
    """What a curve says at ``frames`` (k,)."""
    if isinstance(curve, ReadChannel):
        return curve.values()
    keys = read_keys(curve).astype(np.float64)
    same_count = len(keys) == len(frames)
    is_same = same_count and np.abs(keys[:, 0] - frames).max(initial=0.0) < SAME_FRAME
    if is_same and not len(curve.modifiers):
        return keys[:, 1]  # evaluating is slow
    if len(keys) == 1 and not len(curve.modifiers) and curve.extrapolation == "CONSTANT":
        return np.full(len(frames), keys[0, 1])
    is_told = len(keys) > 1 and len(frames) and curve.extrapolation == "CONSTANT"
    if len(keys) > 1 and len(frames) and not is_told:
        is_told = frames.min() >= keys[0, 0] and frames.max() <= keys[-1, 0]
    if is_told and _is_linear(curve, ("LINEAR",)):
        return np.interp(frames, keys[:, 0], keys[:, 1])
    return np.array([curve.evaluate(frame) for frame in frames.tolist()])


def _quats(bone: bpy.types.PoseBone, values: Floats) -> F64:
    if bone.rotation_mode == "QUATERNION":
        length = np.linalg.norm(values, axis=-1, keepdims=True)
        still = np.array([1.0, 0, 0, 0])
        return continuous_quats(np.where(length > 1e-6, normalize(values), still))
    if bone.rotation_mode == "AXIS_ANGLE":
        turns = exp_so3(normalize(values[:, 1:]) * values[:, :1])
    else:
        order = bone.rotation_mode[::-1]
        turns = matrix_from_euler(values[:, ["XYZ".index(axis) for axis in order]], order)
    return continuous_quats(quat_from_matrix(turns))


def _axis_angle(quats: F64) -> F64:
    sine = np.linalg.norm(quats[:, 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, quats[:, :1])
    still = np.array([0.0, 1.0, 0.0])
    return np.concatenate([angle, np.where(sine > 1e-9, quats[:, 1:] / sine.clip(1e-9), still)], 1)
