from __future__ import annotations

import numpy as np
import pytest
from limn.core.geometry.euler import ORDERS, continuous_eulers, euler_from_matrix, matrix_from_euler
from limn.core.geometry.rotations import exp_so3


@pytest.mark.parametrize("order", ORDERS)
def test_angles_give_the_same_rotation_even_when_locked(order: str) -> None:
    rng = np.random.default_rng(0)
    R = exp_so3(rng.normal(0, 2, (500, 3)))
    locked = matrix_from_euler(
        np.stack([rng.normal(0, 2, 200), np.full(200, np.pi / 2), rng.normal(0, 2, 200)], -1), order
    )
    for matrices in (R, locked, np.eye(3)[None]):
        again = matrix_from_euler(euler_from_matrix(matrices, order), order)
        np.testing.assert_allclose(again, matrices, atol=5e-5)


@pytest.mark.parametrize("order", ORDERS)
def test_a_smooth_motion_has_no_jump_in_any_angle(order: str) -> None:
    t = np.linspace(0, 12, 800)
    rotvec = np.stack([np.sin(t), 1.2 * np.cos(0.7 * t), t], -1)
    R = exp_so3(np.stack([rotvec * [1, 0, 0], rotvec * [0, 1, 0], rotvec * [0, 0, 1]], 1))
    angles = continuous_eulers(euler_from_matrix(R, order))
    assert np.abs(np.diff(angles, axis=0)).max() < 0.1
    np.testing.assert_allclose(matrix_from_euler(angles, order), R, atol=1e-7)
