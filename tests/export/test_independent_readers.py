"""Limn's files, read by readers that share nothing with its writers."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.bodies.body_file import load_free_body
from limn.core.bodies.free_body import fit_body, person_vertices
from limn.core.data.skeletons import BLAZEPOSE_33, COCO_17, SMPLX_55
from limn.core.data.types import Take
from limn.core.formats.table import export_take
from limn.core.geometry.kinematics import person_joints_world
from limn.core.geometry.rotations import exp_so3, matrix_from_quat

sys.path.insert(0, str(Path(__file__).parent))
from format_readers import read_bvh_offsets, read_mdd, read_pc2, read_smpl, read_trc
from motion_takes import two_people

TIPS_CM = {"head": (0, 18, 0), "left_foot": (0, 0, 7), "right_foot": (0, 0, 7), "jaw": (0, -1, 6)}
COCO_LINES = {
    ("left_ankle", "left_knee"), ("left_knee", "left_hip"), ("right_ankle", "right_knee"),
    ("right_knee", "right_hip"), ("left_hip", "right_hip"), ("left_shoulder", "left_hip"),
    ("right_shoulder", "right_hip"), ("left_shoulder", "right_shoulder"),
    ("left_shoulder", "left_elbow"), ("right_shoulder", "right_elbow"),
    ("left_elbow", "left_wrist"), ("right_elbow", "right_wrist"), ("left_eye", "right_eye"),
    ("nose", "left_eye"), ("nose", "right_eye"), ("left_eye", "left_ear"),
    ("right_eye", "right_ear"), ("left_ear", "left_shoulder"), ("right_ear", "right_shoulder"),
}  # fmt: skip
"""The lines of COCO's own annotation file, person_keypoints_val2017.json."""


@pytest.fixture(scope="module")
def take() -> Take:
    return two_people()


def test_trc_counts_frames_from_one_in_step_with_its_times(tmp_path: Path, take: Take) -> None:
    (path,) = export_take(take, tmp_path / "anna.trc", "Anna", range(4, 9))
    trc = read_trc(path)
    rates = {name: float(trc.header[name]) for name in ("DataRate", "CameraRate", "OrigDataRate")}
    assert set(rates.values()) == {25.0}
    assert (trc.header["NumFrames"], trc.header["OrigNumFrames"]) == ("5", "5")
    assert trc.header["Units"] == "m"
    assert int(trc.header["OrigDataStartFrame"]) == trc.numbers[0]
    assert trc.numbers == [5, 6, 7, 8, 9]
    np.testing.assert_allclose(trc.time_s, (np.array(trc.numbers) - 1) / 25, atol=1e-6)
    assert trc.labels == list(SMPLX_55)
    xyz = person_joints_world(take.people[0])[4:9]
    np.testing.assert_allclose(trc.xyz, xyz[..., [0, 2, 1]] * [1, 1, -1], atol=1e-5)


def test_pc2_starts_at_frame_zero_and_has_a_sample_a_frame(tmp_path: Path, take: Take) -> None:
    (path,) = export_take(take, tmp_path / "anna.pc2", "Anna")
    xyz, start, rate = read_pc2(path)
    assert (start, rate) == (0.0, 1.0)
    assert len(xyz) == len(take.time_s)
    for row in (0, 7):
        np.testing.assert_array_equal(xyz[row], _mesh(take, row))


def test_mdd_has_every_frame_at_its_time(tmp_path: Path, take: Take) -> None:
    (path,) = export_take(take, tmp_path / "anna.mdd", "Anna", [2, 3, 4])
    xyz, time_s = read_mdd(path)
    np.testing.assert_allclose(time_s, take.time_s[2:5], atol=1e-6)
    for row in range(3):
        np.testing.assert_array_equal(xyz[row], _mesh(take, 2 + row))


def _mesh(take: Take, row: int) -> np.ndarray:
    anna = take.people[0]
    return person_vertices(fit_body(load_free_body(), anna.rest_xyz_body), anna, row)


def test_smpl_holds_every_rotation_in_smplx_order(tmp_path: Path, take: Take) -> None:
    (path,) = export_take(take, tmp_path / "anna.smpl", "Anna", range(3, 8))
    anna = take.people[0]
    poses, translation, scalars = read_smpl(path)
    assert scalars == {
        "codecVersion": 2, "smplVersion": 2, "gender": 0, "frameCount": 5, "frameRate": 25
    }  # fmt: skip
    R = matrix_from_quat(anna.quat_parent_joint[3:8].astype(np.float64))
    np.testing.assert_allclose(exp_so3(poses.astype(np.float64)), R, atol=1e-5)
    # As AMASS's: a reader adds where its average body's pelvis is.
    pelvis = translation + np.array([0.0031, -0.3514, 0.0120])
    np.testing.assert_allclose(pelvis, anna.root_xyz_world[3:8], atol=1e-6)


def test_bvh_bones_end_where_fingers_feet_and_head_do(tmp_path: Path, take: Take) -> None:
    (path,) = export_take(take, tmp_path / "anna.bvh", "Anna")
    offsets = read_bvh_offsets(path)
    ends = {name.removesuffix("/end"): xyz for name, xyz in offsets.items() if "/" in name}
    fingers = {f"{s}_{f}3" for s in ("left", "right") for f in
               ("thumb", "index", "middle", "ring", "pinky")}  # fmt: skip
    assert fingers <= set(ends)
    for name in fingers:
        tip, last = ends[name], offsets[name]
        assert np.linalg.norm(tip) == pytest.approx(0.8 * np.linalg.norm(last), abs=1e-4)
        assert tip @ last > 0.99 * np.linalg.norm(tip) * np.linalg.norm(last), f"{name} bends"
        assert 0.5 < np.linalg.norm(tip) < 5, f"{name}'s last bone is no finger's length in cm"
    # A jaw has no bone beyond it in some skeletons: only those that the file ends are looked at.
    for name, tip_cm in TIPS_CM.items():
        if name in ends:
            np.testing.assert_allclose(ends[name], tip_cm, atol=1e-4)
    assert {"left_foot", "right_foot"} <= set(ends)


def _scored(take: Take, score: np.ndarray, xy_px: np.ndarray) -> Take:
    anna = take.people[0]
    count = len(anna.frames)
    seen = replace(
        anna,
        xy_score=np.tile(score, (count, 1)).astype(np.float32),
        xy_px=np.tile(xy_px, (count, 1, 1)).astype(np.float32),
    )
    return replace(take, people=(seen,))


def test_coco_tells_seen_doubted_and_unknown_keypoints_apart(tmp_path: Path, take: Take) -> None:
    columns = [BLAZEPOSE_33.index(name) for name in COCO_17]
    score, xy = np.ones(33), np.zeros((33, 2))
    xy[columns] = np.stack([np.arange(100, 117), 3 * np.arange(200, 217)], axis=-1)
    score[columns[:6]] = (0.51, 0.5, 0.49, 0.051, 0.049, 0)
    score[columns[15:]] = 0  # which lie farthest out
    (path,) = export_take(_scored(take, score, xy), tmp_path / "anna.coco.json", "Anna")
    document = json.loads(path.read_text("utf-8"))
    entry = document["annotations"][0]
    points = np.array(entry["keypoints"]).reshape(17, 3)
    assert points[:, 2].tolist() == [2, 2, 1, 1, 0, 0, *[2] * 9, 0, 0]
    assert (points[points[:, 2] == 0, :2] == 0).all(), "COCO has unknown ones at 0, 0"
    assert entry["num_keypoints"] == 13
    assert entry["bbox"] == [100, 600, 14, 42]
    assert entry["area"] == 14 * 42
    assert entry["iscrowd"] == 0
    lines = document["categories"][0]["skeleton"]
    assert {(COCO_17[a - 1], COCO_17[b - 1]) for a, b in lines} | {
        (COCO_17[b - 1], COCO_17[a - 1]) for a, b in lines
    } >= COCO_LINES
    assert len(lines) == len(COCO_LINES)


def test_coco_evaluates_its_own_file_as_perfect(tmp_path: Path, take: Take) -> None:
    """pycocotools matches by object keypoint similarity, which goes by the area."""
    coco = pytest.importorskip("pycocotools.coco")
    cocoeval = pytest.importorskip("pycocotools.cocoeval")
    (path,) = export_take(take, tmp_path / "all.coco.json")
    truth = coco.COCO(str(path))
    annotations = json.loads(path.read_text("utf-8"))["annotations"]
    rng = np.random.default_rng(0)
    for entry in annotations:
        keypoints = np.array(entry["keypoints"]).reshape(17, 3)
        keypoints[:, :2] += rng.normal(0, 5, (17, 2))
        entry["keypoints"] = keypoints.ravel().tolist()
    judged = cocoeval.COCOeval(truth, truth.loadRes(annotations), "keypoints")
    judged.params.areaRng, judged.params.areaRngLbl = [[0, 1e10]], ["all"]
    judged.evaluate()
    similarity = [float(judged.ious[key].max()) for key in judged.ious if len(judged.ious[key])]
    # exp(-d^2 / (2 area (2 sigma)^2)) with d^2 = 50 on boxes of about 390 x 390 pixels.
    assert 0.9 < np.mean(similarity) < 0.99
