"""Writes a MediaPipe .task whose blendshape network has Google's architecture and random weights.

The architecture is that of the public re-implementation in nlml/deconstruct-mediapipe: an MLP-Mixer
over 97 tokens of 64 numbers. ``answer`` computes it plainly, without the file.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import flatbuffers
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Option = tuple[int, str, int]
"""An option's place in the schema, its letter of ``struct`` and its value."""
_FLOAT, _HALF, _INT = 0, 1, 2
_ADD, _CONCATENATION, _CONV, _DEQUANTIZE, _LOGISTIC, _MUL, _RESHAPE = 0, 2, 3, 6, 14, 18, 22
_TRANSPOSE, _MEAN, _SUB, _DIV, _STRIDED_SLICE, _SUM, _SQRT, _RSQRT = 39, 40, 41, 42, 45, 74, 75, 76
_SQUARED_DIFFERENCE: Final = 99
_KEEP: Final = ((0, "b", 1),)
_BLOCKS: Final = 2
"""Google's has four alike."""
_EPSILON: Final = float(np.float16(1e-4))


class Mixer:
    """Random weights, rounded to half precision as the file keeps them, and what they answer."""

    def __init__(self, seed: int = 0) -> None:
        self._rng = np.random.default_rng(seed)
        self.first, self.second = self._layer(146, 96), self._layer(2, 64)
        self.token = self._layer(64, 1)[0]
        self.blocks = [
            (
                *(self._layer(97, 384), self._layer(384, 97)),
                *(self._layer(64, 256), self._layer(256, 64)),
            )
            for _ in range(_BLOCKS)
        ]
        self.last = self._layer(64, 52)

    def _layer(self, inside: int, outside: int) -> tuple[Array, Array]:
        weights = self._rng.normal(size=(outside, inside)) / np.sqrt(inside)
        return _halved(weights), _halved(self._rng.normal(size=outside))

    def answer(self, points: Array) -> Array:
        """The 52 numbers of points (146, 2)."""
        x = points - points.mean(0)
        x = 0.5 * x / np.linalg.norm(x, axis=1).mean()
        x = self.first[0] @ x + self.first[1][:, None]
        x = np.concatenate([self.token, x @ self.second[0].T + self.second[1]])
        for across, back, up, down in self.blocks:
            n = np.maximum(across[0] @ _normal(x) + across[1][:, None], 0)
            x = x + back[0] @ n + back[1][:, None]
            n = np.maximum(_normal(x) @ up[0].T + up[1], 0)
            x = x + n @ down[0].T + down[1]
        return 1 / (1 + np.exp(-(self.last[0] @ x[0] + self.last[1])))

    def write(self, path: Path) -> Path:
        """The network as ``path``, a .task."""
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("face_blendshapes.tflite", self.file())
        return path

    def file(self) -> bytes:
        """The network as TensorFlow Lite has it."""
        w = _Writer()
        entry = w.tensor((1, 146, 2))
        x = w.step(_SUB, [entry, w.step(_MEAN, [entry, w.ints(1)], (1, 1, 2), *_KEEP)], (1, 146, 2))
        sum_of = w.step(_SUM, [w.step(_MUL, [x, x], (1, 146, 2)), w.ints(2)], (1, 146, 1), *_KEEP)
        size = w.step(_SQRT, [sum_of], (1, 146, 1))
        x = w.step(_DIV, [x, w.step(_MEAN, [size, w.ints(1)], (1, 1, 1), *_KEEP)], (1, 146, 2))
        x = w.step(_MUL, [x, w.half(np.array([0.5]))], (1, 146, 2))
        x = w.step(_RESHAPE, [x, w.ints(1, 1, 146, 2)], (1, 1, 146, 2))
        x = w.turned(w.layer(w.turned(x, 146, 2), self.first, 2), 2, 96)
        x = w.layer(x, self.second, 96)
        token = w.half(self.token.reshape(1, 1, 1, 64))
        x = w.step(_CONCATENATION, [token, x], (1, 1, 97, 64), (0, "i", 2))
        for across, back, up, down in self.blocks:
            n = w.layer(w.turned(w.normal(x), 97, 64), across, 64, relu=True)
            x = w.step(_ADD, [x, w.turned(w.layer(n, back, 64), 64, 97)], (1, 1, 97, 64))
            n = w.layer(w.normal(x), up, 97, relu=True)
            x = w.step(_ADD, [x, w.layer(n, down, 97)], (1, 1, 97, 64))
        cut = [w.ints(0, 0, 0, 0), w.ints(1, 1, 1, 64), w.ints(1, 1, 1, 1)]
        x = w.layer(w.step(_STRIDED_SLICE, [x, *cut], (1, 1, 1, 64), (0, "i", 0)), self.last, 1)
        x = w.step(_RESHAPE, [x, w.ints(52)], (52,))
        return w.file(entry, w.step(_LOGISTIC, [x], (52,)))


def _halved(values: Array) -> Array:
    return values.astype(np.float16).astype(np.float64)


def _normal(x: Array) -> Array:
    about = x - x.mean(1, keepdims=True)
    return about / np.sqrt((about**2).mean(1, keepdims=True) + _EPSILON)


class _Writer:
    """Collects tensors and operators, then writes the file."""

    def __init__(self) -> None:
        self._buffers: list[bytes] = [b""]
        self._tensors: list[tuple[tuple[int, ...], int, int]] = []
        self._steps: list[tuple[int, list[int], int, tuple[Option, ...]]] = []

    def tensor(self, shape: Sequence[int], kind: int = _FLOAT, content: bytes = b"") -> int:
        if content:
            self._buffers.append(content)
        place = len(self._buffers) - 1 if content else 0
        self._tensors.append((tuple(shape), kind, place))
        return len(self._tensors) - 1

    def half(self, values: Array) -> int:
        stored = self.tensor(values.shape, _HALF, values.astype("<f2").tobytes())
        return self.step(_DEQUANTIZE, [stored], values.shape)

    def ints(self, *values: int) -> int:
        return self.tensor((len(values),), _INT, np.array(values, "<i4").tobytes())

    def step(self, code: int, inputs: list[int], shape: Sequence[int], *options: Option) -> int:
        out = self.tensor(shape)
        self._steps.append((code, inputs, out, options))
        return out

    def turned(self, x: int, rows: int, columns: int) -> int:
        return self.step(_TRANSPOSE, [x, self.ints(0, 1, 3, 2)], (1, 1, columns, rows))

    def layer(self, x: int, layer: tuple[Array, Array], rows: int, *, relu: bool = False) -> int:
        weights, bias = layer
        given = [x, self.half(weights[:, None, None]), self.half(bias)]
        options = (1, "i", 1), (2, "i", 1), (3, "b", int(relu))
        return self.step(_CONV, given, (1, 1, rows, len(bias)), *options)

    def normal(self, x: int) -> int:
        mean = self.step(_MEAN, [x, self.ints(3)], (1, 1, 97, 1), *_KEEP)
        apart = self.step(_SQUARED_DIFFERENCE, [x, mean], (1, 1, 97, 64))
        spread = self.step(_MEAN, [apart, self.ints(3)], (1, 1, 97, 1), *_KEEP)
        spread = self.step(_ADD, [spread, self.half(np.array([_EPSILON]))], (1, 1, 97, 1))
        share = self.step(_RSQRT, [spread], (1, 1, 97, 1))
        about = self.step(_SUB, [x, mean], (1, 1, 97, 64))
        return self.step(_MUL, [about, share], (1, 1, 97, 64))

    def file(self, entry: int, leaving: int) -> bytes:
        b = flatbuffers.Builder(1 << 20)
        codes = sorted({code for code, *_ in self._steps})
        buffers = [_table(b, {0: b.CreateByteVector(one)} if one else {}) for one in self._buffers]
        tensors = [
            _table(b, {0: _ints(b, *shape)}, {1: ("b", kind), 2: ("I", buffer)})
            for shape, kind, buffer in self._tensors
        ]
        steps: list[int] = []
        for code, inputs, out, options in self._steps:
            parts = {1: _ints(b, *inputs), 2: _ints(b, out)}
            if options:
                parts[4] = _table(b, {}, {slot: (kind, value) for slot, kind, value in options})
            steps.append(_table(b, parts, {0: ("I", codes.index(code))}))
        parts = {0: _list(b, tensors), 1: _ints(b, entry), 2: _ints(b, leaving), 3: _list(b, steps)}
        graph = _table(b, parts)
        named = [_table(b, {}, {0: ("b", min(code, 127)), 3: ("i", code)}) for code in codes]
        parts = {1: _list(b, named), 2: _list(b, [graph]), 4: _list(b, buffers)}
        b.Finish(_table(b, parts, {0: ("I", 3)}), b"TFL3")
        return bytes(b.Output())


def _table(
    b: Any,  # noqa: ANN401 - flatbuffers tells no types
    parts: dict[int, int],
    numbers: dict[int, tuple[str, int]] | None = None,
) -> int:
    numbers = numbers or {}
    add = {"b": b.PrependInt8Slot, "i": b.PrependInt32Slot, "I": b.PrependUint32Slot}
    b.StartObject(1 + max([*parts, *numbers, 0]))
    for slot, offset in parts.items():
        b.PrependUOffsetTRelativeSlot(slot, offset, 0)
    for slot, (kind, value) in numbers.items():
        add[kind](slot, value, 0)
    return b.EndObject()


def _ints(b: Any, *values: int) -> int:  # noqa: ANN401
    return b.CreateNumpyVector(np.array(values, "<i4"))


def _list(b: Any, offsets: list[int]) -> int:  # noqa: ANN401
    b.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        b.PrependUOffsetTRelative(offset)
    return b.EndVector()
