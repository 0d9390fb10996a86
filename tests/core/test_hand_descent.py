"""The steps of a hand's fit: their equations are those of its cost."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.data.arrays import F64
from limn.core.data.skeletons import REST_XYZ_BODY
from limn.core.geometry.rotations import exp_so3
from limn.core.hands.fit import descent
from limn.core.hands.habits import RELAXED, prior_cost, prior_equations
from limn.core.hands.model import ANGLES, hand_at_rest, hand_of, pose_hand

HAND = hand_of(hand_at_rest(REST_XYZ_BODY))


def test_the_equations_of_a_step_are_those_of_all_residuals() -> None:
    """Half the gradient of the cost, and products of the residuals' derivatives."""
    rng = np.random.default_rng(0)
    angles = RELAXED + rng.normal(0, 0.3, (4, 5, 4))
    turn = exp_so3(rng.normal(0, 1, (4, 3)))
    points = pose_hand(HAND, angles).points @ turn.transpose(0, 2, 1)
    points = points - points.mean(1, keepdims=True)
    target = points + rng.normal(0, 0.004, points.shape)
    weight = rng.uniform(20, 90, target.shape)
    drawn = (RELAXED + rng.normal(0, 0.2, (4, 5, 4))).reshape(4, ANGLES)
    near = exp_so3(rng.normal(0, 1e-5, (4, 3))) @ turn
    problem = descent.Problem(HAND, target, weight, drawn, near, 1.0)

    def at(change: F64) -> descent._State:
        by, spin = change[:ANGLES].reshape(5, 4), exp_so3(change[None, ANGLES:])
        return descent._state(problem, angles + by, spin @ turn)

    state = at(np.zeros(ANGLES + 3))
    H, g = descent.normal_equations(problem, turn, state.posed, state.residual, angles)
    steps = 1e-6 * np.eye(ANGLES + 3)
    gradient = np.stack([(at(one).cost - at(-one).cost) / 2e-6 for one in steps], axis=-1)
    np.testing.assert_allclose(g, gradient / 2, atol=1e-4 * np.abs(g).max())
    # As Gauss and Newton weigh the points' residuals.
    robust = (1 + state.residual**2) ** -0.25
    J = np.stack([(at(one).residual - at(-one).residual) / 2e-6 for one in steps], axis=-1)
    J = (J * robust[..., None]).reshape(4, -1, ANGLES + 3)
    expected = J.transpose(0, 2, 1) @ J
    flat = angles.reshape(4, ANGLES)
    expected[:, :ANGLES, :ANGLES] += prior_equations(flat, drawn, 1 / descent._PRIOR_SIGMA)[0]
    expected[:, ANGLES:, ANGLES:] += np.eye(3) / descent._TURN_SIGMA**2
    np.testing.assert_allclose(H, expected, atol=1e-6 * np.abs(H).max())


def test_what_hands_do_bends_by_its_derivatives() -> None:
    rng = np.random.default_rng(1)
    angles = rng.normal(0, 1.0, (3, ANGLES))
    drawn = rng.normal(0, 1.0, (3, ANGLES))
    H, g = prior_equations(angles, drawn, 2.0)
    steps = 1e-5 * np.eye(ANGLES)
    costs = [
        (prior_cost(angles + s, drawn, 2.0), prior_cost(angles - s, drawn, 2.0)) for s in steps
    ]
    slope = np.stack([(a - b) / 4e-5 for a, b in costs], axis=-1)
    np.testing.assert_allclose(g, slope, atol=1e-5 * np.abs(g).max())
    here = prior_cost(angles, drawn, 2.0)
    bend = np.stack([(a + b - 2 * here) / 2e-10 for a, b in costs], axis=-1)
    np.testing.assert_allclose(np.diagonal(H, axis1=1, axis2=2), bend, rtol=1e-2)


def _seen(rng: np.random.Generator, t: int) -> tuple[descent.Problem, F64, F64]:
    """A problem of t frames whose every third nobody saw, and where to begin."""
    true = RELAXED + rng.normal(0, 0.2, (t, 5, 4))
    points = pose_hand(HAND, true).points
    target = points - points.mean(1, keepdims=True)
    weight = np.full(target.shape, 80.0)
    weight[::3] = 0.0
    drawn = np.repeat(RELAXED.reshape(1, ANGLES), t, axis=0)
    still = np.repeat(np.eye(3)[None], t, axis=0)
    problem = descent.Problem(HAND, target, weight, drawn, still, 0.0)
    return problem, np.repeat(RELAXED[None], t, axis=0), exp_so3(rng.normal(0, 0.2, (t, 3)))


def test_frames_that_nobody_saw_stay_where_they_are() -> None:
    problem, angles, turn = _seen(np.random.default_rng(2), 9)
    found, turned = descent.descend(problem, angles, turn, 10)
    np.testing.assert_array_equal(found[::3], angles[::3])
    np.testing.assert_array_equal(turned[::3], turn[::3])
    assert (np.abs(found[1::3] - angles[1::3]).max((1, 2)) > 0.01).all()


def test_frames_that_arrived_are_left_out_of_further_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, angles, turn = _seen(np.random.default_rng(3), 30)
    asked = list[int]()
    equations = descent.normal_equations

    def counting(problem: descent.Problem, turn: F64, *rest: F64) -> tuple[F64, F64]:
        asked.append(len(turn))
        return equations(problem, turn, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(descent, "normal_equations", counting)
    found, turned = descent.descend(problem, angles, turn, 40)
    assert asked[0] == 20 > asked[-1]
    monkeypatch.setattr(descent, "_WORTH_LEAVING", 0.0)
    every, every_turn = descent.descend(problem, angles, turn, 40)
    np.testing.assert_allclose(found, every, atol=1e-3)
    np.testing.assert_allclose(turned, every_turn, atol=1e-3)
