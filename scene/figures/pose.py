"""From a person's SMPL-X rotations to what Blender's pose bones hold.

R0 below is a bone's rest matrix as Blender gave it, C takes the body's axes to the armature's.
"""

from __future__ import annotations

import numpy as np

from ...core.data.arrays import F64
from ...core.data.types import Person
from ...core.geometry.kinematics import R_WORLD_BODY_REST
from ...core.geometry.rotations import continuous_quats, multiply_quats, quat_from_matrix


def basis_quats(person: Person, j: int, R_armature_bone: F64) -> F64:
    """The pose bone's rotations (t, 4), w x y z, of joint ``j`` with the rest ``R_armature_bone``
    (3, 3).

    With Q = the joint's SMPL-X rotation they are R0^T C Q C^T R0; the root's Q goes body to world,
    so C is already in it. One joint at a time: of a clip of hours all would be gigabytes.
    """
    told = person.quat_parent_joint[:, j].astype(np.float64)
    turn = R_WORLD_BODY_REST.T @ R_armature_bone
    if j:
        # b = c* q c with c = C^T R0: the vector part is turned.
        told[:, 1:] = told[:, 1:] @ turn
        return continuous_quats(told)
    before, after = (quat_from_matrix(R[None]) for R in (R_armature_bone.T, turn))
    before, after = (np.broadcast_to(end, told.shape) for end in (before, after))
    return continuous_quats(multiply_quats(multiply_quats(before, told), after))


def root_location(person: Person, R_armature_bone: F64, root_head: F64) -> F64:
    """Where the pelvis bone is (t, 3), in metres along its axes ``R_armature_bone`` (3, 3) from its
    head at rest, ``root_head`` (3,) in the armature's."""
    return (person.root_xyz_world.astype(np.float64) - root_head) @ R_armature_bone
