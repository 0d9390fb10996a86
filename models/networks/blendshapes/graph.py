"""A small TensorFlow Lite network, read and run with numpy: what is shaped like numbers, not
pictures. The schema is TensorFlow Lite's, version 3."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....core.data.arrays import F32
from ....core.data.errors import ModelError
from .flatbuffer import Table
from .operators import OPERATORS, Values

_DTYPES: Final[Mapping[int, str]] = {0: "<f4", 1: "<f2", 2: "<i4", 4: "<i8", 6: "|b1", 9: "|i1"}
_DAMAGES: Final = (
    struct.error, LookupError, TypeError, ValueError, ArithmeticError, MemoryError,
)  # fmt: skip
"""What a file raises that is damaged, or no such file."""


@dataclass(frozen=True, slots=True)
class _Step:
    """An operator by its number: what it reads and writes, its first output's shape, its
    options."""

    code: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    shape: tuple[int, ...]
    options: Table | None


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A network of one input and one output."""

    source: str
    constants: Mapping[int, NDArray[Any]]
    steps: tuple[_Step, ...]
    entry: int
    exit: int
    entry_shape: tuple[int, ...]
    exit_shape: tuple[int, ...]

    def run(self, values: F32) -> F32:
        """The output of an input of ``entry_shape``. Raises ModelError for a file that isn't
        right."""
        known: dict[int, NDArray[Any]] = {**self.constants, self.entry: values}
        try:
            with np.errstate(all="ignore"):  # of damaged weights; whoever asks looks at the answer
                for step in self.steps:
                    given = [known[index] for index in step.inputs if index >= 0]
                    told = OPERATORS[step.code](Values(given, step.shape, step.options))
                    known.update(zip(step.outputs, told, strict=True))
            return known[self.exit].astype(np.float32, copy=False).reshape(self.exit_shape)
        except _DAMAGES as error:
            raise ModelError(f"{self.source} fails when it runs; get the file again.") from error


def read_graph(content: bytes, source: str) -> Graph:
    """Read a TensorFlow Lite file; ``source`` begins sentences about it.

    Raises ModelError for a file that is damaged or has operators that aren't known here.
    """
    try:
        graph = _read(content, source)
    except _DAMAGES as error:
        raise ModelError(
            f"{source} is damaged or no TensorFlow Lite file; get it again."
        ) from error
    unknown = sorted({step.code for step in graph.steps} - OPERATORS.keys())
    if unknown:
        raise ModelError(
            f"{source} has TensorFlow Lite's operator number {unknown[0]}, which Limn doesn't know."
        )
    return graph


def _read(content: bytes, source: str) -> Graph:
    if content[4:8] != b"TFL3":
        raise ValueError("no TensorFlow Lite file")
    model = Table.root(content)
    # Old files keep an operator's number in the first field, new ones in the other.
    codes = [max(code.whole(0, "b"), code.whole(3, "i")) for code in model.tables(1)]
    (graph,) = model.tables(2)
    buffers = list(model.tables(4))
    tensors = list(graph.tables(0))
    shapes = [tuple(int(n) for n in tensor.numbers(0)) for tensor in tensors]
    constants: dict[int, NDArray[Any]] = {}
    for index, tensor in enumerate(tensors):
        data = buffers[tensor.whole(2, "I")].numbers(0, "|u1")
        if data.size:
            kind = _DTYPES[tensor.whole(1, "b")]
            constants[index] = np.frombuffer(data.tobytes(), kind).reshape(shapes[index])
    steps = tuple(_step(one, codes, shapes) for one in graph.tables(3))
    (entry,), (leaving,) = graph.numbers(1).tolist(), graph.numbers(2).tolist()
    return Graph(source, constants, steps, entry, leaving, shapes[entry], shapes[leaving])


def _step(operator: Table, codes: list[int], shapes: list[tuple[int, ...]]) -> _Step:
    outputs = tuple(operator.numbers(2).tolist())
    return _Step(
        code=codes[operator.whole(0, "I")],
        inputs=tuple(operator.numbers(1).tolist()),
        outputs=outputs,
        shape=shapes[outputs[0]],
        options=operator.table(4),
    )
