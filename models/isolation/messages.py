"""What two processes tell each other through a pipe: a JSON object with arrays behind it.

A message is two lengths, of the JSON text (4 bytes) and of all arrays together (8 bytes), little
endian, then the text, whose ``arrays`` lists dtype and shape of each, then their bytes. Nothing in
it is code, and nothing is allocated before its size is known to be sane.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping, Sequence
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

_LENGTHS: Final = struct.Struct("<IQ")
_MOST_TEXT: Final = 1 << 20
_DTYPES: Final = frozenset(
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64".split()
)

Arrays = Sequence[NDArray[Any]]


class Ended(Exception):
    """The other process is gone, or what it says is no message."""


def is_numeric(array: object) -> bool:
    """Whether a value is an array that a message can hold."""
    return isinstance(array, np.ndarray) and array.dtype.name in _DTYPES


def write_message(stream: IO[bytes], told: Mapping[str, Any], arrays: Arrays = ()) -> None:
    """Write a message to an unbuffered stream. Raises OSError when nobody reads it any more."""
    kinds = [{"dtype": array.dtype.name, "shape": array.shape} for array in arrays]
    text = json.dumps({**told, "arrays": kinds}).encode()
    total = sum(array.nbytes for array in arrays)
    _write(stream, memoryview(_LENGTHS.pack(len(text), total) + text))
    for array in arrays:
        if array.nbytes:
            _write(stream, np.ascontiguousarray(array).data.cast("B"))


def read_message(stream: IO[bytes], most_bytes: int) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    """Read the next message of an unbuffered stream.

    Raises Ended at the stream's end and for arrays of more than ``most_bytes`` in all.
    """
    head = bytearray(_LENGTHS.size)
    _read(stream, memoryview(head))
    length, total = _LENGTHS.unpack(head)
    if length > _MOST_TEXT or total > most_bytes:
        raise Ended
    text = bytearray(length)
    _read(stream, memoryview(text))
    try:
        told = json.loads(text)
        kinds = [(str(kind["dtype"]), tuple(kind["shape"])) for kind in told.pop("arrays")]
        sizes = [_size(dtype, shape) for dtype, shape in kinds]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Ended from error
    if sum(sizes) != total:
        raise Ended
    arrays = [np.empty(shape, dtype) for dtype, shape in kinds]
    for array in arrays:
        if array.nbytes:
            _read(stream, array.data.cast("B"))
    return told, arrays


def _size(dtype: str, shape: tuple[int, ...]) -> int:
    if dtype not in _DTYPES or not all(type(side) is int and side >= 0 for side in shape):
        raise ValueError(shape)
    return np.dtype(dtype).itemsize * math.prod(shape)


def _write(stream: IO[bytes], content: memoryview) -> None:
    while content:
        content = content[stream.write(content) :]


def _read(stream: IO[bytes], into: memoryview) -> None:
    while into:
        count = stream.readinto(into)  # type: ignore[attr-defined]
        if not count:
            raise Ended
        into = into[count:]
