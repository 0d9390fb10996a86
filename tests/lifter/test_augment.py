"""More poses out of little motion: who bows and squats stays a body, and errors come in sizes."""

from __future__ import annotations

import numpy as np
from limn.tools.lifter import augment as augmenting
from limn.tools.lifter.augment import to_canonical
from limn.tools.lifter.body import JOINTS, TO_POINTS, joint, offsets
from limn.tools.lifter.camera import film
from limn.tools.lifter.chance import Chance, severity
from limn.tools.lifter.networks_3d import guess_3d
from stick_figures import figure


def test_some_bow_and_squat_with_their_bones_whole_and_their_soles_level() -> None:
    xyz = np.stack([figure(40, seed) for seed in range(48)]).astype(np.float32)
    before = offsets(xyz)
    after = before.copy()
    bowed = augmenting._bow(after, Chance(4))
    assert 0.25 < bowed.mean() < 0.75
    assert np.array_equal(after[~bowed], before[~bowed])
    assert np.allclose(np.linalg.norm(after, axis=-1), np.linalg.norm(before, axis=-1), atol=1e-4)

    def tilt(offset: np.ndarray) -> np.ndarray:
        spine = offset[bowed][:, :, joint("spine")]
        return np.degrees(np.arccos(spine[..., 2] / np.linalg.norm(spine, axis=-1)))

    assert tilt(before).max() < 5
    assert np.percentile(tilt(after).max(1), 80) > 12
    assert tilt(after).max() > 25
    squats = np.abs(after - before)[:, :, joint("left_knee")].max((1, 2)) > 0.1
    assert squats.any()
    both = after[squats]
    # The figure faces -y: thighs go to the front, shanks back.
    lowest = np.abs(both[:, :, joint("left_knee"), 1]).argmax(1)
    at = np.arange(len(both)), lowest
    assert (both[..., joint("left_knee"), 1][at] < -0.05).all()
    assert (both[..., joint("left_ankle"), 1][at] > 0).all()
    sole = both[:, :, joint("left_toe")] - both[:, :, joint("left_heel")]
    assert np.abs(sole[..., 2]).max() < 0.02


def test_single_arms_of_others_hang_on_the_chest_as_they_did() -> None:
    xyz = np.stack([figure(30, seed) for seed in range(64)]).astype(np.float32)
    before = offsets(xyz)
    after = before.copy()
    augmenting._graft_arms(after, Chance(5))
    arm = [joint("left_elbow"), joint("left_wrist")]
    new = np.abs(after[:, :, arm] - before[:, :, arm]).max((1, 2, 3)) > 1e-3
    assert 0.1 < new.mean() < 0.4
    # All face the same way, so an arm that was put on is somebody's arm, unturned.
    for window in after[new][:, :, arm]:
        assert np.abs(before[:, :, arm] - window).max((1, 2, 3)).min() < 1e-3
    others = np.setdiff1d(
        np.arange(len(JOINTS)), [*arm, joint("right_elbow"), joint("right_wrist")]
    )
    assert np.array_equal(after[:, :, others], before[:, :, others])


def test_windows_errors_differ_in_size() -> None:
    size = severity(4000, Chance(1)).ravel()
    assert 0.35 < (size == 1).mean() < 0.45
    assert size.min() < 0.2
    tree = np.stack([figure(20, seed) for seed in range(64)]).astype(np.float32)
    tree = film(to_canonical(tree), Chance(0))
    seen = np.zeros((64, 20, len(TO_POINTS)), np.float32)

    def off(severe: bool) -> float:
        guess = guess_3d(tree, seen, Chance(2), severe=severe)
        truth = tree[:, :, TO_POINTS]
        guess, truth = (a - a[:, :, 6:8].mean(2, keepdims=True) for a in (guess, truth))
        return float(np.linalg.norm(guess - truth, axis=-1).mean())

    assert 0.5 < off(severe=False) / off(severe=True) < 0.9
