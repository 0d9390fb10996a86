"""Runs a network under work for what passes through it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import onnx
from limn.models.onnx_runtime import load_onnxruntime
from numpy.typing import NDArray
from onnx import helper

from .plain_graph import Net

Picture = NDArray[Any]


def tensors(net: Net, names: Sequence[str], pictures: Sequence[Picture]) -> Iterator[list[Picture]]:
    """The tensors of those names for one picture after the other."""
    session = _opened(net.model(list(names)))
    for picture in pictures:
        yield session.run(list(names), {net.inputs[0].name: picture})


def channel_ranges(
    net: Net, names: Sequence[str], pictures: Sequence[Picture]
) -> dict[str, NDArray[np.float32]]:
    """By tensor (1, C, H, W), the least and the largest value of every channel (2, C)."""
    out: dict[str, NDArray[np.float32]] = {}
    for values in tensors(net, names, pictures):
        for name, one in zip(names, values, strict=True):
            low, high = one.min(axis=(0, 2, 3)), one.max(axis=(0, 2, 3))
            if name in out:
                low, high = np.minimum(low, out[name][0]), np.maximum(high, out[name][1])
            out[name] = np.stack([low, high])
    return out


class Walk:
    """Goes through a net with some pictures, from each tensor asked for to the next.

    The net may change between two of them behind what was asked for.
    """

    def __init__(self, net: Net, pictures: Sequence[Picture]) -> None:
        self._net = net
        start = net.inputs[0].name
        self._known: list[dict[str, Picture]] = [{start: picture} for picture in pictures]

    def at(self, name: str, later: Sequence[str]) -> list[Picture]:
        """A tensor of every picture; ``later`` are all that will be asked for after it."""
        known = set(self._known[0])
        if name not in known:
            session, inputs = self._session(name, known)
            for one in self._known:
                (one[name],) = session.run([name], {key: one[key] for key in inputs})
        wanted = _needed(self._net, later, {*known, name})[1]
        out = [one[name] for one in self._known]
        self._known = [{k: v for k, v in one.items() if k in wanted} for one in self._known]
        return out

    def _session(self, name: str, known: set[str]) -> tuple[Any, list[str]]:
        nodes, used = _needed(self._net, [name], known)
        inputs = sorted(used & known)
        told = [_value(key, self._known[0][key]) for key in inputs]
        net = self._net
        part = Net(nodes, net.constants, told, net.outputs, net.opset, "")
        return _opened(part.model([name])), inputs


def _value(name: str, like: Picture) -> onnx.ValueInfoProto:
    kind = helper.np_dtype_to_tensor_dtype(like.dtype)
    return helper.make_tensor_value_info(name, kind, [None] * like.ndim)


def _needed(
    net: Net, names: Sequence[str], known: set[str]
) -> tuple[list[onnx.NodeProto], set[str]]:
    """The nodes by which ``known`` tensors give those of the ``names``, and all that they read."""
    used, kept = set(names), []
    for node in reversed(net.nodes):
        if used.intersection(node.output) - known:
            kept.append(node)
            used.update(node.input)
    return kept[::-1], used


def _opened(model: onnx.ModelProto) -> Any:  # noqa: ANN401 - an InferenceSession
    """Nothing is optimised: what is fused is computed otherwise."""
    runtime = load_onnxruntime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    content = model.SerializeToString()
    return runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
