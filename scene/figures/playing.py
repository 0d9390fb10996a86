"""Figures' motion as it plays in the scene: edits, NLA, constraints and object moves included.

The scene leads: whatever an artist did to a figure is what retargeting and exports see. The take
only brings what a scene doesn't hold, its 2D evidence. Where a figure is moved by one action alone
its curves are read in bulk; anything else is evaluated frame by frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import bpy
import numpy as np

from ...core.data.arrays import F32, F64, I32, Bools, Floats
from ...core.data.skeletons import CONTACT_POINTS, SMPLX_55, SMPLX_PARENTS
from ...core.data.types import Person, Take
from ...core.geometry.kinematics import R_WORLD_BODY_REST
from ...core.geometry.rotations import continuous_quats, multiply_quats, quat_from_matrix
from ..curves import curves_of, find_curve
from ..motion.evaluated import stepping
from ..motion.keys import pose_frames, read_pose, values_at
from ..units import units_per_metre
from .animation import BRIDGED, contact_property
from .armature import rest_matrices
from .record import PERSON_KEY, read_record

_SAME_M: Final = 1e-5
_SAME_TURN: Final = 1e-5
"""Poses that differ by less are the take's own, to single precision."""


@dataclass(frozen=True, slots=True, eq=False)
class Playing:
    """A figure's t poses as a person, ``person.frames`` counting them from 0, and ``scene_frames``
    (t,) where they lie."""

    person: Person
    scene_frames: F64


def playing_person(scene: bpy.types.Scene, figure: bpy.types.Object, made: Person) -> Playing:
    """Read the motion of ``figure``, which was made from ``made``, as it plays in ``scene``."""
    frames = _frames_of(figure)
    frames = frames[~_hidden(figure, frames)]
    if _acts_alone(figure):
        quats, heads = _from_curves(figure, frames)
    else:
        R, heads = _from_scene(scene, figure, frames)
        quats = _local_quats(R, rest_matrices(figure))
    rest, scale = _rest_xyz(figure)
    unit = units_per_metre(scene)
    heads, scale = heads / unit, scale / unit
    near = _nearest(figure, frames, len(made.frames))
    person = replace(
        made,
        frames=np.arange(len(frames), dtype=np.int32),
        rest_xyz_body=(rest * scale).astype(np.float32),
        root_xyz_world=heads.astype(np.float32),
        quat_parent_joint=quats.astype(np.float32),
        confidence=made.confidence[near],
        contact=_contacts(figure, frames, made, near),
        bridged=_property(figure, f'["{BRIDGED}"]', frames, made.bridged[near]) > 0.5,
        xy_px=made.xy_px[near],
        xy_score=made.xy_score[near],
        height_m=made.height_m * scale,
        face_weights=made.face_weights[near] if len(made.face_weights) else made.face_weights,
    )
    return Playing(person, frames)


def playing_take(
    scene: bpy.types.Scene, take: Take, figures: Sequence[bpy.types.Object]
) -> tuple[Take, bool]:
    """``take`` with its people as ``figures`` play them, and whether that changes anything.

    Frames of the scene become frames of the take where figures no longer keep the take's own.
    """
    played = {
        int(one[PERSON_KEY]): playing_person(scene, one, take.people[int(one[PERSON_KEY])])
        for one in figures
        if int(one[PERSON_KEY]) < len(take.people)
    }
    if all(_is_unchanged(take.people[i], one) for i, one in played.items()):
        return take, False
    fps = scene.render.fps / scene.render.fps_base
    frames = np.unique(np.concatenate([one.scene_frames for one in played.values()]).round(4))
    positions = _positions(take, figures, frames)
    people = tuple(
        replace(one.person, frames=np.searchsorted(frames, one.scene_frames.round(4)).astype("i4"))
        for _, one in sorted(played.items())
    )
    shots = np.searchsorted(take.cuts, positions, side="right")
    begins = np.flatnonzero(np.diff(shots)) + 1
    camera = take.camera
    if shots[0] > 0:
        camera = replace(camera, T_world_camera=take.T_world_shots[shots[0] - 1])
    changed = replace(
        take,
        people=people,
        time_s=(frames - frames[0]) / fps,
        source_frame=(take.source_frame[positions[0]] + np.arange(len(frames))).astype(np.int32),
        camera=camera,
        cuts=begins.astype(np.int32),
        T_world_shots=take.T_world_shots[shots[begins] - 1],
        turns=take.turns[positions] if len(take.turns) else take.turns,
        path=take.path[positions] if len(take.path) else take.path,
        zoom=take.zoom[positions] if len(take.zoom) else take.zoom,
        observed=None,
        report={},
    )
    return changed, True


def _is_unchanged(made: Person, playing: Playing) -> bool:
    """Whether the poses are those that were made; where they lie in time is the scene's affair."""
    now = playing.person
    if len(now.frames) != len(made.frames):
        return False
    dots = np.abs((now.quat_parent_joint * made.quat_parent_joint).sum(-1))
    return bool(
        np.abs(now.root_xyz_world - made.root_xyz_world).max(initial=0.0) < _SAME_M
        and (1 - dots).max(initial=0.0) < _SAME_TURN
        and np.abs(now.contact - made.contact).max(initial=0.0) < 1e-3
        and np.abs(now.rest_xyz_body - made.rest_xyz_body).max() < _SAME_M
    )


def _frames_of(figure: bpy.types.Object) -> F64:
    """The poses' own frames where the keys are as they were made, else every frame in between."""
    record = read_record(figure)
    animation = figure.animation_data
    spans = [
        (strip.frame_start, strip.frame_end)
        for track in (animation.nla_tracks if animation and animation.use_nla else ())
        if not track.mute
        for strip in track.strips
    ]
    if animation is not None and animation.action is not None:
        keys = pose_frames(figure, every_frame=True)
        if not spans:
            is_made = record is not None and len(record.scene_frames) == len(keys)
            return record.scene_frames if record is not None and is_made else keys
        spans.append((float(keys[0]), float(keys[-1])))
    if not spans:
        return np.array([float(bpy.context.scene.frame_current)])
    first, last = min(s[0] for s in spans), max(s[1] for s in spans)
    return np.arange(np.ceil(first), np.floor(last) + 1)


def _hidden(figure: bpy.types.Object, frames: F64) -> Bools:
    curve = find_curve(figure, "hide_viewport")
    if curve is None:
        return np.zeros(len(frames), np.bool_)
    return values_at(curve, frames) > 0.5


def _acts_alone(figure: bpy.types.Object) -> bool:
    """Whether one action, and nothing else, moves the figure's bones and the figure."""
    animation = figure.animation_data
    if animation is None or animation.action is None or animation.use_tweak_mode:
        return False
    if animation.action_influence < 1 or animation.action_blend_type != "REPLACE":
        return False
    if any(not track.mute and len(track.strips) for track in animation.nla_tracks):
        return False
    if len(animation.drivers) or figure.parent is not None or len(figure.constraints):
        return False
    if any(len(bone.constraints) for bone in figure.pose.bones):
        return False
    moved = {path for path, _ in curves_of(figure)}
    if moved & {"location", "scale", "rotation_euler", "rotation_quaternion"}:
        return False
    return not any(
        path.endswith((".location", ".scale")) and f'"{SMPLX_55[0]}"' not in path for path in moved
    ) and all(
        (bone.location.length < 1e-7 or bone.name == SMPLX_55[0])
        and max(abs(side - 1.0) for side in bone.scale) < 1e-6
        for bone in figure.pose.bones
    )


def _from_curves(figure: bpy.types.Object, frames: F64) -> tuple[F64, F64]:
    """SMPL-X's rotations (t, 55, 4), and where the pelvis is in the world (t, 3).

    A bone's own turn b, in its rest axes R0, is c b c* in the body's with c = C^T R0: its vector
    part is turned, which is far less work than posing the skeleton.
    """
    keys = read_pose(figure, frames)
    R0, C = rest_matrices(figure), R_WORLD_BODY_REST
    M = np.array(figure.matrix_world, np.float64)
    turn = np.array(figure.matrix_world.to_quaternion().to_matrix(), np.float64)
    quats: F64 = np.empty((len(frames), len(SMPLX_55), 4))
    for j, name in enumerate(SMPLX_55):
        bone = figure.pose.bones[name]
        keyed = keys.get(name)
        if keyed is not None and keyed.quats is not None:
            basis = keyed.quats
        else:
            basis = np.array(bone.matrix_basis.to_quaternion(), np.float64)[None]
        if j == 0:
            ends = quat_from_matrix(np.stack([turn @ R0[0], R0[0].T @ C]))
            whole = np.broadcast_to(basis, (len(frames), 4))
            left, right = (np.broadcast_to(end, whole.shape) for end in ends)
            quats[:, 0] = multiply_quats(multiply_quats(left, whole), right)
        else:
            quats[:, j, :1] = basis[:, :1]
            quats[:, j, 1:] = basis[:, 1:] @ (C.T @ R0[j]).T
    root = keys.get(SMPLX_55[0])
    moved = np.array(figure.pose.bones[SMPLX_55[0]].location, np.float64)[None]
    if root is not None and root.location is not None:
        moved = root.location
    head = np.array(figure.data.bones[SMPLX_55[0]].head_local, np.float64)
    heads = (head + moved @ R0[0].T) @ M[:3, :3].T + M[:3, 3]
    return continuous_quats(quats), np.broadcast_to(heads, (len(frames), 3))


def _from_scene(scene: bpy.types.Scene, figure: bpy.types.Object, frames: F64) -> tuple[F64, F64]:
    """The same, evaluated by Blender frame by frame."""
    order = [figure.pose.bones.find(name) for name in SMPLX_55]
    bones: F32 = np.empty((len(frames), len(figure.pose.bones), 4, 4), np.float32)
    places = np.empty((len(frames), 4, 4))
    with stepping(scene, figure) as at:
        for row, frame in enumerate(frames.tolist()):
            now = at(frame)
            flat: F32 = np.empty(bones[row].size, np.float32)
            now.pose.bones.foreach_get("matrix", flat)
            bones[row] = flat.reshape(bones[row].shape)
            places[row] = now.matrix_world
    # In bulk Blender gives matrices column by column.
    M = places[:, None] @ np.swapaxes(bones[:, order], -1, -2)
    R = M[..., :3, :3] / np.linalg.norm(M[..., :3, :3], axis=-2, keepdims=True)
    return R, M[:, 0, :3, 3]


def _local_quats(R: F64, R0: F64) -> F64:
    """SMPL-X's rotations (t, 55, 4) from the bones' world rotations: see ``pose.pose_channels``."""
    C = R_WORLD_BODY_REST
    turns = R @ np.swapaxes(R0, -1, -2)
    Q = np.empty_like(turns)
    for j, up in enumerate(SMPLX_PARENTS):
        above = C if up < 0 else turns[:, up] @ C
        Q[:, j] = np.swapaxes(above, -1, -2) @ turns[:, j] @ C if up >= 0 else turns[:, j] @ C
    return continuous_quats(quat_from_matrix(Q))


def _rest_xyz(figure: bpy.types.Object) -> tuple[F64, float]:
    """The joints at rest (55, 3) in the body frame, the pelvis at the origin, and the size."""
    bones = figure.data.bones
    heads = np.array([bones[name].head_local for name in SMPLX_55], np.float64)
    size = float(np.mean(np.abs(np.array(figure.matrix_world.to_scale(), np.float64))))
    return (heads - heads[0]) @ R_WORLD_BODY_REST, size


def _nearest(figure: bpy.types.Object, frames: F64, count: int) -> I32:
    """The rows of the person's poses that were made nearest to ``frames``."""
    record = read_record(figure)
    if record is None or not count:
        return np.zeros(len(frames), np.int32)
    rows = np.interp(frames, record.scene_frames, np.arange(len(record.scene_frames)))
    return np.clip(np.round(rows), 0, count - 1).astype(np.int32)


def _contacts(figure: bpy.types.Object, frames: F64, made: Person, near: I32) -> F32:
    columns = [
        _property(figure, f'["{contact_property(point)}"]', frames, made.contact[near, n])
        for n, point in enumerate(CONTACT_POINTS)
    ]
    return np.clip(np.stack(columns, axis=-1), 0, 1).astype(np.float32)


def _property(figure: bpy.types.Object, path: str, frames: F64, otherwise: Floats) -> Floats:
    curve = find_curve(figure, path)
    return np.asarray(otherwise) if curve is None else values_at(curve, frames)


def _positions(take: Take, figures: Sequence[bpy.types.Object], frames: F64) -> I32:
    """The take's frames that lie nearest to scene frames."""
    for record in map(read_record, figures):
        if record is not None:
            at = np.interp(frames, record.scene_frames, record.positions.astype(np.float64))
            return np.clip(np.round(at), 0, len(take.time_s) - 1).astype(np.int32)
    return np.zeros(len(frames), np.int32)
