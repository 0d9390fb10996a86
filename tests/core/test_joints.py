"""Limn's own joints among BlazePose's landmarks: what is placed, and what goes along."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.data.skeletons import BLAZEPOSE_33
from limn.core.decoding.joints import with_joints

HIPS = [BLAZEPOSE_33.index(f"{side}_hip") for side in ("left", "right")]


def at(name: str) -> int:
    return BLAZEPOSE_33.index(name)


def landmarks(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(33, 3)).astype(np.float32)


def test_the_same_joints_change_nothing() -> None:
    xyz = landmarks(1)
    placed = with_joints(xyz, xyz[points.FROM_BLAZEPOSE])
    np.testing.assert_allclose(placed, xyz, atol=1e-6)


def test_joints_go_half_way_about_the_same_hips() -> None:
    xyz = landmarks(1)
    joints = np.random.default_rng(2).normal(size=(points.COUNT, 3)).astype(np.float32)
    placed = with_joints(xyz, joints)
    got, own = placed[points.FROM_BLAZEPOSE], xyz[points.FROM_BLAZEPOSE]
    wanted = (joints + own) / 2
    np.testing.assert_allclose(got - got[0], wanted - wanted[0], atol=1e-5)
    np.testing.assert_allclose(placed[HIPS].mean(0), xyz[HIPS].mean(0), atol=1e-5)


def test_fingers_go_with_their_wrist_and_eyes_with_the_nose() -> None:
    xyz = landmarks(3)
    joints = xyz[points.FROM_BLAZEPOSE].copy()
    joints[points.POINTS.index("left_wrist")] += [0.1, 0, 0]
    joints[points.POINTS.index("nose")] += [0, 0.2, 0]
    moved = with_joints(xyz, joints) - xyz
    for name in ("left_wrist", "left_index", "left_pinky", "left_thumb"):
        np.testing.assert_allclose(moved[at(name)], [0.05, 0, 0], atol=1e-5)
    for name in ("nose", "left_eye", "mouth_right"):
        np.testing.assert_allclose(moved[at(name)], [0, 0.1, 0], atol=1e-5)
    np.testing.assert_allclose(moved[at("right_index")], 0, atol=1e-5)


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="joints"):
        with_joints(landmarks(1), np.zeros((17, 3), np.float32))
