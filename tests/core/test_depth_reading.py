"""Depth is read inside limbs; what covers a joint is recognised; the published formula holds."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.baselines.per_frame import published_depth, published_points
from limn.core.data import solver_points as points
from limn.core.data.skeletons import REST_XYZ_BODY, joint
from limn.core.depth import reading
from limn.core.depth.evidence import (
    COVERED,
    MISSED,
    OWN,
    JointDepth,
    expect,
    joint_depth,
    sample_places,
    thickness_m,
)
from limn.core.depth.maps import DepthMap
from limn.core.depth.occlusion import Body

FRAMES = 30
STATURE_M = 1.7


def _standing(distance_m: float = 4.0) -> np.ndarray:
    """Somebody in a T-pose (19, 3) who faces the camera, in camera axes."""
    rest = REST_XYZ_BODY.astype(float)
    out = np.zeros((points.COUNT, 3))
    for i, name in enumerate(points.POINTS[: points.LIMBS]):
        out[i] = rest[joint(name)]
    for i, side in enumerate(("left", "right")):
        ankle = rest[joint(f"{side}_ankle")]
        out[points.POINTS.index(f"{side}_heel")] = ankle + np.array([0, -0.06, -0.05])
        out[points.POINTS.index(f"{side}_foot_index")] = ankle + np.array([0, -0.06, 0.14])
        out[points.POINTS.index(f"{side}_ear")] = rest[joint("head")] + [0.07 - 0.14 * i, 0.08, 0]
    out[points.POINTS.index("nose")] = rest[joint("head")] + [0, 0.08, 0.1]
    return out * [1, -1, -1] + [0, 0, distance_m]


def _landmarks(X: np.ndarray, focal_px: float, size_px: tuple[int, int]) -> np.ndarray:
    xy = np.zeros((len(reading.LANDMARKS), 2))
    xy[: points.COUNT] = X[:, :2] / X[:, 2:] * focal_px + np.array(size_px) / 2
    for side in ("left", "right"):
        xy[reading.LANDMARKS.index(f"{side}_eye")] = xy[reading.LANDMARKS.index("nose")]
    return xy


def _painted(start: np.ndarray, end: np.ndarray, half: float, inside: float) -> np.ndarray:
    """A map (200, 200) of 1, in which a limb of another depth lies."""
    y, x = np.mgrid[:200, :200].astype(float)
    along = end - start
    share = np.clip(((x - start[0]) * along[0] + (y - start[1]) * along[1]) / (along @ along), 0, 1)
    away = np.hypot(x - start[0] - share * along[0], y - start[1] - share * along[1])
    return np.where(away < half, inside, 1.0).astype(np.float32)


@pytest.mark.parametrize("aside_px", [-1.5, 0.0, 1.5])
def test_a_wrist_is_read_inside_the_forearm_and_not_at_its_edge(aside_px: float) -> None:
    """The landmark lies at the very end of the limb and off its middle; the one pixel misses."""
    elbow, wrist = np.array([60.0, 100.0]), np.array([120.0, 100.0])
    limb = _painted(elbow, wrist, 4.0, 9.0)
    xy = np.full((len(reading.LANDMARKS), 2), 100.0)
    xy[reading.LANDMARKS.index("left_elbow")] = elbow
    xy[reading.LANDMARKS.index("left_wrist")] = wrist + np.array([4.0, aside_px])
    side_px = 4.0 / 0.032 * 1.05 * 2.5
    read = reading.read_body(DepthMap(limb, (1.0, 1.0)), xy, side_px)
    k = points.POINTS.index("left_wrist")
    assert read[k, reading.VALUE] == pytest.approx(9.0, abs=0.3)
    first = reading.BONES.start + 2 * points.LIMB_BONES.index((2, 4))
    np.testing.assert_allclose(read[first : first + 2, reading.VALUE], 9.0, atol=0.5)


def test_a_blurred_limb_is_read_nearer_than_its_brightest_pixel() -> None:
    """A map's blur mixes thin limbs with what is behind them; most of that is put right."""
    elbow, wrist = np.array([60.0, 100.0]), np.array([120.0, 100.0])
    sharp = _painted(elbow, wrist, 1.5, 9.0)
    kernel = np.exp(-0.5 * np.arange(-4, 5) ** 2)
    kernel /= kernel.sum()
    soft = np.apply_along_axis(lambda row: np.convolve(row, kernel, "same"), 1, sharp)
    soft = np.apply_along_axis(lambda row: np.convolve(row, kernel, "same"), 0, soft)
    xy = np.full((len(reading.LANDMARKS), 2), 100.0)
    xy[reading.LANDMARKS.index("left_elbow")] = elbow
    xy[reading.LANDMARKS.index("left_wrist")] = wrist
    side_px = 1.5 / 0.032 * 1.05 * 2.5
    read = reading.read_body(DepthMap(soft.astype(np.float32), (1.0, 1.0)), xy, side_px)
    first = reading.BONES.start + 2 * points.LIMB_BONES.index((2, 4))
    brightest = soft[95:106, 60:120].max()
    assert brightest < read[first, reading.VALUE] < 10.0


def test_samples_outside_the_map_are_unread() -> None:
    xy = np.full((len(reading.LANDMARKS), 2), -500.0)
    read = reading.read_body(DepthMap(np.ones((50, 50), np.float32), (1.0, 1.0)), xy, 100.0)
    assert np.isnan(read).all()


def test_mirrored_samples_are_those_of_the_mirrored_joints() -> None:
    rng = np.random.default_rng(1)
    xy = rng.uniform(10, 90, (len(reading.LANDMARKS), 2))
    mirrored = xy.copy()
    for k, name in enumerate(reading.LANDMARKS):
        twin = name.replace("left", "?").replace("right", "left").replace("?", "right")
        mirrored[k] = xy[reading.LANDMARKS.index(twin)]
    np.testing.assert_allclose((reading.PLACES @ xy)[reading.MIRROR], reading.PLACES @ mirrored)


def _surface_of(X: np.ndarray) -> np.ndarray:
    """Camera z (t, s) of a perfect map's readings at everybody's own skin."""
    return sample_places(X)[..., 2] - thickness_m(STATURE_M)


def _judge(X: np.ndarray, surface: np.ndarray, others: list[Body] | None = None) -> JointDepth:
    expected = expect(Body(X, STATURE_M), others or [])
    return joint_depth(
        X, np.ones((FRAMES, points.COUNT)), expected, surface, np.full(surface.shape, 0.02), 30.0
    )


def test_a_forearm_that_points_at_the_camera_is_read_so() -> None:
    """Solved as pointing away, its reading says towards: the change is the difference."""
    true = np.repeat(_standing()[None], FRAMES, 0)
    wrist = points.POINTS.index("left_wrist")
    solved = true.copy()
    true[:, wrist, 2] -= 0.15
    solved[:, wrist, 2] += 0.15
    joints = _judge(solved, _surface_of(true))
    assert (joints.kind[:, wrist] == OWN).all()
    np.testing.assert_allclose(joints.change_m[:, wrist], -0.30, atol=0.02)


def test_a_constant_error_of_the_whole_body_moves_nothing() -> None:
    X = np.repeat(_standing()[None], FRAMES, 0)
    joints = _judge(X, _surface_of(X) + 0.4)
    np.testing.assert_allclose(joints.change_m, 0.0, atol=0.02)


def test_what_stands_before_knees_covers_them_and_background_is_missed() -> None:
    X = np.repeat(_standing()[None], FRAMES, 0)
    surface = _surface_of(X)
    knee, ankle = points.POINTS.index("left_knee"), points.POINTS.index("left_ankle")
    surface[:, [knee, ankle]] = 2.5  # a box, 1.4 m nearer
    elbow = points.POINTS.index("right_elbow")
    surface[:, elbow] = 7.0  # the wall
    joints = _judge(X, surface)
    assert (joints.kind[:, [knee, ankle]] == COVERED).all()
    assert (joints.kind[:, elbow] == MISSED).all()
    assert np.isinf(joints.sigma_m[:, [knee, ankle, elbow]]).all()


def test_a_hand_behind_the_back_is_covered_and_one_before_the_belly_is_not() -> None:
    X = np.repeat(_standing()[None], FRAMES, 0)
    wrist = points.POINTS.index("left_wrist")
    elbow = points.POINTS.index("left_elbow")
    belly = X[:, [0, 1, 6, 7]].mean(1)
    for away, kind in ((0.2, COVERED), (-0.25, OWN)):
        bent = X.copy()
        bent[:, elbow] = belly + np.array([0.25, 0.1, 0.0])
        bent[:, wrist] = belly + np.array([0.0, 0.1, away])
        surface = _surface_of(bent)
        front = expect(Body(bent, STATURE_M), []).surface
        surface = np.minimum(surface, front)
        joints = _judge(bent, surface)
        assert (joints.kind[:, wrist] == kind).all()


def test_somebody_in_front_covers() -> None:
    X = np.repeat(_standing(4.0)[None], FRAMES, 0)
    other = np.repeat(_standing(2.5)[None], FRAMES, 0)
    expected = expect(Body(X, STATURE_M), [Body(other, STATURE_M)])
    hip = points.POINTS.index("left_hip")
    assert expected.is_covered[:, hip].all()
    assert not expect(Body(other, STATURE_M), [Body(X, STATURE_M)]).is_covered[:, hip].any()


def test_the_published_formula_on_numbers_by_hand() -> None:
    z = np.array([[100.0, 300.0], [500.0, np.nan]])
    np.testing.assert_allclose(published_depth(z)[0], [0.4, 0.5])
    assert published_depth(z)[1, 0] == pytest.approx(0.6)
    assert np.isnan(published_depth(z)[1, 1])


def test_the_published_formula_keeps_its_faults_without_crashing() -> None:
    np.testing.assert_array_equal(published_depth(np.full(5, 3.0)), 0.5)
    assert np.isnan(published_depth(np.full(3, np.nan))).all()
    z = np.array([1.0, 2.0, 3.0, 1e6])
    assert np.ptp(published_depth(z)[:3]) < 1e-6  # one bad pixel flattens everybody


def test_published_points_are_shares_of_the_picture() -> None:
    xy = np.array([[[99.5, 49.5], [199.5, -0.5]]])
    out = published_points(xy, np.array([[10.0, 20.0]]), (400, 100))
    np.testing.assert_allclose(out, [[[0.25, 0.5, 0.4], [0.5, 0.0, 0.6]]])
