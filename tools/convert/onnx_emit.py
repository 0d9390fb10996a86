"""Builds ONNX graphs node by node, in the layout (N, H, W, C) of the graphs they come from.

Every convolution is wrapped in two transposes; ONNX Runtime's optimiser removes them again. Weights
that were float16 in the source are stored as float16 with a Cast: the same output bit for bit from
half the file. The same calls give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import onnx
from numpy.typing import ArrayLike, NDArray
from onnx import helper, numpy_helper

Attribute: TypeAlias = Any
"""An integer, a text or integers; helper.make_node takes other arguments by keyword too."""

OPSET = 18
IR_VERSION = 8
_SMALLEST_HALVED = 256  # below this size a Cast costs more bytes than float16 saves


class Emitter:
    """A graph under construction; tensors are known by name."""

    def __init__(self) -> None:
        self.constants: dict[str, NDArray[Any]] = {}
        self._nodes: list[onnx.NodeProto] = []
        self._count = 0

    def constant(self, values: ArrayLike) -> str:
        """Add a constant tensor and return its name."""
        name = self._fresh("constant")
        self.constants[name] = np.asarray(values)
        return name

    def ints(self, values: ArrayLike) -> str:
        """Add a constant of shapes, axes or indices, which ONNX wants as int64."""
        return self.constant(np.asarray(values, np.int64))

    def op(
        self, kind: str, inputs: Sequence[str], output: str = "", **attributes: Attribute
    ) -> str:
        """Add a node with one output and return the output's name."""
        return self.ops(kind, inputs, [output or self._fresh(kind.lower())], **attributes)[0]

    def ops(
        self, kind: str, inputs: Sequence[str], outputs: int | list[str], **attributes: Attribute
    ) -> list[str]:
        """Add a node with several outputs and return their names."""
        if isinstance(outputs, int):
            outputs = [self._fresh(kind.lower()) for _ in range(outputs)]
        self._nodes.append(helper.make_node(kind, inputs, outputs, **attributes))
        return outputs

    def as_int64(self, tensor: str) -> str:
        """Return ``tensor`` as int64, converted at once when it is constant."""
        if tensor in self.constants:
            return self.ints(self.constants[tensor])
        return self.op("Cast", [tensor], to=onnx.TensorProto.INT64)

    def channels_first(self, tensor: str) -> str:
        """(N, H, W, C) to (N, C, H, W)."""
        return self.op("Transpose", [tensor], perm=[0, 3, 1, 2])

    def channels_last(self, tensor: str) -> str:
        """(N, C, H, W) to (N, H, W, C)."""
        return self.op("Transpose", [tensor], perm=[0, 2, 3, 1])

    def per_channel(
        self,
        tensor: str,
        factors: NDArray[np.float32],
        bias: NDArray[np.float32] | None = None,
    ) -> str:
        """Multiply each channel of (N, C, H, W) by its factor (C,), as a convolution does it, and
        add its ``bias`` (C,)."""
        weights = np.asarray(factors, np.float32).reshape(-1, 1, 1, 1)
        told = [tensor, self.constant(weights)]
        if bias is not None:
            told.append(self.constant(np.asarray(bias, np.float32)))
        return self.op("Conv", told, kernel_shape=[1, 1], group=len(factors))

    def activation(self, tensor: str, kind: str) -> str:
        """Add an activation by TensorFlow's name in capitals; NONE adds nothing."""
        if kind == "NONE":
            return tensor
        if kind == "RELU":
            return self.op("Relu", [tensor])
        if kind == "RELU6":
            bounds = [self.constant(np.float32(0)), self.constant(np.float32(6))]
            return self.op("Clip", [tensor, *bounds])
        raise NotImplementedError(f"activation {kind}")

    def model(
        self,
        inputs: Sequence[onnx.ValueInfoProto],
        outputs: Sequence[onnx.ValueInfoProto],
        doc: str,
    ) -> onnx.ModelProto:
        """Return the finished model, holding only what ``outputs`` need."""
        nodes, used = self._needed([output.name for output in outputs])
        casts: list[onnx.NodeProto] = []
        initializers: list[onnx.TensorProto] = []
        for name, values in self.constants.items():
            if name not in used:
                continue
            stored, stored_name = values, name
            if _is_half_exact(values):
                stored, stored_name = values.astype(np.float16), f"{name}_half"
                casts.append(
                    helper.make_node("Cast", [stored_name], [name], to=onnx.TensorProto.FLOAT)
                )
            # A 0-d array must stay 0-d, which np.ascontiguousarray would not keep.
            initializers.append(numpy_helper.from_array(np.array(stored, order="C"), stored_name))
        graph = helper.make_graph([*casts, *nodes], "limn", inputs, outputs, initializers)
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            doc_string=doc,
        )
        onnx.checker.check_model(model, full_check=True)
        return model

    def _fresh(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}_{self._count}"

    def _needed(self, outputs: list[str]) -> tuple[list[onnx.NodeProto], set[str]]:
        used, kept = set(outputs), []
        for node in reversed(self._nodes):  # nodes are added after what they read
            if used.intersection(node.output):
                kept.append(node)
                used.update(node.input)
        return kept[::-1], used


def _is_half_exact(values: NDArray[Any]) -> bool:
    if values.dtype != np.float32 or values.size <= _SMALLEST_HALVED:
        return False
    if np.abs(values).max() > np.finfo(np.float16).max:
        return False
    return bool(np.array_equal(values.astype(np.float16).astype(np.float32), values))


def same_padding(
    size: Sequence[int], kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> list[int]:
    """Return ONNX pads (top, left, bottom, right) of TensorFlow's SAME for a known input size."""
    total = [
        max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        for n, k, s, d in zip(size, kernel, stride, dilation, strict=True)
    ]
    before = [t // 2 for t in total]
    return [*before, *(t - b for t, b in zip(total, before, strict=True))]
