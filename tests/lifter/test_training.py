"""Training from end to end on made-up motion: it learns, goes on where it stopped, and exports."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.models.onnx_runtime import load_session
from stick_figures import pair_of, windows, write_motion

torch = pytest.importorskip("torch", reason="training needs the packages of limn[lifter]")

from limn.tools.lifter.motion import Motion, load_motion  # noqa: E402
from limn.tools.lifter.network import LifterNetwork, Shape  # noqa: E402
from limn.tools.lifter.training import Config, Cycle, Trainer  # noqa: E402

CONFIG = replace(
    Config.read(Path(__file__).parents[2] / "tools" / "lifter" / "config.toml"),
    cycles=(Cycle(40, 2e-2), Cycle(20, 1e-2)),
    batch_windows=8,
    window_frames=16,
    warmup_steps=5,
    judge_every_steps=1000,
    save_every_steps=20,
    network=Shape(width=32),
)


@pytest.fixture(scope="module")
def motion(tmp_path_factory: pytest.TempPathFactory) -> tuple[Motion, Motion]:
    path = write_motion(tmp_path_factory.mktemp("data") / "motion.npz")
    return load_motion(path, "train"), load_motion(path, "validation")


def _run(folder: Path, motion: tuple[Motion, Motion], config: Config = CONFIG) -> Trainer:
    trainer = Trainer(config, folder)
    trainer.train(*motion, lambda line: None)
    return trainer


def test_the_rate_warms_up_falls_and_begins_again() -> None:
    rates = np.array([CONFIG.rate(step) for step in range(60)])
    assert rates[0] < rates[4]
    assert rates[5:40].argmin() == 34
    assert rates[40] == pytest.approx(1e-2)
    assert rates[59] < 1e-3


def test_training_learns_and_reports(tmp_path: Path, motion: tuple[Motion, Motion]) -> None:
    config = replace(CONFIG, cycles=(Cycle(200, 2e-2),))
    trainer = _run(tmp_path, motion, config)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text("utf-8").splitlines()]
    errors = [line["train_mm"] for line in lines if "train_mm" in line]
    assert errors[-1] < 0.75 * errors[0]
    (held_out,) = (line["validation"] for line in lines if "validation" in line)
    # The figures are alike, so what was learnt holds for those left out.
    assert held_out["2D + 3D"]["root_mm"] < 250
    assert trainer.step == 200


def test_an_interrupted_run_ends_like_an_unbroken_one(
    tmp_path: Path, motion: tuple[Motion, Motion]
) -> None:
    whole = _run(tmp_path / "whole", motion)

    def stop(line: str) -> None:
        raise KeyboardInterrupt

    first = Trainer(replace(CONFIG, judge_every_steps=50), tmp_path / "broken")
    with pytest.raises(KeyboardInterrupt):
        first.train(*motion, stop)
    second = Trainer(CONFIG, tmp_path / "broken")
    assert second.step == 40
    second.train(*motion, lambda line: None)
    for a, b in zip(whole.average.parameters(), second.average.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_cycle_on_measured_windows_judges_itself_on_held_out_ones(
    tmp_path: Path, motion: tuple[Motion, Motion]
) -> None:
    shared = [pair_of(xyz, np.zeros(2), clip="a") for xyz in windows(2, 40, 1)]
    held_out = [replace(pair_of(windows(1, 40, 7)[0], np.zeros(2), clip="b"), held_out=True)]
    cycles = (Cycle(20, 2e-2), Cycle(20, 2e-2, as_seen=0.5, on_motion=0.25))
    config = replace(CONFIG, cycles=cycles, judge_every_steps=20)
    with_pairs = Trainer(config, tmp_path / "with")
    with_pairs.train(*motion, lambda line: None, shared + held_out)
    log = (tmp_path / "with" / "log.jsonl").read_text("utf-8")
    real = [line["real"] for line in map(json.loads, log.splitlines()) if "real" in line]
    assert len(real) == 2
    assert all(np.isfinite(scores["2D"]["pa_mm"]) for scores in real)
    without = _run(tmp_path / "without", motion, config)
    pairs = zip(with_pairs.network.parameters(), without.network.parameters(), strict=True)
    assert any(not torch.equal(a, b) for a, b in pairs)


def test_the_shape_must_reach_the_context_that_windows_give() -> None:
    with pytest.raises(ValueError, match="dilations add up to 3, not to 14"):
        Shape(dilations=(1, 2))


@pytest.mark.filterwarnings("ignore")  # the exporter's own
def test_the_onnx_file_answers_like_the_network_at_any_length(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="exporting needs the packages of limn[lifter]")
    from limn.tools.lifter.export import OUTPUTS, export

    torch.manual_seed(0)
    network = LifterNetwork(Shape(width=64)).eval()
    path = tmp_path / "lifter.onnx"
    size, sha256 = export(network, path)
    assert path.stat().st_size == size
    assert export(network, path) == (size, sha256)
    assert [file.name for file in tmp_path.iterdir()] == ["lifter.onnx"]
    session = load_session(path.read_bytes(), "It can't be opened", "why?")
    for b, t in ((1, 1), (2, 29), (3, 100)):
        features = np.random.default_rng(t).normal(size=(b, t, 155)).astype(np.float32)
        got = session.run(list(OUTPUTS), {"features": features})
        with torch.no_grad():
            joints, sigma, log_depth, contact = network(torch.from_numpy(features))
        wanted = (joints, sigma, log_depth, contact.sigmoid())
        for a, c in zip(got, wanted, strict=True):
            assert np.abs(np.asarray(a) - c.numpy()).max() < 1e-3


@pytest.mark.filterwarnings("ignore")
def test_training_begins_with_exported_weights(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="exporting needs the packages of limn[lifter]")
    from limn.tools.lifter.export import export, read_exported

    torch.manual_seed(5)
    shape = Shape(width=32)
    network = LifterNetwork(shape)
    with torch.no_grad():  # equal tensors would be stored once
        for values in network.parameters():
            values.add_(0.01 * torch.randn_like(values))
    export(network, tmp_path / "lifter.onnx")
    again = read_exported(tmp_path / "lifter.onnx", shape)
    for name, values in network.state_dict().items():
        assert torch.allclose(values, again.state_dict()[name], rtol=1e-3, atol=1e-4), name
    trainer = Trainer(CONFIG, tmp_path / "run", again)
    for name, values in again.state_dict().items():
        assert torch.equal(values, trainer.average.state_dict()[name])


@pytest.mark.filterwarnings("ignore")
def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="exporting needs the packages of limn[lifter]")
    from limn.tools.lifter.export import export, read_exported

    export(LifterNetwork(Shape(width=32)), tmp_path / "lifter.onnx")
    with pytest.raises(ValueError, match="another network"):
        read_exported(tmp_path / "lifter.onnx", Shape(width=48))
