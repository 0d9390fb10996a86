"""The converter on a graph with known answers, and on the real packages where they are at hand."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from limn.models.onnx_runtime import load_session
from limn.models.registry import CONVERTED

onnx = pytest.importorskip("onnx", reason="converting needs the packages of limn[weights]")

PACKAGES = "LIMN_PACKAGES"
"""Environment variable: the folder of the packages that tools/convert downloads."""


def _code(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _write_graph(folder: Path, nodes: list[dict[str, Any]], weights: dict[str, np.ndarray]) -> Path:
    """Write a TensorFlow.js model from ``image`` to ``Result``, its floats stored as float16."""
    manifest, content = [], b""
    for name, values in weights.items():
        entry: dict[str, Any] = {"name": name, "shape": values.shape, "dtype": str(values.dtype)}
        if values.dtype == np.float32:
            entry["quantization"] = {"dtype": "float16"}
            values = values.astype(np.float16)  # noqa: PLW2901
        manifest.append(entry)
        content += values.tobytes()
        nodes = [*nodes, {"name": name, "op": "Const"}]
    size = [{"size": "1"}, {"size": "4"}, {"size": "6"}, {"size": "3"}]
    graph = {
        "modelTopology": {"node": [{"name": "image", "op": "Placeholder"}, *nodes]},
        "weightsManifest": [{"paths": ["graph.bin"], "weights": manifest}],
        "signature": {
            "inputs": {"image": {"dtype": "DT_FLOAT", "tensorShape": {"dim": size}}},
            "outputs": {
                "out": {
                    "name": "Result:0",
                    "dtype": "DT_FLOAT",
                    "tensorShape": {"dim": [{"size": "1"}, {"size": "6"}, {"size": "20"}]},
                }
            },
        },
    }
    (folder / "graph.bin").write_bytes(content)
    path = folder / "graph.json"
    path.write_text(json.dumps(graph), "utf-8")
    return path


def _convolution_graph(folder: Path) -> tuple[Path, np.ndarray]:
    """A 1 x 1 convolution with ReLU6, then row 2 of the picture by a slice that drops an axis."""
    rng = np.random.default_rng(0)
    kernel = rng.integers(-8, 9, (1, 1, 3, 20)).astype(np.float32) / 8
    bias = np.arange(20, dtype=np.float32) / 4
    convolution = {
        "fused_ops": {"list": {"s": [_code("BiasAdd"), _code("Relu6")]}},
        "padding": {"s": _code("VALID")},
        "strides": {"list": {"i": ["1", "1", "1", "1"]}},
    }
    masks = {"begin_mask": {"i": "1"}, "end_mask": {"i": "1"}, "shrink_axis_mask": {"i": "2"}}
    nodes = [
        {
            "name": "Result",
            "op": "StridedSlice",
            "input": ["conv", "begin", "end", "step"],
            "attr": masks,
        },
        {
            "name": "conv",
            "op": "_FusedConv2D",
            "input": ["image", "kernel", "bias"],
            "attr": convolution,
        },
    ]
    weights = {
        "kernel": kernel,
        "bias": bias,
        "begin": np.array([0, 2], np.int32),
        "end": np.array([0, 3], np.int32),
        "step": np.array([1, 1], np.int32),
    }
    path = _write_graph(folder, nodes, weights)
    image = rng.random((1, 4, 6, 3), np.float32)
    return path, image


def test_a_known_graph_keeps_its_answer(tmp_path: Path) -> None:
    from limn.tools.convert.tfjs_graph import read_tfjs

    path, image = _convolution_graph(tmp_path)
    model = read_tfjs(path, "image", {"out": "result"}, "a test")
    session = load_session(model.SerializeToString(), "It can't be opened", "why?")
    (got,) = session.run(["result"], {"image": image})
    rng = np.random.default_rng(0)
    kernel = rng.integers(-8, 9, (3, 20)) / 8
    expected = np.clip(image[:, 2] @ kernel + np.arange(20) / 4, 0, 6)
    assert got.shape == (1, 6, 20)
    assert np.abs(got - expected).max() < 1e-5
    assert 0 < (expected == 0).mean() < 1


def test_the_same_graph_gives_the_same_bytes(tmp_path: Path) -> None:
    from limn.tools.convert.tfjs_graph import read_tfjs

    path, _ = _convolution_graph(tmp_path)
    first, second = (
        read_tfjs(path, "image", {"out": "result"}, "a test").SerializeToString(deterministic=True)
        for _ in range(2)
    )
    assert first == second


def test_a_value_per_channel_is_subtracted_and_multiplied(tmp_path: Path) -> None:
    from limn.tools.convert.tfjs_graph import read_tfjs

    mean = np.array([0.5, 0.25, 2], np.float32).reshape(1, 1, 1, 3)
    factor = np.array([2, -4, 0.5], np.float32).reshape(1, 1, 1, 3)
    nodes = [
        {"name": "less", "op": "Sub", "input": ["image", "mean"]},
        {"name": "Result", "op": "Mul", "input": ["less", "factor"]},
    ]
    path = _write_graph(tmp_path, nodes, {"mean": mean, "factor": factor})
    graph = json.loads(path.read_text("utf-8"))
    shape = [{"size": size} for size in ("1", "4", "6", "3")]
    graph["signature"]["outputs"]["out"]["tensorShape"]["dim"] = shape
    path.write_text(json.dumps(graph), "utf-8")
    model = read_tfjs(path, "image", {"out": "result"}, "a test")
    session = load_session(model.SerializeToString(), "It can't be opened", "why?")
    image = np.random.default_rng(0).random((1, 4, 6, 3), np.float32)
    (got,) = session.run(["result"], {"image": image})
    assert np.array_equal(got, (image - mean) * factor)
    assert {node.op_type for node in model.graph.node}.isdisjoint({"Sub", "Mul"})


def test_an_unknown_operator_is_named(tmp_path: Path) -> None:
    from limn.tools.convert.tfjs_graph import read_tfjs

    path = _write_graph(tmp_path, [{"name": "Result", "op": "Einsum", "input": ["image"]}], {})
    with pytest.raises(NotImplementedError, match="Einsum in Result"):
        read_tfjs(path, "image", {"out": "result"}, "a test")


def test_weights_that_round_are_kept_whole() -> None:
    from limn.tools.convert.onnx_emit import Emitter

    def stored(values: np.ndarray) -> str:
        out = Emitter()
        info = [
            onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [len(values)])
            for name in ("x", "y")
        ]
        out.op("Add", ["x", out.constant(values)], "y")
        (tensor,) = out.model(info[:1], info[1:], "").graph.initializer
        return onnx.TensorProto.DataType.Name(tensor.data_type)

    exact = np.arange(1000, dtype=np.float32) / 8
    assert stored(exact) == "FLOAT16"
    assert stored(exact + np.float32(1e-6)) == "FLOAT"
    assert stored(exact * 1000) == "FLOAT", "beyond float16's range"
    assert stored(exact[:10]) == "FLOAT", "too small to be worth it"


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "dilation", "pads"),
    [
        ((256, 256), (3, 3), (2, 2), (1, 1), [0, 0, 1, 1]),
        ((255, 16), (3, 5), (2, 1), (1, 1), [1, 2, 1, 2]),
        ((8, 8), (1, 1), (1, 1), (1, 1), [0, 0, 0, 0]),
        ((8, 8), (3, 3), (1, 1), (2, 2), [2, 2, 2, 2]),
        ((8, 8), (2, 2), (4, 4), (1, 1), [0, 0, 0, 0]),
    ],
)
def test_padding_is_that_of_tensorflow(
    size: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
    pads: list[int],
) -> None:
    from limn.tools.convert.onnx_emit import same_padding

    assert same_padding(size, kernel, stride, dilation) == pads


@pytest.mark.networks
@pytest.mark.skipif(
    PACKAGES not in os.environ, reason=f"the original packages (186 MB) are not in ${PACKAGES}"
)
@pytest.mark.parametrize("name", CONVERTED)
def test_the_committed_file_comes_out_of_the_package_again(name: str, tmp_path: Path) -> None:
    pytest.importorskip("tflite", reason="converting needs the packages of limn[weights]")
    from limn.tools.convert.__main__ import WEIGHTS, convert
    from limn.tools.convert.packages import find_package

    network = CONVERTED[name]
    archive = find_package(network.package, Path(os.environ[PACKAGES]))
    committed = (WEIGHTS / network.file).read_bytes()
    for _ in range(2):
        assert convert(network, archive, tmp_path) == committed
