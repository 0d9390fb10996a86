"""Tensors of PyTorch in a pickle, as numpy arrays: storages and the views into them.

Layouts: ``torch.save`` as a zip (1.6 and later) and as pickles one after the other (before, and for
every tensor that plain ``pickle`` or joblib saved).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final, cast

import numpy as np

from ..files import Damaged
from ..npz import Array
from .machine import Known, Machine, Maker, Value, as_tuple
from .numpy_parts import KNOWN, MOST_NUMBERS

MAGIC: Final = 0x1950A86A20F9469CFC6C
"""The number that a file of pickles one after the other begins with."""
_PROTOCOL: Final = 1001  # of such a file
_MOST_AXES: Final = 8  # of one tensor
_LENGTH_BYTES: Final = 8  # of the count before a storage's numbers

_TYPES: Final[Mapping[str, str]] = {
    "FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2", "LongStorage": "<i8",
    "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "i1", "ByteStorage": "u1",
    "BoolStorage": "?", "BFloat16Storage": "<u2",
}  # fmt: skip
"""Numbers of each kind of storage; numpy has no bfloat16, whose bits are the upper of float32."""


@dataclass(frozen=True, slots=True)
class StorageType:
    """A kind of storage, as a pickle names it."""

    name: str


@dataclass(frozen=True, slots=True)
class _Named:
    """The class of a storage, which is only ever named, never called."""

    kind: StorageType

    def __call__(self, *_: Value) -> Value:
        raise Damaged("it makes a tensor in a way that PyTorch doesn't")


@dataclass(frozen=True, slots=True, eq=False)
class Storage:
    """Numbers that tensors look into; None while they aren't read yet."""

    kind: StorageType
    numbers: Array | None


def storage_of(data: bytes, kind: StorageType, count: int) -> Storage:
    """The storage of ``count`` numbers with the bytes ``data``. Raises Damaged for other sizes."""
    dtype = np.dtype(_TYPES[kind.name])
    if len(data) != count * dtype.itemsize:
        raise Damaged("a tensor's numbers in it are cut off")
    numbers: Array = np.frombuffer(data, dtype)
    if kind.name == "BFloat16Storage":
        numbers = (numbers.astype(np.uint32) << 16).view(np.float32)
    return Storage(kind, numbers)


def reference(what: Value) -> tuple[StorageType, str, int]:
    """A storage's kind, key and count of numbers out of what a pickle refers to it by."""
    facts = as_tuple(what)
    if len(facts) < 5 or facts[0] != "storage":
        raise Damaged("it refers to data outside it")
    _, kind, key, _, count = facts[:5]
    kind = kind.make.kind if isinstance(kind, Known) and isinstance(kind.make, _Named) else None
    if not isinstance(kind, StorageType) or not isinstance(key, str | int):
        raise Damaged("it refers to data of an unknown kind")
    if type(count) is not int or not 0 <= count <= MOST_NUMBERS:
        raise Damaged(f"a tensor in it has more than {MOST_NUMBERS} numbers")
    return kind, str(key), count


def _tensor(storage: Value, offset: Value, size: Value, stride: Value, *_: Value) -> Value:
    """A view into a storage, whose numbers may not be known yet."""
    if not isinstance(storage, Storage):
        raise Damaged("a tensor in it has no numbers")
    if storage.numbers is None:
        return None
    sizes, strides = _whole(size), _whole(stride)
    if len(sizes) != len(strides) or type(offset) is not int or offset < 0:
        raise Damaged("a tensor in it has no shape that makes sense")
    count = math.prod(sizes)
    if count > MOST_NUMBERS:
        raise Damaged(f"a tensor in it has more than {MOST_NUMBERS} numbers")
    if not count:
        return np.zeros(sizes, storage.numbers.dtype)
    last = offset + sum((n - 1) * step for n, step in zip(sizes, strides, strict=True))
    if last >= len(storage.numbers):
        raise Damaged("a tensor in it reaches behind its numbers")
    width = storage.numbers.itemsize
    return np.lib.stride_tricks.as_strided(
        storage.numbers[offset:], sizes, [width * step for step in strides], writeable=False
    )


def _whole(values: Value) -> tuple[int, ...]:
    if not isinstance(values, tuple | list) or len(cast(list[Value], values)) > _MOST_AXES:
        raise Damaged("a tensor in it has no shape that makes sense")
    numbers = tuple(cast(list[Value], values))
    if any(type(n) is not int or not 0 <= n <= MOST_NUMBERS for n in numbers):
        raise Damaged("a tensor in it has no shape that makes sense")
    return numbers


def _parameter(data: Value, *_: Value) -> Value:
    return data


def _size(values: Value = ()) -> tuple[int, ...]:
    return _whole(values)


def _device(*names: Value) -> str:
    return ":".join(str(name)[:20] for name in names)


_INSIDE: Final[Mapping[tuple[str, str], Maker]] = {
    **KNOWN,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_tensor"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("torch", "Size"): _size,
    ("torch", "device"): _device,
    **{("torch", name): _Named(StorageType(name)) for name in _TYPES},
}


def read_pickles(stream: BinaryIO) -> Value:
    """What PyTorch saved as pickles one after the other, from behind the first, the ``MAGIC``."""
    if Machine(stream, _INSIDE).run() != _PROTOCOL:
        raise Damaged("it was saved by an unknown PyTorch")
    Machine(stream, _INSIDE).run()  # facts about the machine that saved it
    start = stream.tell()
    wanted: dict[str, tuple[StorageType, int]] = {}

    def note(what: Value) -> Storage:
        kind, key, count = reference(what)
        wanted[key] = (kind, count)
        return Storage(kind, None)

    # The numbers lie behind the pickle that says of what kind they are.
    Machine(stream, _INSIDE, note).run()
    keys = Machine(stream, _INSIDE).run()
    storages = {str(key): _following(stream, *wanted[str(key)]) for key in keys}
    stream.seek(start)
    return Machine(stream, _INSIDE, lambda what: storages[reference(what)[1]]).run()


def _following(stream: BinaryIO, kind: StorageType, count: int) -> Storage:
    if int.from_bytes(stream.read(_LENGTH_BYTES), "little") != count:
        raise Damaged("a tensor's numbers in it are not as many as it says")
    return storage_of(stream.read(count * np.dtype(_TYPES[kind.name]).itemsize), kind, count)


def torch_known(read_inside: Callable[[bytes], Value]) -> Mapping[tuple[str, str], Maker]:
    """What pickles with tensors may name; ``read_inside`` reads storages saved on their own."""

    def load(data: Value) -> Value:
        if not isinstance(data, bytes):
            raise Damaged("a tensor in it has no numbers")
        return read_inside(data)

    return {**_INSIDE, ("torch.storage", "_load_from_bytes"): load}
