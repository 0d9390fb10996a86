"""SMPL-X on a person: betas from their bones, then the exact fit that the free body gets too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..data.arrays import F32, F64, I32, Floats, check_fields, check_shape, of_shape
from ..data.skeletons import BODY_JOINTS, SMPLX_PARENTS
from ..geometry.rotations import matrix_from_quat
from .fitting import morph_to_skeleton
from .smplx_model import SmplxModel, pose_smplx, shape_smplx

_SIGMA_M: Final = 0.01  # by which a bone's length may be wrong; by hand
_ROUNDS: Final = 4  # Gauss-Newton; by hand
_CHILDREN: Final = np.arange(1, BODY_JOINTS)
_PARENTS: Final = np.array(SMPLX_PARENTS)[_CHILDREN]


@dataclass(frozen=True, slots=True, eq=False)
class FittedSmplx:
    """SMPL-X at rest on one person's skeleton: ``xyz`` (v, 3), ``joints`` (55, 3), ``betas``."""

    model: SmplxModel
    xyz: F32 = field(metadata=of_shape("v", 3))
    joints: F32 = field(metadata=of_shape(55, 3))
    betas: F32 = field(metadata=of_shape(None))

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def faces(self) -> I32:
        """Corners (f, 3) of every triangle."""
        return self.model.faces

    def pose(
        self,
        quat_parent_joint: Floats,
        root_xyz: Floats,
        face: Mapping[str, float] | None = None,
    ) -> F32:
        """Vertices (v, 3) for rotations (55, 4) w x y z and the pelvis at ``root_xyz`` (3,); a
        ``face`` is told by the jaw's joint alone."""
        R = matrix_from_quat(quat_parent_joint)
        return pose_smplx(self.model, self.xyz, self.joints, R, root_xyz)


def betas_from_skeleton(model: SmplxModel, rest_xyz: Floats, count: int = 10) -> F64:
    """The first ``count`` betas whose bones are as long as those of ``rest_xyz`` (55, 3).

    Least squares over the lengths of the body's bones with the model's own prior, betas ~ N(0, 1).
    """
    count = min(count, model.beta_count)
    wanted = _lengths(rest_xyz)
    directions = model.joint_directions[:count].astype(np.float64)
    turn = directions[:, _CHILDREN] - directions[:, _PARENTS]
    betas: F64 = np.zeros(count)
    for _ in range(_ROUNDS):
        joints = model.joints + np.tensordot(betas, directions, 1)
        bones = joints[_CHILDREN] - joints[_PARENTS]
        lengths = np.linalg.norm(bones, axis=1)
        jacobian: F64 = np.einsum("sjc,jc->js", turn, bones / lengths[:, None]) / _SIGMA_M
        residual: F64 = (wanted - lengths) / _SIGMA_M
        normal = jacobian.T @ jacobian + np.eye(count)
        betas += np.linalg.solve(normal, jacobian.T @ residual - betas)
    return betas


def fit_smplx(
    model: SmplxModel,
    rest_xyz: Floats,
    betas: Floats | None = None,
    expression: Floats | None = None,
) -> FittedSmplx:
    """Fit the model to a skeleton ``rest_xyz`` (55, 3): its joints then lie on it exactly.

    ``betas`` are found from the skeleton when none are given.
    """
    check_shape("rest_xyz", rest_xyz, (len(SMPLX_PARENTS), 3))
    found = betas_from_skeleton(model, rest_xyz) if betas is None else np.asarray(betas)
    xyz, joints = shape_smplx(model, found, expression)
    moved = morph_to_skeleton(
        xyz - joints[0], joints - joints[0], model.skin.weights, rest_xyz - rest_xyz[0]
    )
    target = (rest_xyz - rest_xyz[0]).astype(np.float32)
    return FittedSmplx(model, moved, target, found.astype(np.float32))


def _lengths(joints: Floats) -> F64:
    return np.linalg.norm(joints[_CHILDREN] - joints[_PARENTS], axis=1)
