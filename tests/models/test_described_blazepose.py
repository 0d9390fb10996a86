"""BlazePose files of users: the embedded weights, given as such a file, answer as they do here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.arrays import U8
from limn.core.data.errors import ModelError
from limn.core.data.types import Region
from limn.core.decoding.blazepose import decode_blazepose
from limn.models.estimators import open_named
from limn.models.networks.blazepose import BlazePose
from limn.models.networks.described_pose import open_pose, try_pose_model
from limn.models.runtime import NetworkRunner
from limn.models.store import WEIGHTS_DIR
from limn.models.user.descriptor import Descriptor, ModelInput
from limn.models.user.fields import Mistake
from limn.models.user.library import Library
from onnx_files import constant_network

WEIGHTS = WEIGHTS_DIR / "blazepose_full.onnx"
REGION = Region((120.0, 185.0), 270.0, 0.1, (20.0, 50.0, 210.0, 312.0))
ROLES = ("landmarks", "presence", "heatmap", "world")
MINE = Descriptor(
    name="my-blazepose", title="BlazePose full", job="pose", decoder="blazepose",
    file="mine.onnx", licence="Apache-2.0", credit="Google", good_for="tests",
    input=ModelInput(256, 256, layout="NHWC", fit="box", scale=1 / 255),
    outputs={role: role for role in ROLES}, keypoints="blazepose33",
)  # fmt: skip
SMALL = replace(MINE, input=replace(MINE.input, width=64, height=64, layout="NCHW"))


def _answers(**changes: np.ndarray) -> dict[str, np.ndarray]:
    """Everybody's landmark 0 at (40, 20) of 64 pixels, under a peak at (44, 24)."""
    landmarks = np.zeros((1, 39, 5), np.float32)
    landmarks[..., :2], landmarks[..., 3:] = (40, 20), 9
    heatmap = np.full((1, 39, 16, 16), -30, np.float32)
    heatmap[:, :, 6, 11] = 5
    world = np.tile(np.array([0.1, -0.2, 0.3], np.float32), (1, 39))
    given = {"landmarks": landmarks.reshape(1, -1), "presence": np.full((1, 1), 0.9)}
    return given | {"heatmap": heatmap, "world": world} | changes


@pytest.mark.networks
@pytest.mark.parametrize("variant", ["full", "heavy"])
def test_the_embedded_weights_as_a_users_file_give_the_same_landmarks(
    portrait: U8, runners: dict[str, NetworkRunner], variant: str
) -> None:
    name = f"blazepose_{variant}"
    own = BlazePose(variant, runners[name]).locate(portrait, REGION)
    brought = open_pose(MINE, WEIGHTS_DIR / f"{name}.onnx").locate(portrait, REGION)
    assert own.presence > 0.9
    for field in ("xy_px", "score", "xyz_m"):
        assert np.array_equal(getattr(brought, field), getattr(own, field)), field
    assert brought.presence == own.presence


@pytest.mark.networks
def test_it_is_an_estimator_once_it_is_added(tmp_path: Path, portrait: U8) -> None:
    library = Library(tmp_path / "models")
    library.add_file(WEIGHTS, MINE, try_pose_model)
    _, models = open_named("my-blazepose", "fast", library)
    seen = models[0].locate(portrait, REGION)
    assert seen.presence > 0.9
    assert np.abs(seen.xyz_m[:, 2]).max() > 0.05, "the network's own 3D"


@pytest.mark.parametrize("is_last", [False, True], ids=["channels first", "channels last"])
def test_landmarks_are_drawn_to_the_heatmaps_peak(tmp_path: Path, is_last: bool) -> None:
    answers = _answers()
    if is_last:
        answers["heatmap"] = np.moveaxis(answers["heatmap"], 1, 3)
    path = tmp_path / "mine.onnx"
    path.write_bytes(constant_network(_named(answers), (1, 3, 64, 64)))
    region = Region((100.0, 100.0), 128.0, 0.0, (0.0, 0.0, 200.0, 200.0))
    seen = open_pose(SMALL, path).locate(np.zeros((200, 200, 3), np.uint8), region)
    # The crop's corner is (36, 36), its pixels are two of the picture's.
    assert np.allclose(seen.xy_px, np.array([36, 36]) + 2 * np.array([44, 24]), atol=0.6)
    assert np.allclose(seen.score, 1, atol=1e-3)
    assert np.allclose(seen.xyz_m, [0.1, -0.2, 0.3])
    assert seen.presence == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"landmarks": np.zeros((1, 160))}, "'landmarks' of shape"),
        ({"landmarks": np.zeros((1, 166))}, "'landmarks' of shape"),
        ({"presence": np.zeros((1, 2))}, "'presence' of 2 values"),
        ({"heatmap": np.zeros((1, 64, 32, 39))}, "'heatmap' of shape"),
        ({"heatmap": np.zeros((1, 64, 64, 17))}, "'heatmap' of shape"),
        ({"heatmap": np.zeros((2, 64, 64, 39))}, "'heatmap' of shape"),
        ({"world": np.zeros((1, 51))}, "'world' of shape"),
        ({"world": np.zeros((1, 0))}, "'world' of shape"),
    ],
)
def test_other_tensors_are_one_sentence(changes: dict[str, np.ndarray], says: str) -> None:
    with pytest.raises(ModelError, match=says) as error:
        decode_blazepose(_answers(**changes), 64, "The network mine.onnx")
    assert str(error.value).startswith("The network mine.onnx gives")
    with pytest.raises(ModelError, match="gives no 'world'"):
        decode_blazepose({"landmarks": np.zeros((1, 195))}, 64)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_nobody_or_no_peak(role: str, value: float) -> None:
    blank = {role: np.full(_answers()[role].shape, value)}
    seen = decode_blazepose(_answers(**blank), 64)
    assert np.isfinite(seen.xy_crop).all()
    assert np.isfinite(seen.xyz_crop).all()
    assert np.isfinite(seen.score).all()
    assert role == "heatmap" or seen.presence == 0


@pytest.mark.parametrize("seed", range(3))
def test_random_tensors_do_no_harm(seed: int) -> None:
    rng = np.random.default_rng(seed)
    wild = {role: rng.normal(0, 1e6, _answers()[role].shape) for role in ROLES}
    seen = decode_blazepose(wild, 64)
    assert np.isfinite(seen.xy_crop).all()
    assert ((seen.score >= 0) & (seen.score <= 1)).all()
    assert 0 <= seen.presence <= 1


def test_a_descriptor_that_can_not_be_blazepose_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="blazepose33"):
        replace(MINE, keypoints="coco17")
    with pytest.raises(Mistake, match="square"):
        replace(MINE, input=replace(MINE.input, width=192))
    path = tmp_path / "mine.onnx"
    path.write_bytes(constant_network(_named(_answers()), (1, 3, 64, 48)))
    with pytest.raises(ModelError, match="expects a square"):
        try_pose_model(SMALL, path)


def _named(answers: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: values.astype(np.float32) for name, values in answers.items()}
