"""Depth networks through the real runtime: generated graphs of the MiDaS family's tensors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from limn.core.data.errors import ModelError, SettingsError
from limn.models.networks.depth import open_depth
from limn.models.selftest import try_model
from limn.models.user.library import Library
from model_files import depth_descriptor
from onnx_files import OnnxGraph, constant_network

HEIGHT, WIDTH = 120, 213


def _saved(path: Path, graph: OnnxGraph) -> str:
    path.write_bytes(graph.content)
    return str(path)


def _brightness(path: Path, side: int | str = 64, keepdims: int = 0, name: str = "image") -> str:
    """Depth = the mean of the channels, in MiDaS's (1, h, w) or DPT's (1, 1, h, w)."""
    graph = OnnxGraph()
    graph.input(name, "float32", (1, 3, side, side))
    graph.op("ReduceMean", [name], "depth", axes=[1], keepdims=keepdims)
    shape = (1, 1, side, side) if keepdims else (1, side, side)
    graph.output("depth", shape)
    return _saved(path, graph)


def _blue(path: Path) -> str:
    """Depth = the first channel, which is red or blue as the channels are ordered."""
    graph = OnnxGraph()
    graph.input("image", "float32", (1, 3, 64, 64))
    graph.op("Gather", ["image", graph.constant("k", np.array([0], np.int64))], "depth", axis=1)
    graph.output("depth", (1, 1, 64, 64))
    return _saved(path, graph)


def _ramp() -> np.ndarray:
    """A picture that grows brighter to the right and, half as much, downwards."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(float)
    grey = 20 + 140 * x / WIDTH + 70 * y / HEIGHT
    return np.repeat(grey[..., None], 3, 2).astype(np.uint8)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "models")


@pytest.mark.parametrize("changes", ["fit=stretch", "fit=center", "fit=corner"])
@pytest.mark.parametrize("keepdims", [0, 1])
def test_the_map_lies_on_the_picture_however_it_was_fitted(
    tmp_path: Path, library: Library, changes: str, keepdims: int
) -> None:
    model = open_depth(_brightness(tmp_path / "a.onnx", 64, keepdims), changes, library)
    depth = model.estimate(_ramp())
    assert depth is not None
    xy = np.stack(np.meshgrid(np.arange(15, WIDTH - 15, 20), np.arange(15, HEIGHT - 15, 15)), -1)
    grey = 20 + 140 * xy[..., 0] / WIDTH + 70 * xy[..., 1] / HEIGHT
    np.testing.assert_allclose(depth.at(xy) * 255, grey, atol=1.5)
    assert np.isnan(depth.at(np.array([[-400.0, 50.0], [50.0, HEIGHT + 400.0]]))).all()


def test_an_open_input_takes_multiples_of_what_the_network_wants(
    tmp_path: Path, library: Library
) -> None:
    path = _brightness(tmp_path / "a.onnx", "side")
    depth = open_depth(path, "size=200x112,multiple=14,fit=corner", library).estimate(_ramp())
    assert depth is not None
    assert depth.inverse.shape[0] % 14 == depth.inverse.shape[1] % 14 == 0
    x, y = 100.0, 60.0
    value = depth.at(np.array([x, y])) * 255
    assert value == pytest.approx(20 + 140 * x / WIDTH + 70 * y / HEIGHT, abs=1.5)


def test_channel_order_is_a_choice(tmp_path: Path, library: Library) -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:, :32, 0] = 200  # blue at the left
    picture[:, 32:, 2] = 200  # red at the right
    path = _blue(tmp_path / "a.onnx")
    left, right = np.array([8.0, 30.0]), np.array([55.0, 30.0])
    for changes, nearer, farther in (("channels=rgb", right, left), ("channels=bgr", left, right)):
        depth = open_depth(path, changes, library).estimate(picture)
        assert depth is not None
        assert depth.at(nearer) > depth.at(farther)


def test_metric_depth_becomes_inverse(tmp_path: Path, library: Library) -> None:
    path = _brightness(tmp_path / "a.onnx")
    depth = open_depth(path, "sense=metric,normalise=bytes", library).estimate(_ramp())
    assert depth is not None
    at = np.array([100.0, 60.0])
    grey = 20 + 140 * at[0] / WIDTH + 70 * at[1] / HEIGHT
    assert 1 / depth.at(at) == pytest.approx(grey, rel=0.02)


def test_normalisation_is_a_choice(tmp_path: Path, library: Library) -> None:
    path = _brightness(tmp_path / "a.onnx")
    at, grey = np.array([100.0, 60.0]), (20 + 140 * 100 / WIDTH + 35) / 255
    expected = {
        "none": grey,
        "half": 2 * grey - 1,
        "imagenet": np.mean([(grey - m) / s for m, s in
                             ((0.485, 0.229), (0.456, 0.224), (0.406, 0.225))]),
        "bytes": 255 * grey,
    }  # fmt: skip
    for name, value in expected.items():
        depth = open_depth(path, f"normalise={name}", library).estimate(_ramp())
        assert depth is not None
        assert depth.at(at) == pytest.approx(value, rel=0.03, abs=0.02)


def test_large_answers_are_kept_small_and_in_place(tmp_path: Path, library: Library) -> None:
    path = _brightness(tmp_path / "a.onnx", "side")
    depth = open_depth(path, "size=1500x1301", library).estimate(_ramp())
    assert depth is not None
    assert max(depth.inverse.shape) <= 640
    at = np.array([100.0, 60.0])
    grey = 20 + 140 * at[0] / WIDTH + 70 * at[1] / HEIGHT
    assert depth.at(at) * 255 == pytest.approx(grey, abs=1.5)


def _answering(path: Path, values: np.ndarray) -> str:
    """Whatever the picture, these values."""
    graph = OnnxGraph()
    graph.input("image", "float32", (1, 3, 64, 64))
    graph.op("ReduceMean", ["image"], "mean", axes=[1, 2, 3], keepdims=0)
    graph.op("Mul", ["mean", graph.constant("zero", np.zeros(1, np.float32))], "none")
    graph.op("Add", ["none", graph.constant("values", values.astype(np.float32))], "depth")
    graph.output("depth", values.shape)
    return _saved(path, graph)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (np.full((1, 64, 64), np.nan), "numbers that are none"),
        (np.full((1, 64, 64), 3.0), "the same depth everywhere"),
        (np.ones((1, 2, 64, 64)), "where one map of the picture's depth was expected"),
        (np.ones((1, 1000)), "where one map of the picture's depth was expected"),
        (np.random.default_rng(1).random((1, 64, 32)), "another picture's shape"),
    ],
)
def test_answers_that_are_no_depth_are_refused_in_one_sentence(
    tmp_path: Path, library: Library, values: np.ndarray, sentence: str
) -> None:
    model = open_depth(_answering(tmp_path / "a.onnx", values), "", library)
    with pytest.raises(ModelError, match=sentence) as caught:
        model.estimate(_ramp())
    assert str(caught.value).count(". ") == 0


def test_a_picture_that_shows_nothing_has_no_depth(tmp_path: Path, library: Library) -> None:
    model = open_depth(_brightness(tmp_path / "a.onnx"), "", library)
    assert model.estimate(np.zeros((HEIGHT, WIDTH, 3), np.uint8)) is None


def test_files_that_are_no_network_are_refused(tmp_path: Path, library: Library) -> None:
    whole = Path(_brightness(tmp_path / "a.onnx")).read_bytes()
    for name, content in (("cut", whole[: len(whole) // 2]), ("text", b"no network"), ("", b"")):
        path = tmp_path / f"{name}.onnx"
        path.write_bytes(content)
        with pytest.raises(ModelError):
            open_depth(str(path), "", library).estimate(_ramp())
    with pytest.raises(ModelError, match="missing"):
        open_depth(str(tmp_path / "gone.onnx"), "", library)
    with pytest.raises(ModelError, match="not installed"):
        open_depth("midas-small", "", library)
    with pytest.raises(SettingsError, match="no model"):
        open_depth("midas-huge", "", library)


def test_other_batches_opsets_and_bytes_are_one_sentence(tmp_path: Path, library: Library) -> None:
    ramp = np.linspace(0, 1, 4096).reshape(1, 64, 64)
    batch = constant_network({"d": ramp}, (4, 3, 64, 64))
    cases = {"batch": (batch, "expects float32 NCHW")}
    cases["opset"] = (constant_network({"d": ramp}, opset=4000), "can't be opened")
    for name, (content, sentence) in cases.items():
        path = tmp_path / f"{name}.onnx"
        path.write_bytes(content)
        with pytest.raises(ModelError, match=sentence) as caught:
            open_depth(str(path), "", library).estimate(_ramp())
        assert str(caught.value).count(". ") == 0
    good = constant_network({"inverse_depth": ramp})
    path = tmp_path / "good.onnx"
    path.write_bytes(good)
    library.add_file(path, depth_descriptor(), try_model)
    library.file_of("my-depth").write_bytes(good[:-1] + b"?")
    with pytest.raises(ModelError, match="sha256"):
        open_depth("my-depth", "", library).estimate(_ramp())


def test_a_file_that_tells_no_map_is_not_installed(tmp_path: Path, library: Library) -> None:
    for values in (np.ones((1, 1000)), np.ones((1, 64, 32)), np.ones((2, 64, 64))):
        path = tmp_path / "mine.onnx"
        path.write_bytes(constant_network({"inverse_depth": values}))
        with pytest.raises(ModelError):
            library.add_file(path, depth_descriptor(), try_model)
    assert library.installed() == {}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ("colour=red", "has no 'colour'"),
        ("normalise=minmax", "must be one of"),
        ("size=big", "size=big"),
        ("sense=sixth", "sense=sixth"),
        ("channels=cmyk", "channels=cmyk"),
    ],
)
def test_changes_that_make_no_sense_are_refused(
    tmp_path: Path, library: Library, changes: str, sentence: str
) -> None:
    with pytest.raises(SettingsError, match=sentence):
        open_depth(_brightness(tmp_path / "a.onnx"), changes, library)


def test_a_file_of_a_known_name_is_fed_as_that_model_is(tmp_path: Path, library: Library) -> None:
    """Depth Anything's file is called model.onnx: ImageNet's normalisation, inputs of 14."""
    path = _brightness(tmp_path / "model.onnx", "side", name="pixel_values")
    depth = open_depth(path, "", library).estimate(_ramp())
    assert depth is not None
    assert depth.inverse.shape == (518, 518)
