"""Smoothing and the banded solver against dense algebra, and what a wave must survive."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.geometry.smoothing import blur, smooth_weighted, strength_for_cutoff
from limn.core.solving.track.banded import acceleration_bands, solve_pentadiagonal


def second_differences(t: int) -> np.ndarray:
    D = np.zeros((max(t - 2, 0), t))
    for i in range(t - 2):
        D[i, i : i + 3] = 1, -2, 1
    return D


@pytest.mark.parametrize("t", [1, 2, 3, 4, 30])
def test_smoothing_is_the_dense_least_squares_solution(t: int) -> None:
    rng = np.random.default_rng(t)
    values, weight = rng.normal(size=(t, 2)), rng.uniform(0.1, 2, (t, 2))
    D = second_differences(t)
    smooth = smooth_weighted(values, weight, np.array([3.0, 40.0]))
    for k, strength in enumerate((3.0, 40.0)):
        A = np.diag(weight[:, k]) + strength * D.T @ D
        assert smooth[:, k] == pytest.approx(
            np.linalg.solve(A, weight[:, k] * values[:, k]), abs=1e-6
        )


def test_smoothing_leaves_its_input_alone() -> None:
    values, weight = np.random.default_rng(0).normal(size=(2, 20, 3))
    weight = np.abs(weight)
    before = values.copy(), weight.copy()
    smooth_weighted(values, weight, 5.0)
    assert np.array_equal(values, before[0])
    assert np.array_equal(weight, before[1])


@pytest.mark.parametrize("fps", [30.0, 60.0, 240.0])
def test_slow_waves_keep_amplitude_and_phase_and_the_cutoff_halves(fps: float) -> None:
    time = np.arange(round(20 * fps)) / fps
    middle = slice(len(time) // 4, 3 * len(time) // 4)
    strength = strength_for_cutoff(6.0, fps)
    for hz, wanted, slack in ((1.0, 1.0, 0.01), (6.0, 0.5, 0.01)):
        wave = np.exp(2j * np.pi * hz * time)
        values = np.stack([np.real(wave), np.imag(wave)], axis=-1)
        smooth = smooth_weighted(values, np.ones_like(values), strength)
        gain = ((smooth[:, 0] + 1j * smooth[:, 1]) / wave)[middle]
        assert np.abs(gain) == pytest.approx(wanted, abs=slack), f"gain at {hz} Hz"
        assert np.abs(np.angle(gain)).max() < 0.02, f"{hz} Hz lags: smoothing isn't zero-phase"


def test_straight_lines_are_smooth_already() -> None:
    line = np.linspace(-3, 5, 50)[:, None]
    assert smooth_weighted(line, np.ones_like(line), 1e4) == pytest.approx(line, abs=1e-3)


def test_holes_are_bridged_and_unknown_columns_stay_finite() -> None:
    line = np.linspace(0, 1, 40)[:, None]
    weight = np.ones_like(line)
    weight[10:30] = 0
    holed = np.where(weight > 0, line, 99.0)
    assert smooth_weighted(holed, weight, 10.0) == pytest.approx(line, abs=1e-4)
    assert np.isfinite(smooth_weighted(holed, np.zeros_like(line), 10.0)).all()


def test_blur_keeps_constants_means_and_symmetry() -> None:
    assert blur(np.full(9, 3.0), 2.0) == pytest.approx(np.full(9, 3.0))
    spike = np.zeros(41)
    spike[20] = 1
    soft = blur(spike, 3.0)
    assert soft.sum() == pytest.approx(1)
    assert soft == pytest.approx(soft[::-1])
    assert len(blur(np.ones(1), 5.0)) == 1


@pytest.mark.parametrize("t", [1, 2, 3, 9])
@pytest.mark.parametrize("n", [1, 7, 57])
def test_the_banded_solver_agrees_with_a_dense_one(t: int, n: int) -> None:
    rng = np.random.default_rng(t * n)
    A = np.zeros((t * n, t * n))
    blocks = rng.normal(size=(t, n, n))
    blocks = blocks @ np.swapaxes(blocks, 1, 2) + 8 * np.eye(n)
    first, second, rhs = rng.normal(size=(3, t, n))
    for i in range(t):
        rows = slice(i * n, i * n + n)
        A[rows, rows] = blocks[i]
        for step, band in ((1, first), (2, second)):
            if i + step < t:
                beside = slice((i + step) * n, (i + step + 1) * n)
                A[rows, beside] = A[beside, rows] = np.diag(band[i])
    given = blocks.copy()
    x = solve_pentadiagonal(blocks, first, second, rhs)
    assert x.ravel() == pytest.approx(np.linalg.solve(A, rhs.ravel()), abs=1e-9)
    assert (blocks == given).all()
    assert (solve_pentadiagonal(blocks, first, second, rhs, overwrites=True) == x).all()


@pytest.mark.parametrize("t", [1, 2, 3, 4, 8])
def test_acceleration_bands_are_those_of_second_differences(t: int) -> None:
    D = second_differences(t)
    weight = np.random.default_rng(t).uniform(0.1, 3, (max(t - 2, 0), 2))
    bands = acceleration_bands(weight, t)
    for k in (0, 1):
        dense = D.T @ np.diag(weight[:, k]) @ D
        for step, band in enumerate(bands):
            assert band[: max(t - step, 0), k] == pytest.approx(
                np.diag(dense, step)[: max(t - step, 0)]
            )
