"""From a person's SMPL-X rotations to what Blender's pose bones hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.data.arrays import F64, Floats
from ...core.data.types import Person
from ...core.geometry.kinematics import R_WORLD_BODY_REST
from ...core.geometry.rotations import continuous_quats, matrix_from_quat, quat_from_matrix


@dataclass(frozen=True, slots=True, eq=False)
class PoseChannels:
    """Pose-bone values of every posed frame.

    ``quat_basis`` (t, 55, 4) w x y z; ``root_location`` (t, 3) metres along the pelvis bone's axes.
    """

    quat_basis: Floats
    root_location: F64


def pose_channels(person: Person, R_armature_bone: F64, root_head: F64) -> PoseChannels:
    """Express ``person``'s motion against the bones' rest frames.

    ``R_armature_bone`` (55, 3, 3) are the rest matrices that Blender gave the bones, ``root_head``
    (3,) the pelvis bone's head in armature space. With C = body to armature, R0 = a rest matrix and
    Q = a local SMPL-X rotation, the basis is R0^T C Q C^T R0; the root's Q goes body to world, so
    C is already in it.
    """
    C, R0 = R_WORLD_BODY_REST, R_armature_bone
    Q = matrix_from_quat(person.quat_parent_joint.astype(np.float64))
    turned = C @ Q @ C.T
    turned[:, 0] = Q[:, 0] @ C.T
    basis = np.swapaxes(R0, -1, -2) @ turned @ R0
    offset = person.root_xyz_world.astype(np.float64) - root_head
    return PoseChannels(continuous_quats(quat_from_matrix(basis)), offset @ R0[0])
