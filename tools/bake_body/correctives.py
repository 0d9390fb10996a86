"""Pose correctives: offsets at rest, linear in a joint's quaternion, that make linear skinning look
like the careful deformer.

The form is STAR's (Osman, Bolkart, Black, 2020): the features of a joint are (w - 1, x, y, z).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...core.data.arrays import F64, I32, Floats
from ...core.data.skeletons import joint
from ...core.geometry.rotations import exp_so3, quat_from_matrix
from .deform import Bind, deform, linear_inverse

SAMPLES: Final = 160
_SEEN_M: Final = 0.0008
_RIDGE: Final = 0.02

# Degrees in the body frame of the LEFT limb: (lowest, highest) about x, y, z, and the index of the
# limb's own axis, about which a turn is twist.
RANGES: Final[
    dict[str, tuple[tuple[float, float], tuple[float, float], tuple[float, float], int]]
] = {
    "shoulder": ((-70, 70), (-115, 45), (-90, 85), 0),
    "elbow": ((-85, 85), (-150, 0), (-10, 10), 0),
    "wrist": ((-85, 85), (-35, 35), (-80, 80), 0),
    "hip": ((-130, 30), (-40, 40), (-25, 60), 1),
    "knee": ((0, 150), (-20, 20), (-8, 8), 1),
}


@dataclass(frozen=True, slots=True)
class Corrective:
    """``offsets`` (n, 4, 3) metres of ``vertices`` (n,) per feature of joint ``name``."""

    name: str
    vertices: I32
    offsets: Floats
    rms_before_m: float
    rms_after_m: float


def learn_correctives(bind: Bind, zero_xyz: F64, zero_joints: F64, twin: I32) -> list[Corrective]:
    """Learn the left limbs and mirror them; ``twin`` (v,) maps each vertex to its other side."""
    out = []
    for part in RANGES:
        left = _learn(bind, zero_xyz, zero_joints, part)
        signs = np.array([1.0, 1.0, -1.0, -1.0])[:, None] * np.array([-1.0, 1.0, 1.0])
        rows = twin[left.vertices]
        order = np.argsort(rows)
        right = Corrective(
            f"right_{part}",
            rows[order],
            (left.offsets * signs)[order],
            left.rms_before_m,
            left.rms_after_m,
        )
        out += [left, right]
    return out


def sample_turns(part: str, seed: int) -> list[tuple[F64, float]]:
    """Turns (3, 3) of a left joint over its range, each with its twist in radians."""
    *ranges, twist_axis = RANGES[part]
    rng = np.random.default_rng(seed)
    low, high = np.deg2rad(ranges).T
    turns = []
    for _ in range(SAMPLES):
        swing = rng.uniform(low, high)
        twist = np.zeros(3)
        twist[twist_axis], swing[twist_axis] = swing[twist_axis], 0.0
        turns.append((exp_so3(swing) @ exp_so3(twist), float(twist[twist_axis])))
    return turns


def _learn(bind: Bind, zero_xyz: F64, zero_joints: F64, part: str) -> Corrective:
    name = f"left_{part}"
    features, targets = [], []
    for Q, twist_rad in sample_turns(part, seed=joint(name)):
        xyz = deform(bind, name, Q, twist_rad)
        rest = linear_inverse(xyz, zero_joints, bind.weights, name, Q)
        features.append(quat_from_matrix(Q) - [1.0, 0.0, 0.0, 0.0])
        targets.append(rest - zero_xyz)
    X, Y = np.array(features), np.array(targets).reshape(len(features), -1)
    solution = np.linalg.solve(X.T @ X + _RIDGE * np.eye(4), X.T @ Y)
    left = Y - X @ solution
    offsets = solution.reshape(4, -1, 3).transpose(1, 0, 2)
    largest = np.abs(X).max(axis=0)[:, None] * offsets
    seen = np.linalg.norm(largest, axis=2).max(axis=1) > _SEEN_M
    columns = np.repeat(seen, 3)
    return Corrective(
        name,
        np.nonzero(seen)[0].astype(np.int32),
        offsets[seen],
        float(np.sqrt(3 * (Y[:, columns] ** 2).mean())),
        float(np.sqrt(3 * (left[:, columns] ** 2).mean())),
    )
