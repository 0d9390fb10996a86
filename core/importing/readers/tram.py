"""TRAM's ``hps_track_N.npy`` (Wang et al., 2024): SMPL in the camera, one file a person.

Keys of its public code (yufu-wang/tram, scripts/estimate_humans.py): ``pred_rotmat`` (t, 24, 3, 3),
``pred_trans`` (t, 1, 3), ``pred_shape``, ``frame``, tensors; in the folder above, ``camera.npy`` of
scripts/estimate_camera.py with ``img_focal``, ``img_center`` and the camera's way, ``pred_cam_R``
and ``pred_cam_T`` in the axes of its first picture; its first version wrote ``world_cam_R`` and
``world_cam_T``, in a level world, beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ..motion import ImportedCamera, ImportedMotion, ImportedPerson
from ..smpl_pose import pelvis_at, quats_of_whole, rotations
from ..values import Value, Values, as_mapping, intrinsics, numbers
from .frames import counted, increasing

CAMERA_FILE: Final = "camera.npy"
"""What TRAM calls the camera's file, in the folder above a person's."""
TRACKS: Final = "hps_track_*.npy"
"""What it calls the files of people, in the folder ``hps``."""
_WAYS: Final = (("world_cam_R", "world_cam_T"), ("pred_cam_R", "pred_cam_T"))


def matches(values: Value) -> bool:
    """Whether ``values`` is such a result."""
    return isinstance(values, dict) and "pred_rotmat" in values and "pred_trans" in values


def read(values: Value, camera: Value = None) -> ImportedMotion:
    """The person, in the world where ``camera``, the values of its file, is given.

    Raises Damaged.
    """
    R = rotations(values["pred_rotmat"], "its poses")
    t = len(R)
    frames = counted(values["frame"], t) if "frame" in values else np.arange(t, dtype=np.int32)
    order = increasing(frames)
    root = pelvis_at(numbers(values["pred_trans"], "its translation", (t, 3)), R.shape[1])
    shape = values.get("pred_shape")
    person = ImportedPerson(
        name="Person 1",
        frames=frames[order],
        quat_parent_joint=quats_of_whole(R)[order],
        root_xyz=root[order],
        confidence=np.ones(len(order)),
        betas=None if shape is None else numbers(shape, "its shape", (None, None)).mean(0),
    )
    told: Values = {} if camera is None else as_mapping(camera, "its camera")
    return ImportedMotion(
        "TRAM", (person,), is_in_camera=True, camera=_camera(told), is_level=_WAYS[0][0] in told
    )


def read_all(tracks: Sequence[Value], camera: Value = None) -> ImportedMotion:
    """Everybody of a clip, each of a file of their own. Raises Damaged."""
    each = [read(values, camera) for values in tracks]
    people = [one.people[0] for one in each]
    named = tuple(replace(one, name=f"Person {i}") for i, one in enumerate(people, start=1))
    return replace(each[0], people=named)


def _camera(values: Values) -> ImportedCamera:
    K, size_px = intrinsics(values)
    way = next((names for names in _WAYS if all(name in values for name in names)), None)
    if way is None:
        return ImportedCamera(K, size_px)
    R = numbers(values[way[0]], "its camera's rotation", (None, 3, 3))
    T = np.tile(np.eye(4), (len(R), 1, 1))
    T[:, :3, :3] = R
    T[:, :3, 3] = numbers(values[way[1]], "its camera's place", (len(R), 3))
    return ImportedCamera(K, size_px, T)
