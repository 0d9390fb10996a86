"""Shoulders don't stand askew on a trunk for a whole clip; where the shape is known it is kept."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.data.arrays import F64
from limn.core.solving.track.trunk import trunk_diagonals

SHOULDERS = np.array([[0.18, -0.5, 3.0], [-0.18, -0.5, 3.0]])
HIPS = np.array([[0.12, 0.0, 3.0], [-0.12, 0.0, 3.0]])


def frames(shoulders_deg: float, hips_deg: float = 0.0) -> F64:
    """A trunk (5, 19, 3) whose shoulders and hips are turned in its own plane, left ones up."""
    X = np.zeros((5, points.COUNT, 3))
    for rows, ends, angle in (
        (slice(0, 2), SHOULDERS, shoulders_deg),
        (slice(6, 8), HIPS, hips_deg),
    ):
        turn = np.radians(angle)
        R = np.array([[np.cos(turn), np.sin(turn), 0], [-np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
        middle = ends.mean(0)
        X[:, rows] = (ends - middle) @ R.T + middle
    return X


def lengths(X: F64) -> dict[points.Bone, float]:
    return {(a, b): float(np.linalg.norm(X[0, a] - X[0, b])) for a, b in points.TRUNK_BONES}


def test_what_is_square_stays_as_it_is() -> None:
    assert trunk_diagonals(frames(0.0), is_certain=False) == pytest.approx(lengths(frames(0.0)))


@pytest.mark.parametrize("askew", [-16.0, 12.0])
def test_shoulders_that_stand_askew_come_most_of_the_way_to_a_right_angle(askew: float) -> None:
    told = trunk_diagonals(frames(askew), is_certain=False)
    nearly, halfway = lengths(frames(0.2 * askew)), lengths(frames(0.5 * askew))
    square = lengths(frames(0.0))
    for bone, length in told.items():
        assert abs(length - square[bone]) < abs(halfway[bone] - square[bone])
        assert length == pytest.approx(nearly[bone], abs=0.004)


def test_hips_may_stand_askew_as_the_spine_bends() -> None:
    X = frames(0.0, 10.0)
    assert trunk_diagonals(X, is_certain=False) == pytest.approx(lengths(X), abs=0.001)


def test_a_shape_that_is_known_is_kept() -> None:
    X = frames(12.0)
    assert trunk_diagonals(X, is_certain=True) == pytest.approx(lengths(X))
