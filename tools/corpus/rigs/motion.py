"""A short motion that turns, bends, reaches and travels, made up: the table needs no clip."""

from __future__ import annotations

from typing import Final

import numpy as np

from ....core.data.skeletons import REST_XYZ_BODY, joint
from ....core.data.types import Person
from ....core.geometry.kinematics import R_WORLD_BODY_REST
from ....core.geometry.rotations import exp_so3, quat_from_matrix

FPS: Final = 30.0
_HIGH_M: Final = 0.95
_SWAYS: Final = 0.15  # radians, every joint


def moving_person(count: int = 24) -> Person:
    """Somebody who walks in a bow, leans and swings arms and legs, over ``count`` frames."""
    t = np.arange(count) / FPS
    phase = np.random.default_rng(1).uniform(0, 6, (55, 3))
    R = exp_so3(_SWAYS * np.sin(4.0 * t[:, None, None] + phase))
    zero = np.zeros_like(t)
    for sign, side in ((1, "left"), (-1, "right")):
        swing = 0.6 * np.sin(5 * t) * sign
        R[:, joint(f"{side}_hip")] = exp_so3(np.stack([swing - 0.3, zero, zero], -1))
        R[:, joint(f"{side}_knee")] = exp_so3(np.stack([0.6 + 0.4 * np.cos(5 * t), zero, zero], -1))
        lowered = -sign * (0.8 + 0.5 * np.sin(3 * t))
        R[:, joint(f"{side}_shoulder")] = exp_so3(np.stack([0.3 * swing, zero, lowered], -1))
        bent = -sign * (0.8 + 0.5 * np.sin(4 * t))
        R[:, joint(f"{side}_elbow")] = exp_so3(np.stack([zero, bent, zero], -1))
    turn = exp_so3(np.stack([zero, zero, 0.5 + 1.2 * t], -1))
    R[:, 0] = turn @ exp_so3(np.stack([0.2 * np.sin(3 * t), zero, zero], -1)) @ R_WORLD_BODY_REST
    root = np.stack([0.4 * np.sin(t), -0.8 * t, _HIGH_M + 0.03 * np.sin(9 * t)], -1)
    return Person(
        name="Corpus",
        frames=np.arange(count, dtype=np.int32),
        rest_xyz_body=REST_XYZ_BODY,
        root_xyz_world=root.astype(np.float32),
        quat_parent_joint=quat_from_matrix(R).astype(np.float32),
        confidence=np.ones((count, 55), np.float32),
        contact=np.zeros((count, 4), np.float32),
        bridged=np.zeros(count, bool),
        xy_px=np.zeros((count, 33, 2), np.float32),
        xy_score=np.ones((count, 33), np.float32),
        height_m=1.7,
    )
