"""TRAM's ``hps_track_N.npy`` (Wang et al., 2024): SMPL in the camera, one file a person.

Keys of its public code: ``pred_rotmat``, ``pred_trans``, ``pred_shape``, ``frame``; beside it, in
the folder above, ``camera.npy`` with ``world_cam_R``, ``world_cam_T`` and ``img_focal``.
"""

from __future__ import annotations

import numpy as np

from ..motion import ImportedCamera, ImportedMotion, ImportedPerson
from ..smpl_pose import pelvis_at, quats_of_whole, rotations
from ..values import Value, Values, as_mapping, intrinsics, numbers
from .frames import counted, increasing

CAMERA_FILE = "camera.npy"
"""What TRAM calls the camera's file, in the folder above a person's."""


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
    found = ImportedCamera() if camera is None else _camera(as_mapping(camera, "its camera"))
    return ImportedMotion("TRAM", (person,), is_in_camera=True, camera=found)


def _camera(values: Values) -> ImportedCamera:
    K, size_px = intrinsics(values)
    if "world_cam_R" not in values or "world_cam_T" not in values:
        return ImportedCamera(K, size_px)
    R = numbers(values["world_cam_R"], "its camera's rotation", (None, 3, 3))
    T = np.tile(np.eye(4), (len(R), 1, 1))
    T[:, :3, :3] = R
    T[:, :3, 3] = numbers(values["world_cam_T"], "its camera's place", (len(R), 3))
    return ImportedCamera(K, size_px, T)
