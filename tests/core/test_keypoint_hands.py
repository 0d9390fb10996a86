"""Hands among a file's keypoints pose fingers, with depth and without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import foreign_keypoints
import numpy as np
import pytest
from foreign_keypoints import SIZE_PX
from limn.core.data.skeletons import SMPLX_55, joint
from limn.core.data.types import Take
from limn.core.geometry.camera import camera_from_world, project_camera
from limn.core.geometry.kinematics import forward
from limn.core.geometry.rotations import exp_so3, quat_from_matrix
from limn.core.hands.collecting import CLOSEUP
from limn.core.hands.model import finger_joints, hand_at_rest, hand_of, local_turns, tip_offsets
from limn.core.importing.as_take import ImportSettings
from limn.core.pipeline.foreign.importing import import_file
from limn.tools.jobs import finished
from synthetic import Clip, camera_at, watch
from synthetic_motion import standing
from synthetic_skeleton import Motion

from .test_keypoints_alone import KnowingLifter

_FINGERS = ("thumb", "index", "middle", "ring", "pinky")
_MIRROR = np.array([-1.0, 1.0, 1.0])


def _bending(seconds: float = 2.0) -> Motion:
    """Somebody near by whose fingers bend and stretch."""
    motion = standing(seconds=seconds)
    hand = hand_of(hand_at_rest(motion.rest_xyz))
    angles = np.zeros((len(motion), 5, 4))
    angles[:, 1:, 1:3] = (0.6 + 0.5 * np.sin(2 * np.pi * motion.time_s))[:, None, None]
    angles[:, 1:, 3] = 0.6 * angles[:, 1:, 2]
    angles[:, 0, 2:] = 0.3
    turns = local_turns(hand, angles)
    R = motion.R_parent_joint.copy()
    R[:, list(finger_joints("left"))] = turns
    R[:, list(finger_joints("right"))] = _MIRROR[:, None] * turns * _MIRROR
    for side, sign in (("left", 1.0), ("right", -1.0)):
        # Arms up before the body, palms to the camera.
        R[:, joint(f"{side}_shoulder")] = exp_so3(np.array([0.0, -0.9 * sign, -0.6 * sign]))
        R[:, joint(f"{side}_elbow")] = exp_so3(np.array([0.0, -0.6 * sign, 0.0]))
    return replace(motion, R_parent_joint=R)


def _hands(motion: Motion) -> np.ndarray:
    """Both hands' points in the world, (t, 2, 21, 3)."""
    xyz, G = (np.asarray(v) for v in forward(motion.rest_xyz, motion.root_xyz,
                                             motion.R_parent_joint))  # fmt: skip
    sides = []
    for side in ("left", "right"):
        tips = tip_offsets(motion.rest_xyz, side)
        points = [xyz[:, joint(f"{side}_wrist")]]
        for k, finger in enumerate(_FINGERS):
            points += [xyz[:, joint(f"{side}_{finger}{n}")] for n in (1, 2, 3)]
            last = joint(f"{side}_{finger}3")
            points.append(xyz[:, last] + G[:, last] @ tips[k])
        sides.append(np.stack(points, axis=1))
    return np.stack(sides, axis=1)


@pytest.fixture(scope="module")
def clip() -> Clip:
    return watch(_bending(), camera=camera_at(distance_m=2.2))


def _fingers_off_deg(take: Take, motion: Motion) -> tuple[float, float]:
    """Mean error of the finger joints' rotations, and how far relaxed ones would be."""
    joints = [j for side in ("left", "right") for j in finger_joints(side)[3:]]
    person = take.people[0]
    true = quat_from_matrix(motion.R_parent_joint[:, joints])[person.frames]
    told = person.quat_parent_joint[:, joints].astype(np.float64)
    still = told.mean(0) / np.linalg.norm(told.mean(0), axis=-1, keepdims=True)
    off, held = (
        np.degrees(2 * np.arccos(np.clip(np.abs((q * true).sum(-1)), 0, 1))).mean()
        for q in (told, np.broadcast_to(still, told.shape))
    )
    return float(off), float(held)


def test_hands_without_depth_pose_fingers(tmp_path: Path, clip: Clip) -> None:
    motion = clip.actors[0].motion
    hands = project_camera(clip.camera, camera_from_world(clip.camera, _hands(motion)))
    hands = hands + np.random.default_rng(0).normal(0, 0.5, hands.shape)
    file = foreign_keypoints.openpose(tmp_path / "seen", clip.xy_px, hands=hands)
    asked = ImportSettings(size_px=SIZE_PX, fps=motion.fps, fov_deg=60.0)
    take = finished(import_file(file, asked, lifter=KnowingLifter(clip)))
    assert take.observed is not None
    close = take.observed.tracks[0].closeups[CLOSEUP]
    assert not close.worth.has_3d
    off, held = _fingers_off_deg(take, motion)
    assert off < 12.0
    assert off < 0.6 * held


def test_a_hand_that_was_not_seen_is_relaxed(tmp_path: Path, clip: Clip) -> None:
    file = foreign_keypoints.openpose(tmp_path / "seen", clip.xy_px)
    asked = ImportSettings(size_px=SIZE_PX, fps=30.0)
    take = finished(import_file(file, asked))
    assert take.observed is not None
    assert not take.observed.tracks[0].closeups
    fingers = take.people[0].quat_parent_joint[:, SMPLX_55.index("left_index1") :]
    assert np.ptp(fingers, axis=0).max() < 1e-3
