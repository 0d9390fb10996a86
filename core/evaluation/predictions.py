"""People as a method sees them, in a benchmark's layout: ``PREDICTIONS/<clip>.npz``.

``joints3d`` (T, P, J, 3) metres in camera axes and ``joints2d`` (T, P, J, 2) pixels, NaN where a
person isn't there; ``names`` (J,); ``absolute`` (bool): whether positions are those in the room;
``seconds``, if known, that the clip took. The slot p is the identity over time. Beside them stand
the fields of ``closeups.PredictedHands`` and ``PredictedFaces``, with the ``face_names`` (52,).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from ..data.arrays import F64, Floats, check_shape
from ..data.errors import ClipError
from ..data.faces.shapes import FACE_SHAPES
from ..data.skeletons import BODY_JOINTS, SMPLX_55
from ..data.types import Take
from ..data.writing import write_npz
from ..geometry.camera import cameras_at, project_seen, seen_in
from ..geometry.kinematics import person_joints_world
from .closeups import PredictedFaces, PredictedHands, faces_of, hands_of
from .truth import reading

JOINT_NAMES: Final = (*SMPLX_55[:BODY_JOINTS], "left_eye", "right_eye")
"""The limb joints have the same names in SMPL-X and COCO; the eyes are renamed to COCO's."""
_COLUMNS: Final = (
    *range(BODY_JOINTS),
    SMPLX_55.index("left_eye_smplhf"),
    SMPLX_55.index("right_eye_smplhf"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """``xyz_camera`` (T, S, J, 3) metres and ``xy_px`` (T, S, J, 2) of the joints ``names`` (J,);
    ``seconds`` that it took, 0 where unknown; ``hands`` and ``faces``, None where nobody tells any.
    """

    names: tuple[str, ...]
    xyz_camera: F64
    xy_px: F64
    is_absolute: bool
    seconds: float = 0.0
    hands: PredictedHands | None = None
    faces: PredictedFaces | None = None

    def __post_init__(self) -> None:
        t, s = self.xyz_camera.shape[:2]
        check_shape("joints3d", self.xyz_camera, (None, None, len(self.names), 3))
        check_shape("joints2d", self.xy_px, (t, s, len(self.names), 2))

    def joints(self, names: Sequence[str]) -> Prediction:
        """The same with these joints only. Raises ClipError when one is missing."""
        missing = [name for name in names if name not in self.names]
        if missing:
            raise ClipError(f"The prediction has no joint {missing[0]}.")
        pick = [self.names.index(name) for name in names]
        xyz, xy = self.xyz_camera[:, :, pick], self.xy_px[:, :, pick]
        return replace(self, names=tuple(names), xyz_camera=xyz, xy_px=xy)

    def of_length(self, frames: int) -> Prediction:
        """The first ``frames``, with nobody in those that are missing."""
        xyz, xy = _of_length(self.xyz_camera, frames), _of_length(self.xy_px, frames)
        return replace(self, xyz_camera=xyz, xy_px=xy)

    def complete_px(self) -> F64:
        """``xy_px`` with NaN for everybody of whom any joint's position is unknown."""
        whole = np.isfinite(self.xyz_camera).all((2, 3), keepdims=True)
        return np.where(whole, self.xy_px, np.nan)


def _of_length(values: Floats, frames: int) -> F64:
    out = np.full((frames, *values.shape[1:]), np.nan)
    kept = values[:frames]
    out[: len(kept)] = kept
    return out


def read_prediction(path: Path) -> Prediction:
    """Read one prediction file. Raises ClipError."""
    with reading(path, "the prediction") as npz:
        xyz, xy = (npz[name].astype(np.float64) for name in ("joints3d", "joints2d"))
        if xyz.ndim != 4 or xy.ndim != 4:
            raise ValueError("joints3d and joints2d must be (frames, people, joints, axes)")
        return Prediction(
            names=tuple(str(name) for name in npz["names"]),
            xyz_camera=xyz,
            xy_px=xy,
            is_absolute=bool(npz["absolute"]) if "absolute" in npz else False,
            seconds=float(npz["seconds"]) if "seconds" in npz else 0.0,
        )


def prediction_of(take: Take, seconds: float = 0.0) -> Prediction:
    """A take's people in every frame that it holds, by ``JOINT_NAMES``; ``seconds`` it took."""
    shape = (len(take.time_s), len(take.people), len(JOINT_NAMES))
    xyz_camera, xy_px = np.full((*shape, 3), np.nan), np.full((*shape, 2), np.nan)
    for slot, person in enumerate(take.people):
        xyz_world = person_joints_world(person)[:, list(_COLUMNS)].astype(np.float64)
        xyz = seen_in(take, person.frames, xyz_world)
        xyz_camera[person.frames, slot] = xyz
        xy_px[person.frames, slot] = project_seen(take, person.frames, xyz)
    return Prediction(
        JOINT_NAMES,
        xyz_camera,
        xy_px,
        is_absolute=True,
        seconds=seconds,
        hands=hands_of(take),
        faces=faces_of(take),
    )


def save_world(take: Take, path: Path) -> None:
    """Write everybody in the world and every frame's camera, for a world-space evaluator.

    ``joints_world`` (T, P, J, 3) metres, Z up, NaN where a person isn't there, with the ``names``
    (J,) of ``JOINT_NAMES``; ``R`` (T, 3, 3) and ``t`` (T, 3) from the world to OpenCV's camera
    axes; ``K`` (T, 3, 3). In single precision. Raises OutputError.
    """
    count = len(take.time_s)
    joints = np.full((count, len(take.people), len(JOINT_NAMES), 3), np.nan, np.float32)
    for slot, person in enumerate(take.people):
        joints[person.frames, slot] = person_joints_world(person)[:, list(_COLUMNS)]
    T = cameras_at(take, np.arange(count, dtype=np.int32))
    R = np.swapaxes(T[:, :3, :3], 1, 2)
    K = np.tile(take.camera.K, (count, 1, 1))
    if len(take.zoom):
        K[:, :2, :2] *= take.zoom[:, None, None]
    arrays = {
        "joints_world": joints,
        "names": np.array(JOINT_NAMES),
        "R": R.astype(np.float32),
        "t": -np.einsum("tab,tb->ta", R, T[:, :3, 3]).astype(np.float32),
        "K": K.astype(np.float32),
    }
    write_npz(path, arrays)


def save_prediction(prediction: Prediction, path: Path) -> None:
    """Write one prediction file in single precision. Raises OutputError."""
    arrays = {
        "joints3d": prediction.xyz_camera.astype(np.float32),
        "joints2d": prediction.xy_px.astype(np.float32),
        "names": np.array(prediction.names),
        "absolute": np.array(prediction.is_absolute),
        "seconds": np.array(prediction.seconds),
    }
    if prediction.hands is not None:
        arrays["hands3d"] = prediction.hands.hands3d.astype(np.float32)
        arrays["hands_confidence"] = prediction.hands.hands_confidence.astype(np.float32)
    if prediction.faces is not None:
        for name in ("face_weights", "face_confidence", "head_rotation"):
            arrays[name] = getattr(prediction.faces, name).astype(np.float32)
        arrays["face_names"] = np.array(FACE_SHAPES)
    write_npz(path, arrays)
