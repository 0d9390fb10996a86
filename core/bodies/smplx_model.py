"""SMPL-X from a user's own model file, with numpy only.

Source: Pavlakos et al., "Expressive Body Capture" (2019), and the layout of SMPLX_*.npz. Limn
carries no SMPL-X data and none of its code; who holds a licence points Limn to their file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..data.arrays import F32, I32, Floats, check_fields, of_shape
from ..data.errors import ModelError
from ..data.reading.numbers import read_numbers
from ..data.skeletons import BODY_JOINTS, SMPLX_55, SMPLX_PARENTS
from .skinning import Skin, bone_transforms

_JOINTS: Final = len(SMPLX_55)
_POSE_FEATURES: Final = 9 * (_JOINTS - 1)
_MAX_VERTICES: Final = 100_000  # about ten times SMPL-X's 10475
_MAX_DIRECTIONS: Final = 500  # SMPL-X has 400
_MOST_M: Final = 100.0
"""No number of a model, all of them metres or shares, is larger."""
_SHORTEST_M: Final = 1e-3  # a shorter bone is no bone
LANDMARKS: Final = 51  # of a face, as iBUG counts them, without the jaw's
_LANDMARKS: Final = ("lmk_faces_idx", "lmk_bary_coords")
"""Arrays that tell them."""
_SHAPE_OF_FULL: Final = 300  # betas before the expressions, as SMPL-X has them
_SHAPE_OF_SMALL: Final = 10  # the same in its small files
_NEEDED: Final = ("v_template", "f", "shapedirs", "J_regressor", "weights", "kintree_table")
_GENDERS: Final = ("neutral", "male", "female")


@dataclass(frozen=True, slots=True, eq=False)
class SmplxModel:
    """A SMPL-X model in metres, y up, z forward; v vertices, b betas, e expressions.

    * ``xyz`` (v, 3) and ``joints`` (55, 3) of the mean shape, ``faces`` (f, 3);
    * ``directions`` (b + e, 3 v) and ``joint_directions`` (b + e, 55, 3), betas first;
    * ``pose_directions`` (486, 3 v) over the features R - 1 of joints 1 to 54, None without them;
    * iBUG's inner 51 landmarks, None where the file doesn't tell them: ``landmark_vertices``
      (51, 3) and their ``landmark_shares`` (51, 3).
    """

    xyz: F32 = field(metadata=of_shape("v", 3))
    joints: F32 = field(metadata=of_shape(55, 3))
    faces: I32 = field(metadata=of_shape(None, 3))
    directions: F32 = field(metadata=of_shape("k", None))
    joint_directions: F32 = field(metadata=of_shape("k", 55, 3))
    pose_directions: F32 | None = field(metadata=of_shape(_POSE_FEATURES, None))
    skin: Skin
    beta_count: int
    landmark_vertices: I32 | None = field(default=None, metadata=of_shape(LANDMARKS, 3))
    landmark_shares: F32 | None = field(default=None, metadata=of_shape(LANDMARKS, 3))

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def expression_count(self) -> int:
        """How many expressions the model has."""
        return len(self.directions) - self.beta_count


def find_smplx(path: str | Path, gender: str = "neutral") -> Path:
    """The model file that ``path``, a file or a folder, stands for.

    Raises ModelError when nothing there can be read, with the way to convert a pickled model.
    """
    path = Path(path)
    if os.path.isdir(path):
        names = [f"SMPLX_{gender.upper()}.npz"]
        names += [f"SMPLX_{other.upper()}.npz" for other in _GENDERS if other != gender]
        found = [
            f / name for name in names for f in (path, path / "smplx") if os.path.isfile(f / name)
        ]
        if not found:
            raise ModelError(
                f"The folder {path} holds no SMPLX_NEUTRAL, _MALE or _FEMALE .npz file."
            )
        return found[0]
    if not os.path.isfile(path):
        raise ModelError(f"The model {path} does not exist.")
    try:
        with path.open("rb") as stream:
            start = stream.read(2)
    except OSError as error:
        raise ModelError(f"Can't read the model {path}: {error.strerror or error}.") from error
    if path.suffix.lower() in (".pkl", ".pickle") or start[:1] == b"\x80":
        raise ModelError(
            f"{path} is a pickled model, which can run programs when it is opened; use the .npz "
            "file of the same download, or convert it where you trust it by saving its arrays with "
            "numpy.savez."
        )
    return path


def load_smplx(path: str | Path, gender: str = "neutral", betas: int = 300) -> SmplxModel:
    """Read a SMPL-X ``.npz``, keeping at most ``betas`` shape directions.

    A ``shapedirs`` of 400 or more holds 300 betas, then expressions; a smaller one 10, then
    expressions. Raises ModelError in one sentence for any file that isn't a SMPL-X model.
    """
    path = find_smplx(path, gender)
    arrays = read_numbers(path, _allowed, (*_NEEDED, "posedirs", *_LANDMARKS))
    missing = [name for name in _NEEDED if name not in arrays]
    if missing:
        raise ModelError(f"{path} is not a SMPL-X model: it lacks {', '.join(missing)}.")
    _check_agreement(path, arrays)
    model = _model_from(arrays, betas)
    bones = model.joints[1:BODY_JOINTS] - model.joints[list(SMPLX_PARENTS[1:BODY_JOINTS])]
    if (np.linalg.norm(bones, axis=1) < _SHORTEST_M).any():
        raise ModelError(f"{path} has joints that lie on each other; get the file again.")
    return model


def shape_smplx(
    model: SmplxModel, betas: Floats, expression: Floats | None = None
) -> tuple[F32, F32]:
    """Vertices (v, 3) and joints (55, 3) at rest for these betas and expressions (may be short)."""
    values = np.zeros(len(model.directions), np.float32)
    values[: min(len(betas), model.beta_count)] = betas[: model.beta_count]
    if expression is not None:
        end = model.beta_count + min(len(expression), model.expression_count)
        values[model.beta_count : end] = expression[: end - model.beta_count]
    used = np.flatnonzero(values)
    offsets = (values[used] @ model.directions[used]).reshape(-1, 3)
    joints = model.joints + np.tensordot(values, model.joint_directions, 1)
    return (model.xyz + offsets).astype(np.float32), joints.astype(np.float32)


def pose_offsets(model: SmplxModel, R_parent_joint: Floats) -> F32:
    """Pose correctives (v, 3) at rest for local rotations (55, 3, 3); zero in the zero pose."""
    if model.pose_directions is None:
        return np.zeros_like(model.xyz)
    features = (R_parent_joint[1:] - np.eye(3)).astype(np.float32)
    return (features.ravel() @ model.pose_directions).reshape(-1, 3)


def pose_smplx(
    model: SmplxModel, rest_xyz: F32, rest_joints: Floats, R_parent_joint: Floats, root_xyz: Floats
) -> F32:
    """Posed vertices (v, 3): a mesh at rest, its joints (55, 3), the pelvis at ``root_xyz``."""
    R, shift = bone_transforms(rest_joints, R_parent_joint, root_xyz)
    return model.skin.apply(rest_xyz + pose_offsets(model, R_parent_joint), R, shift)


def _allowed(name: str, shape: tuple[int, ...]) -> bool:
    """Shapes that a file may claim; how they agree is checked once all are read."""
    v = shape[0] if shape else 0
    if name == "J_regressor":
        return len(shape) == 2 and shape[0] == _JOINTS and shape[1] <= _MAX_VERTICES
    if name in _LANDMARKS:
        return shape == ((LANDMARKS,) if name == _LANDMARKS[0] else (LANDMARKS, 3))
    if name == "kintree_table":
        return shape == (2, _JOINTS)
    if name == "f":
        return len(shape) == 2 and v <= 4 * _MAX_VERTICES and shape[1] == 3
    tail = {"v_template": (3,), "weights": (_JOINTS,), "posedirs": (3, _POSE_FEATURES)}
    if name == "shapedirs":
        return (
            len(shape) == 3
            and v <= _MAX_VERTICES
            and shape[1] == 3
            and 1 <= shape[2] <= _MAX_DIRECTIONS
        )
    return 1 <= v <= _MAX_VERTICES and shape[1:] == tail[name]


def _check_agreement(path: Path, arrays: dict[str, np.ndarray[Any, np.dtype[Any]]]) -> None:
    count = len(arrays["v_template"])
    sizes = {
        name: len(arrays[name]) for name in ("shapedirs", "weights", "posedirs") if name in arrays
    }
    sizes["J_regressor"] = arrays["J_regressor"].shape[1]
    wrong = [name for name, size in sizes.items() if size != count]
    if wrong:
        raise ModelError(
            f"{wrong[0]} in {path} is for {sizes[wrong[0]]} vertices, the mesh has {count}."
        )
    for name in ("v_template", "shapedirs", "posedirs", "J_regressor"):
        if name in arrays and np.abs(arrays[name]).max() > _MOST_M:
            raise ModelError(f"{name} in {path} holds values that no body has; get the file again.")
    faces = arrays["f"]
    if faces.dtype.kind == "f" or (faces.size and (faces.min() < 0 or faces.max() >= count)):
        raise ModelError(f"f in {path} points at vertices that the mesh doesn't have.")
    _check_landmarks(path, arrays)
    parents = arrays["kintree_table"][0].astype(np.int64)
    if tuple(parents[1:].tolist()) != SMPLX_PARENTS[1:]:
        raise ModelError(f"{path} has another skeleton than SMPL-X.")
    weights = arrays["weights"]
    if (weights < -1e-4).any() or np.abs(weights.sum(axis=1) - 1).max() > 1e-2:
        raise ModelError(f"weights in {path} don't sum to one per vertex; get the file again.")


def _check_landmarks(path: Path, arrays: dict[str, np.ndarray[Any, np.dtype[Any]]]) -> None:
    at, shares = (arrays.get(name) for name in _LANDMARKS)
    if at is None or shares is None:
        return
    if at.dtype.kind == "f" or at.min() < 0 or at.max() >= len(arrays["f"]):
        raise ModelError(f"{_LANDMARKS[0]} in {path} points at faces that the mesh doesn't have.")
    if np.abs(shares).max() > _MOST_M:
        raise ModelError(f"{_LANDMARKS[1]} in {path} holds values that no face has.")


def _model_from(arrays: dict[str, np.ndarray[Any, np.dtype[Any]]], betas: int) -> SmplxModel:
    xyz = arrays["v_template"].astype(np.float32)
    found = arrays["shapedirs"].shape[2]
    of_shape = _SHAPE_OF_FULL if found >= _SHAPE_OF_FULL + 100 else min(_SHAPE_OF_SMALL, found)
    kept = min(max(betas, 0), of_shape)
    chosen = np.r_[0:kept, of_shape:found]
    directions = np.ascontiguousarray(
        arrays["shapedirs"].astype(np.float32)[:, :, chosen].transpose(2, 0, 1)
    )
    regressor = arrays["J_regressor"].astype(np.float32)
    pose = arrays.get("posedirs")
    if pose is not None and pose.any():
        pose = np.ascontiguousarray(pose.astype(np.float32).reshape(-1, _POSE_FEATURES).T)
    else:
        pose = None
    at, shares = (arrays.get(name) for name in _LANDMARKS)
    has_landmarks = at is not None and shares is not None
    return SmplxModel(
        landmark_vertices=arrays["f"][at].astype(np.int32) if has_landmarks else None,
        landmark_shares=np.asarray(shares, np.float32) if has_landmarks else None,
        xyz=xyz,
        joints=regressor @ xyz,
        faces=arrays["f"].astype(np.int32),
        directions=directions.reshape(len(chosen), -1),
        joint_directions=np.einsum("jv,kvc->kjc", regressor, directions, optimize=True),
        pose_directions=pose,
        skin=Skin(arrays["weights"]),
        beta_count=kept,
    )
