"""Rotations that meet the solved points: hips, shoulders, elbows and ankles land on them."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.data.skeletons import REST_XYZ_BODY, joint
from limn.core.geometry.kinematics import R_WORLD_BODY_REST, forward
from limn.core.geometry.rotations import exp_so3, matrix_from_quat
from limn.core.solving.posing.posing import pose_from_points
from posed_points import LIMBS, solved_points

T = 6


def posed(turns_deg: dict[str, tuple[float, float, float]]) -> np.ndarray:
    """World joints (T, 55, 3) of the reference adult with these local rotation vectors."""
    R = np.tile(np.eye(3), (T, 55, 1, 1))
    for name, turn in turns_deg.items():
        R[:, joint(name)] = exp_so3(np.radians(np.array([turn])))
    R[:, 0] = R_WORLD_BODY_REST @ R[:, 0]
    return forward(REST_XYZ_BODY, np.zeros((T, 3)), R)[0]


@pytest.mark.parametrize(
    "turns_deg",
    [
        {"pelvis": (0, 0, 0)},
        {"pelvis": (0, 0, 12), "spine1": (0, 0, -6), "spine3": (0, 0, -6)},
        {"pelvis": (0, 30, 10), "spine2": (20, -20, -10), "left_hip": (-40, 0, 0)},
        {"pelvis": (10, -50, -8), "spine1": (10, 25, 8), "left_shoulder": (0, 0, -60)},
    ],
    ids=["standing", "on one leg", "bent and twisted", "turned"],
)
def test_hips_shoulders_and_limbs_land_on_their_points(
    turns_deg: dict[str, tuple[float, float, float]],
) -> None:
    xyz = posed(turns_deg)
    X = solved_points(xyz)
    hands = np.zeros((T, 2, 2, 3))
    hands[..., 0, 2], hands[..., 1, 0] = -1.0, 1.0
    pose = pose_from_points(X, np.ones((T, 19)), REST_XYZ_BODY, hands, np.zeros((T, 2)), 30.0)
    R = matrix_from_quat(pose.quat_parent_joint.astype(np.float64))
    found, _ = forward(REST_XYZ_BODY, pose.root_xyz, R)
    off_mm = 1000 * np.linalg.norm(found[:, LIMBS] - X[:, : points.LIMBS], axis=-1).mean(0)
    assert off_mm[6:8].max() < 1, f"hips {off_mm[6:8]}"
    assert off_mm.max() < 15, dict(zip(points.POINTS, off_mm.round(1), strict=False))
