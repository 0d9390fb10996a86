"""A person's motion as a SMPL-X model itself can make it: its own joints, betas, rotations, root.

The model's skeleton at rest is not the take's: other hips, another spine, bones that no beta makes
as long. Copied rotations would put its hands and feet elsewhere. ``refit_person`` finds betas,
rotations and root with which the model's joints lie as near the take's as its shape allows; what
joints don't tell (the roll of a straight limb, the head's turn) stays as in the take.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, cast

import numpy as np

from ..data.arrays import F32, F64, Floats
from ..data.skeletons import BODY_JOINTS, SMPLX_55, SMPLX_PARENTS, joint
from ..data.types import Person
from ..geometry.kinematics import forward, local_rotations
from ..geometry.rotations import (
    continuous_quats,
    exp_so3,
    hat,
    matrix_from_quat,
    nearest_rotation,
    normalize,
    quat_from_matrix,
    swing_between,
)
from .smplx_fit import FittedSmplx, betas_from_skeleton
from .smplx_model import SmplxModel, shape_smplx

_STRETCH: Final = 256  # frames posed at once, bounds memory
_SHAPE_FRAMES: Final = 48  # asked for the shape, over the whole motion; by hand
_SHAPE_ROUNDS: Final = 5  # of shape and pose in turn; by hand
_POSE_ROUNDS: Final = 4  # of rotations; by hand
_SHAPE_SIGMA_M: Final = 0.005
"""How near the joints of an average frame are asked to come before betas leave their prior."""

_SIGMA_M: Final = 0.01
_SIGMA_RAD: Final = 0.3
"""How far a bone may turn from its direction in the take to bring a joint 1 cm nearer."""

_FACE: Final = joint("head")
"""Jaw and eyes lie elsewhere in every face: they don't tell how a head is turned."""

_CHILDREN: Final = tuple(
    tuple(child for child, parent in enumerate(SMPLX_PARENTS) if parent == j)
    for j in range(len(SMPLX_55))
)
_TURNING: Final = tuple(
    j for j in range(BODY_JOINTS) if j != _FACE and any(c < BODY_JOINTS for c in _CHILDREN[j])
)
"""Joints of the body whose rotation moves another joint of the body."""


def refit_person(model: SmplxModel, person: Person) -> tuple[Person, FittedSmplx]:
    """``person`` on the model's own skeleton, and the model's mesh at rest in their shape.

    The mesh is SMPL-X itself, not bent to the take's bones as ``fit_smplx`` does.
    """
    betas = betas_from_motion(model, person)
    xyz, joints = shape_smplx(model, betas)
    rest = joints - joints[0]
    quats: list[Floats] = []
    roots: list[Floats] = []
    for start in range(0, len(person.frames), _STRETCH):
        wanted, G = _posed(person, np.arange(start, min(start + _STRETCH, len(person.frames))))
        R, root = fit_rotations(rest.astype(np.float64), wanted, G)
        quats.append(quat_from_matrix(local_rotations(R)))
        roots.append(root)
    if not quats:
        return replace(person, rest_xyz_body=rest), FittedSmplx(model, xyz - joints[0], rest, betas)
    refitted = replace(
        person,
        rest_xyz_body=rest,
        quat_parent_joint=continuous_quats(np.concatenate(quats)).astype(np.float32),
        root_xyz_world=np.concatenate(roots).astype(np.float32),
    )
    return refitted, FittedSmplx(model, xyz - joints[0], rest, betas)


def betas_from_motion(model: SmplxModel, person: Person, count: int = 10) -> F32:
    """The first ``count`` betas (count,) with which the posed joints come nearest the take's.

    Rotations and betas in turn over frames spread across the clip, with the model's own prior.
    """
    betas = betas_from_skeleton(model, person.rest_xyz_body, count)
    if not len(person.frames):
        return betas.astype(np.float32)
    rows = np.unique(np.linspace(0, len(person.frames) - 1, _SHAPE_FRAMES).astype(int))
    wanted, G = _posed(person, rows)
    directions: F64 = model.joint_directions[: len(betas)].astype(np.float64)
    for _ in range(_SHAPE_ROUNDS):
        rest = model.joints + np.tensordot(betas, directions, 1)
        R, root = fit_rotations(rest - rest[0], wanted, G)
        here = _joints(rest - rest[0], R, root)[:, :BODY_JOINTS]
        turn: F64 = np.stack(
            [_joints(d - d[0], R, 0 * root)[:, :BODY_JOINTS] for d in directions], -1
        )
        missing = wanted[:, :BODY_JOINTS] - here
        # The root is free: only where joints lie to one another tells the shape.
        turn = (turn - turn.mean(1, keepdims=True)).reshape(-1, len(betas)) / _SHAPE_SIGMA_M
        residual = (missing - missing.mean(1, keepdims=True)).ravel() / _SHAPE_SIGMA_M
        normal: F64 = turn.T @ turn / len(rows) + np.eye(len(betas))
        pull = cast(F64, turn.T @ residual / len(rows) - betas)
        betas = betas + np.linalg.solve(normal, pull)
    return betas.astype(np.float32)


def _posed(person: Person, rows: Floats) -> tuple[F64, F64]:
    """Joints (t, 55, 3) and global rotations (t, 55, 3, 3) of the take in some of its frames."""
    R = matrix_from_quat(person.quat_parent_joint[rows].astype(np.float64))
    xyz, G = forward(
        person.rest_xyz_body.astype(np.float64), person.root_xyz_world[rows].astype(np.float64), R
    )
    return np.asarray(xyz, np.float64), np.asarray(G, np.float64)


def fit_rotations(rest: F64, wanted: F64, G: F64) -> tuple[F64, F64]:
    """Global rotations (t, 55, 3, 3) near ``G`` and roots (t, 3) that bring ``rest`` to ``wanted``.

    First every bone gets its direction in closed form: one child by the smallest swing, several by
    Kabsch. Then Gauss-Newton shares what lengths leave over (rotations perturbed from the left).
    """
    R = _with_directions(rest, wanted, G)
    root = wanted[:, 0].copy()
    bones = _bones(rest)
    body = slice(0, BODY_JOINTS)
    turned = np.zeros((len(R), len(_TURNING), 3))
    aimed = R[:, list(_TURNING)]
    for _ in range(_POSE_ROUNDS):
        missing = (wanted - _joints(rest, R, root))[:, body].reshape(len(R), -1)
        jacobian = _jacobian(bones, R)
        weak = (_SIGMA_M / _SIGMA_RAD) ** 2
        held = np.concatenate([np.full(3, 1e-9), np.full(3 * len(_TURNING), weak)])
        normal = jacobian.transpose(0, 2, 1) @ jacobian + np.diag(held)
        pull = (jacobian.transpose(0, 2, 1) @ missing[..., None])[..., 0]
        pull[:, 3:] -= weak * turned.reshape(len(R), -1)
        step = np.linalg.solve(normal, pull[..., None])[..., 0]
        root += step[:, :3]
        turned = turned + step[:, 3:].reshape(turned.shape)
        R[:, list(_TURNING)] = exp_so3(turned) @ aimed
    return R, root


def _with_directions(rest: F64, wanted: F64, G: F64) -> F64:
    R = G.copy()
    for j, children in enumerate(_CHILDREN):
        if not children or j == _FACE:
            continue
        kids = list(children)
        have = (G[:, j, None] @ (rest[kids] - rest[j])[..., None])[..., 0]
        want = wanted[:, kids] - wanted[:, j, None]
        if len(kids) == 1:
            swing = swing_between(normalize(have[:, 0]), normalize(want[:, 0]))
        else:
            swing = nearest_rotation(np.einsum("tni,tnj->tij", want, have))
        R[:, j] = swing @ G[:, j]
    return R


def _bones(rest: F64) -> F64:
    bones = rest - rest[list(SMPLX_PARENTS)]
    bones[0] = 0
    return bones


def _joints(rest: F64, R: F64, root: F64) -> F64:
    """Joints (t, 55, 3) of global rotations: unlike ``forward``, which is given local ones."""
    bones = _bones(rest)
    xyz = np.empty((len(R), len(SMPLX_55), 3))
    xyz[:, 0] = root
    for child, parent in enumerate(SMPLX_PARENTS[1:], start=1):
        xyz[:, child] = xyz[:, parent] + R[:, parent] @ bones[child]
    return xyz


def _jacobian(bones: F64, R: F64) -> F64:
    """(t, 66, 3 + 3 k): the body's joints by the root and the rotations of ``_TURNING``."""
    out = np.zeros((len(R), BODY_JOINTS, 3, 3 + 3 * len(_TURNING)))
    out[:, 0, :, :3] = np.eye(3)
    for child in range(1, BODY_JOINTS):
        parent = SMPLX_PARENTS[child]
        out[:, child] = out[:, parent]
        if parent in _TURNING:
            at = 3 + 3 * _TURNING.index(parent)
            out[:, child, :, at : at + 3] -= hat(R[:, parent] @ bones[child])
    return out.reshape(len(R), 3 * BODY_JOINTS, -1)
