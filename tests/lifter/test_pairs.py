"""Real detections as training material: what is measured is what was seen, and errors keep size."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.data.observations import TrackObservations
from limn.core.data.types import Camera, Detections
from limn.core.lifting.features import CANONICAL_M, body_size
from limn.core.solving.evidence.evidence import Evidence, gather_evidence
from limn.models.qualities import QUALITY_PASSES
from limn.tools.lifter import measure as measure_module
from limn.tools.lifter.chance import Chance
from limn.tools.lifter.detectors import project
from limn.tools.lifter.faults import bias, faults
from limn.tools.lifter.measure import OUTSIDE, KnownClip, measure, pairs_of
from limn.tools.lifter.motion import load_motion
from limn.tools.lifter.pair_file import read_pairs, write_pairs
from limn.tools.lifter.pairs import PairBook, Sightings
from limn.tools.lifter.real_judge import judge_with
from limn.tools.lifter.sampling import Conditions, Measured, draw_batch, film_motion, simulate
from stick_figures import pair_of, windows, write_motion
from synthetic import Clip, FakeDetector, camera_at, watch
from synthetic_motion import standing

LIMBS = slice(0, points.LIMBS)


def clip_and_truth(camera: Camera | None = None) -> tuple[Clip, KnownClip]:
    clip = watch(standing(seconds=1.4), camera=camera)
    xyz = np.swapaxes(clip.xyz_camera, 0, 1)[:, :, points.FROM_BLAZEPOSE]
    own = replace(clip.camera, T_world_camera=np.eye(4))
    return clip, KnownClip(xyz, np.zeros(xyz.shape[:3]), own, held_out=True)


def test_perfect_networks_make_perfect_pairs() -> None:
    clip, truth = clip_and_truth()
    models = [clip.model(name) for name in ("heavy", "full")]
    pairs = list(pairs_of("walk", clip.source(), truth, clip.detector(), models))
    assert {pair.quality for pair in pairs} == {"balanced", "fast"}
    for pair in pairs:
        c = pair.columns
        assert pair.held_out
        assert np.abs(c["xy"] - project(c["truth_m"])).max() < 1e-3
        score, by_clip = judge_with(
            lambda pair: (pair.columns["xyz_m"], np.ones((42, 19, 2))), [pair]
        )
        assert score.root_mm < 1
        assert by_clip.keys() == {"walk"}


def test_a_second_look_is_told_with_the_detector_as_in_a_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gathered: list[set[str]] = []

    def noting(track: TrackObservations, camera: Camera, fps: float) -> Evidence:
        gathered.append(set(track.passes))
        return gather_evidence(track, camera, fps)

    monkeypatch.setattr(measure_module, "gather_evidence", noting)
    clip, truth = clip_and_truth()
    models = [clip.model(name) for name in QUALITY_PASSES["best"]]
    pairs = list(pairs_of("walk", clip.source(), truth, clip.detector(), models))
    assert [pair.quality for pair in pairs] == ["fast", "balanced", "best"]
    assert gathered[-1] == {"heavy", "heavy_mirrored", "full"}


def test_what_the_picture_cuts_off_is_outside() -> None:
    clip, truth = clip_and_truth(camera=camera_at(distance_m=2.2, height_m=1.7, tilt_deg=0))
    pairs = list(pairs_of("near", clip.source(), truth, clip.detector(), [clip.model("full")]))
    hidden = pairs[0].columns["hidden"]
    assert (hidden[:, points.POINTS.index("left_ankle")] == OUTSIDE).all()
    assert (hidden[:, points.POINTS.index("left_shoulder")] == 0).all()


def test_a_folder_without_clips_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no folder with pictures"):
        measure(tmp_path, tmp_path / "pairs.npz", print)


def test_clips_are_read_worn_and_observed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip, truth = clip_and_truth()
    shown: list[np.ndarray] = []

    class Watched(FakeDetector):
        """Answers in turn, as wear may have blurred the picture's number."""

        def detect(self, bgr: np.ndarray) -> Detections:
            shown.append(bgr)
            picture = np.zeros((1, 1, 3), np.uint8)
            return super().detect(picture)

    monkeypatch.setattr(
        "limn.tools.lifter.measure.open_estimator", lambda quality: (Watched(clip), ())
    )
    for name in ("a", "b", "c"):
        folder = tmp_path / "clips" / name
        folder.mkdir(parents=True)
        for i in range(3):
            cv2.imwrite(str(folder / f"{i:04d}.png"), np.full((36, 64, 3), 128, np.uint8))
        np.savez(
            folder / "gt.npz",
            joints3d=truth.xyz_m[:3],
            names=np.array(points.POINTS),
            K=truth.camera.K,
            fps=30.0,
        )
    told: list[str] = []
    measure(tmp_path / "clips", tmp_path / "pairs.npz", told.append)
    assert told == ["a: 0 tracks", "b: 0 tracks", "c: 0 tracks"]
    assert not (tmp_path / "pairs.npz").exists()
    levels = [float(bgr.mean()) for bgr in shown]
    assert any(abs(level - 128) > 2 for level in levels), "none was worn"


def test_pairs_survive_their_file(tmp_path: Path) -> None:
    xyz = windows(2, 40, 0)
    pairs = [pair_of(x, np.array([0.1, 0]), name) for x, name in zip(xyz, "ab", strict=True)]
    write_pairs(tmp_path / "pairs.npz", pairs)
    again = read_pairs(tmp_path / "pairs.npz")
    assert [pair.clip for pair in again] == ["a", "b"]
    for one, other in zip(pairs, again, strict=True):
        for name, column in one.columns.items():
            assert np.array_equal(column, other.columns[name])


def test_a_window_of_a_pair_is_seen_as_it_was() -> None:
    off_m = np.array([0.05, 0.0])
    book = PairBook([pair_of(2 * windows(1, 40, 3)[0], 2 * off_m)])
    drawn = book.draw(20, 32, Chance(1))
    assert np.median(body_size(drawn.xyz), axis=1) == pytest.approx(CANONICAL_M, rel=0.02)
    depth = drawn.xyz[:, :, 6:8, 2].mean(2)[..., None]
    away = np.linalg.norm(drawn.xy - project(drawn.xyz), axis=-1) * depth
    assert away == pytest.approx(0.05, abs=1e-3)


def test_errors_on_other_bodies_have_the_size_they_were_made_with() -> None:
    book = PairBook([pair_of(x, np.array([0.0, 0.08])) for x in windows(3, 40, 5)])
    xyz = windows(6, 32, 20)
    seen = book.haunt(xyz, Chance(2))
    assert np.array_equal(seen.xyz, xyz)
    depth = xyz[:, :, 6:8, 2].mean(2)[..., None]
    away = np.linalg.norm(seen.xy - project(xyz), axis=-1) * depth
    assert away == pytest.approx(0.08, abs=1e-3)
    assert (seen.score == 0.5).all()


def test_measured_windows_take_their_share_of_a_batch(tmp_path: Path) -> None:
    motion = load_motion(write_motion(tmp_path / "motion.npz"), "train")
    book = PairBook([pair_of(x, np.zeros(2)) for x in windows(3, 40, 5)])
    measured = Measured(book, as_seen=0.25, on_motion=0.5)
    batch = draw_batch(motion, 8, 32, Chance(1), Conditions(), measured)
    assert batch.features.shape == (8, 32, 155)
    assert np.isfinite(batch.features).all()
    assert (~batch.contact_holds[-2:]).all()
    # These pairs' scores are about 0.5 where the simulation's are all but 1.
    surest = batch.features[..., 38:57].max((1, 2))
    assert surest[:2].max() > 0.9
    assert surest[2:].mean() == pytest.approx(0.55, abs=0.25)


def test_faults_finds_what_was_done() -> None:
    frontal = windows(4, 32, 9)
    book = PairBook([pair_of(x, np.zeros(2)) for x in frontal])
    rows = dict(faults(book.draw(16, 32, Chance(3))))
    # Half the depth on a body that is then brought to the same size of limbs.
    assert rows["BlazePose, in view: error, 90 % below, mm"] < 1
    assert rows["MultiPose, in view: score"] == pytest.approx(0.4, abs=1e-3)
    assert rows["3D: depth told for a metre of depth, m"] == pytest.approx(0.6, abs=0.15)
    lower = [pair_of(x, np.array([0.0, 0.05])) for x in frontal]
    table = bias(PairBook(lower).draw(64, 32, Chance(3)))
    assert table["blazepose"][:, 1].mean() == pytest.approx(-50, abs=10)


def test_the_simulation_errs_as_much_as_real_detectors(tmp_path: Path) -> None:
    """Against the figures of notebook/lifter.md: nobody makes the simulation kind by accident."""
    motion = load_motion(write_motion(tmp_path / "motion.npz"), "train")
    conditions = Conditions(severe=True)
    tree, _, _ = film_motion(motion, 64, 32, Chance(1), conditions)
    seen: Sightings = simulate(tree, Chance(2), conditions)
    rows = dict(faults(seen))
    assert 60 < rows["BlazePose, in view: error, 90 % below, mm"] < 140
    assert 0.3 < rows["MultiPose, own body: score"] < 0.7
    assert 0.35 < rows["3D: depth told for a metre of depth, m"] < 0.8
    assert 75 < rows["3D: PA, in plain view, mm"] < 115
