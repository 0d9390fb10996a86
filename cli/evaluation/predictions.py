"""A take in the layout that a benchmark folder's evaluator reads."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import F32
from ...core.data.errors import ClipError
from ...core.data.skeletons import BODY_JOINTS, SMPLX_55
from ...core.data.types import Camera, Take
from ...core.data.writing import write_npz
from ...core.geometry.camera import project_camera, seen_in
from ...core.geometry.kinematics import person_joints_world

JOINT_NAMES: Final = (*SMPLX_55[:BODY_JOINTS], "left_eye", "right_eye")
"""The limb joints have the same names in SMPL-X and COCO; the eyes are renamed to COCO's."""

_COLUMNS: Final = (
    *range(BODY_JOINTS),
    SMPLX_55.index("left_eye_smplhf"),
    SMPLX_55.index("right_eye_smplhf"),
)


def read_intrinsics(path: Path, size_px: tuple[int, int]) -> Camera:
    """Read K and dist, and nothing else, of a benchmark clip's gt.npz. Raises ClipError."""
    try:
        with np.load(path, allow_pickle=False) as truth:
            K = np.asarray(truth["K"], np.float64)
            dist = np.zeros(4)
            if "dist" in truth:
                dist = np.asarray(truth["dist"], np.float64).ravel()[:4]
        return Camera(K=K, size_px=size_px, dist=dist)
    except (OSError, ValueError, KeyError) as error:
        raise ClipError(f"Can't read the camera of the benchmark clip {path} ({error}).") from error


def predict(take: Take) -> tuple[F32, F32]:
    """Return joints (T, P, J, 3) in camera metres and (T, P, J, 2) in pixels, by ``JOINT_NAMES``.

    NaN where a person isn't there; the slot is the person's identity.
    """
    shape = (len(take.time_s), len(take.people), len(JOINT_NAMES))
    xyz_camera = np.full((*shape, 3), np.nan, np.float32)
    xy_px = np.full((*shape, 2), np.nan, np.float32)
    for slot, person in enumerate(take.people):
        xyz_world = person_joints_world(person)[:, list(_COLUMNS)]
        xyz = seen_in(take, person.frames, xyz_world)
        xyz_camera[person.frames, slot] = xyz
        xy_px[person.frames, slot] = project_camera(take.camera, xyz)
    return xyz_camera, xy_px


def save_predictions(take: Take, seconds: float, path: Path) -> None:
    """Write ``take`` as a prediction file. Raises OutputError."""
    xyz_camera, xy_px = predict(take)
    arrays = {
        "joints3d": xyz_camera,
        "joints2d": xy_px,
        "names": np.array(JOINT_NAMES),
        "absolute": np.array(True),
        "seconds": np.array(seconds),
    }
    write_npz(path, arrays)
