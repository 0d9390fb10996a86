"""What armatures and their bodies do in a scene, as animations of a glTF file's nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import bpy
import numpy as np

from ...core.data.arrays import F32, F64, Floats, check_fields, of_shape
from ...core.formats.glb import NodeAnimation, NodeChannel
from ...core.geometry.rotations import continuous_quats, multiply_quats, quat_from_matrix
from ..figures.body import body_of
from ..figures.playing.changed import is_object_moved, plain_skeleton, solved_bones
from ..motion.evaluated import stepping
from ..motion.keys import channel_values, read_pose, values_at
from ..motion.nla.leading import Played, played_curves
from ..motion.nla.strips import spans_of

_Y_UP: Final = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
"""glTF's axes, y up and z towards the viewer, from Blender's."""
_STEADY: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class _Moves:
    """A node's places: ``t`` (t, 3), ``q`` (t, 4) w first, ``s`` (t, 3); or (1, ...) each."""

    t: F64 = field(metadata=of_shape(None, 3))
    q: F64 = field(metadata=of_shape(None, 4))
    s: F64 = field(metadata=of_shape(None, 3))

    def __post_init__(self) -> None:
        check_fields(self)


def animations_of(
    scene: bpy.types.Scene, armatures: Sequence[bpy.types.Object], document: Mapping[str, Any]
) -> list[NodeAnimation]:
    """An animation for each of ``armatures`` that moves, under its action's name, of the nodes that
    Blender's exporter gave them in ``document``: bones, shapes of its body, the object itself.

    Every whole frame is told, as it plays in ``scene``: NLA, constraints and parents included.
    """
    out: list[NodeAnimation] = []
    for armature in armatures:
        frames = _frames(armature)
        nodes = _nodes_of(document, armature.name)
        if not len(frames) or nodes is None:
            continue
        channels = [*_bones(scene, armature, frames, nodes), *_shapes(armature, frames, document)]
        animation = armature.animation_data
        action = None if animation is None else animation.action
        name = armature.name if action is None else action.name
        # The frame rate as Blender plays it; times are those of the scene's frames.
        times = frames * (scene.render.fps_base / scene.render.fps)
        out.append(NodeAnimation(name, times.astype(np.float32), tuple(channels)))
    return out


def _frames(armature: bpy.types.Object) -> F64:
    """The whole frames over which actions and strips of an armature and its body reach."""
    body = body_of(armature)
    owners = [armature, None if body is None else body.data.shape_keys]
    spans: list[tuple[float, float]] = []
    for animation in (one.animation_data for one in owners if one is not None):
        if animation is None:
            continue
        if animation.action is not None:
            spans.append(tuple(animation.action.frame_range))
        spans += spans_of(animation)
    if not spans:
        return np.zeros(0)
    first, last = min(one[0] for one in spans), max(one[1] for one in spans)
    return np.arange(np.ceil(first - 1e-3), np.floor(last + 1e-3) + 1)


def _nodes_of(document: Mapping[str, Any], name: str) -> dict[str, int] | None:
    """The nodes under that of the object ``name`` by their names, itself under an empty one; None
    where it isn't in the file or hangs on another."""
    nodes = document.get("nodes", ())
    tops = {top for scene in document.get("scenes", ()) for top in scene.get("nodes", ())}
    top = next((k for k in sorted(tops) if nodes[k].get("name") == name), None)
    if top is None:
        return None
    found = {"": top}
    waiting = list(nodes[top].get("children", ()))
    while waiting:
        k = waiting.pop()
        if "mesh" not in nodes[k]:
            found[nodes[k].get("name", "")] = k
            waiting += nodes[k].get("children", ())
    return found


def _bones(
    scene: bpy.types.Scene, armature: bpy.types.Object, frames: F64, nodes: Mapping[str, int]
) -> Iterator[NodeChannel]:
    played = played_curves(armature, frames)
    solved = None if played is None else solved_bones(armature)
    is_told = (
        played is not None
        and solved is not None
        and not solved.turned | solved.carried
        and not is_object_moved(armature, played)
        and plain_skeleton(armature, played)
    )
    moves = _told(armature, played) if played and is_told else _evaluated(scene, armature, frames)
    for name, one in moves:
        if name in nodes:
            yield from _channels(nodes[name], one, len(frames), is_object=not name)


def _channels(node: int, one: _Moves, count: int, *, is_object: bool) -> Iterator[NodeChannel]:
    """The channels of a node; an object that stays where it is needs none."""
    turned = continuous_quats(np.asarray(one.q))[:, [1, 2, 3, 0]]
    for path, values in (("translation", one.t), ("rotation", turned), ("scale", one.s)):
        if is_object and np.ptp(values, axis=0).max(initial=0.0) <= _STEADY:
            continue
        whole = np.broadcast_to(values, (count, values.shape[1]))
        yield NodeChannel(node, path, whole.astype(np.float32))


def _told(armature: bpy.types.Object, played: Played) -> Iterator[tuple[str, _Moves]]:
    """Every bone by its curves, where nothing else moves any."""
    keys = read_pose(armature, played.frames, played.curves)
    for bone in armature.data.bones:
        posed, keyed = armature.pose.bones[bone.name], keys.get(bone.name)
        rest = _rest(bone)
        own = None if keyed is None else keyed.quats
        if own is None:
            own = np.array([posed.matrix_basis.to_quaternion()], np.float64)
        moved = channel_values(posed, "location", played.curves, played.frames)
        turn = quat_from_matrix(rest[None, :3, :3])
        q = multiply_quats(np.broadcast_to(turn, own.shape), own)
        scale = np.array([posed.scale], np.float64)
        yield bone.name, _Moves(rest[:3, 3] + moved @ rest[:3, :3].T, q, scale)


def _rest(bone: bpy.types.Bone) -> F64:
    """A bone's rest (4, 4) in its parent's axes, in glTF's where it has none."""
    rest = np.array(bone.matrix_local, np.float64)
    if bone.parent is None:
        return _Y_UP @ rest
    return np.linalg.inv(np.array(bone.parent.matrix_local, np.float64)) @ rest


def _evaluated(
    scene: bpy.types.Scene, armature: bpy.types.Object, frames: F64
) -> Iterator[tuple[str, _Moves]]:
    """Every bone, and the armature itself, as Blender evaluates them frame by frame."""
    bones = armature.pose.bones
    flat: F32 = np.empty((len(frames), 16 * len(bones)), np.float32)
    places = np.empty((len(frames), 4, 4))
    with stepping(scene, armature) as at:
        for row, frame in enumerate(frames.tolist()):
            now = at(frame)
            now.pose.bones.foreach_get("matrix", flat[row])
            places[row] = now.matrix_world
    M = flat.reshape(len(frames), len(bones), 4, 4)  # column by column
    yield "", _taken_apart(_Y_UP @ places @ _Y_UP.T)
    for k, bone in enumerate(bones):
        own = np.swapaxes(M[:, k], 1, 2).astype(np.float64)
        if bone.parent is None:
            yield bone.name, _taken_apart(_Y_UP @ own)
        else:
            above = np.swapaxes(M[:, bones.find(bone.parent.name)], 1, 2).astype(np.float64)
            yield bone.name, _taken_apart(np.linalg.inv(above) @ own)


def _taken_apart(M: F64) -> _Moves:
    """Transforms (t, 4, 4) without shear as moves."""
    size = np.linalg.norm(M[:, :3, :3], axis=1)
    size *= np.where(np.linalg.det(M[:, :3, :3]) < 0, -1.0, 1.0)[:, None]
    R = M[:, :3, :3] / np.where(np.abs(size) > 1e-9, size, 1.0)[:, None]
    return _Moves(M[:, :3, 3], quat_from_matrix(R), size)


def _shapes(
    armature: bpy.types.Object, frames: F64, document: Mapping[str, Any]
) -> Iterator[NodeChannel]:
    """The weights of the morph targets of an armature's body."""
    body = body_of(armature)
    keys: Any = None if body is None else body.data.shape_keys
    played = None if keys is None else played_curves(keys, frames)
    if body is None or keys is None or played is None:
        return
    blocks = {block.name: block for block in keys.key_blocks}
    for number, node in enumerate(document.get("nodes", ())):
        if "mesh" not in node or node.get("name") != body.name:
            continue
        mesh = document["meshes"][node["mesh"]]
        names = mesh.get("extras", {}).get("targetNames", ())
        columns = [_weights(blocks[name], played) for name in names if name in blocks]
        if columns and len(columns) == len(names):
            yield NodeChannel(number, "weights", np.stack(columns, axis=1).astype(np.float32))


def _weights(block: Any, played: Played) -> Floats:  # noqa: ANN401 - a shape key
    path = f'key_blocks["{bpy.utils.escape_identifier(block.name)}"].value'
    curve = played.curves.get((path, 0))
    if curve is None:
        return np.full(len(played.frames), 0.0 if block.mute else block.value)
    return values_at(curve, played.frames)
