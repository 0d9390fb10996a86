"""The careful deformer that the cheap one is taught to imitate.

Dual quaternion skinning (Kavan, Collins, Zara, O'Sullivan, "Skinning with dual quaternions", 2007)
keeps the volume of bent joints; the twist of a limb is spread along it beforehand, as skin does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.data.arrays import F64
from ...core.data.skeletons import SMPLX_PARENTS, joint
from ...core.geometry.rotations import exp_so3, multiply_quats, quat_from_matrix

_LIMB = {"shoulder": "elbow", "elbow": "wrist", "hip": "knee", "knee": "ankle"}


@dataclass(frozen=True, slots=True)
class Bind:
    """A figure as modelled, in its A-pose: ``xyz`` (v, 3), ``joints`` (55, 3), ``weights`` (v, 55),
    and ``R_zero`` (55, 3, 3), the global rotations that take it to the zero pose."""

    xyz: F64
    joints: F64
    weights: F64
    R_zero: F64


def subtree(root: int) -> list[int]:
    """Joints that move with joint ``root``, itself included."""
    moved = [root]
    for child, parent in enumerate(SMPLX_PARENTS):
        if parent in moved:
            moved.append(child)
    return moved


def place_joints(joints: F64, R: F64) -> F64:
    """Joints (55, 3) after turning every bone by its global rotation ``R``, pelvis at 0."""
    posed = np.zeros_like(joints)
    for child, parent in enumerate(SMPLX_PARENTS[1:], start=1):
        posed[child] = posed[parent] + R[parent] @ (joints[child] - joints[parent])
    return posed


def deform(bind: Bind, name: str = "pelvis", Q: F64 | None = None, twist_rad: float = 0.0) -> F64:
    """Vertices (v, 3) in the zero pose, with joint ``name`` turned by ``Q`` (3, 3).

    ``twist_rad`` is the part of ``Q`` about the limb's own axis: it is spread over the limb.
    """
    R = bind.R_zero.copy()
    if Q is not None:
        moved = subtree(joint(name))
        R[moved] = Q @ R[moved]
    xyz = _spread_twist(bind, name, twist_rad) if twist_rad else bind.xyz
    return _blend(xyz, bind.joints, place_joints(bind.joints, R), R, bind.weights)


def linear_inverse(xyz: F64, zero_joints: F64, weights: F64, name: str, Q: F64) -> F64:
    """Where vertices (v, 3) must lie at rest for linear skinning to bring them to ``xyz``."""
    share = weights[:, subtree(joint(name))].sum(axis=1)
    pivot = zero_joints[joint(name)]
    # Linear skinning of one turned joint is x -> x + share * (Q - 1) (x - pivot).
    A = np.eye(3) + share[:, None, None] * (Q - np.eye(3))
    return np.linalg.solve(A, (xyz - pivot)[..., None])[..., 0] + pivot


def _spread_twist(bind: Bind, name: str, twist_rad: float) -> F64:
    """Pre-turn vertices about the limb's axis by the twist they should have, less what they get."""
    side, part = name.split("_")
    start, end = (part, _LIMB[part]) if part in _LIMB else ("elbow", part)
    a, b = (bind.joints[joint(f"{side}_{end_part}")] for end_part in (start, end))
    axis = (b - a) / np.linalg.norm(b - a)
    along = np.clip((bind.xyz - a) @ axis / np.linalg.norm(b - a), 0.0, 1.0)
    follows = bind.weights[:, subtree(joint(name))].sum(axis=1)
    on_limb = np.minimum(1.0, 4 * bind.weights[:, subtree(joint(f"{side}_{start}"))].sum(axis=1))
    angle = (along - follows) * on_limb * twist_rad
    R = exp_so3(angle[:, None] * axis)
    return (R @ (bind.xyz - a)[..., None])[..., 0] + a


def _blend(xyz: F64, joints: F64, posed: F64, R: F64, weights: F64) -> F64:
    """Dual quaternion skinning from ``joints`` to ``posed`` (55, 3) with rotations ``R``."""
    real = quat_from_matrix(R)
    # Neighbours must lie in one hemisphere, else their blend goes the long way round.
    for child, parent in enumerate(SMPLX_PARENTS[1:], start=1):
        if real[child] @ real[parent] < 0:
            real[child] *= -1
    shift = posed - np.einsum("jab,jb->ja", R, joints)
    dual = 0.5 * multiply_quats(np.concatenate([np.zeros((len(R), 1)), shift], axis=1), real)
    q, d = weights @ real, weights @ dual
    size = np.linalg.norm(q, axis=1, keepdims=True)
    q, d = q / size, d / size
    conjugate = q * [1.0, -1.0, -1.0, -1.0]
    moved = 2 * multiply_quats(d, conjugate)[:, 1:]
    points = np.concatenate([np.zeros((len(xyz), 1)), xyz], axis=1)
    turned = multiply_quats(multiply_quats(q, points), conjugate)[:, 1:]
    return turned + moved
