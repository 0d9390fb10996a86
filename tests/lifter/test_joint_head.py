"""Teaching a head: it begins as BlazePose's layer, learns what the features tell, and exports."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.models.onnx_runtime import load_session
from limn.models.store import WEIGHTS_DIR

torch = pytest.importorskip("torch", reason="training needs the packages of limn[lifter]")
pytest.importorskip("onnx", reason="training needs the packages of limn[lifter]")
pytest.importorskip("moderngl", reason="training needs the packages of limn[lifter]")

from limn.tools.joint_head.network import FEATURES, HeadNetwork, blazepose_layer  # noqa: E402
from limn.tools.joint_head.training import (  # noqa: E402
    export_head,
    judge_head,
    told_by,
    train_head,
)
from limn.tools.lifter.studio.stills import Stills, read_stills  # noqa: E402


def layer(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    weight = 0.002 * rng.normal(size=(57, FEATURES))
    return weight.astype(np.float32), (0.1 * rng.normal(size=57)).astype(np.float32)


def stills(count: int, seed: int) -> Stills:
    """Features that tell bodies by a matrix that is not BlazePose's."""
    rng = np.random.default_rng(seed)
    features = np.abs(rng.normal(size=(count, 2, FEATURES))).astype(np.float32)
    shape = np.random.default_rng(99).normal(size=(points.COUNT, 3))
    joints = shape + (features[:, 0, :57] - 0.8).reshape(-1, points.COUNT, 3) * 0.5
    joints = joints - joints[:, 6:8].mean(1, keepdims=True)
    return Stills(
        features,
        np.zeros((count, 2, points.COUNT, 3), np.float32),
        np.ones((count, 2), np.float32),
        joints.astype(np.float32),
        np.zeros((count, points.COUNT), np.float32),
        np.arange(count).astype(np.float32),
    )


def test_training_begins_where_blazepose_is() -> None:
    own = layer(1)
    some = stills(8, 1).features[:, 0]
    head = HeadNetwork(16, own, some.mean(0), some.std(0))
    with torch.no_grad():
        told = head(torch.from_numpy(some)).numpy()
    np.testing.assert_allclose(told, some @ own[0].T + own[1], atol=1e-4)


@pytest.mark.filterwarnings("ignore")  # the exporter's own
def test_a_head_learns_and_its_file_says_the_same(tmp_path: Path) -> None:
    known, others = stills(1500, 1), stills(100, 2)
    head = train_head(known, "full", layer(1), 1, lambda line: None)
    before = others.features[:, 0] @ layer(1)[0].T + layer(1)[1]
    after = judge_head(told_by(head, others, "full"), others, "full")
    assert after.pa_mm < 0.8 * judge_head(before.reshape(-1, 19, 3), others, "full").pa_mm
    export_head(head, tmp_path / "head.onnx")
    session = load_session((tmp_path / "head.onnx").read_bytes(), "It can't be opened", "why?")
    picture = others.features[:1, 0].reshape(1, 2, 2, 288)
    (told,) = session.run(["joints"], {"features": picture})
    wanted = told_by(head, others, "full")[0].reshape(1, 57)
    assert np.abs(np.asarray(told) - wanted).max() < 5e-3


@pytest.mark.networks
def test_blazepose_tells_its_own_world_by_the_layer_that_is_read() -> None:
    from limn.models.runtime import NetworkRunner

    weight, bias = blazepose_layer(WEIGHTS_DIR / "blazepose_full.onnx")
    rgb = np.random.default_rng(3).random((1, 256, 256, 3)).astype(np.float32)
    _, _, _, world, features = NetworkRunner.named("blazepose_full").run(rgb)
    wanted = world.reshape(39, 3)[points.FROM_BLAZEPOSE].ravel()
    np.testing.assert_allclose(features.reshape(-1) @ weight.T + bias, wanted, atol=1e-4)


def test_pictures_that_were_not_drawn_are_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="run 'shoot' first"):
        read_stills(tmp_path, held_out=True)
