"""The evaluator: figures of known mistakes, and those that the benchmark's first evaluator gave."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.errors import ClipError
from limn.core.evaluation.accuracy import LIMBS, Accuracy, evaluate, mean_accuracy
from limn.core.evaluation.benchmark import find_clips, group_of, score_folder
from limn.core.evaluation.predictions import Prediction, read_prediction, save_prediction
from limn.core.evaluation.truth import Truth, read_intrinsics, read_truth
from limn.core.geometry.alignment import align_similarity, aligned_error
from limn.core.geometry.rotations import exp_so3

BENCH = Path(__file__).resolve().parents[2] / "examples" / "bench"
FIRST_EVALUATORS = {
    "synthetic/syn_two": {
        "frames": 72,
        "person_frames": 117,
        "found_percent": 60.68376068376068,
        "pa_mm": 81.45607203786226,
        "scaled_mm": 107.73049704643039,
        "occluded_mm": 183.31509922698788,
        "root_mm": 117.63201825904945,
        "pck150_percent": 43.8034188034188,
        "flip_percent": 0.0,
        "bone_percent": 9.120965081581545,
        "acceleration_mm": 39.14697454622313,
        "acceleration_m_s2": 35.232277091600814,
        "true_acceleration_mm": 4.249530992479434,
        "slide_mm": 21.72773227016917,
        "drift_mm": 150.92443549967783,
        "id_switches": 0,
        "hijacks": 2,
        "extra_per_frame": 0.013888888888888888,
        "absolute_mm": None,
        "depth_percent": None,
    },
    "real/p2s_single_cam01": {
        "frames": 100,
        "person_frames": 100,
        "found_percent": 100.0,
        "pa_mm": 80.66956689479309,
        "scaled_mm": 110.64387399473272,
        "occluded_mm": None,
        "root_mm": 110.93042471559602,
        "pck150_percent": 79.75,
        "flip_percent": 0.0,
        "bone_percent": 6.258988618787944,
        "acceleration_mm": 17.24633229320936,
        "acceleration_m_s2": 62.086796255553686,
        "true_acceleration_mm": 2.510156421338163,
        "slide_mm": 14.12904898747339,
        "drift_mm": 70.32044152310642,
        "id_switches": 0,
        "hijacks": 0,
        "extra_per_frame": 0.0,
    },
}
"""MediaPipe's predictions, scored by the evaluator that the benchmark was made with."""


@pytest.fixture(scope="module")
def truth() -> Truth:
    """Two people, a camera that moves, a second in which one is hidden by the other."""
    return read_truth(BENCH / "synthetic" / "syn_two")


def perfect(truth: Truth) -> Prediction:
    limbs = truth.joints(LIMBS)
    return Prediction(LIMBS, limbs.xyz_camera, limbs.pixels(), is_absolute=True)


def known_frames(truth: Truth) -> np.ndarray:
    """Frames in which both people count."""
    limbs = truth.joints(LIMBS)
    return np.flatnonzero((limbs.valid.all(-1) & (limbs.inside().sum(-1) >= 8)).all(1))


def test_figures_are_the_first_evaluators() -> None:
    scored = score_folder(find_clips(BENCH, None), BENCH / "predictions" / "mediapipe_full")
    assert set(scored.clips) == set(FIRST_EVALUATORS)
    for clip, wanted in FIRST_EVALUATORS.items():
        got = scored.clips[clip].as_json()
        for name, value in wanted.items():
            assert got[name] == (value if value is None else pytest.approx(value, abs=1e-6)), name
    assert scored.missing == ()


def test_the_truth_itself_is_without_fault(truth: Truth) -> None:
    got = evaluate(truth, perfect(truth))
    for name in ("pa_mm", "scaled_mm", "root_mm", "absolute_mm", "acceleration_mm", "occluded_mm"):
        assert getattr(got, name) == pytest.approx(0, abs=1e-6), name
    assert (got.found_percent, got.pck150_percent, got.flip_percent) == (100, 100, 0)
    assert (got.id_switches, got.hijacks, got.depth_percent) == (0, 0, 0)
    # The ankle of the truth rolls a little while it stands.
    assert 0 < got.slide_mm < 5
    assert 0 < got.drift_mm < 40
    assert got.true_acceleration_mm > 1
    assert got.bone_percent < 1


def test_noise_and_size_show_as_they_must(truth: Truth) -> None:
    right = perfect(truth)
    noise = np.random.default_rng(0).normal(0, 0.02, right.xyz_camera.shape)
    got = evaluate(truth, replace(right, xyz_camera=1.2 * (right.xyz_camera + noise)))
    # The mean length of 20 mm of noise an axis is 20 * 1.596; an alignment has seven freedoms of
    # 36, and the root, a mean of two joints, adds half as much again.
    assert got.pa_mm == pytest.approx(20 * 1.596 * (29 / 36) ** 0.5, rel=0.03)
    assert got.scaled_mm == pytest.approx(20 * 1.596 * (4 / 3) ** 0.5, rel=0.1)
    assert got.root_mm > 1.5 * got.scaled_mm
    assert got.depth_percent == pytest.approx(20, abs=0.5)
    # A second difference of noise has sqrt(6) of its size, joint and root together.
    assert got.acceleration_mm == pytest.approx(1.2 * 20 * 1.596 * (6 * 4 / 3) ** 0.5, rel=0.1)
    assert got.acceleration_m_s2 == pytest.approx(got.acceleration_mm * 0.9)
    smaller = evaluate(truth, replace(right, xyz_camera=0.8 * right.xyz_camera))
    assert smaller.scaled_mm == pytest.approx(0, abs=1e-6)
    assert smaller.pa_mm == pytest.approx(0, abs=1e-6)


def test_people_who_change_places_are_counted(truth: Truth) -> None:
    right, half = perfect(truth), 50
    swapped = right.xyz_camera.copy(), right.xy_px.copy()
    for array in swapped:
        array[half:] = array[half:, ::-1]
    got = evaluate(truth, replace(right, xyz_camera=swapped[0], xy_px=swapped[1]))
    assert (got.id_switches, got.hijacks) == (2, 2)
    assert got.root_mm == pytest.approx(0, abs=1e-6)
    # The second person's slot goes over to the first one, whose own is gone.
    alone = right.xyz_camera.copy(), right.xy_px.copy()
    for array in alone:
        array[half:, 1] = array[half:, 0]
        array[half:, 0] = np.nan
    got = evaluate(truth, replace(right, xyz_camera=alone[0], xy_px=alone[1]))
    assert (got.id_switches, got.hijacks) == (1, 1)


def test_missing_people_are_wrong_and_nobody_is_no_figure(truth: Truth) -> None:
    right = perfect(truth)
    gone = right.xyz_camera.copy()
    gone[:, 1] = np.nan
    got = evaluate(truth, replace(right, xyz_camera=gone))
    assert got.pck150_percent == got.found_percent < 70
    assert got.root_mm == pytest.approx(0, abs=1e-6)
    short = evaluate(truth, right.of_length(36))
    assert short.found_percent < 60
    assert evaluate(truth, right.of_length(90)).as_json() == evaluate(truth, right).as_json()
    nobody = evaluate(truth, replace(right, xyz_camera=np.full_like(gone, np.nan)))
    assert (nobody.found_percent, nobody.pck150_percent) == (0, 0)
    assert nobody.as_json()["pa_mm"] is None
    unscored = evaluate(replace(truth, judged=np.zeros_like(truth.judged)), right)
    assert unscored.person_frames == 0
    assert unscored.as_json()["found_percent"] is None


def test_a_trunk_the_wrong_way_round_is_a_flip_and_swapped_limbs_are_no_miss(truth: Truth) -> None:
    right = perfect(truth)
    mirror = [LIMBS.index({"l": "right", "r": "left"}[n[0]] + n[n.index("_") :]) for n in LIMBS]
    got = evaluate(
        truth,
        replace(right, xyz_camera=right.xyz_camera[:, :, mirror], xy_px=right.xy_px[:, :, mirror]),
    )
    assert got.found_percent == 100
    assert got.flip_percent == 100
    arms = list(range(12))
    arms[2:6] = mirror[2:6]
    got = evaluate(truth, replace(right, xyz_camera=right.xyz_camera[:, :, arms]))
    assert (got.flip_percent, got.found_percent) == (0, 100)
    assert got.root_mm > 50


def test_feet_slide_and_drift_in_the_world(truth: Truth) -> None:
    right, rows = perfect(truth), known_frames(truth)
    still = replace(truth.frames(rows[:20]))
    # Everybody freezes in the world as in the first frame; the camera goes on moving.
    first = still.world(still.xyz_camera)[:1].repeat(20, axis=0)
    frozen = np.einsum("tab,tpjb->tpja", still.R_camera_world, first)
    still = replace(still, xyz_camera=frozen + still.xyz_shift[:, None, None])
    stands = perfect(still)
    assert evaluate(still, stands).slide_mm == pytest.approx(0, abs=1e-6)
    along = np.einsum("tab,b->ta", still.R_camera_world, [0.01, 0, 0]) * np.arange(20)[:, None]
    slid = replace(stands, xyz_camera=stands.xyz_camera + along[:, None, None])
    got = evaluate(still, slid)
    assert got.slide_mm == pytest.approx(10, abs=1e-6)
    assert got.drift_mm == pytest.approx(95, abs=1e-6)
    relative = evaluate(still, replace(slid, is_absolute=False))
    assert relative.slide_mm == pytest.approx(0, abs=1e-6), "they stand on the true root"
    assert np.isnan(relative.absolute_mm)
    few = evaluate(still.frames(range(4)), stands.of_length(4))
    assert np.isnan(few.slide_mm), "four frames are too short a stand"
    assert len(right.xyz_camera) == 72


def test_a_slow_foot_stands_and_a_fast_one_does_not(truth: Truth) -> None:
    rows = known_frames(truth)[:10]
    base = truth.frames(rows)
    frozen = replace(
        base,
        xyz_camera=base.xyz_camera[:1].repeat(10, axis=0),
        R_camera_world=np.tile(np.eye(3), (10, 1, 1)),
    )

    def walking(speed_m_s: float) -> float:
        moved = frozen.xyz_camera + np.arange(10)[:, None, None, None] * [speed_m_s / 30, 0, 0]
        clip = replace(frozen, xyz_camera=moved)
        return evaluate(clip, perfect(clip)).slide_mm

    assert walking(0.14) == pytest.approx(140 / 30, abs=1e-6)
    assert np.isnan(walking(0.16))


def test_means_are_weighted_by_people_who_were_found() -> None:
    clips = score_folder(find_clips(BENCH, None), BENCH / "predictions" / "mediapipe_full").clips
    two, one = clips["synthetic/syn_two"], clips["real/p2s_single_cam01"]
    mean = mean_accuracy([two, one])
    assert mean.pa_mm == pytest.approx((71 * two.pa_mm + 100 * one.pa_mm) / 171)
    assert mean.found_percent == pytest.approx((117 * two.found_percent + 100 * 100) / 217)
    assert mean.pck150_percent == pytest.approx(
        (117 * two.pck150_percent + 100 * one.pck150_percent) / 217
    )
    assert mean.occluded_mm == two.occluded_mm
    assert (mean.frames, mean.person_frames, mean.hijacks) == (172, 217, 2)
    assert isinstance(mean, Accuracy)
    with pytest.raises(ValueError, match="no clip"):
        mean_accuracy([])


def test_groups_tell_one_from_several() -> None:
    assert group_of("real/p2s_multi_cam03", 1) == "real, several people"
    assert group_of("synthetic/syn_walk", 1) == "synthetic, one person"
    assert group_of("synthetic/any", 2) == "synthetic, several people"


def test_predictions_come_back_from_their_file(truth: Truth, tmp_path: Path) -> None:
    right = replace(perfect(truth), seconds=1.5)
    save_prediction(right, tmp_path / "a.npz")
    again = read_prediction(tmp_path / "a.npz")
    np.testing.assert_allclose(again.xyz_camera, right.xyz_camera, atol=1e-6)
    assert (again.names, again.is_absolute, again.seconds) == (LIMBS, True, 1.5)
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]
    assert evaluate(truth, again).fps == pytest.approx(48)


@pytest.mark.parametrize(
    "read", [read_truth, read_prediction, lambda p: read_intrinsics(p, (1, 1))]
)
def test_damaged_files_are_one_sentence(tmp_path: Path, read) -> None:  # noqa: ANN001
    whole = (BENCH / "synthetic" / "syn_two" / "gt.npz").read_bytes()
    path = tmp_path / "gt.npz"
    for content in (b"", b"no archive", whole[:3000], whole[:-200]):
        path.write_bytes(content)
        with pytest.raises(ClipError) as error:
            read(path)
        assert "\n" not in str(error.value)
        assert "gt.npz" in str(error.value)
    np.savez(path, K=np.array([{}], object), joints3d=np.zeros((3, 2)), joints2d=np.zeros(2))
    with pytest.raises(ClipError):
        read(path)
    with pytest.raises(ClipError):
        read(tmp_path / "gone.npz")


def test_truth_says_what_is_missing(truth: Truth) -> None:
    with pytest.raises(ClipError, match="no joint left_paw"):
        truth.joints(["left_hip", "left_paw"])
    with pytest.raises(ClipError, match="fewer frames"):
        truth.frames([72])
    with pytest.raises(ClipError, match="how large the picture"):
        evaluate(replace(truth, size_px=(0, 0)), perfect(truth))
    with pytest.raises(ClipError, match="no joint left_shoulder"):
        evaluate(truth, replace(perfect(truth), names=("left_paw", *LIMBS[1:])))
    toe = replace(truth, names=tuple("left_toe" if n == "left_foot_index" else n
                                     for n in truth.names))  # fmt: skip
    assert toe.columns(["left_foot_index"]) == truth.columns(["left_toe", "left_foot_index"])[:1]


def test_alignment_undoes_a_similarity_and_no_reflection() -> None:
    rng = np.random.default_rng(3)
    xyz = rng.normal(size=(5, 7, 3))
    R = exp_so3(rng.normal(size=(5, 1, 3)))
    moved = 1.7 * np.einsum("tkab,tkb->tka", np.broadcast_to(R, (5, 7, 3, 3)), xyz) + [4, 5, 6]
    np.testing.assert_allclose(align_similarity(xyz, moved), moved, atol=1e-9)
    assert aligned_error(xyz, moved).shape == (5, 7)
    assert aligned_error(xyz, xyz * [1, 1, -1]).mean() > 0.1
    noisy = xyz + rng.normal(0, 0.1, xyz.shape)
    left = (aligned_error(noisy, xyz) ** 2).sum(-1)
    for scale in (0.99, 1.01):
        other = scale * (align_similarity(noisy, xyz) - xyz.mean(1, keepdims=True))
        assert (((other + xyz.mean(1, keepdims=True) - xyz) ** 2).sum((1, 2)) >= left).all()
    assert np.isnan(align_similarity(np.zeros((3, 3)), xyz[0, :3])).all()
