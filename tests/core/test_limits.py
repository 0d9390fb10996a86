"""Joints turn as far as people's do, softly, and whatever is beyond moves no limb."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.data.skeletons import REST_XYZ_BODY, joint
from limn.core.geometry.kinematics import R_WORLD_BODY_REST, forward
from limn.core.geometry.rotations import exp_so3, log_so3, matrix_from_quat
from limn.core.solving.posing.joint_limits import (
    HEAD,
    LEFT_ANKLE,
    LEFT_WRIST,
    PRONATION_RAD,
    Limits,
    soft,
    unwrapped,
    within,
)
from limn.core.solving.posing.posing import pose_from_points
from posed_points import LIMBS, solved_points

T = 60
HEEL, TOE = np.array([0, 0.05, -0.07]), np.array([0, -0.14, -0.07])
NOSE = np.array([0, -0.1, 0])
BACK = np.array([1, -1, 1])
ALL = (HEAD, LEFT_ANKLE, LEFT_WRIST)


@pytest.mark.parametrize("limits", ALL)
def test_ordinary_turns_are_left_alone_and_none_leaves_its_range(limits: Limits) -> None:
    rng = np.random.default_rng(1)
    low, high = limits.bounds()
    inside = rng.uniform(0.79 * low, 0.79 * high, (200, 3))
    assert np.allclose(within(inside, limits), inside)
    anything = within(rng.normal(0, 2.0, (500, 3)), limits)
    assert np.all(anything >= low - 1e-9)
    assert np.all(anything <= high + 1e-9)


def test_the_end_of_a_range_is_soft_and_order_is_kept() -> None:
    angle = np.linspace(0, 3, 3001)
    held = soft(angle, 1.0)
    slope = np.diff(held) / np.diff(angle)
    assert np.all(slope > 0)
    assert np.all(slope <= 1 + 1e-9)
    assert np.abs(np.diff(slope)).max() < 0.01, "no kink where it begins to hold"
    assert held[-1] < 1.0


@pytest.mark.parametrize("limits", ALL)
def test_the_other_side_is_the_mirror_image(limits: Limits) -> None:
    turn = np.random.default_rng(2).normal(0, 0.8, (1, 3))
    mirror = np.array([1.0, -1.0, -1.0])
    assert np.allclose(within(turn * mirror, limits.mirrored()), within(turn, limits) * mirror)


def test_a_turn_through_half_a_circle_comes_back_without_a_jump() -> None:
    angle = np.radians(np.concatenate([np.arange(0, 230, 2), np.arange(230, 0, -2)]))
    axis = np.array([0.0, 1.0, 0.0])
    seen = log_so3(exp_so3(angle[:, None] * axis))
    assert np.abs(np.diff(seen, axis=0)).max() > 3, "the vector itself does jump"
    assert np.allclose(unwrapped(seen), angle[:, None] * axis, atol=1e-6)
    held = within(seen, HEAD)
    assert np.abs(np.diff(held, axis=0)).max() < np.radians(2.1)
    assert held[:, 1].min() > -1e-9, "who looks over the left shoulder never looks over the right"


def person(elbow_deg: float, turn_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points (T, 19, 3) of somebody in T-pose whose left hand turns about the forearm, and the
    hands' directions."""
    R = np.tile(np.eye(3), (T, 55, 1, 1))
    R[:, joint("left_elbow")] = exp_so3(np.radians([[0.0, -elbow_deg, 0.0]]))
    R[:, 0] = R_WORLD_BODY_REST
    xyz, R_world = forward(REST_XYZ_BODY, np.zeros((T, 3)), R)
    X = solved_points(xyz)
    hands = np.zeros((T, 2, 2, 3))
    forearm = R_world[:, joint("left_elbow")]
    turn = exp_so3(np.radians(turn_deg)[:, None] * np.array([1.0, 0.0, 0.0]))
    hands[:, 0, 0] = (forearm @ turn)[:, :, 0]
    hands[:, 0, 1] = (forearm @ turn)[:, :, 2]
    hands[:, 1, 0], hands[:, 1, 1] = R_world[:, 21] @ [-1.0, 0, 0], R_world[:, 21] @ [0, 0, 1.0]
    return X, hands


@pytest.mark.parametrize("elbow_deg", [0.0, 70.0])
def test_hands_turn_as_far_as_forearms_and_straight_arms_from_the_shoulder(
    elbow_deg: float,
) -> None:
    turn_deg = np.linspace(0, 150, T)
    X, hands = person(elbow_deg, turn_deg)
    pose = pose_from_points(X, np.ones((T, 19)), REST_XYZ_BODY, hands, np.ones((T, 2)), 30.0)
    local = matrix_from_quat(pose.quat_parent_joint.astype(np.float64))
    xyz, R_world = forward(REST_XYZ_BODY, pose.root_xyz, local)
    off = np.linalg.norm(xyz[:, LIMBS] - X[:, : points.LIMBS], axis=-1)
    assert off.max() < 0.01, "turning a hand moves no joint"
    thumb = R_world[:, joint("left_wrist")] @ np.array([0.0, 0, 1.0])
    missed = np.degrees(np.arccos(np.clip((thumb * hands[:, 0, 1]).sum(-1), -1, 1)))
    assert missed[turn_deg < 70].max() < 6
    if elbow_deg == 0:
        assert missed[turn_deg < 140].max() < 6
    else:
        twist = np.radians(turn_deg[-1] - missed[-1])
        assert 0.7 * PRONATION_RAD < twist < PRONATION_RAD + 0.05


def test_feet_and_heads_that_nobody_can_turn_so_far_are_held() -> None:
    X, hands = person(0.0, np.zeros(T))
    ankle = X[:, 10]
    X[:, 15], X[:, 17] = ankle + HEEL * BACK, ankle + TOE * BACK
    X[:, 12] = X[:, 13:15].mean(1) - NOSE
    X[:, 13:15] = X[:, [14, 13]]
    pose = pose_from_points(X, np.ones((T, 19)), REST_XYZ_BODY, hands, np.ones((T, 2)), 30.0)
    local = log_so3(matrix_from_quat(pose.quat_parent_joint.astype(np.float64)))
    foot = np.degrees(np.abs(local[:, joint("left_ankle")]))
    assert foot.max() <= 60
    assert np.degrees(np.linalg.norm(local[:, joint("right_ankle")], axis=-1)).max() < 15
    head = np.degrees(np.abs(local[:, joint("neck")] + local[:, joint("head")]))
    assert head[:, 1].max() <= 86
