"""Networks of 133 points in three axes, and of joints in metres, on generated graphs."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from face_mesh import mean_face, opened
from limn.core.data import solver_points as points
from limn.core.data.errors import ModelError
from limn.core.data.faces.mesh import IBUG_68, rows_of
from limn.core.data.hand_points import HANDS_SKELETON, POINTS
from limn.core.data.settings import Settings
from limn.core.data.skeletons import COCO_SKELETON, REST_XYZ_BODY, SMPLX_55
from limn.core.data.types import Region, Take
from limn.core.decoding.metres import decode_joints, metres_about_hips
from limn.core.decoding.schemes import WHOLE_BODY
from limn.core.decoding.simcc import DEPTH_RANGE_M, decode_depth
from limn.core.geometry.rotations import quat_from_matrix
from limn.core.hands.collecting import CLOSEUP
from limn.core.hands.model import (
    finger_joints,
    hand_at_rest,
    hand_of,
    local_turns,
    pose_hand,
)
from limn.core.hands.whole_body import tells_hands
from limn.core.kinematics import person_joints_world
from limn.core.pipeline.estimate import estimate
from limn.core.pipeline.networks import Networks
from limn.models.networks.described_pose import open_pose
from limn.models.user.descriptor import Descriptor, shipped_descriptors
from limn.tools.jobs import finished
from model_files import write
from onnx_files import constant_network, need_runtime
from synthetic import watch
from synthetic_motion import standing

need_runtime()

SIZE_PX = (288, 384)
PX_PER_M = 150.0
HAND = hand_of(hand_at_rest(REST_XYZ_BODY))
_BODY = {
    "nose": (0, -0.62, -0.10), "shoulder": (0.18, -0.50, 0.02), "elbow": (0.28, -0.24, 0.02),
    "wrist": (0.30, 0.0, -0.05), "hip": (0.12, 0, 0), "knee": (0.12, 0.42, -0.02),
    "ankle": (0.12, 0.83, 0.0), "big_toe": (0.13, 0.88, -0.17), "small_toe": (0.17, 0.88, -0.15),
    "heel": (0.12, 0.88, 0.05), "ear": (0.07, -0.63, 0.0), "eye": (0.03, -0.65, -0.08),
}  # fmt: skip


def somebody_standing(curl: float, mouth: float | None = None) -> np.ndarray:
    """Somebody who faces the camera, hips in the middle, metres (133, 3), fingers bent by
    ``curl`` radians at every joint; their face, ``mouth`` open, in the nose where that is None."""
    out = np.zeros((133, 3))
    for k, name in enumerate(WHOLE_BODY.names):
        side, _, part = name.partition("_")
        sign = -1.0 if side == "right" else 1.0
        out[k] = _BODY.get(part if side in ("left", "right") else name, _BODY["nose"])
        out[k, 0] *= sign
    if mouth is not None:
        face = opened(mean_face(), mouth)
        first = WHOLE_BODY.names.index("face-0")
        out[first : first + 68] = 0.1 * face[rows_of(IBUG_68)] + _BODY["nose"]
    for side, sign in (("left", 1.0), ("right", -1.0)):
        first = WHOLE_BODY.names.index(f"{side}_hand_root")
        wrist = out[WHOLE_BODY.names.index(f"{side}_wrist")]
        # The palm faces the thigh: thumbs in front.
        at = pose_hand(HAND, _angles(curl)).points[0] @ np.array([[0, 1, 0], [1, 0, 0], [0, 0, -1]])
        out[first : first + POINTS] = wrist + at * [sign, 1.0, 1.0]
    return out


def _angles(curl: float) -> np.ndarray:
    """Angles (1, 5, 4) of fingers that bend by ``curl`` at their joints, less at the last one."""
    out = np.zeros((1, 5, 4))
    out[:, 1:, 1:] = curl * np.array([1.0, 1.0, 0.6])
    out[:, 0, 2:] = 0.3
    return out


def peaks(at: np.ndarray, bins: int) -> np.ndarray:
    """SimCC vectors (1, 133, bins) with bells at fractional bins ``at``."""
    k = np.arange(bins)
    return np.exp(-0.5 * ((k - at[:, None]) / 2) ** 2)[None].astype(np.float32)


def answers_of(xyz: np.ndarray) -> bytes:
    width, height = SIZE_PX
    xy = xyz[:, :2] * PX_PER_M + [width / 2, height / 2 - 20]
    z = (xyz[:, 2] / DEPTH_RANGE_M + 1) * width
    answers = {
        "output": peaks(xy[:, 0] * 2, 2 * width),
        "1554": peaks(xy[:, 1] * 2, 2 * height),
        "1556": 0.2 * peaks(z, 2 * width),
    }
    return constant_network(answers, input_shape=(1, 3, height, width))


def rtmw3d() -> Descriptor:
    shipped = shipped_descriptors()["rtmw3d-x"]
    return replace(shipped, input=replace(shipped.input, tensor="image"))


_REGION = Region((200.0, 250.0), 400.0, 0.0, (50.0, 0.0, 350.0, 500.0))
PICTURE = np.zeros((500, 400, 3), np.uint8)


def test_three_axes_become_metres_from_the_hips(tmp_path: Path) -> None:
    xyz = somebody_standing(0.4)
    seen = open_pose(rtmw3d(), write(tmp_path / "a.onnx", answers_of(xyz))).locate(PICTURE, _REGION)
    hips = xyz[[11, 12]].mean(0)
    assert seen.presence == 1
    assert np.abs(seen.xyz_m[:, 2] - (xyz - hips)[:, 2]).max() < 0.002
    # The scale is that of usual bones, here 1.70 m.
    ratio = np.linalg.norm(seen.xyz_m[:, :2]) / np.linalg.norm((xyz - hips)[:, :2])
    assert ratio == pytest.approx(1, abs=0.08)
    assert np.abs(seen.xyz_m[:, :2] / ratio - (xyz - hips)[:, :2]).max() < 0.005


def test_depth_is_nought_in_the_middle_bin_and_grows_away() -> None:
    at = np.array([288.0, 0.0, 575.0, 300.5])
    depth = decode_depth(peaks(at, 576), 4)
    assert depth == pytest.approx((at / 288 - 1) * DEPTH_RANGE_M, abs=0.003)
    with pytest.raises(ModelError, match="simcc_z"):
        decode_depth(np.zeros((1, 3, 576)), 4)


def test_a_bone_that_points_at_the_camera_does_not_shrink_the_scale() -> None:
    xyz = somebody_standing(0.0)
    ahead = xyz.copy()
    for name, away in (("left_elbow", 0.28), ("left_wrist", 0.53)):
        row = WHOLE_BODY.names.index(name)
        ahead[row] = ahead[WHOLE_BODY.names.index("left_shoulder")] - [0, 0, away]
    sure = np.ones(133)
    spread = [
        np.ptp(metres_about_hips(one[:, :2] * PX_PER_M, one[:, 2], sure, WHOLE_BODY)[:, 1])
        for one in (xyz, ahead)
    ]
    assert spread[1] == pytest.approx(spread[0], rel=0.03)


@pytest.mark.parametrize("unit_m", [1.0, 0.001])
def test_joints_in_metres_are_taken_as_they_are(tmp_path: Path, unit_m: float) -> None:
    xyz = somebody_standing(0.0) + np.array([0.4, 0.2, 3.0])
    pixels = xyz[:, :2] * 100 + 60
    content = constant_network(
        {"uv": pixels[None], "poses3d": xyz[None] / unit_m}, input_shape=(1, 3, 384, 288)
    )
    mine = replace(
        rtmw3d(), name="nlf", decoder="joints3d", unit_m=unit_m,
        outputs={"pixels": "uv", "joints": "poses3d"},
    )  # fmt: skip
    seen = open_pose(mine, write(tmp_path / "a.onnx", content)).locate(PICTURE, _REGION)
    assert np.abs(seen.xyz_m - (xyz - xyz[[11, 12]].mean(0))).max() < 1e-4
    with pytest.raises(ModelError, match="'joints'"):
        decode_joints(pixels, xyz[:5], 133, 1.0)


def _take(folder: Path, curl: float) -> Take:
    path = write(folder / f"{curl}.onnx", answers_of(somebody_standing(curl)))
    clip = watch(standing(seconds=1.0))
    networks = Networks(clip.detector(), (open_pose(rtmw3d(), path),))
    return finished(estimate(clip.source(), networks, Settings(hands="on")))


def test_133_points_drive_the_body_and_the_fingers_through_the_whole_pipeline(
    tmp_path: Path,
) -> None:
    flat, bent = _take(tmp_path, 0.05), _take(tmp_path, 0.7)
    assert bent.observed is not None
    seen = bent.observed.tracks[0].closeups[CLOSEUP]
    assert seen.skeleton.names == HANDS_SKELETON.names
    assert seen.xyz_m.reshape(-1, 2, POINTS, 3).mean(2) == pytest.approx(0, abs=1e-5)
    told = bent.observed.tracks[0].passes["rtmw3d-x"]
    assert told.worth.has_3d
    assert told.skeleton.select(points.POINTS).known.all()
    for take, curl in ((flat, 0.05), (bent, 0.7)):
        assert off_deg(take, curl).mean() < 6.0
    assert off_deg(bent, 0.05).mean() > 25.0, "a hand that doesn't follow would be seen"
    joints = person_joints_world(bent.people[0])[len(bent.people[0].frames) // 2]
    true = somebody_standing(0.7)
    for a, b in combinations(("left_wrist", "right_wrist", "left_ankle", "right_ankle"), 2):
        solved = np.linalg.norm(joints[SMPLX_55.index(a)] - joints[SMPLX_55.index(b)])
        rows = [WHOLE_BODY.names.index(name) for name in (a, b)]
        assert solved == pytest.approx(np.linalg.norm(true[rows[0]] - true[rows[1]]), abs=0.1)


def off_deg(take: Take, curl: float) -> np.ndarray:
    """By how much the joints of the left fingers but the thumb are turned otherwise than those of
    a hand that bends by ``curl``, degrees."""
    joints = list(finger_joints("left")[3:])
    true = quat_from_matrix(local_turns(HAND, _angles(curl)))[:, 3:]
    person = take.people[0]
    told = person.quat_parent_joint[len(person.frames) // 2, joints].astype(np.float64)
    dot = np.abs((told * true[0]).sum(-1))
    return np.degrees(2 * np.arccos(np.clip(dot, 0, 1)))


def test_a_network_without_3d_leaves_hands_to_a_close_look(tmp_path: Path) -> None:
    flat = shipped_descriptors()["rtmw-m"]
    worth = open_pose(flat, tmp_path / "none.onnx").worth
    assert not tells_hands(WHOLE_BODY, worth)
    assert not tells_hands(COCO_SKELETON, replace(worth, has_3d=True))
    assert tells_hands(WHOLE_BODY, replace(worth, has_3d=True))
