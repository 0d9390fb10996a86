"""TensorFlow Lite's operators on numbers, each a function of its inputs and options."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .flatbuffer import Table

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """What an operator is given: its inputs, the shape of its first output, its options."""

    given: Sequence[Array]
    shape: tuple[int, ...]
    options: Table | None

    def option(self, field: int, kind: str, default: int = 0) -> int:
        """A number of the options by its place in the schema."""
        return default if self.options is None else self.options.whole(field, kind, default)


Operator: TypeAlias = Callable[[Values], tuple[Array, ...]]


def _logistic(x: Array) -> Array:
    return 1 / (1 + np.exp(-np.clip(x, -80, 80)))


def _activated(x: Array, which: int) -> Array:
    return _ACTIVATIONS[which](x)


def _each(function: Callable[[Array], Array]) -> Operator:
    return lambda values: (function(values.given[0]),)


def _pair(function: Callable[[Array, Array], Array]) -> Operator:
    """Two inputs, and an activation in the options' first field."""

    def run(values: Values) -> tuple[Array, ...]:
        a, b = values.given
        return (_activated(function(a, b), values.option(0, "b")),)

    return run


def _plain_pair(function: Callable[[Array, Array], Array]) -> Operator:
    return lambda values: (function(*values.given),)


def _reduced(function: Callable[..., Array]) -> Operator:
    def run(values: Values) -> tuple[Array, ...]:
        x, axes = values.given
        axis = tuple(int(a) for a in axes.reshape(-1))
        return (function(x, axis=axis, keepdims=bool(values.option(0, "b"))),)

    return run


def _convolution(values: Values) -> tuple[Array, ...]:
    x, weights, *bias = values.given
    kernel, steps = weights.shape[1:3], [values.option(k, "i", 1) for k in (1, 2, 4, 5)]
    if kernel != (1, 1) or steps != [1, 1, 1, 1]:
        raise ValueError("a convolution over pictures")
    told = x @ weights[:, 0, 0].T
    return (_activated(told + bias[0] if bias else told, values.option(3, "b")),)


def _fully_connected(values: Values) -> tuple[Array, ...]:
    x, weights, *bias = values.given
    told = x.reshape(-1, weights.shape[1]) @ weights.T
    told = _activated(told + bias[0] if bias else told, values.option(0, "b"))
    return (told.reshape(values.shape),)


def _concatenation(values: Values) -> tuple[Array, ...]:
    joined = np.concatenate(values.given, axis=values.option(0, "i"))
    return (_activated(joined, values.option(1, "b")),)


def _batch_matmul(values: Values) -> tuple[Array, ...]:
    a, b = values.given
    a = np.swapaxes(a, -1, -2) if values.option(0, "b") else a
    b = np.swapaxes(b, -1, -2) if values.option(1, "b") else b
    return (a @ b,)


def _slice(values: Values) -> tuple[Array, ...]:
    x, begin, size = values.given
    ends = [b + s if s >= 0 else None for b, s in zip(begin, size, strict=True)]
    return (x[tuple(slice(int(b), e) for b, e in zip(begin, ends, strict=True))],)


def _strided_slice(values: Values) -> tuple[Array, ...]:
    x, begin, end, stride = values.given
    first, last, ellipsis, new, shrink = (values.option(k, "i") for k in range(5))
    if ellipsis or new:
        raise ValueError("a slice that adds axes")
    pick: list[slice | int] = []
    for k, (a, b, s) in enumerate(zip(begin, end, stride, strict=True)):
        if shrink >> k & 1:
            pick.append(int(a))
            continue
        start = None if first >> k & 1 else int(a)
        pick.append(slice(start, None if last >> k & 1 else int(b), int(s)))
    return (x[tuple(pick)],)


def _softmax(values: Values) -> tuple[Array, ...]:
    x = values.given[0]
    e = np.exp(x - x.max(-1, keepdims=True))
    return (e / e.sum(-1, keepdims=True),)


def _reshape(values: Values) -> tuple[Array, ...]:
    return (values.given[0].reshape(values.shape),)


_ACTIVATIONS: Final[Mapping[int, Callable[[Array], Array]]] = {
    0: lambda x: x,
    1: lambda x: np.maximum(x, 0),
    2: lambda x: np.clip(x, -1, 1),
    3: lambda x: np.clip(x, 0, 6),
    4: np.tanh,
}

OPERATORS: Final[Mapping[int, Operator]] = {
    0: _pair(np.add),  # ADD
    2: _concatenation,  # CONCATENATION
    3: _convolution,  # CONV_2D
    6: _each(lambda x: x.astype(np.float32)),  # DEQUANTIZE, of half precision
    9: _fully_connected,  # FULLY_CONNECTED
    14: _each(_logistic),  # LOGISTIC
    18: _pair(np.multiply),  # MUL
    19: _each(_ACTIVATIONS[1]),  # RELU
    21: _each(_ACTIVATIONS[3]),  # RELU6
    22: _reshape,  # RESHAPE
    25: _softmax,  # SOFTMAX
    28: _each(np.tanh),  # TANH
    39: lambda values: (values.given[0].transpose(values.given[1]),),  # TRANSPOSE
    40: _reduced(np.mean),  # MEAN
    41: _pair(np.subtract),  # SUB
    42: _pair(np.divide),  # DIV
    43: _reshape,  # SQUEEZE
    45: _strided_slice,  # STRIDED_SLICE
    47: _each(np.exp),  # EXP
    55: _plain_pair(np.maximum),  # MAXIMUM
    57: _plain_pair(np.minimum),  # MINIMUM
    59: _each(np.negative),  # NEG
    65: _slice,  # SLICE
    70: _reshape,  # EXPAND_DIMS
    74: _reduced(np.sum),  # SUM
    75: _each(np.sqrt),  # SQRT
    76: _each(lambda x: 1 / np.sqrt(x)),  # RSQRT
    78: _plain_pair(np.power),  # POW
    92: _each(np.square),  # SQUARE
    99: _plain_pair(lambda a, b: np.square(a - b)),  # SQUARED_DIFFERENCE
    101: _each(np.abs),  # ABS
    126: _batch_matmul,  # BATCH_MATMUL
    130: lambda values: (np.broadcast_to(values.given[0], values.shape),),  # BROADCAST_TO
}
"""By their numbers in the schema's BuiltinOperator."""
