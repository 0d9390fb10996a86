"""Small ONNX files for tests, written without the package onnx: the few messages of onnx.proto3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from limn.core.data.errors import ModelError
from limn.models.onnx_runtime import load_onnxruntime

_TYPES = {"float32": 1, "uint8": 2, "int32": 6, "int64": 7, "string": 8, "bool": 9, "float16": 10}


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def number(field_number: int, value: int) -> bytes:
    """A field that holds a number."""
    return _varint(field_number << 3) + _varint(value)


def part(field_number: int, content: bytes | str) -> bytes:
    data = content.encode() if isinstance(content, str) else content
    return _varint(field_number << 3 | 2) + _varint(len(data)) + data


def need_runtime() -> None:
    """Skip a whole module where ONNX Runtime can't be imported."""
    try:
        load_onnxruntime()
    except ModelError as error:
        pytest.skip(str(error), allow_module_level=True)


@dataclass
class OnnxGraph:
    """A graph under construction; ``content`` is the file."""

    opset: int = 13
    nodes: list[bytes] = field(default_factory=list)
    constants: list[bytes] = field(default_factory=list)
    inputs: list[bytes] = field(default_factory=list)
    outputs: list[bytes] = field(default_factory=list)

    def input(self, name: str, dtype: str, shape: Sequence[int | str]) -> str:
        self.inputs.append(value_info(name, dtype, shape))
        return name

    def output(self, name: str, shape: Sequence[int | str], dtype: str = "float32") -> None:
        self.outputs.append(value_info(name, dtype, shape))

    def constant(self, name: str, values: np.ndarray) -> str:
        dims = b"".join(number(1, side) for side in values.shape)
        kind = number(2, _TYPES[str(values.dtype)])
        data = np.ascontiguousarray(values).tobytes()
        self.constants.append(dims + kind + part(8, name) + part(9, data))
        return name

    def op(self, kind: str, inputs: Sequence[str], output: str, **attributes: object) -> str:
        node = b"".join(part(1, name) for name in inputs) + part(2, output) + part(4, kind)
        node += b"".join(part(5, _attribute(k, v)) for k, v in attributes.items())
        self.nodes.append(node)
        return output

    @property
    def outputs_only(self) -> bytes:
        """What names further outputs of a graph when it is appended to its file."""
        return part(7, b"".join(part(12, one) for one in self.outputs))

    @property
    def content(self) -> bytes:
        graph = b"".join(part(1, node) for node in self.nodes) + part(2, "graph")
        graph += b"".join(part(5, constant) for constant in self.constants)
        graph += b"".join(part(11, one) for one in self.inputs)
        graph += b"".join(part(12, one) for one in self.outputs)
        opset = part(8, part(1, "") + number(2, self.opset))
        return number(1, 8) + part(7, graph) + opset


def value_info(name: str, dtype: str, shape: Sequence[int | str]) -> bytes:
    dims = b"".join(
        part(1, part(2, side) if isinstance(side, str) else number(1, side)) for side in shape
    )
    tensor = number(1, _TYPES[dtype]) + part(2, dims)
    return part(1, name) + part(2, part(1, tensor))


def _attribute(name: str, value: object) -> bytes:
    if isinstance(value, int):
        return part(1, name) + number(3, value) + number(20, 2)
    assert isinstance(value, list)
    return part(1, name) + b"".join(number(8, i) for i in value) + number(20, 7)


def constant_network(
    outputs: Mapping[str, np.ndarray],
    input_shape: Sequence[int | str] = (1, 3, 64, 64),
    dtype: str = "float32",
    opset: int = 13,
) -> bytes:
    """A network that looks at its picture and answers the same whatever it sees."""
    graph = OnnxGraph(opset)
    graph.input("image", dtype, input_shape)
    seen = graph.op("Cast", ["image"], "seen", to=1)
    nothing = graph.op("Mul", [seen, graph.constant("zero", np.zeros(1, np.float32))], "nothing")
    total = graph.op("ReduceMax", [nothing], "total", keepdims=0)
    for name, values in outputs.items():
        answer = graph.constant(f"{name}_answer", values.astype(np.float32))
        graph.op("Add", [answer, total], name)
        graph.output(name, values.shape)
    return graph.content
