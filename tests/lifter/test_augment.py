"""More poses out of little motion: who bows and squats stays a body, and errors come in sizes."""

from __future__ import annotations

import numpy as np
from limn.tools.lifter import augment as augmenting
from limn.tools.lifter.augment import to_canonical
from limn.tools.lifter.body import JOINTS, TO_POINTS, beyond, joint, offsets
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


def _figures(count: int, t: int = 30) -> np.ndarray:
    return offsets(np.stack([figure(t, seed) for seed in range(count)]).astype(np.float32))


def _moved(after: np.ndarray, before: np.ndarray, name: str) -> np.ndarray:
    return np.abs(after - before)[:, :, joint(name)].max((1, 2)) > 1e-3


def _bones_are_whole(after: np.ndarray, before: np.ndarray) -> bool:
    lengths = (np.linalg.norm(one, axis=-1) for one in (after, before))
    return np.allclose(*lengths, atol=1e-4)


def test_one_leg_is_lifted_and_its_knee_bends_backwards() -> None:
    before = _figures(64)
    after = before.copy()
    among = np.arange(64) % 2 == 0
    augmenting._lift_leg(after, among, Chance(4))
    assert _bones_are_whole(after, before)
    left, right = (_moved(after, before, f"{side}_ankle") for side in ("left", "right"))
    assert left.any()
    assert right.any()
    assert not (left & right).any()
    assert not (left | right)[~among].any()
    hips = [joint(name) for name in ("pelvis", "left_hip", "right_hip")]
    assert np.array_equal(after[:, :, hips], before[:, :, hips])
    # The figure stands on its left leg and faces -y: as the thigh turns, the shank never goes
    # further to the front than the thigh.
    thigh, shank = (after[left][:, :, joint(f"left_{name}")] for name in ("knee", "ankle"))
    back = np.cross(thigh, shank)[..., 0]
    assert back.min() > -0.02
    assert back.max() > 0.05


def test_trunks_of_some_swing_against_the_lifted_leg() -> None:
    before = _figures(256)
    after = before.copy()
    augmenting._lift_leg(after, np.arange(256) % 2 == 0, Chance(4))
    leg = {side: (after - before)[:, :, joint(f"{side}_knee")] for side in ("left", "right")}
    spine = (after - before)[:, :, joint("spine")]
    lifted = sum(np.abs(moved).max((1, 2)) for moved in leg.values()) > 0.05
    swings = np.abs(spine).max((1, 2)) > 1e-3
    assert 0.4 < swings[lifted].mean() < 0.8
    assert not swings[~lifted & (np.arange(256) % 2 == 1)].any()
    # To a side as far as to the front: where the knee goes right, the trunk goes left.
    for axis in (0, 1):
        knee = (leg["left"] + leg["right"])[swings][..., axis]
        far = np.abs(knee) > 0.1
        against = (knee * spine[swings][..., axis])[far]
        assert (against < 1e-4).mean() > 0.95


def test_single_legs_of_others_hang_on_the_pelvis_as_they_did() -> None:
    before = _figures(64)
    after = before.copy()
    among = np.arange(64) < 48
    augmenting._graft_legs(after, among, Chance(5))
    leg = beyond("right_knee")
    taken = _moved(after, before, "right_knee")
    assert 4 < taken.sum() < 24
    assert not taken[~among].any()
    for window in after[taken][:, :, leg]:
        assert np.abs(before[:, :, leg] - window).max((1, 2, 3)).min() < 1e-3


def test_freed_arms_reach_everywhere_but_behind_the_back() -> None:
    before = _figures(256, 10)
    after = before.copy()
    augmenting._free_arms(after, Chance(6))
    assert _bones_are_whole(after, before)
    for side, outwards in (("left", 1), ("right", -1)):
        freed = _moved(after, before, f"{side}_elbow")
        assert 0.1 < freed.mean() < 0.3
        upper, fore = (after[freed][:, :, joint(f"{side}_{n}")] for n in ("elbow", "wrist"))
        upper = upper / np.linalg.norm(upper, axis=-1, keepdims=True)
        fore = fore / np.linalg.norm(fore, axis=-1, keepdims=True)
        assert upper[..., 2].min() < -0.9  # down
        assert upper[..., 2].max() > 0.8  # up
        assert upper[..., 1].min() < -0.9  # to the front
        assert upper[..., 1].max() < 0.75  # not so far to the back
        assert (outwards * upper[..., 0]).max() > 0.9
        assert (outwards * upper[..., 0]).min() > -0.6
        bend = np.degrees(np.arccos(np.clip((upper * fore).sum(-1), -1, 1)))
        assert np.percentile(bend, 98) < 140
        hanging = upper[..., 2] < -0.8
        assert ((fore - upper)[..., 1][hanging] < 0.1).mean() > 0.9
    legs = beyond("left_hip") + beyond("right_hip")
    assert np.array_equal(after[:, :, legs], before[:, :, legs])


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
