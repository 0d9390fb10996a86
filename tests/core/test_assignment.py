"""The assignment against trying every permutation."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from limn.core.geometry.assignment import assign, assign_below


def cheapest(cost: np.ndarray) -> float:
    if cost.shape[0] > cost.shape[1]:
        cost = cost.T
    rows = range(len(cost))
    return min(cost[rows, list(p)].sum() for p in permutations(range(cost.shape[1]), len(cost)))


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (4, 1), (3, 3), (2, 5), (5, 3), (6, 6)])
def test_no_permutation_is_cheaper(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(sum(shape))
    for round_ in range(20):
        cost = rng.normal(size=shape) if round_ % 2 else rng.integers(0, 4, shape).astype(float)
        pairs = assign(cost)
        assert len(pairs) == min(shape)
        assert len({a for a, _ in pairs}) == len({b for _, b in pairs}) == len(pairs)
        assert sum(cost[a, b] for a, b in pairs) == pytest.approx(cheapest(cost))


def test_nothing_to_assign_gives_no_pairs() -> None:
    assert assign(np.zeros((0, 3))) == []
    assert assign(np.zeros((3, 0))) == []


def test_a_crowd_is_assigned_quickly_and_to_itself() -> None:
    xy = np.random.default_rng(0).normal(size=(60, 2))
    cost = np.linalg.norm(xy[:, None] - xy[None] - [0.01, 0.0], axis=-1)
    assert assign(cost) == [(i, i) for i in range(60)]


def test_groups_by_themselves_cost_what_all_together_would() -> None:
    rng = np.random.default_rng(3)
    for shape in [(7, 7), (5, 8), (8, 5)] * 10:
        cost = np.where(rng.random(shape) < 0.3, rng.random(shape) * 1.2, np.inf)
        capped = np.minimum(cost, 1.0)
        pairs = assign_below(cost, 1.0)
        assert all(cost[pair] < 1.0 for pair in pairs)
        assert len({a for a, _ in pairs}) == len({b for _, b in pairs}) == len(pairs)
        alone = min(shape) - len(pairs)
        assert sum(cost[pair] for pair in pairs) + alone == pytest.approx(cheapest_of(capped))


def cheapest_of(cost: np.ndarray) -> float:
    return sum(float(cost[pair]) for pair in assign(cost))


def test_many_small_groups_are_one_matrix_and_nothing_below_the_limit_gives_no_pairs() -> None:
    cost = np.full((400, 400), np.inf)
    cost[np.arange(399), np.arange(1, 400)] = 0.5
    assert assign_below(cost, 1.0) == [(k, k + 1) for k in range(399)]
    assert assign_below(cost, 0.5) == []
    assert assign_below(np.zeros((0, 3)), 1.0) == []
