"""How large a camera's path is in metres: as large as lets standing feet stand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.solving import carried
from limn.core.solving.floor.ground import Ground
from limn.core.solving.path_scale import PathScale, path_scale, walker
from moving_room import smooth
from solved_people import somebody

FPS = 30.0
COUNT = 90


def stepping(stride_m: float = 0.65, away_m: float = 4.0) -> np.ndarray:
    """Points (t, 19, 3) of somebody who walks along x: one foot stands while the other swings."""
    t = np.arange(COUNT) / FPS
    X = np.zeros((COUNT, points.COUNT, 3))
    X[..., 2] = away_m
    X[..., 0] = (stride_m * 2 * t)[:, None]
    for side, foot in enumerate(points.FEET):
        phase = 2 * t + side
        step, share = np.floor(phase / 2), np.clip(phase % 2 - 1, 0, 1)
        eased = share**2 * (3 - 2 * share)
        X[:, list(foot), 0] = (2 * stride_m * (step + eased))[:, None]
        X[:, list(foot), 1] = 1.4 - 0.1 * np.sin(np.pi * share)[:, None]
    return X


def dragged(X: np.ndarray, share: float = 0.05) -> np.ndarray:
    """``X`` as smoothing leaves it: feet that stand go a little way along with the body."""
    out = X.copy()
    for foot in points.FEET:
        out[:, list(foot)] = (1 - share) * X[:, list(foot)] + share * X[:, :1]
    return out


def told(X: np.ndarray, path: np.ndarray, unit: float, noise_m: float = 0.0) -> PathScale:
    """What ``X`` in the room tells of ``path``, known in another ``unit``."""
    rng = np.random.default_rng(1)
    seen = dragged(X) - path[:, None] + noise_m * rng.normal(size=X.shape) * [1, 1, 4]
    score = np.ones(X.shape[:2])
    return path_scale([walker(seen, score, np.zeros((COUNT, 3)), path / unit, FPS)])


def followed() -> np.ndarray:
    along = np.linspace(0, 3.5, COUNT)
    return np.stack([along, 0 * along, 0.1 * along], -1) + smooth(COUNT, (0.02, 0.02, 0.02))


def test_steps_along_the_view_are_drawn_short() -> None:
    """Whoever comes towards a camera that goes back more slowly tells its path all the same."""
    X = stepping()
    X[..., 2], X[..., 0] = 7 - X[..., 0], 0.0
    path = np.linspace([0, 0, 0], [0, 0, -2.2], COUNT) + smooth(COUNT, (0.02, 0.02, 0.02))
    seen = dragged(X, 0.15) - path[:, None]
    one = walker(seen, np.ones(X.shape[:2]), np.zeros((COUNT, 3)), path / 2.0, FPS)
    assert path_scale([one]).factor == pytest.approx(2.0, rel=0.04)


@pytest.mark.parametrize("unit", [0.3, 1.0, 7.0])
def test_a_path_beside_a_walker_is_told_by_standing_feet(unit: float) -> None:
    found = told(stepping(), followed(), unit)
    assert found.is_told
    assert found.factor == pytest.approx(unit, rel=0.03)


def test_noise_costs_little() -> None:
    found = told(stepping(), followed(), 2.0, noise_m=0.004)
    assert found.is_told
    assert found.factor == pytest.approx(2.0, rel=0.08)


def test_what_was_solved_for_a_path_tells_the_rest_of_it() -> None:
    X, path = stepping(), followed()
    origin = 0.8 * path
    seen = dragged(X) - path[:, None] + origin[:, None]
    one = walker(seen, np.ones(X.shape[:2]), origin, path / 2.0, FPS)
    assert path_scale([one]).factor == pytest.approx(2.0, rel=0.03)


def test_feet_that_never_stand_tell_nothing() -> None:
    X = stepping()
    skating = X.copy()
    # Both feet glide with the body, which speeds up and slows down by itself.
    t = np.arange(COUNT)[:, None, None] / FPS
    skating[..., 0:1] = 1.3 * t + 0.4 * np.sin(2 * t)
    found = told(skating, smooth(COUNT, (0.15, 0.1, 0.1), seed=3), 2.0)
    assert not found.is_told
    assert np.isfinite(found.factor)
    assert found.factor > 0


def test_unseen_feet_tell_nothing() -> None:
    X, path = stepping(), followed()
    one = walker(X - path[:, None], np.zeros(X.shape[:2]), np.zeros((COUNT, 3)), path, FPS)
    assert not path_scale([one]).is_told


def test_a_path_that_contradicts_what_is_seen_stays_of_a_likely_size() -> None:
    X = stepping()
    X[...] = X[:1]  # stands still, before a camera that does so too and is said to be carried
    straight = np.linspace([0, 0, 0], [1000, 0, 0], COUNT)
    one = walker(X, np.ones(X.shape[:2]), np.zeros((COUNT, 3)), straight, FPS)
    found = path_scale([one])
    assert not found.is_told
    assert found.factor * 1000 < 60


def test_who_is_taller_is_told_by_floors_at_the_clips_own_rate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stand of 0.12 s founds a floor, 8 frames at 60 a second; unseen feet found none."""
    one = somebody(1)
    asked = list[tuple[object, ...]]()

    def finding(*given: object) -> list[Ground]:
        asked.append(given)
        return [Ground(np.array([0.0, -1.0, 0.0]), -1.3, is_measured=True)]

    monkeypatch.setattr(carried, "find_grounds", finding)
    stage = SimpleNamespace(
        solve=lambda i, lifter: one, shots=[0], up_of=lambda shot: None, fps=60.0
    )
    assert carried._by_floor(stage, [0], None) == {0: pytest.approx(1.7)}  # type: ignore[arg-type]
    ((*_, fps, seen),) = asked
    assert fps == 60.0
    assert seen == [one.evidence.seen]
