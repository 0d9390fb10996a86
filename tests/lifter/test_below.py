"""Simulated half figures: where the border lies, and what detectors make of what is below it."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.tools.lifter.below import Border, as_blazepose, as_multipose, draw_border
from limn.tools.lifter.body import TO_POINTS, point
from limn.tools.lifter.chance import Chance
from limn.tools.lifter.detectors import Seen, project
from limn.tools.lifter.motion import load_motion
from limn.tools.lifter.sampling import Conditions, draw_batch
from stick_figures import figure, write_motion

B, T = 200, 6


@pytest.fixture(scope="module")
def bodies() -> np.ndarray:
    """(B, T, 19, 3) people 4 m before a level camera."""
    tree = np.stack([figure(T, seed) for seed in range(B)]).astype(np.float32)[:, :, TO_POINTS]
    return np.stack([tree[..., 0], 1.0 - tree[..., 2], tree[..., 1] + 4], axis=-1)


@pytest.fixture(scope="module")
def cut(bodies: np.ndarray) -> tuple[np.ndarray, np.ndarray, Border]:
    rays, depth = project(bodies), bodies[:, :, 6:8, 2].mean(2)
    return rays, depth, draw_border(rays, depth, 1.0, Chance(3))


def test_the_border_lies_between_waist_and_knees(
    cut: tuple[np.ndarray, np.ndarray, Border],
) -> None:
    rays, depth, border = cut
    hips = rays[:, :, [point("left_hip"), point("right_hip")], 1].mean((1, 2))
    knees = rays[:, :, [point("left_knee"), point("right_knee")], 1].mean((1, 2))
    place = (border.y[:, 0, 0] - hips) / (knees - hips)
    assert place.min() > -0.71
    assert place.max() < 1.01
    assert np.ptp(place) > 1.5
    assert np.array_equal(border.below, rays[..., 1] > border.y)
    ankles = [point("left_ankle"), point("right_ankle")]
    deep = (rays[:, :, ankles, 1] - border.y) * depth[..., None]
    assert np.allclose(border.deep_m[:, :, ankles], deep, atol=1e-5)


def test_a_share_of_the_windows_is_cut(bodies: np.ndarray) -> None:
    rays, depth = project(bodies), bodies[:, :, 6:8, 2].mean(2)
    some = np.isfinite(draw_border(rays, depth, 0.3, Chance(4)).y).mean()
    assert some == pytest.approx(0.3, abs=0.1)
    lying = rays[..., ::-1]
    assert not draw_border(lying, depth, 1.0, Chance(5)).below[:, :, point("left_ankle")].all()


def test_movenet_draws_onto_the_border_and_blazepose_below_it(
    cut: tuple[np.ndarray, np.ndarray, Border],
) -> None:
    rays, depth, border = cut
    seen = Seen(rays, np.full(rays.shape[:3], 0.9, np.float32))
    onto = as_multipose(seen, rays, depth, border, Chance(6))
    under = as_blazepose(seen, rays, depth, border, Chance(7))
    metres = depth[..., None]
    off = ((onto.xy[..., 1] - border.y) * metres)[border.below]
    assert abs(np.median(off)) < 0.01
    assert off.std() == pytest.approx(0.025, abs=0.01)
    told = ((under.xy[..., 1] - border.y) * metres)[border.below] / border.deep_m[border.below]
    assert np.median(told) == pytest.approx(0.85, abs=0.05)
    for one in (onto, under):
        assert np.array_equal(one.xy[~border.below], rays[~border.below])
        assert np.all(one.score[~border.below] == np.float32(0.9))
        assert one.score[border.below].mean() < 0.25
    hips = np.isin(np.arange(points.COUNT), [6, 7])
    deep = border.below & (border.deep_m > 0.1)
    assert under.score[deep & hips].mean() > under.score[deep & ~hips].mean() + 0.1


def test_batches_have_as_many_half_figures_as_are_asked_for(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    motion = load_motion(write_motion(tmp_path_factory.mktemp("data") / "motion.npz"), "train")

    def seen_ankles(share: float) -> float:
        batch = draw_batch(motion, 24, 8, Chance(8), Conditions(cut_off=share, sources="both"))
        # Scores of BlazePose's points follow its 19 places.
        return float(batch.features[..., 38 + point("left_ankle")].mean())

    assert seen_ankles(0.0) > 0.5
    assert seen_ankles(1.0) < 0.3
