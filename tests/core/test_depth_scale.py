"""Scale and shift of relative depth: recovered exactly, whatever a third of the readings say."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.depth.maps import DepthMap
from limn.core.depth.scale import fit_scale, likeness, steadied

FRAMES, SAMPLES = 12, 60


def _known(rng: np.random.Generator) -> np.ndarray:
    """1 / z of people between 3 and 6 metres."""
    return 1 / rng.uniform(3, 6, (FRAMES, SAMPLES))


def _ones(w: np.ndarray) -> np.ndarray:
    return np.full(w.shape, 0.01)


def _group() -> np.ndarray:
    return np.zeros(SAMPLES, int)


def test_scale_and_shift_of_every_frame_come_back_exactly() -> None:
    rng = np.random.default_rng(1)
    w = _known(rng)
    scale, shift = rng.uniform(500, 5000, FRAMES), rng.uniform(-300, 300, FRAMES)
    d = scale[:, None] * w + shift[:, None]
    affine, spread = fit_scale(d, w, _ones(w), _group())
    np.testing.assert_allclose(affine.gain, 1 / scale, rtol=1e-9)
    np.testing.assert_allclose(affine.apply(d), w, atol=1e-9)
    assert (spread < 1e-9).all()


@pytest.mark.parametrize("blur_frames", [0.0, 3.0])
def test_a_quarter_of_outliers_changes_nothing(blur_frames: float) -> None:
    rng = np.random.default_rng(2)
    w = _known(rng)
    d = 900 * w + 40
    wrong = rng.random(w.shape) < 0.25
    d[wrong] = rng.uniform(-2000, 4000, wrong.sum())
    affine, _ = fit_scale(d, w, _ones(w), _group(), blur_frames)
    np.testing.assert_allclose(affine.apply(900 * w + 40), w, rtol=1e-6)


@pytest.mark.parametrize("value", [1e9, -1e9, np.inf, np.nan])
def test_one_bad_pixel_rescales_nobody(value: float) -> None:
    w = _known(np.random.default_rng(3))
    d = 900 * w + 40
    d[4, 7] = value
    affine, _ = fit_scale(d, w, _ones(w), _group())
    np.testing.assert_allclose(affine.apply(900 * w + 40), w, rtol=1e-6)


def test_a_map_of_one_depth_gives_no_scale() -> None:
    w = _known(np.random.default_rng(4))
    affine, spread = fit_scale(np.full_like(w, 7.0), w, _ones(w), _group())
    assert np.isnan(affine.gain).all()
    assert np.isnan(spread).all()


def test_a_map_that_is_larger_where_it_is_farther_gives_no_scale() -> None:
    w = _known(np.random.default_rng(5))
    affine, _ = fit_scale(-900 * w, w, _ones(w), _group())
    assert np.isnan(affine.gain).all()


def test_the_floor_tells_the_scale_and_not_the_shift() -> None:
    """A floor that is known but for a tilt lies off by a constant in 1 / z."""
    rng = np.random.default_rng(6)
    people, floor = 1 / rng.uniform(4.0, 4.4, (FRAMES, 30)), 1 / rng.uniform(2, 8, (FRAMES, 30))
    d = 700 * np.concatenate([people, floor], 1) + 20
    w = np.concatenate([people + rng.normal(0, 0.004, people.shape), floor + 0.05], 1)
    group = np.repeat([0, 1], 30)
    with_floor, _ = fit_scale(d, w, _ones(w), group, 3.0)
    alone, _ = fit_scale(d[:, :30], w[:, :30], _ones(w)[:, :30], group[:30], 3.0)
    error = [np.abs(one.gain * 700 - 1).max() for one in (with_floor, alone)]
    assert error[0] < 0.02 < error[1]
    np.testing.assert_allclose(with_floor.apply(d[:, :30]), people, atol=2e-3)


def test_a_floor_is_known_by_its_order_whatever_the_scale_and_single_cells() -> None:
    floor = np.linspace(0.1, 0.5, 40)
    rng = np.random.default_rng(0)
    grid = rng.uniform(50, 900, (9, 1)) * floor + rng.uniform(-50, 50, (9, 1))
    assert likeness(grid, floor) == pytest.approx(1)
    grid[:, ::9] = 1e6
    assert 0.5 < likeness(grid, floor) < 1
    assert likeness(-grid, floor) < 0
    assert abs(likeness(rng.normal(500, 100, (30, 40)), floor)) < 0.15
    grid[:, 11:] = np.nan
    assert np.isnan(likeness(grid, floor))
    assert np.isnan(likeness(np.ones((9, 40)), floor))


def test_flicker_is_taken_out_by_what_stands_still() -> None:
    rng = np.random.default_rng(7)
    scene = rng.uniform(0, 1, (12, 16))
    grid = np.repeat(scene[None], FRAMES, 0)
    for i in range(FRAMES):
        grid[i, 2:9, i : i + 3] = 1.5  # somebody walks through
    scale, shift = rng.uniform(0.5, 2, FRAMES), rng.uniform(-1, 1, FRAMES)
    flickering = scale[:, None, None] * grid + shift[:, None, None]
    steady = steadied(flickering).apply(flickering)
    still = steady[:, 10:, :]
    assert np.ptp(still, axis=0).max() < 1e-6


def test_too_little_background_changes_nothing() -> None:
    steady = steadied(np.full((5, 12, 16), np.nan))
    np.testing.assert_array_equal(steady.gain, 1)
    np.testing.assert_array_equal(steady.shift, 0)


@pytest.mark.parametrize("size_px", [(640, 360), (360, 640), (1088, 1920), (333, 77)])
def test_places_in_the_map_are_exact_for_any_picture(size_px: tuple[int, int]) -> None:
    """A map of its own columns, then rows, reads as the picture's, stretched or letterboxed."""
    width, height = size_px
    for per_px, corner, side in (
        ((256 / width, 256 / height), (0.0, 0.0), 256),
        ((128 / max(size_px), 128 / max(size_px)), (5.0, 9.0), 160),
    ):
        axis = np.arange(side, dtype=np.float32)
        xy = np.stack(
            np.meshgrid(np.linspace(9, width - 10, 7), np.linspace(9, height - 10, 9)), -1
        )
        column = DepthMap(np.broadcast_to(axis, (side, side)).copy(), per_px, corner).at(xy)
        row = DepthMap(np.broadcast_to(axis[:, None], (side, side)).copy(), per_px, corner).at(xy)
        # Outer edges lie on outer edges: pixel k covers k to k + 1.
        back_x = (column + 0.5 - corner[0]) / per_px[0] - 0.5
        back_y = (row + 0.5 - corner[1]) / per_px[1] - 0.5
        np.testing.assert_allclose(back_x, xy[..., 0], atol=1e-3 * max(1, 1 / per_px[0]))
        np.testing.assert_allclose(back_y, xy[..., 1], atol=1e-3 * max(1, 1 / per_px[1]))
        assert np.isnan(
            DepthMap(np.zeros((side, side), np.float32), per_px, corner).at(
                np.array([-50.0 * width, 0.0])
            )
        )


def test_a_map_with_numbers_that_are_none_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        DepthMap(np.full((4, 4), np.nan, np.float32), (1.0, 1.0))


def test_a_map_is_read_between_its_pixels_and_one_by_one() -> None:
    rows, columns = np.mgrid[:6, :8].astype(np.float32)
    inverse = 100 + 10 * columns + rows
    whole = DepthMap(inverse, (1.0, 1.0))
    xy = np.array([[0, 0], [7, 5], [2.25, 3.5], [6.9, 4.1], [-0.5, 2], [7.5, 5.5], [3, -0.4]])
    inside = np.clip(xy, 0, [7, 5])
    np.testing.assert_allclose(whole.at(xy), 100 + 10 * inside[:, 0] + inside[:, 1], atol=1e-4)
    nearest = np.array([[0, 0], [7, 5], [2, 4], [7, 4], [0, 2]])
    got = whole.pixel_at(np.array([[0, 0], [7, 5], [2.25, 3.6], [6.9, 4.1], [-0.5, 2]]))
    np.testing.assert_array_equal(got, 100 + 10 * nearest[:, 0] + nearest[:, 1])
    for outside in ((-0.6, 2), (2, -0.6), (7.6, 2), (2, 5.6), (np.nan, 1)):
        assert np.isnan(whole.at(np.array(outside)))
        assert np.isnan(whole.pixel_at(np.array(outside)))
    # Twice the picture's size, after a border of 3 and 1 pixels: pixel centres stay centres.
    bordered = DepthMap(inverse, (0.5, 0.5), (3.0, 1.0))
    np.testing.assert_allclose(bordered.from_picture(np.array([0.5, 0.5])), [3.0, 1.0])
    assert bordered.at(np.array([2.5, 4.5])) == 100 + 10 * 4 + 3
