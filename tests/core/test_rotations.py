"""Laws of rotations: each conversion has an inverse, also where formulas divide by almost zero."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.geometry import rotations
from limn.core.geometry.rotations import (
    continuous_quats,
    exp_so3,
    frame_from_axes,
    log_so3,
    matrix_from_quat,
    multiply_quats,
    normalize,
    quat_from_matrix,
    rotvec_from_quat,
    slerp,
    swing_between,
)

ANGLES = (0.0, 1e-12, 1e-9, 1e-7, 9.9e-7, 1.1e-6, 1e-4, 0.3, 1.5, 3.0, np.pi - 1e-4, np.pi - 1e-7)


def directions(n: int = 50, seed: int = 0) -> np.ndarray:
    """Random unit vectors and the axes themselves."""
    random = normalize(np.random.default_rng(seed).normal(size=(n, 3)))
    return np.concatenate([random, np.eye(3), -np.eye(3)])


def quaternions(n: int, seed: int = 0) -> np.ndarray:
    return normalize(np.random.default_rng(seed).normal(size=(n, 4)))


def angle_between(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Radians between rotations, exact near zero."""
    return 2 * np.arcsin(np.clip(np.linalg.norm(A - B, axis=(-2, -1)) / np.sqrt(8), 0, 1))


@pytest.mark.parametrize("angle", ANGLES)
def test_log_undoes_exp(angle: float) -> None:
    rotvec = angle * directions()
    error = np.abs(log_so3(exp_so3(rotvec)) - rotvec).max()
    assert error < 1e-8, f"{error:.1e} rad off at an angle of {angle}"


def test_half_turns_come_back_as_half_turns() -> None:
    axes = directions()
    R = exp_so3(np.pi * axes)
    assert np.abs(np.linalg.norm(log_so3(R), axis=-1) - np.pi).max() < 1e-6
    assert angle_between(exp_so3(log_so3(R)), R).max() < 1e-6


def test_exp_gives_rotations_on_any_batch_shape() -> None:
    R = exp_so3(np.random.default_rng(1).normal(0, 2, (4, 5, 3)))
    assert R.shape == (4, 5, 3, 3)
    assert np.abs(R @ np.swapaxes(R, -1, -2) - np.eye(3)).max() < 1e-12
    assert np.abs(np.linalg.det(R) - 1).max() < 1e-12


def test_rotations_about_one_axis_add_up() -> None:
    axes = directions()
    assert np.abs(exp_so3(0.4 * axes) @ exp_so3(0.9 * axes) - exp_so3(1.3 * axes)).max() < 1e-12


def test_positive_angles_turn_x_to_y_about_z() -> None:
    turned = exp_so3(np.array([0.0, 0.0, np.pi / 2])) @ [1.0, 0.0, 0.0]
    assert turned == pytest.approx([0, 1, 0], abs=1e-12)


def test_quaternions_and_matrices_are_inverse() -> None:
    q = quaternions(500)
    back = quat_from_matrix(matrix_from_quat(q))
    assert np.abs(np.abs((q * back).sum(-1)) - 1).max() < 1e-12
    assert (back[:, 0] >= 0).all()


def test_each_pivot_of_the_quaternion_is_taken() -> None:
    for k in range(4):
        q = np.full(4, 1e-9)
        q[k] = 1.0
        assert np.abs(quat_from_matrix(matrix_from_quat(normalize(q)))[k]) == pytest.approx(1)


def test_products_of_quaternions_are_products_of_matrices() -> None:
    a, b = quaternions(100, 1), quaternions(100, 2)
    product = matrix_from_quat(multiply_quats(a, b))
    assert np.abs(product - matrix_from_quat(a) @ matrix_from_quat(b)).max() < 1e-12


def test_a_quaternion_and_its_negative_are_one_rotation() -> None:
    q = quaternions(100)
    assert rotvec_from_quat(-q) == pytest.approx(rotvec_from_quat(q), abs=1e-12)


def test_slerp_meets_its_ends_and_goes_the_short_way_evenly() -> None:
    a, b = quaternions(100, 1), quaternions(100, 2)
    Ra, Rb = matrix_from_quat(a), matrix_from_quat(b)
    whole = angle_between(Ra, Rb)
    for share in (0.0, 0.25, 0.5, 1.0):
        R = matrix_from_quat(slerp(a, b, share))
        assert np.abs(angle_between(Ra, R) - share * whole).max() < 1e-6
        assert np.abs(angle_between(R, Rb) - (1 - share) * whole).max() < 1e-6


def test_slerp_between_equal_and_opposite_signs_stays_put() -> None:
    q = quaternions(10)
    for other in (q, -q):
        R = matrix_from_quat(slerp(q, other, 0.5))
        assert angle_between(R, matrix_from_quat(q)).max() < 1e-7


def test_slerp_takes_one_share_per_frame() -> None:
    a, b = quaternions(5, 1), quaternions(5, 2)
    mixed = slerp(a, b, np.linspace(0, 1, 5))
    assert np.abs((mixed[0] * a[0]).sum()) == pytest.approx(1)
    assert np.abs((mixed[-1] * b[-1]).sum()) == pytest.approx(1)


def test_neighbouring_quaternions_lie_in_one_hemisphere() -> None:
    turns = exp_so3(np.linspace(0, 30, 400)[:, None] * normalize(np.array([1.0, 2.0, 3.0])))
    q = quat_from_matrix(turns)
    assert ((q[1:] * q[:-1]).sum(-1) < 0).any(), "the test needs sign flips to repair"
    smooth = continuous_quats(np.stack([q, -q], axis=1))
    assert ((smooth[1:] * smooth[:-1]).sum(-1) > 0.99).all()
    assert angle_between(matrix_from_quat(smooth[:, 0]), turns).max() < 1e-7
    assert continuous_quats(q[:1]).shape == (1, 4)


def test_swing_turns_one_vector_onto_the_other_by_the_smallest_angle() -> None:
    a, b = directions(seed=1), directions(seed=2)
    R = swing_between(a, b)
    assert np.abs(np.einsum("nij,nj->ni", R, a) - b).max() < 1e-6
    angle = np.arccos(np.clip((a * b).sum(-1), -1, 1))
    assert np.abs(angle_between(R, np.eye(3)) - angle).max() < 1e-6


@pytest.mark.parametrize("off", [0.0, 1e-9, 1e-5, 1e-4, 3e-4, 1e-3, 1e-2])
def test_swing_between_opposite_vectors_is_a_half_turn(off: float) -> None:
    a = directions()
    other = np.roll(a, 1, axis=-1) + np.array([0.1, 0.2, 0.4])
    across = normalize(np.cross(a, other))
    b = normalize(-a + off * across)
    R = swing_between(a, b)
    assert np.abs(R @ np.swapaxes(R, -1, -2) - np.eye(3)).max() < 1e-5, "not a rotation"
    assert np.abs(np.linalg.det(R) - 1).max() < 1e-5
    assert np.abs(np.einsum("nij,nj->ni", R, a) - b).max() < 1e-3


def test_frames_keep_their_primary_axis_and_are_right_handed() -> None:
    y, x = directions(seed=3), directions(seed=4)
    y, x = y[:-6], x[:-6]
    R = frame_from_axes(3.0 * y, 2.0 * x)
    assert np.abs(R[..., 1] - y).max() < 1e-12
    assert ((R[..., 0] * x).sum(-1) > 0).all()
    assert np.abs(np.linalg.det(R) - 1).max() < 1e-9


def test_vectors_of_no_length_shrink_to_zero() -> None:
    assert normalize(np.zeros(3)).tolist() == [0, 0, 0]


def test_many_matrices_become_the_quaternions_that_few_do(monkeypatch: pytest.MonkeyPatch) -> None:
    R = matrix_from_quat(quaternions(60, seed=5)).reshape(4, 15, 3, 3)
    whole = quat_from_matrix(R)
    monkeypatch.setattr(rotations, "_AT_ONCE", 7)
    np.testing.assert_array_equal(quat_from_matrix(R), whole)
