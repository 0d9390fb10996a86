"""``limn bench``: the layout that an evaluator reads, and figures that hold together."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_networks import FRAMES, SIZE_PX, KnowingDetector, KnowingModel, Result, Stage, make_clip
from limn.core.data.take_file import load_take
from limn.core.data.types import Take
from limn.core.evaluation.predictions import JOINT_NAMES, prediction_of
from limn.core.geometry.camera import project_camera, world_from_camera
from limn.core.geometry.kinematics import person_joints_world
from limn.models import estimators

Limn = Callable[..., Result]
LIMBS = [
    f"{side}_{part}"
    for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    for side in ("left", "right")
]
COLUMNS = [JOINT_NAMES.index(name) for name in LIMBS]


class Clock:
    """Time that passes only where a test lets it."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.waits = 0
        self._lock = threading.Lock()
        self._own = threading.local()

    def perf_counter(self) -> float:
        return self.now_s

    process_time = perf_counter

    def thread_time(self) -> float:
        return getattr(self._own, "slept_s", 0.0)

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now_s += seconds
            self.waits += 1
        self._own.slept_s = self.thread_time() + seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("limn.cli.evaluation.profiling.time", clock)
    return clock


@pytest.fixture
def bench(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A benchmark folder with one clip; of its truth only the intrinsics can be read."""
    folder = tmp_path / "bench" / "made_up" / "walker"
    folder.mkdir(parents=True)
    take = make_clip(folder / "video.mp4")
    np.savez(folder / "gt.npz", K=take.camera.K, dist=np.zeros(4), joints3d=np.array([{}], object))
    stage = Stage(take)
    networks = KnowingDetector(stage, 0.02, clock.sleep), (KnowingModel(stage),)
    monkeypatch.setattr(estimators, "open_estimator", lambda quality, **_: networks)
    return tmp_path / "bench"


def test_predictions_have_the_evaluators_layout(limn: Limn, bench: Path) -> None:
    out = bench.parent / "predictions"
    result = limn("bench", bench, "--out", out, "--save-takes", "--json")
    assert result.code == 0, result.err
    row = json.loads(result.out)["clips"][0]
    with np.load(out / "walker.npz", allow_pickle=False) as npz:
        found = dict(npz)
    assert found["joints3d"].shape == (FRAMES, 1, len(JOINT_NAMES), 3)
    assert found["joints2d"].shape == (FRAMES, 1, len(JOINT_NAMES), 2)
    assert set(LIMBS) <= set(found["names"].tolist())
    assert found["absolute"].item() is True
    assert found["seconds"] == pytest.approx(row["seconds"], abs=1e-3)
    frames = load_take(out / "walker.take.npz").people[0].frames
    there = np.isfinite(found["joints3d"]).all(axis=(1, 2, 3))
    assert np.flatnonzero(there).tolist() == frames.tolist()
    assert (np.isfinite(found["joints2d"]).all(axis=(1, 2, 3)) == there).all()


def test_the_walkers_limbs_are_found_where_they_are(limn: Limn, bench: Path) -> None:
    out = bench.parent / "predictions"
    assert limn("bench", bench, "--out", out).code == 0
    truth = prediction_of(make_clip(bench.parent / "again.mp4")).xyz_camera
    with np.load(out / "walker.npz", allow_pickle=False) as npz:
        found = npz["joints3d"]
    there = np.isfinite(found).all(axis=(1, 2, 3))
    assert there.mean() > 0.8
    wanted, got = truth[there][:, 0, COLUMNS], found[there][:, 0, COLUMNS]
    relative = (got - got[:, 6:8].mean(1, keepdims=True)) - (
        wanted - wanted[:, 6:8].mean(1, keepdims=True)
    )
    error_mm = 1000 * np.linalg.norm(relative, axis=-1).mean()
    assert error_mm < 60, f"limbs are {error_mm:.0f} mm off, root-relative"
    depth_error = np.abs(got[..., 2].mean() / wanted[..., 2].mean() - 1)
    assert depth_error < 0.05, f"the walker is {depth_error:.1%} too near or far"


def test_predictions_are_the_takes_joints_in_the_camera(tmp_path: Path) -> None:
    take: Take = make_clip(tmp_path / "clip.mp4", people=2)
    take = replace(take, camera=replace(take.camera, dist=np.array([-0.2, 0.1, 0.001, -0.002])))
    prediction = prediction_of(take)
    xyz_camera, xy_px = prediction.xyz_camera, prediction.xy_px
    for slot, person in enumerate(take.people):
        xyz_world = world_from_camera(take.camera, xyz_camera[person.frames, slot])
        np.testing.assert_allclose(
            xyz_world[:, :22], person_joints_world(person)[:, :22], atol=1e-5
        )
        absent = np.setdiff1d(np.arange(FRAMES), person.frames)
        assert np.isnan(xyz_camera[absent, slot]).all()
        assert np.isnan(xy_px[absent, slot]).all()
    np.testing.assert_allclose(
        xy_px[:, 0], project_camera(take.camera, xyz_camera[:, 0]), atol=1e-2
    )


def test_profile_times_the_same_calls_alone(limn: Limn, bench: Path, clock: Clock) -> None:
    out = bench.parent / "predictions"
    result = limn("bench", bench, "--out", out, "--profile", "--json")
    assert result.code == 0, result.err
    row = json.loads(result.out)["clips"][0]
    calls = row["calls"]
    assert calls["full"] >= 0.8 * FRAMES
    assert clock.waits == 3 * calls["detector"], "the run, the profiled run and its calls again"
    assert row["networks_s"] == pytest.approx(0.02 * calls["detector"], abs=1e-3)
    assert row["pipeline_s"] == pytest.approx(row["networks_s"], abs=1e-3)
    assert row["threads"] >= 1
    assert sum(row["stages_s"].values()) == pytest.approx(row["pipeline_s"], abs=0.01)
    assert row["ratio"] == row["cpu_ratio"] == 1
    stages = {stage["stage"]: stage for stage in row["stages"]}
    assert {"tracking", "solving", "saving", "everything else"} <= set(stages)
    assert stages["decoding"]["calls"] > FRAMES, "every frame, and that there is no other"
    assert all(stage["cpu_s"] >= 0 for stage in stages.values())


def test_profile_prints_a_line_a_stage(limn: Limn, bench: Path) -> None:
    out = bench.parent / "predictions"
    result = limn("bench", bench, "--out", out, "--profile")
    assert result.code == 0, result.err
    lines = [line.split() for line in result.out.splitlines()]
    assert ["stage", "calls", "CPU", "s", "share", "wall", "s"] in lines
    assert any(line[:1] == ["all"] for line in lines)
    plain = limn("bench", bench, "--out", out)
    assert "CPU" not in plain.out


def test_without_intrinsics_the_camera_is_a_guess(limn: Limn, bench: Path) -> None:
    out = bench.parent / "predictions"
    options = ("--out", out, "--save-takes")
    assert limn("bench", bench, *options).code == 0
    known = load_take(out / "walker.take.npz").camera
    assert limn("bench", bench, *options, "--no-intrinsics").code == 0
    guessed = load_take(out / "walker.take.npz").camera
    assert not known.is_estimated
    assert guessed.is_estimated
    assert known.size_px == guessed.size_px == SIZE_PX
    assert abs(known.K[0, 0] - guessed.K[0, 0]) > 1


def test_a_folder_without_clips_is_one_sentence(limn: Limn, bench: Path) -> None:
    result = limn("bench", bench.parent / "nowhere", "--out", bench.parent / "p")
    assert (result.code, result.err.count("\n")) == (3, 1)
    result = limn("bench", bench, "--out", bench.parent / "p", "--clips", "dancer")
    assert result.code == 3
    assert "walker" in result.err, "the sentence lists what is available"


def test_the_world_is_written_beside_the_predictions(limn: Limn, bench: Path) -> None:
    out, world = bench.parent / "predictions", bench.parent / "world"
    result = limn("bench", bench, "--out", out, "--world", world, "--save-takes")
    assert result.code == 0, result.err
    with np.load(world / "walker.npz", allow_pickle=False) as npz:
        found = dict(npz)
    assert found["joints_world"].shape == (FRAMES, 1, len(JOINT_NAMES), 3)
    assert found["R"].shape == found["K"].shape == (FRAMES, 3, 3)
    assert found["t"].shape == (FRAMES, 3)
    take = load_take(out / "walker.take.npz")
    person = take.people[0]
    with np.load(out / "walker.npz", allow_pickle=False) as npz:
        px = npz["joints2d"]
    frame = int(person.frames[5])
    xyz = found["joints_world"][frame, 0] @ found["R"][frame].T + found["t"][frame]
    seen = xyz @ found["K"][frame].T
    assert np.allclose(seen[:, :2] / seen[:, 2:], px[frame, 0], atol=0.05)
    assert found["joints_world"][frame, 0, :, 2].max() > 1.2, "Z is up"
