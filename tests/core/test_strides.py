"""The picture tells who stands; along the view strides do, never of both feet at once."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.solving.floor.contacts import foot_contacts

FPS, FRAMES, FAR_M, CAMERA_HEIGHT_M = 30.0, 45, 5.0, 1.2
FEET = [list(foot) for foot in points.FEET]
SURE = np.ones((FRAMES, points.COUNT))


def standing_body() -> np.ndarray:
    """(t, 19, 3) camera axes: all that counts here are hips over two feet on the floor."""
    X = np.zeros((FRAMES, points.COUNT, 3))
    X[..., 1], X[..., 2] = CAMERA_HEIGHT_M - 0.9, FAR_M
    for foot, x in zip(FEET, (0.15, -0.15), strict=True):
        X[:, foot, 0], X[:, foot, 1] = x, CAMERA_HEIGHT_M
    return X


def called(X: np.ndarray, score: np.ndarray = SURE) -> np.ndarray:
    """(2,) the share of the middle frames in which each foot is called standing."""
    return foot_contacts(X, score, FPS, None, np.inf)[10:-10].mean(0)


def drawn_out(X: np.ndarray, points_of: list[int], mps: float) -> np.ndarray:
    """``X`` with some points at wrong distances, farther by ``mps``, and the picture as it was."""
    out = X.copy()
    away = 1 + mps * np.arange(FRAMES) / FPS / FAR_M
    out[:, points_of] *= away[:, None, None]
    return out


def test_a_body_that_seems_to_back_away_while_the_picture_stands_still_stands() -> None:
    everything = list(range(points.COUNT))
    assert called(drawn_out(standing_body(), everything, 1.5)).min() > 0.9


def test_one_foot_alone_that_moves_along_the_view_steps() -> None:
    share = called(drawn_out(standing_body(), FEET[0], 2.0))
    assert share[0] < 0.1


def test_where_one_foot_is_not_seen_the_hips_are_the_witness() -> None:
    unseen = SURE.copy()
    unseen[:, FEET[1]] = 0.0
    everything = list(range(points.COUNT))
    assert called(drawn_out(standing_body(), everything, 1.5), unseen)[0] > 0.9
    assert called(drawn_out(standing_body(), FEET[0], 2.0), unseen)[0] < 0.1


@pytest.mark.parametrize("mps", [2.0, -2.0])
def test_who_rolls_along_the_view_is_seen_to_move(mps: float) -> None:
    X = standing_body()
    X[..., 2] += 1.5 + mps * np.arange(FRAMES)[:, None] / FPS
    assert called(X).max() < 0.1
