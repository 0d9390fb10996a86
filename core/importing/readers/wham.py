"""WHAM's ``wham_output.pkl`` (Shin et al., 2024), a joblib file: SMPL by person's number.

Keys of its public code (yohanshin/WHAM, demo.py), a defaultdict of dictionaries: ``pose`` (t, 72)
and ``trans`` in the camera, ``pose_world`` and ``trans_world`` in a world with y up, ``betas``,
``frame_ids``. Each person has a world of their own, from where they first were. ``trans`` moves
SMPL as ever; ``trans_world`` is where the middle between the hips is, since its SMPL
(lib/models/smpl.py, get_output) takes that off all vertices first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, cast

import numpy as np

from ...data.arrays import F64
from ...data.reading.files import Damaged
from ...data.skeletons import REST_XYZ_BODY, joint
from ...geometry.rotations import exp_so3, matrix_from_quat, multiply_quats, quat_from_matrix
from ..motion import ImportedCamera, ImportedMotion, ImportedPerson, camera_between
from ..smpl_pose import pelvis_at, quats_of_whole, rotations
from ..values import Value, Values, numbers
from .frames import counted, increasing

_SAME: Final = 1e-3  # entries of rotations by which copies differ
_HIPS: Final = [joint("left_hip"), joint("right_hip")]
_BETWEEN_HIPS: Final = (REST_XYZ_BODY[_HIPS].mean(0) - REST_XYZ_BODY[0]).astype(np.float64)
"""From the pelvis joint to the middle between the hips, metres, in the pelvis' own axes."""
_TRAP: Final = "The file's values for the camera are those for the world; the camera was left out."


def matches(values: Value) -> bool:
    """Whether ``values`` is such a result."""
    if not isinstance(values, dict) or not values:
        return False
    people = list(cast(Values, values).values())
    return all(isinstance(one, dict) and "pose" in one and "frame_ids" in one for one in people)


def read(values: Value) -> ImportedMotion:
    """Everybody in the world, or in the camera where that is all there is. Raises Damaged."""
    people = cast(dict[object, Values], values)
    in_world = all("pose_world" in one and "trans_world" in one for one in people.values())
    ends = "_world" if in_world else ""
    read_people = tuple(
        _person(f"Person {i}", one, ends) for i, one in enumerate(people.values(), start=1)
    )
    if not read_people:
        raise Damaged("there is nobody in it")
    camera, notes = ImportedCamera(), ()
    if in_world and all("trans" in one for one in people.values()):
        seen = [_person("", one, "") for one in people.values()]
        T = camera_between(read_people[0], seen[0])
        # A camera's y points down, the world's up: they are never the same axes.
        if np.abs(T[:, :3, :3] - np.eye(3)).max(initial=0.0) < _SAME:
            notes = (_TRAP,)
        else:
            camera = ImportedCamera(T_file_camera=T)
            # The first one's world is everybody's: the others stand where its camera sees them.
            others = zip(read_people[1:], seen[1:], strict=True)
            read_people = (read_people[0], *(_brought(one, in_view, T) for one, in_view in others))
    return ImportedMotion(
        "WHAM", read_people, is_in_camera=not in_world, camera=camera, notes=notes
    )


def _brought(one: ImportedPerson, in_view: ImportedPerson, T: F64) -> ImportedPerson:
    """Somebody of a world of their own in another, by how they are seen ``in_view`` of its camera,
    ``T`` (T, 4, 4): turned about the vertical and moved, so that their own way stays what it is."""
    own = T[np.minimum(in_view.frames, len(T) - 1)]
    R_seen = own[:, :3, :3] @ matrix_from_quat(in_view.quat_parent_joint[:, 0])
    seen = np.einsum("tab,tb->ta", own[:, :3, :3], in_view.root_xyz) + own[:, :3, 3]
    apart = R_seen @ np.swapaxes(matrix_from_quat(one.quat_parent_joint[:, 0]), -1, -2)
    along = np.mean(apart[:, 0, 0] + apart[:, 2, 2])
    aside = np.mean(apart[:, 0, 2] - apart[:, 2, 0])
    turn = exp_so3(np.array([0.0, np.arctan2(aside, along), 0.0]))
    way = one.root_xyz @ turn.T
    quats = one.quat_parent_joint.copy()
    quats[:, 0] = multiply_quats(quat_from_matrix(turn), quats[:, 0])
    shift = np.median(seen - way, axis=0)
    return replace(one, quat_parent_joint=quats, root_xyz=way + shift)


def _person(name: str, values: Values, ends: str) -> ImportedPerson:
    R = rotations(values[f"pose{ends}"], "its poses")
    t = len(R)
    frames = counted(values["frame_ids"], t)
    order = increasing(frames)
    transl = numbers(values[f"trans{ends}"], "its translation", (t, 3))
    betas = values.get("betas")
    root = transl - R[:, 0] @ _BETWEEN_HIPS if ends else pelvis_at(transl, R.shape[1])
    return ImportedPerson(
        name=name,
        frames=frames[order].astype(np.int32),
        quat_parent_joint=quats_of_whole(R)[order],
        root_xyz=root[order],
        confidence=np.ones(len(order)),
        betas=None if betas is None else numbers(betas, "its shape", (None, None)).mean(0),
    )
