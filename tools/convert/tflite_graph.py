"""Reads a TensorFlow Lite file into an ONNX model.

Knows the operators of the networks that Limn ships and refuses every other one by name.
Needs the PyPI packages tflite (the schema alone), numpy and onnx.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import onnx
import tflite
from onnx import helper

from .onnx_emit import Emitter, same_padding

Table: TypeAlias = Any
"""An object of the schema; its generated classes call every field optional, which says nothing."""

_DTYPES: Final[Mapping[int, type]] = {
    tflite.TensorType.FLOAT32: np.float32,
    tflite.TensorType.FLOAT16: np.float16,
    tflite.TensorType.INT32: np.int32,
}
_OPERATORS: Final[Mapping[int, str]] = {
    code: name for name, code in vars(tflite.BuiltinOperator).items() if isinstance(code, int)
}
_ACTIVATIONS: Final[Mapping[int, str]] = {
    tflite.ActivationFunctionType.NONE: "NONE",
    tflite.ActivationFunctionType.RELU: "RELU",
    tflite.ActivationFunctionType.RELU6: "RELU6",
}


def read_tflite(
    path: Path, input_name: str, output_names: Mapping[str, str], doc: str
) -> onnx.ModelProto:
    """Return the network in ``path`` as ONNX.

    ``output_names`` maps the file's names of the wanted outputs, or of tensors on the way there, to
    their names in the model; the others, and all that only they need, are left out.
    """
    return _Graph(path.read_bytes()).model(input_name, output_names, doc)


class _Graph:
    def __init__(self, content: bytes) -> None:
        self._file: Table = tflite.Model.GetRootAsModel(content, 0)
        self._graph: Table = self._file.Subgraphs(0)
        self._out = Emitter()
        self._name: dict[int, str] = {}
        self._shape: dict[int, list[int]] = {}
        for index in range(self._graph.TensorsLength()):
            self._read_tensor(index)

    def model(self, input_name: str, output_names: Mapping[str, str], doc: str) -> onnx.ModelProto:
        entry = self._graph.Inputs(0)
        self._name[entry] = input_name
        for index in range(self._graph.OperatorsLength()):
            operator = self._graph.Operators(index)
            read = _READERS.get(self._operator_name(operator))
            if read is None:
                raise NotImplementedError(f"TensorFlow Lite {self._operator_name(operator)}")
            self._name[operator.Outputs(0)] = read(self, operator)
        outputs = []
        last = [self._graph.Outputs(k) for k in range(self._graph.OutputsLength())]
        inner = [index for index in self._name if index not in last]
        for tensor in (*last, *inner):
            name = output_names.get(self._graph.Tensors(tensor).Name().decode())
            if name is not None:
                self._out.op("Identity", [self._name[tensor]], name)
                outputs.append(_float_tensor(name, self._shape[tensor]))
        return self._out.model([_float_tensor(input_name, self._shape[entry])], outputs, doc)

    def _read_tensor(self, index: int) -> None:
        tensor = self._graph.Tensors(index)
        shape = [int(tensor.Shape(k)) for k in range(tensor.ShapeLength())]
        self._shape[index] = shape
        data = self._file.Buffers(tensor.Buffer()).DataAsNumpy()
        if isinstance(data, np.ndarray) and data.size:
            values = np.frombuffer(data.tobytes(), _DTYPES[tensor.Type()]).reshape(shape)
            self._name[index] = self._out.constant(values)

    def _operator_name(self, operator: Table) -> str:
        code = self._file.OperatorCodes(operator.OpcodeIndex())
        # Old files keep the number in the deprecated field, new ones in the other.
        return _OPERATORS[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]

    def _tensors(self, operator: Table) -> list[str]:
        return [self._name[operator.Inputs(k)] for k in range(operator.InputsLength())]

    def _values(self, tensor: str) -> np.ndarray:
        return self._out.constants[tensor]

    def _dequantize(self, operator: Table) -> str:
        return self._out.constant(self._values(self._tensors(operator)[0]).astype(np.float32))

    def _convolution(self, operator: Table) -> str:
        options = _options(operator, tflite.Conv2DOptions)
        return self._convolve(operator, options, (0, 3, 1, 2), 1)

    def _depthwise_convolution(self, operator: Table) -> str:
        options = _options(operator, tflite.DepthwiseConv2DOptions)
        groups = self._shape[operator.Inputs(0)][3]
        return self._convolve(operator, options, (3, 0, 1, 2), groups)

    def _convolve(
        self,
        operator: Table,
        options: Table,
        order: tuple[int, ...],
        groups: int,
    ) -> str:
        picture, weights, bias = self._tensors(operator)
        kernel = self._values(weights).transpose(order)
        size = self._shape[operator.Inputs(0)][1:3]
        strides = [options.StrideH(), options.StrideW()]
        dilations = [options.DilationHFactor(), options.DilationWFactor()]
        is_same = options.Padding() == tflite.Padding.SAME
        result = self._out.op(
            "Conv",
            [self._out.channels_first(picture), self._out.constant(kernel), bias],
            kernel_shape=list(kernel.shape[2:]),
            strides=strides,
            dilations=dilations,
            group=groups,
            pads=same_padding(size, kernel.shape[2:], strides, dilations) if is_same else [0] * 4,
        )
        return self._out.channels_last(self._activate(result, options))

    def _max_pool(self, operator: Table) -> str:
        options = _options(operator, tflite.Pool2DOptions)
        is_same = options.Padding() == tflite.Padding.SAME
        pooled = self._out.op(
            "MaxPool",
            [self._out.channels_first(self._tensors(operator)[0])],
            kernel_shape=[options.FilterHeight(), options.FilterWidth()],
            strides=[options.StrideH(), options.StrideW()],
            auto_pad="SAME_UPPER" if is_same else "VALID",
        )
        return self._out.channels_last(self._activate(pooled, options))

    def _add(self, operator: Table) -> str:
        options = _options(operator, tflite.AddOptions)
        return self._activate(self._out.op("Add", self._tensors(operator)), options)

    def _pad(self, operator: Table) -> str:
        picture, amounts = self._tensors(operator)
        return self._out.op("Pad", [picture, self._out.ints(self._values(amounts).T.reshape(-1))])

    def _resize_bilinear(self, operator: Table) -> str:
        """By factors of all four axes, not sizes of two: only so does ONNX Runtime stay in the
        layout of the convolutions around it."""
        options = _options(operator, tflite.ResizeBilinearOptions)
        picture, _ = self._tensors(operator)
        old, new = self._shape[operator.Inputs(0)], self._shape[operator.Outputs(0)]
        if new[1] % old[1] or new[2] % old[2]:
            raise NotImplementedError("TensorFlow Lite RESIZE_BILINEAR by what is no whole factor")
        factors = [1.0, 1.0, new[1] // old[1], new[2] // old[2]]
        scales = self._out.constant(np.array(factors, np.float32))
        mode = "half_pixel" if options.HalfPixelCenters() else "asymmetric"
        resized = self._out.op(
            "Resize",
            [self._out.channels_first(picture), "", scales],
            mode="linear",
            coordinate_transformation_mode="align_corners" if options.AlignCorners() else mode,
        )
        return self._out.channels_last(resized)

    def _reshape(self, operator: Table) -> str:
        shape = self._out.ints(self._shape[operator.Outputs(0)])
        return self._out.op("Reshape", [self._tensors(operator)[0], shape])

    def _logistic(self, operator: Table) -> str:
        return self._out.op("Sigmoid", self._tensors(operator))

    def _mean(self, operator: Table) -> str:
        options = _options(operator, tflite.ReducerOptions)
        values, axes = self._tensors(operator)
        keeps = int(options.KeepDims())
        return self._out.op("ReduceMean", [values, self._out.as_int64(axes)], keepdims=keeps)

    def _fully_connected(self, operator: Table) -> str:
        options = _options(operator, tflite.FullyConnectedOptions)
        values, weights, *bias = self._tensors(operator)
        matrix = self._values(weights).T
        # The operator takes any shape and reads it as rows of as many numbers as it has weights.
        rows = self._out.op("Reshape", [values, self._out.ints([-1, len(matrix)])])
        result = self._out.op("MatMul", [rows, self._out.constant(matrix)])
        if bias:
            result = self._out.op("Add", [result, *bias])
        return self._activate(result, options)

    def _prelu(self, operator: Table) -> str:
        """x + (1 - slope) max(-x, 0), the factors as convolutions: a quarter of the time of ONNX
        Runtime's PRelu, which computes number by number and leaves the convolutions' layout."""
        picture, slopes = self._tensors(operator)
        slope = self._values(slopes).reshape(-1)
        x = self._out.channels_first(picture)
        below = self._out.op("Relu", [self._out.per_channel(x, -np.ones_like(slope))])
        return self._out.channels_last(
            self._out.op("Add", [x, self._out.per_channel(below, 1 - slope)])
        )

    def _activate(self, tensor: str, options: Table) -> str:
        return self._out.activation(tensor, _ACTIVATIONS[options.FusedActivationFunction()])


_READERS: Final[Mapping[str, Callable[[_Graph, Table], str]]] = {
    "ADD": _Graph._add,
    "CONV_2D": _Graph._convolution,
    "DEPTHWISE_CONV_2D": _Graph._depthwise_convolution,
    "DEQUANTIZE": _Graph._dequantize,
    "FULLY_CONNECTED": _Graph._fully_connected,
    "LOGISTIC": _Graph._logistic,
    "MAX_POOL_2D": _Graph._max_pool,
    "MEAN": _Graph._mean,
    "PAD": _Graph._pad,
    "PRELU": _Graph._prelu,
    "RESHAPE": _Graph._reshape,
    "RESIZE_BILINEAR": _Graph._resize_bilinear,
}


def _options(operator: Table, kind: type[Table]) -> Table:
    options = kind()
    table = operator.BuiltinOptions()
    options.Init(table.Bytes, table.Pos)
    return options


def _float_tensor(name: str, shape: list[int]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
