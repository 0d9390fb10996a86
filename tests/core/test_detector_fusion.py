"""The detector's keypoints correct the landmark networks', and only where it looked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.solving.evidence.detector_fusion import frames_looked_at, fuse_detector
from limn.core.solving.evidence.evidence import Evidence

T, FPS, RADIUS = 61, 30.0, 0.2
GRID = np.arange(T)


def evidence(xy: np.ndarray, detected: np.ndarray, score: float, detected_score: float) -> Evidence:
    everywhere = np.zeros((T, points.COUNT, 2))
    everywhere[:, : points.LIMBS] = xy
    return Evidence(
        xyz_m=np.zeros((T, points.COUNT, 3)),
        xy=everywhere,
        score=np.full((T, points.COUNT), score),
        radius=np.full(T, RADIUS),
        detected_xy=detected,
        detected_score=np.full((T, points.LIMBS), detected_score),
        hands=np.zeros((T, 2, 2, 3)),
        hand_score=np.zeros((T, 2)),
        seen=np.ones(T, bool),
        fps=FPS,
    )


def moving() -> np.ndarray:
    """(T, 12, 2) limbs that swing once every third of a second."""
    swing = 0.05 * np.sin(2 * np.pi * 3 * GRID / FPS)
    return np.repeat(swing[:, None, None], points.LIMBS, 1) * np.array([1.0, 0.3])


def detected(every: int, offset: float) -> np.ndarray:
    """What a detector that looks every few frames is made into by straight lines."""
    at = np.unique(np.append(GRID[::every], T - 1))
    seen = (moving() + offset)[at].astype(np.float32)
    flat = seen.reshape(len(at), -1)
    return np.stack([np.interp(GRID, at, c) for c in flat.T], -1).reshape(T, points.LIMBS, 2)


def test_the_frames_it_looked_at_are_told_from_those_between() -> None:
    looked = frames_looked_at(detected(4, 0.01))
    # A limb in straight, even motion leaves no corner, and then it doesn't matter.
    assert looked[::4].mean() > 0.8
    assert not looked[:-1].reshape(-1, 4)[:, 1:].any()


@pytest.mark.parametrize("every", [1, 4, 6])
def test_limbs_go_half_way_and_keep_their_fast_motion(every: int) -> None:
    heeded = fuse_detector(evidence(moving(), detected(every, 0.01), 0.9, 0.9))
    off = heeded.xy[:, : points.LIMBS] - moving()
    assert np.allclose(off, 0.005, atol=2e-4)
    assert np.all(heeded.xy[:, points.LIMBS :] == 0)


def test_who_is_surer_has_more_say() -> None:
    for score, theirs, share in ((0.9, 0.1, 0.1), (0.1, 0.9, 0.9), (0.9, 0.0, 0.0)):
        heeded = fuse_detector(evidence(moving(), detected(4, 0.01), score, theirs))
        off = (heeded.xy[:, : points.LIMBS] - moving()).mean()
        assert off == pytest.approx(0.01 * share, abs=3e-4)


def test_somebody_elses_limb_and_unseen_ones_are_left_alone() -> None:
    far = fuse_detector(evidence(moving(), detected(4, 0.5 * RADIUS), 0.9, 0.9))
    assert np.allclose(far.xy[:, : points.LIMBS], moving())
    unseen = fuse_detector(evidence(moving(), detected(4, 0.01), 0.0, 0.9))
    assert np.allclose(unseen.xy[:, : points.LIMBS], moving())


def test_of_who_is_cut_off_it_is_doubted_the_farther_away_it_has_a_limb() -> None:
    """Of people below a border it invents: what lies 0.2 of their size off counts a sixth."""
    for offset, share in ((0.02, 1.0), (0.2, 1 / 6)):
        whole = evidence(moving(), detected(4, offset * RADIUS / 2**0.5), 0.9, 0.3)
        cut = replace(whole, cut=np.ones(T), drawn_in=np.zeros((T, points.LIMBS), bool))
        moved = [(fuse_detector(one).xy - one.xy)[:, : points.LIMBS].mean() for one in (whole, cut)]
        assert 0.8 * share < moved[1] / moved[0] < 1.4 * share
