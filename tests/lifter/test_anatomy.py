"""Skeletons whose hips lie too far forward are brought upright, each by what it needs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from limn.tools.lifter import anatomy
from limn.tools.lifter.anatomy import at_rest_like_a_figure
from limn.tools.lifter.body import JOINTS, beyond, joint, offsets
from limn.tools.lifter.motion import load_motion
from stick_figures import figure, write_motion

_TRUNK = ["spine", "neck", "left_shoulder", "right_shoulder"]


def _leaning_back(deg: float, frames: int = 60) -> np.ndarray:
    """The figure, which faces -y, with all above the hips moved back as far as a trunk that leans
    by ``deg`` more moves."""
    xyz = figure(frames)
    upper = [k for k in beyond("spine")]
    xyz[:, upper, 1] += np.tan(np.radians(deg)) * 0.48
    return xyz


def _bend(xyz: np.ndarray) -> float:
    bend, stands = anatomy._bend_deg(xyz)
    assert stands.any()
    return float(np.median(bend[stands]))


def test_trunks_come_forward_by_what_the_skeleton_leans_back() -> None:
    usual, far = _leaning_back(4.0), _leaning_back(9.0)
    turned = [_bend(at_rest_like_a_figure(x)) - _bend(x) for x in (usual, far)]
    assert 2.0 < turned[0] < turned[1] < 12.0
    # Part of what is beyond the usual is the skeleton's own, the rest is how somebody stands.
    beyond_usual = _bend(usual) - _bend(far)
    assert (turned[1] - turned[0]) / beyond_usual == pytest.approx(0.6, abs=0.02)


def test_only_the_trunk_turns_and_its_bones_stay_whole() -> None:
    xyz = _leaning_back(6.0)
    before, after = (offsets(x[None])[0] for x in (xyz, at_rest_like_a_figure(xyz)))
    turned = [joint(name) for name in _TRUNK]
    others = np.setdiff1d(np.arange(len(JOINTS)), turned)
    assert np.allclose(after[:, others], before[:, others], atol=1e-9)
    assert np.allclose(*(np.linalg.norm(x, axis=-1) for x in (after, before)), atol=1e-9)
    # It faces -y, and looks there wherever it looks.
    assert (after[:, joint("spine"), 1] < before[:, joint("spine"), 1] - 0.005).all()
    quarter = xyz[..., [1, 0, 2]] * [1, -1, 1]
    there = at_rest_like_a_figure(quarter)
    assert np.allclose(there, at_rest_like_a_figure(xyz)[..., [1, 0, 2]] * [1, -1, 1], atol=1e-9)


def test_who_never_stands_is_turned_as_usual() -> None:
    lying = _leaning_back(6.0)[..., [0, 2, 1]] * [1, 1, -1]
    assert anatomy._backward_deg(lying) == pytest.approx(anatomy._REST_DEG)
    few = _leaning_back(20.0, frames=8)
    assert anatomy._backward_deg(few) == pytest.approx(anatomy._REST_DEG)


def test_every_skeleton_of_a_file_is_mended_by_itself(tmp_path: Path) -> None:
    path = write_motion(tmp_path / "motion.npz", clips=6)
    with np.load(path) as file:
        content = dict(file)
    first = content["start"][3]
    names = content["names"].tolist()
    upper = [names.index(JOINTS[k]) for k in beyond("spine")]
    joints = content["joints_mm"].astype(int)
    joints[first:, upper, 1] += 60
    content["joints_mm"] = joints.astype(np.int16)
    content["subject"] = np.array(["01"] * 3 + ["02"] * 3)
    np.savez(path, **content)
    motion = load_motion(path, "all")
    raw = joints[:, [names.index(name) for name in JOINTS]] / 1000
    for rows in (slice(None, first), slice(first, None)):
        alone = at_rest_like_a_figure(raw[rows].astype(np.float32))
        assert np.allclose(motion.xyz_m[rows], alone, atol=1e-6)
    # One person on two kinds of skeletons is two.
    content["subject"], content["source"] = (
        np.array(["01"] * 6),
        np.array(["amc"] * 3 + ["bvh"] * 3),
    )
    np.savez(path, **content)
    assert np.allclose(load_motion(path, "all").xyz_m, motion.xyz_m, atol=1e-6)
