"""Forward kinematics moves bones rigidly."""

from __future__ import annotations

import numpy as np
from limn.core.data.skeletons import REST_XYZ_BODY, SMPLX_55, SMPLX_MIRROR, SMPLX_PARENTS, joint
from limn.core.geometry.kinematics import R_WORLD_BODY_REST, forward
from limn.core.geometry.rotations import exp_so3

REST = REST_XYZ_BODY.astype(np.float64)


def random_pose(t: int = 20) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(t, 3)), exp_so3(rng.normal(0, 1, (t, 55, 3)))


def test_bones_keep_their_length_in_every_pose() -> None:
    xyz, _ = forward(REST, *random_pose())
    parents = np.array(SMPLX_PARENTS[1:])
    lengths = np.linalg.norm(xyz[:, 1:] - xyz[:, parents], axis=-1)
    wanted = np.linalg.norm(REST[1:] - REST[parents], axis=-1)
    assert np.abs(lengths - wanted).max() < 1e-12


def test_the_zero_pose_is_the_rest_skeleton() -> None:
    xyz, R = forward(REST, np.zeros((1, 3)), np.tile(np.eye(3), (1, 55, 1, 1)))
    assert np.abs(xyz[0] - REST).max() < 1e-12
    assert np.abs(R - np.eye(3)).max() == 0


def test_moving_the_root_moves_everything_alike() -> None:
    root, R = random_pose()
    xyz, _ = forward(REST, root, R)
    turn, shift = exp_so3(np.array([0.3, -1.0, 2.0])), np.array([1.0, 2.0, 3.0])
    R2 = R.copy()
    R2[:, 0] = turn @ R[:, 0]
    moved, _ = forward(REST, root @ turn.T + shift, R2)
    assert np.abs(moved - (xyz @ turn.T + shift)).max() < 1e-12


def test_a_joint_moves_only_what_hangs_on_it() -> None:
    root, R = random_pose(1)
    xyz, _ = forward(REST, root, R)
    R2 = R.copy()
    R2[:, joint("left_elbow")] = exp_so3(np.array([0.0, 1.0, 0.0]))
    moved, _ = forward(REST, root, R2)
    changed = {SMPLX_55[j] for j in np.flatnonzero(np.abs(moved - xyz).max((0, 2)) > 1e-9)}
    fingers = {name for j, name in enumerate(SMPLX_55) if j >= 25 and name.startswith("left")}
    assert changed == {"left_wrist"} | fingers


def test_at_rest_people_stand_upright_and_face_minus_y() -> None:
    standing = REST @ R_WORLD_BODY_REST.T
    assert standing[joint("head"), 2] > 0.5 > standing[joint("left_foot"), 2]
    assert standing[joint("left_foot"), 1] < standing[joint("left_ankle"), 1], "toes point to -Y"
    assert standing[joint("left_hip"), 0] > 0, "their left is +X"
    assert np.linalg.det(R_WORLD_BODY_REST) == 1


def test_parents_come_before_children_and_twins_mirror() -> None:
    assert all(parent < child for child, parent in enumerate(SMPLX_PARENTS))
    assert np.abs(REST[list(SMPLX_MIRROR)] - REST * [-1, 1, 1]).max() < 1e-6
