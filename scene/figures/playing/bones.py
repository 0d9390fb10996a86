"""How a figure's bones turn and where its pelvis is, from curves as far as those tell it.

What constraints and drivers change is evaluated by Blender on a copy that holds no other animation:
its time goes into curves, of which a figure has hundreds, not into poses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

import bpy
import numpy as np

from ....core.data.arrays import F32, F64, check_fields, of_shape
from ....core.data.skeletons import SMPLX_55, SMPLX_PARENTS
from ....core.geometry.kinematics import R_WORLD_BODY_REST
from ....core.geometry.rotations import (
    continuous_quats,
    matrix_from_quat,
    multiply_quats,
    quat_from_matrix,
)
from ...curves import ActionWriter, fill_curve
from ...motion.evaluated import stepping
from ...motion.keys import read_pose, values_at
from ...motion.nla.leading import Played
from ..armature import rest_matrices
from .changed import (
    bone_of,
    is_object_moved,
    place_now,
    plain_skeleton,
    solved_bones,
    with_ancestors,
)
from .few_bones import few_bones

_ROOT: Final = SMPLX_55[0]


@dataclass(frozen=True, slots=True, eq=False)
class BoneMotion:
    """SMPL-X's rotations ``quats`` (t, 55, 4), and ``heads`` (t, 3), the pelvis in the world."""

    quats: F64 = field(metadata=of_shape("t", len(SMPLX_55), 4))
    heads: F64 = field(metadata=of_shape("t", 3))

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, eq=False)
class _Evaluated:
    """``bones`` (t, n, 4, 4), all of the armature's in its own space, column by column as Blender
    gives them in bulk; ``order`` (55,) of SMPL-X's among them, -1 for those that aren't;
    ``places`` (t or 1, 4, 4)."""

    bones: F32
    order: tuple[int, ...]
    places: F64

    def turns(self, j: int) -> F64:
        """A joint's rotation in the world (t, 3, 3), without scale."""
        M = self._of(j)[:, :3, :3]
        across = _times(M, self.places[0, :3, :3].T) if len(self.places) == 1 else None
        if across is None:
            across = M @ np.swapaxes(self.places[:, :3, :3], -1, -2)
        across /= np.sqrt(np.einsum("tij,tij->ti", across, across))[..., None]
        return np.swapaxes(across, -1, -2)

    def heads(self) -> F64:
        """The pelvis in the world (t, 3)."""
        at = self.places[:, :3, :3] @ self._of(0)[:, 3, :3, None]
        return at[..., 0] + self.places[:, :3, 3]

    def with_room(self, names: Set[str]) -> _Evaluated:
        """The same with bones, to be filled in, for those of ``names`` that aren't among them."""
        order = list(self.order)
        for j, name in enumerate(SMPLX_55):
            if name in names and order[j] < 0:
                order[j] = max(self.bones.shape[1], *(k + 1 for k in order))
        added = max(0, max(order) + 1 - self.bones.shape[1])
        room: F32 = np.zeros((len(self.bones), added, 4, 4), np.float32)
        return replace(self, bones=np.concatenate((self.bones, room), axis=1), order=tuple(order))

    def _of(self, j: int) -> F64:
        return self.bones[:, self.order[j]].astype(np.float64)


def bone_motion(
    scene: bpy.types.Scene,
    figure: bpy.types.Object,
    frames: F64,
    played: Played | None,
) -> BoneMotion:
    """Read ``figure`` as it plays in ``scene`` at ``frames`` (t,), where ``played`` curves lead."""
    solved = solved_bones(figure) if played is not None else None
    if played is None or solved is None or not plain_skeleton(figure, played):
        whole = _evaluate(scene, figure, frames)
        quats = _local_quats(whole, rest_matrices(figure), range(len(SMPLX_55)))
        return BoneMotion(continuous_quats(quats), whole.heads())
    quats, moved = _from_curves(figure, played)
    stays = not is_object_moved(figure, played)
    if not solved.turned and stays:
        return _placed(figure, quats, moved, place_now(figure)[None])
    needed = with_ancestors(figure, solved.turned)
    with _alone(figure, played, frames, needed) as copy:
        part = _evaluate(scene, copy, frames, stays=stays).with_room(solved.carried)
    motion = _placed(figure, quats, moved, part.places)
    _carry(figure, part, solved.carried, quats)
    solved_names = solved.turned | solved.carried
    rows = [j for j, name in enumerate(SMPLX_55) if name in solved_names]
    if rows:
        mixed, heads = motion.quats.copy(), motion.heads
        mixed[:, rows] = _local_quats(part, rest_matrices(figure), rows)
        motion = BoneMotion(continuous_quats(mixed), part.heads() if 0 in rows else heads)
    return motion


def _from_curves(figure: bpy.types.Object, played: Played) -> tuple[F64, F64]:
    """Bones' own turns (t, 55, 4) in the body's axes, the root's in its own, and its travel."""
    R0, C = rest_matrices(figure), R_WORLD_BODY_REST
    count = len(played.frames)
    quats: F64 = np.empty((count, len(SMPLX_55), 4))
    keys = read_pose(figure, played.frames, played.curves)
    for j, name in enumerate(SMPLX_55):
        keyed = keys.get(name)
        if keyed is not None and keyed.quats is not None:
            quats[:, j] = keyed.quats
        else:
            quats[:, j] = np.array(figure.pose.bones[name].matrix_basis.to_quaternion())
    root = keys.get(_ROOT)
    place = None if root is None else root.location
    still = np.array(figure.pose.bones[_ROOT].location, np.float64)
    moved = np.tile(still, (count, 1)) if place is None else place
    # A bone's own turn b, in its rest axes R0, is c b c* in the body's with c = C^T R0: its vector
    # part is turned, which is far less work than posing the skeleton.
    for j in range(1, len(SMPLX_55)):
        quats[:, j, 1:] = quats[:, j, 1:] @ (C.T @ R0[j]).T
    return quats, moved


def _placed(figure: bpy.types.Object, quats: F64, moved: F64, places: F64) -> BoneMotion:
    """What ``_from_curves`` read, with the object at ``places`` (t or 1, 4, 4)."""
    R0 = rest_matrices(figure)[0]
    turn = places[:, :3, :3] / np.linalg.norm(places[:, :3, :3], axis=-2, keepdims=True)
    out = quats.copy()
    left = quat_from_matrix(turn @ R0)
    right = quat_from_matrix((R0.T @ R_WORLD_BODY_REST)[None])
    left, right = (np.broadcast_to(end, (len(quats), 4)) for end in (left, right))
    out[:, 0] = multiply_quats(multiply_quats(left, quats[:, 0]), right)
    head = np.array(figure.data.bones[_ROOT].head_local, np.float64)
    at = (head + moved @ R0.T)[:, :, None]
    heads = (places[:, :3, :3] @ at)[..., 0] + places[:, :3, 3]
    return BoneMotion(continuous_quats(out), heads)


def _evaluate(
    scene: bpy.types.Scene, figure: bpy.types.Object, frames: F64, *, stays: bool = False
) -> _Evaluated:
    """Let Blender evaluate ``figure`` frame by frame; as a whole it may be known to stay."""
    order = tuple(figure.pose.bones.find(name) for name in SMPLX_55)
    count = len(figure.pose.bones)
    flat: F32 = np.empty((len(frames), 16 * count), np.float32)
    places = np.empty((1 if stays else len(frames), 4, 4))
    with stepping(scene, figure) as at:
        for row, frame in enumerate(frames.tolist()):
            now = at(frame)
            now.pose.bones.foreach_get("matrix", flat[row])
            if not stays or not row:
                places[row] = now.matrix_world
    return _Evaluated(flat.reshape(len(frames), count, 4, 4), order, places)


def _carry(figure: bpy.types.Object, part: _Evaluated, names: frozenset[str], quats: F64) -> None:
    """Hang the bones ``names``, turned by ``quats`` (t, 55, 4) of ``_from_curves``, on the bones
    that carry them, which Blender evaluated."""
    R0, C = rest_matrices(figure), R_WORLD_BODY_REST
    for j, name in enumerate(SMPLX_55):
        if name not in names:
            continue
        bone, basis = figure.data.bones[name], np.zeros((len(quats), 4, 4))
        own = quats[:, j].copy()
        own[:, 1:] = own[:, 1:] @ (C.T @ R0[j])
        basis[:, :3, :3], basis[:, 3, 3] = matrix_from_quat(own), 1.0
        offset = np.array(bone.parent.matrix_local.inverted() @ bone.matrix_local, np.float64)
        above = part.bones[:, part.order[SMPLX_PARENTS[j]]].astype(np.float64)
        part.bones[:, part.order[j]] = _times(np.swapaxes(basis, -1, -2), offset.T) @ above


def _local_quats(seen: _Evaluated, R0: F64, rows: Sequence[int]) -> F64:
    """SMPL-X's rotations (t, k, 4) of the joints ``rows``: see ``pose.basis_quats``."""
    C = R_WORLD_BODY_REST
    Q: F64 = np.empty((len(seen.bones), len(rows), 3, 3))
    turns: dict[int, F64] = {}
    for k, j in enumerate(rows):
        up = SMPLX_PARENTS[j]
        for one in (up, j):
            if one >= 0 and one not in turns:
                turns[one] = _times(seen.turns(one), R0[one].T @ C)
        Q[:, k] = np.swapaxes(turns[up], -1, -2) @ turns[j] if up >= 0 else turns[j]
    return quat_from_matrix(Q)


def _times(M: F64, A: F64) -> F64:
    """Matrices (t, k, k) times one (k, k), as a single product."""
    return (M.reshape(-1, len(A)) @ A).reshape(M.shape)


@contextmanager
def _alone(
    figure: bpy.types.Object, played: Played, frames: F64, needed: Set[str]
) -> Iterator[bpy.types.Object]:
    """A copy of ``figure`` that has only the bones ``needed``, moved by their curves and the
    object's own, for a while."""
    copy = figure.copy()
    actions: list[bpy.types.Action] = []
    try:
        animation = copy.animation_data_create()
        for track in list(animation.nla_tracks):
            animation.nla_tracks.remove(track)
        writer = ActionWriter(copy, f"{figure.name} for a while")
        actions.append(writer.action)
        for (path, index), curve in played.curves.items():
            name = bone_of(path)
            if path.endswith('"]') or (name is not None and name not in needed):
                continue  # confidence and contacts move nothing
            column = values_at(curve, frames)
            fill_curve(writer.new_curve(path, index, "Bones"), frames, column, "LINEAR")
        with few_bones(copy, needed):
            yield copy
    finally:
        bpy.data.objects.remove(copy)
        for action in actions:
            bpy.data.actions.remove(action)
