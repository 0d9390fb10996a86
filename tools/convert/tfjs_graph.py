"""Reads a TensorFlow.js graph model (a JSON file and its binary weights) into an ONNX model.

Knows the operators of the networks that Limn ships and refuses every other one by name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from . import tfjs_file as graphs
from .onnx_emit import Emitter
from .tfjs_file import Node, has_bit, in_order, integer, integers, padding, read_weights, texts

Sides = tuple[int, int] | None
_TYPES: Final = {
    "DT_FLOAT": onnx.TensorProto.FLOAT,
    "DT_INT32": onnx.TensorProto.INT32,
    "DT_BOOL": onnx.TensorProto.BOOL,
}
_SAME_MEANING: Final[Mapping[str, str]] = {
    "Abs": "Abs",
    "AddN": "Sum",
    "AddV2": "Add",
    "Equal": "Equal",
    "Exp": "Exp",
    "FloorDiv": "Div",  # MoveNet divides only non-negative integers, where both agree
    "Greater": "Greater",
    "GreaterEqual": "GreaterOrEqual",
    "Identity": "Identity",
    "Less": "Less",
    "LogicalAnd": "And",
    "Maximum": "Max",
    "Minimum": "Min",
    "Mul": "Mul",
    "Range": "Range",
    "RealDiv": "Div",
    "Reciprocal": "Reciprocal",
    "Select": "Where",
    "Sigmoid": "Sigmoid",
    "Sqrt": "Sqrt",
    "Sub": "Sub",
}
_INT64_MAX: Final = np.iinfo(np.int64).max


def read_tfjs(
    path: Path, input_name: str, output_names: Mapping[str, str], doc: str, sides: Sides = None
) -> onnx.ModelProto:
    """Return the graph model at ``path`` as ONNX, of pictures of any size or of ``sides`` (h, w).

    ``output_names`` maps the signature's names of the wanted outputs to their names in the model.
    """
    return _Graph(path).model(input_name, output_names, doc, sides)


class _Graph:
    def __init__(self, path: Path) -> None:
        self._file = json.loads(path.read_text("utf-8"))
        self._weights = dict(read_weights(self._file, path.parent))
        self._out = Emitter()
        self._name: dict[str, list[str]] = {}

    def model(
        self, input_name: str, output_names: Mapping[str, str], doc: str, sides: Sides
    ) -> onnx.ModelProto:
        for node in in_order(self._file["modelTopology"]["node"]):
            self._name[node["name"]] = self._read(node, input_name)
        signature = self._file["signature"]
        (entry,) = signature["inputs"].values()
        size: list[int | str] = [1, *(sides or ("height", "width")), 3]
        inputs = [helper.make_tensor_value_info(input_name, _TYPES[entry["dtype"]], size)]
        outputs = []
        for theirs, ours in output_names.items():
            result = signature["outputs"][theirs]
            shape = [int(axis["size"]) for axis in result["tensorShape"]["dim"]]
            self._out.op("Identity", [self._tensor(result["name"])], ours)
            outputs.append(helper.make_tensor_value_info(ours, _TYPES[result["dtype"]], shape))
        return self._out.model(inputs, outputs, doc)

    def _read(self, node: Node, input_name: str) -> list[str]:
        kind = node["op"]
        if kind == "Placeholder":
            return [input_name]
        if kind == "Const":
            return [self._out.constant(self._weights[node["name"]])]
        tensors = [self._tensor(reference) for reference in graphs.tensors_of(node)]
        if kind in ("Mul", "Sub") and self._has_channels(tensors[1]):
            return [self._by_channel(kind, *tensors)]
        if kind in _SAME_MEANING:
            return [self._out.op(_SAME_MEANING[kind], tensors)]
        if kind not in _READERS:
            raise NotImplementedError(f"TensorFlow.js {kind} in {node['name']}")
        result = _READERS[kind](self, node.get("attr", {}), tensors)
        return [result] if isinstance(result, str) else result

    def _tensor(self, reference: str) -> str:
        name, _, index = reference.partition(":")
        return self._name[name][int(index or 0)]

    def _values(self, tensor: str) -> NDArray[Any]:
        return self._out.constants[tensor]

    def _has_channels(self, tensor: str) -> bool:
        shape = self._values(tensor).shape if tensor in self._out.constants else ()
        return len(shape) == 4 and shape[:3] == (1, 1, 1) and shape[3] > 1

    def _by_channel(self, kind: str, picture: str, values: str) -> str:
        """As a convolution, which goes through whole planes; ONNX Runtime's ``kind`` goes through
        (N, H, W, 3) in steps of three numbers, and is moved back there from (N, 3, H, W)."""
        theirs = self._values(values).reshape(-1)
        factors, bias = (theirs, None) if kind == "Mul" else (np.ones_like(theirs), -theirs)
        picture = self._out.channels_first(picture)
        return self._out.channels_last(self._out.per_channel(picture, factors, bias))

    def _convolution(self, attr: Node, tensors: list[str]) -> str:
        kernel = self._values(tensors[1]).transpose(3, 2, 0, 1)
        return self._convolve(attr, tensors, kernel, 1)

    def _depthwise_convolution(self, attr: Node, tensors: list[str]) -> str:
        weights = self._values(tensors[1])
        kernel = weights.transpose(2, 3, 0, 1).reshape(-1, 1, *weights.shape[:2])
        return self._convolve(attr, tensors, kernel, weights.shape[2])

    def _convolve(self, attr: Node, tensors: list[str], kernel: NDArray[Any], groups: int) -> str:
        fused = texts(attr, "fused_ops")
        bias = [self._out.constant(self._values(tensors[2]).reshape(-1))] if fused else []
        if fused and fused[0] != "BiasAdd":
            raise NotImplementedError(f"TensorFlow.js convolution fused with {fused}")
        result = self._out.op(
            "Conv",
            [self._out.channels_first(tensors[0]), self._out.constant(kernel), *bias],
            kernel_shape=list(kernel.shape[2:]),
            strides=integers(attr, "strides")[1:3],
            group=groups,
            auto_pad=padding(attr),
        )
        for activation in fused[1:]:
            result = self._out.activation(result, activation.upper())
        return self._out.channels_last(result)

    def _max_pool(self, attr: Node, tensors: list[str]) -> str:
        pooled = self._out.op(
            "MaxPool",
            [self._out.channels_first(tensors[0])],
            kernel_shape=integers(attr, "ksize")[1:3],
            strides=integers(attr, "strides")[1:3],
            auto_pad=padding(attr),
        )
        return self._out.channels_last(pooled)

    def _resize_bilinear(self, attr: Node, tensors: list[str]) -> str:
        mode = "half_pixel" if attr["half_pixel_centers"]["b"] else "asymmetric"
        size = self._out.as_int64(tensors[1])
        resized = self._out.op(
            "Resize",
            [self._out.channels_first(tensors[0]), "", "", size],
            mode="linear",
            coordinate_transformation_mode="align_corners" if attr["align_corners"]["b"] else mode,
            axes=[2, 3],
        )
        return self._out.channels_last(resized)

    def _cast(self, attr: Node, tensors: list[str]) -> str:
        return self._out.op("Cast", tensors, to=_TYPES[attr["DstT"]["type"]])

    def _shape(self, attr: Node, tensors: list[str]) -> str:
        return self._as_int32(self._out.op("Shape", tensors))

    def _size(self, attr: Node, tensors: list[str]) -> str:
        return self._as_int32(self._out.op("Size", tensors))

    def _reshape(self, attr: Node, tensors: list[str]) -> str:
        return self._out.op("Reshape", [tensors[0], self._out.as_int64(tensors[1])])

    def _tile(self, attr: Node, tensors: list[str]) -> str:
        return self._out.op("Tile", [tensors[0], self._out.as_int64(tensors[1])])

    def _fill(self, attr: Node, tensors: list[str]) -> str:
        return self._out.op("Expand", [tensors[1], self._out.as_int64(tensors[0])])

    def _gather(self, attr: Node, tensors: list[str]) -> str:
        return self._out.op("GatherND", [tensors[0], self._out.as_int64(tensors[1])])

    def _expand_dims(self, attr: Node, tensors: list[str]) -> str:
        axes = self._out.ints(self._values(tensors[1]).reshape(-1))
        return self._out.op("Unsqueeze", [tensors[0], axes])

    def _squeeze(self, attr: Node, tensors: list[str]) -> str:
        return self._out.op("Squeeze", [tensors[0], self._out.ints(integers(attr, "squeeze_dims"))])

    def _squared_difference(self, attr: Node, tensors: list[str]) -> str:
        difference = self._out.op("Sub", tensors)
        return self._out.op("Mul", [difference, difference])

    def _concat(self, attr: Node, tensors: list[str]) -> str:
        return self._out.op("Concat", tensors[:-1], axis=int(self._values(tensors[-1])))

    def _pack(self, attr: Node, tensors: list[str]) -> str:
        axis = integer(attr, "axis")
        axes = self._out.ints([axis])
        apart = [self._out.op("Unsqueeze", [tensor, axes]) for tensor in tensors]
        return self._out.op("Concat", apart, axis=axis)

    def _unpack(self, attr: Node, tensors: list[str]) -> list[str]:
        axis, count = integer(attr, "axis"), integer(attr, "num")
        parts = self._out.ops("Split", tensors, count, axis=axis, num_outputs=count)
        axes = self._out.ints([axis])
        return [self._out.op("Squeeze", [part, axes]) for part in parts]

    def _split(self, attr: Node, tensors: list[str]) -> list[str]:
        axis, count = int(self._values(tensors[0])), integer(attr, "num_split")
        return self._out.ops("Split", tensors[1:], count, axis=axis, num_outputs=count)

    def _top_k(self, attr: Node, tensors: list[str]) -> list[str]:
        count = self._out.ints(self._values(tensors[1]).reshape(1))
        values, indices = self._out.ops("TopK", [tensors[0], count], 2)
        return [values, self._as_int32(indices)]

    def _arg_max(self, attr: Node, tensors: list[str]) -> str:
        axis = int(self._values(tensors[1]))
        return self._as_int32(self._out.op("ArgMax", tensors[:1], axis=axis, keepdims=0))

    def _reduce(self, attr: Node, tensors: list[str], kind: str) -> str:
        axes = self._out.ints(self._values(tensors[1]).reshape(-1))
        keep = int(attr["keep_dims"]["b"])
        return self._out.op(kind, [tensors[0], axes], keepdims=keep)

    def _strided_slice(self, attr: Node, tensors: list[str]) -> str:
        """The bits of five masks say, per entry, what the entry of begin, end and stride means."""
        begin, end, stride = (self._values(tensor).astype(np.int64) for tensor in tensors[1:])
        if integer(attr, "ellipsis_mask") or (stride != 1).any():
            raise NotImplementedError("TensorFlow.js StridedSlice with an ellipsis or a step")
        sliced: list[tuple[int, int, int]] = []
        dropped: list[int] = []
        added: list[int] = []
        axis = axis_after = 0
        for k in range(len(begin)):
            if has_bit(attr, "new_axis_mask", k):
                added.append(axis_after)
                axis_after += 1
                continue
            if has_bit(attr, "shrink_axis_mask", k):
                last = begin[k] + 1 if begin[k] != -1 else _INT64_MAX
                sliced.append((int(begin[k]), int(last), axis))
                dropped.append(axis)
            else:
                first = 0 if has_bit(attr, "begin_mask", k) else int(begin[k])
                last = _INT64_MAX if has_bit(attr, "end_mask", k) else int(end[k])
                if (first, last) != (0, _INT64_MAX):
                    sliced.append((first, last, axis))
                axis_after += 1
            axis += 1
        result = tensors[0]
        if sliced:
            bounds = [self._out.ints(column) for column in zip(*sliced, strict=True)]
            result = self._out.op("Slice", [result, *bounds])
        if dropped:
            result = self._out.op("Squeeze", [result, self._out.ints(dropped)])
        if added:
            result = self._out.op("Unsqueeze", [result, self._out.ints(added)])
        return result

    def _as_int32(self, tensor: str) -> str:
        return self._out.op("Cast", [tensor], to=onnx.TensorProto.INT32)


_READERS: Final[Mapping[str, Callable[[_Graph, Node, list[str]], str | list[str]]]] = {
    "ArgMax": _Graph._arg_max,
    "Cast": _Graph._cast,
    "ConcatV2": _Graph._concat,
    "DepthwiseConv2dNative": _Graph._depthwise_convolution,
    "ExpandDims": _Graph._expand_dims,
    "Fill": _Graph._fill,
    "FusedDepthwiseConv2dNative": _Graph._depthwise_convolution,
    "GatherNd": _Graph._gather,
    "Max": lambda graph, attr, tensors: graph._reduce(attr, tensors, "ReduceMax"),
    "MaxPool": _Graph._max_pool,
    "Pack": _Graph._pack,
    "Reshape": _Graph._reshape,
    "ResizeBilinear": _Graph._resize_bilinear,
    "Shape": _Graph._shape,
    "Size": _Graph._size,
    "Split": _Graph._split,
    "SquaredDifference": _Graph._squared_difference,
    "Squeeze": _Graph._squeeze,
    "StridedSlice": _Graph._strided_slice,
    "Sum": lambda graph, attr, tensors: graph._reduce(attr, tensors, "ReduceSum"),
    "Tile": _Graph._tile,
    "TopKV2": _Graph._top_k,
    "Unpack": _Graph._unpack,
    "_FusedConv2D": _Graph._convolution,
}
