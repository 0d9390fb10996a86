"""Shape keys of a SMPL-X body: betas, expressions, and the model's own pose correctives."""

from __future__ import annotations

from typing import Final

import bpy
import numpy as np

from ...core.bodies.smplx_fit import FittedSmplx, fit_smplx
from ...core.data.skeletons import SMPLX_55
from ...core.geometry.kinematics import R_WORLD_BODY_REST
from .body_keys import KeyWriter, drive_by_bone

SHOWN: Final = 10
"""How many betas and expressions get a key; more would only slow the scene down."""

_LIMIT: Final = 5.0
_ROTATION_LESS_ONE: Final = (
    ("-2*(y*y+z*z)", "2*(x*y-w*z)", "2*(x*z+w*y)"),
    ("2*(x*y+w*z)", "-2*(x*x+z*z)", "2*(y*z-w*x)"),
    ("2*(x*z-w*y)", "2*(y*z+w*x)", "-2*(x*x+y*y)"),
)
"""Entries of R - 1 by the quaternion w x y z."""


def expression_key(number: int) -> str:
    """The name of the key of an expression, counted from 0."""
    return f"Expression {number + 1:02}"


def add_smplx_keys(
    owner: bpy.types.Object, armature_object: bpy.types.Object, fitted: FittedSmplx
) -> None:
    """Give the body its keys; at 0 it has the person's betas, and no key moves the skeleton."""
    writer = KeyWriter(owner)
    model, betas = fitted.model, fitted.betas
    for number in range(min(SHOWN, model.beta_count)):
        more = np.zeros(max(len(betas), number + 1), np.float32)
        more[: len(betas)] = betas
        more[number] += 1.0
        offsets = fit_smplx(model, fitted.joints, more).xyz - fitted.xyz
        writer.add(f"Beta {number + 1:02}", offsets, (-_LIMIT, _LIMIT))
    for number in range(min(SHOWN, model.expression_count)):
        face = np.eye(SHOWN, dtype=np.float32)[number]
        offsets = fit_smplx(model, fitted.joints, betas, face).xyz - fitted.xyz
        writer.add(expression_key(number), offsets, (-_LIMIT, _LIMIT))
    _add_correctives(writer, armature_object, fitted)


def _add_correctives(
    writer: KeyWriter, armature_object: bpy.types.Object, fitted: FittedSmplx
) -> None:
    """Nine keys per joint over the entries of R - 1, turned from the body's axes to the bone's.

    With M = C^T R0 (bone to body), the body's R is M B M^T, so the offsets D of its entries become
    sum_ik M_ip M_kq D_ik for the bone's.
    """
    directions = fitted.model.pose_directions
    if directions is None:
        return
    bones = armature_object.data.bones
    for joint, name in enumerate(SMPLX_55[1:]):
        R0 = np.array(bones[name].matrix_local.to_3x3(), np.float64)
        M = R_WORLD_BODY_REST.T @ R0
        D = directions[9 * joint : 9 * joint + 9].reshape(3, 3, -1)
        mixed = np.einsum("ip,kq,ikv->pqv", M, M, D, optimize=True)
        for p in range(3):
            for q in range(3):
                offsets = mixed[p, q].reshape(-1, 3)
                key = writer.add(f"pose {name} {p}{q}", offsets, (-2.0, 2.0))
                drive_by_bone(key, armature_object, name, _ROTATION_LESS_ONE[p][q])
