"""Arrays and numbers of numpy in a pickle, and joblib's arrays that lie behind it.

Layouts: ``ndarray.__reduce__`` of numpy 1 and 2, and ``NumpyArrayWrapper`` of joblib 0.10 to 1.5.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, BinaryIO, Final, cast

import numpy as np

from ..files import Damaged
from ..npz import Array
from .machine import Known, Maker, Part, Value, as_tuple, filled

MOST_NUMBERS: Final = 1 << 28  # of one array
_MOST_AXES: Final = 8  # of one array
_CODE: Final = re.compile(r"[<>=|]?([biufSU?][0-9]{0,6})")
_CODEC: Final = "latin1"  # the only codec by which protocol 2 spells bytes


class DType(Part):
    """A type of numbers or texts; BUILD tells its byte order."""

    def __init__(self, code: Value, *_: Value) -> None:
        text = code.decode("ascii") if isinstance(code, bytes) else code
        found = _CODE.fullmatch(text) if isinstance(text, str) else None
        self.is_object = text in ("O", "O8", "|O")
        if found is None and not self.is_object:
            raise Damaged("it holds values of a type that Limn never opens")
        self.dtype: np.dtype[Any] = np.dtype("u1" if found is None else text)

    def build(self, state: Value, stream: BinaryIO) -> Value:
        """Take over the byte order. Raises Damaged for records."""
        facts = as_tuple(state)
        if len(facts) < 2 or any(v is not None for v in facts[2:5]):
            raise Damaged("it holds records, which Limn never opens")
        order = facts[1]
        if order in ("<", ">") and not self.is_object:
            self.dtype = self.dtype.newbyteorder(order)
        return self


class ArrayPart(Part):
    """An array whose shape and data BUILD tells."""

    def build(self, state: Value, stream: BinaryIO) -> Value:
        """The array."""
        facts = as_tuple(state)
        if len(facts) != 5:
            raise Damaged("an array in it has no state that makes sense")
        _, shape, dtype, is_fortran, data = facts
        return array_of(data, dtype, shape, is_fortran)


class JoblibArray(Part):
    """What joblib puts in an array's place; the numbers follow the pickle's BUILD."""

    def build(self, state: Value, stream: BinaryIO) -> Value:
        """The array, read from behind the opcode."""
        if type(state) is not dict:
            raise Damaged("an array in it has no state that makes sense")
        facts = cast(dict[str, Value], state)
        shape, dtype = facts["shape"], facts["dtype"]
        count = _count(shape)
        if not isinstance(dtype, DType) or dtype.is_object:
            raise Damaged("it holds Python objects in an array, which Limn never opens")
        if facts.get("numpy_array_alignment_bytes") is not None:
            padding = stream.read(1)
            stream.read(padding[0] if padding else 0)
        size = count * dtype.dtype.itemsize
        data = stream.read(size)
        return array_of(data, dtype, shape, facts.get("order") == "F")


def array_of(data: Value, dtype: Value, shape: Value, is_fortran: Value) -> Value:
    """The array of the bytes ``data``; of a list, an array of objects, the list itself."""
    count = _count(shape)
    if not isinstance(dtype, DType):
        raise Damaged("an array in it has no type")
    if dtype.is_object:
        if type(data) is not list or len(cast(list[Value], data)) != count:
            raise Damaged("an array of objects in it is not as long as it says")
        return cast(list[Value], data)
    if not isinstance(data, bytes | bytearray) or len(data) != count * dtype.dtype.itemsize:
        raise Damaged("an array in it is not as long as it says")
    kind: np.dtype[Any] = dtype.dtype
    flat: Array = np.frombuffer(data, kind) if count else np.empty(0, kind)
    array = flat.reshape(shape, order="F" if is_fortran else "C")
    return array if kind.isnative else array.astype(kind.newbyteorder("="))


def _count(shape: Value) -> int:
    sizes = as_tuple(shape)
    if len(sizes) > _MOST_AXES or any(type(n) is not int or n < 0 for n in sizes):
        raise Damaged("an array in it has no shape that makes sense")
    count = math.prod(sizes)
    if count > MOST_NUMBERS:
        raise Damaged(f"an array in it has more than {MOST_NUMBERS} numbers")
    return count


def _reconstruct(*_: Value) -> ArrayPart:
    return ArrayPart()


def _scalar(dtype: Value, data: Value = None) -> Value:
    if isinstance(data, str):  # protocol 0 and 1 of Python 2
        data = data.encode(_CODEC)
    array = cast(Array, array_of(data, dtype, (), None))
    return array[()].item()


def _from_buffer(data: Value, dtype: Value, shape: Value, order: Value) -> Value:
    return array_of(data, dtype, shape, order == "F")


def _encoded(text: Value, codec: Value = _CODEC) -> bytes:
    if not isinstance(text, str) or codec not in (_CODEC, "latin-1"):
        raise Damaged("it spells bytes in an unknown way")
    return text.encode(_CODEC)


def _dictionary(*items: Value) -> dict[Value, Value]:
    """An OrderedDict, whose items follow, or come as a list of pairs."""
    out: dict[Value, Value] = {}
    if items and not isinstance(items[0], list | tuple):
        raise Damaged("a dictionary in it is made of no pairs")
    for pair in cast(list[Value], items[0]) if items else ():
        if not isinstance(pair, list | tuple) or len(cast(list[Value], pair)) != 2:
            raise Damaged("a dictionary in it is made of no pairs")
        filled(out, list(cast(list[Value], pair)))
    return out


def _default_dictionary(factory: Value = None, *items: Value) -> dict[Value, Value]:
    """A defaultdict, whose items follow; what it would make of absent keys is named, not called."""
    if factory is not None and not isinstance(factory, Known):
        raise Damaged("a dictionary in it is made of no pairs")
    return _dictionary(*items)


def _set(items: Value = ()) -> Value:
    if not isinstance(items, list | tuple | set):
        raise Damaged("a set in it is made of no list")
    return {item for item in cast(list[Value], items) if isinstance(item, str | int | float)}


def _list(items: Value = ()) -> Value:
    """The class of lists, which a defaultdict of lists names."""
    if not isinstance(items, list | tuple | set):
        raise Damaged("a list in it is made of no list")
    return list(cast(list[Value], items))


def _no_bytes(*arguments: Value) -> bytes:
    """Protocol 2 and before spell empty bytes by calling their class."""
    if arguments:
        raise Damaged("it spells bytes in an unknown way")
    return b""


def _path(*parts: Value) -> str:
    if not all(isinstance(part, str) for part in parts):
        raise Damaged("a path in it is made of no texts")
    return "/".join(parts)


def _never(*_: Value) -> Value:
    """The class of arrays, which is only ever named, as ``_reconstruct``'s argument."""
    raise Damaged("it makes an array in a way that numpy doesn't")


def _names(modules: tuple[str, ...], name: str, make: Maker) -> dict[tuple[str, str], Maker]:
    return {(module, name): make for module in modules}


_MULTIARRAY: Final = ("numpy.core.multiarray", "numpy._core.multiarray")
_NUMERIC: Final = ("numpy.core.numeric", "numpy._core.numeric")
_BUILTINS: Final = ("builtins", "__builtin__")

KNOWN: Final[Mapping[tuple[str, str], Maker]] = {
    **_names(_MULTIARRAY, "_reconstruct", _reconstruct),
    **_names(_MULTIARRAY, "scalar", _scalar),
    **_names(_NUMERIC, "_frombuffer", _from_buffer),
    ("numpy", "ndarray"): _never,
    ("numpy", "dtype"): DType,
    ("joblib.numpy_pickle", "NumpyArrayWrapper"): JoblibArray,
    ("collections", "OrderedDict"): _dictionary,
    ("collections", "defaultdict"): _default_dictionary,  # of WHAM's results
    ("_codecs", "encode"): _encoded,
    **_names(_BUILTINS, "dict", _dictionary),
    **_names(_BUILTINS, "list", _list),
    **_names(_BUILTINS, "set", _set),
    **_names(_BUILTINS, "bytes", _no_bytes),
    **{
        (module, kind): _path
        for module in ("pathlib", "pathlib._local")  # the second is Python 3.13's
        for kind in ("PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath", "Path")
    },
}
"""What pickles of numbers may name: (module, name), and what makes the value here."""
