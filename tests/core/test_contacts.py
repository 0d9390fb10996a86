"""The pieces behind standing feet: unseen ones hold their place, sunken ones come up."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.solving.floor.contacts import foot_contacts, unseen_stands
from limn.core.solving.track.terms import Normal

FPS = 30.0
HIPS = [points.POINTS.index(f"{side}_hip") for side in ("left", "right")]
LEFT_HEEL = points.POINTS.index("left_heel")
DOWN = np.array([0.0, 1.0, 0.0])


def hidden_from(start: int, t: int, hips_mps: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(X, score, contacts) of feet that stand, then go unseen while the hips move sideways."""
    X = np.zeros((t, points.COUNT, 3))
    X[..., 2] = 4.0
    X[start:, HIPS, 0] = hips_mps / FPS * np.arange(t - start)[:, None]
    score = np.ones((t, points.COUNT))
    contacts = np.ones((t, 2))
    feet = [point for foot in points.FEET for point in foot]
    score[start:, feet] = 0.0
    contacts[start:] = 0.0
    return X, score, contacts


def test_a_foot_that_stood_when_it_went_unseen_stands_on_while_the_hips_are_over_it() -> None:
    X, score, contacts = hidden_from(30, 60, hips_mps=0.0)
    assert unseen_stands(X, score, FPS, contacts)[30:].min() == pytest.approx(1.0)
    # Hips that leave at a run take the feet with them.
    X, score, contacts = hidden_from(30, 60, hips_mps=3.0)
    held = unseen_stands(X, score, FPS, contacts)
    assert held[45:].max() == 0.0
    assert held[31:33].min() == pytest.approx(1.0)


def test_an_unseen_foot_of_somebody_walking_by_is_not_held() -> None:
    X, score, _ = hidden_from(0, 60, hips_mps=1.5)
    assert unseen_stands(X, score, FPS, np.zeros((60, 2)))[10:-10].max() == 0.0


def test_unseen_feet_of_who_dances_on_one_spot_hang_and_of_who_stands_are_held() -> None:
    """Held as little as a tenth, feet would bend legs that nobody sees under hips that sway."""
    for sway_m, held in ((0.0, True), (0.005, True), (0.12, False), (0.2, False)):
        X, score, _ = hidden_from(0, 90, hips_mps=0.0)
        X[:, HIPS, 0] = sway_m * np.sin(2 * np.pi * np.arange(90) / FPS)[:, None]
        weight = unseen_stands(X, score, FPS, np.zeros((90, 2)))[10:-10]
        assert weight.min() > 0.9 if held else weight.max() < 0.05


@pytest.mark.parametrize(("sunk_m", "rises"), [(0.10, True), (-0.10, False), (2.0, False)])
def test_only_a_sunken_sole_is_lifted_and_a_step_down_is_left(sunk_m: float, rises: bool) -> None:
    X = np.zeros((1, points.COUNT, 3))
    X[:, LEFT_HEEL] = sunk_m * DOWN
    normal = Normal(1)
    normal.keep_above_floor(X, -DOWN, np.zeros((1, points.COUNT)), sigma=0.03)
    i = slice(3 * LEFT_HEEL, 3 * LEFT_HEEL + 3)
    pull = normal.g[0, i] - normal.H[0, i, i] @ X[0, LEFT_HEEL]
    assert (pull @ DOWN < -50) == rises


@pytest.mark.parametrize(
    ("height_m", "mps", "doubt", "stands"),
    [
        (0.01, 0.28, 1.0, True),
        (0.10, 0.28, 1.0, False),  # lifted: it may come to stand only below 0.2 m/s
        (0.01, 0.28, 0.0, False),
        (0.01, 0.50, 1.0, False),  # faster, it moves on the floor too
    ],
)
def test_a_foot_on_the_floor_moves_from_a_higher_speed_on(
    height_m: float, mps: float, doubt: float, *, stands: bool
) -> None:
    t = 30
    X = np.zeros((t, points.COUNT, 3))
    X[..., 2] = 4.0
    X[:, points.FEET[0], 0] = (mps / FPS * np.arange(t))[:, None]
    height = np.full((t, 2), height_m)
    found = foot_contacts(X, np.ones((t, points.COUNT)), FPS, height, 0.2, doubt=doubt)
    assert (found[10:20, 0] == stands).all()
    assert (found[10:20, 1] == 1).all()
