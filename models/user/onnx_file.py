"""What an ONNX file holds, told from its bytes alone, before ONNX Runtime opens it.

An ONNX file is one message of Protocol Buffers (onnx.proto3). Walked are those of its fields that
can hold tensors: graphs, also the bodies of Loop, If and Scan, functions, attributes and sparse
tensors. A tensor that is kept outside would be read from whatever folder the program was started
in, and its bytes are in no checksum.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import IO, Final, Protocol

from ...core.data.errors import ModelError

_MESSAGES: Final[Mapping[str, Mapping[int, str]]] = MappingProxyType(
    {
        "model": {7: "graph", 20: "training", 25: "function"},
        "training": {1: "graph", 2: "graph"},
        "graph": {1: "node", 5: "tensor", 15: "sparse"},
        "function": {7: "node", 11: "attribute"},
        "node": {5: "attribute"},
        "attribute": {
            5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse",
        },
        "sparse": {1: "tensor", 2: "tensor"},
        "tensor": {},
    }
)  # fmt: skip
"""By message, its fields that can hold tensors and what message they are."""

_EXTERNAL_DATA: Final = 13
_DATA_LOCATION: Final = 14
_VARINT, _FIXED_64, _BYTES, _FIXED_32 = 0, 1, 2, 5
_FIXED_SIZES: Final = {_FIXED_64: 8, _FIXED_32: 4}
_MOST_NESTED: Final = 100  # as deep as Protocol Buffers themselves read
_MOST_FIELDS: Final = 1_000_000
_MOST_OUTERMOST: Final = 100_000
_MOST_HEAD: Final = 24  # two numbers of at most ten bytes
_OTHER_FORMAT: Final = b"ORTM"
_NO_ONNX: Final = "{source} is no ONNX file, or is cut short; get the file again."


class Content(Protocol):
    """Bytes, or a file that is mapped into memory."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> int: ...


class _Malformed(Exception):
    """The bytes are no message."""


def check_onnx(content: Content, source: str) -> None:
    """Raise ModelError, beginning with ``source``, unless the file is one network and all of it."""
    if not len(content):
        raise ModelError(f"{source} is empty; get the file again.")
    _check_format(bytes(content[i] for i in range(min(8, len(content)))), source)
    try:
        has_graph = _walk(content, source)
    except _Malformed:
        has_graph = False
    if not has_graph:
        raise ModelError(_NO_ONNX.format(source=source))


def check_outline(file: IO[bytes], source: str) -> None:
    """Raise ModelError unless a file, which may claim any size, is a chain of fields to its end.

    Reads a few bytes of each outermost field and leaves the file at its beginning.
    """
    at, size = 0, file.seek(0, os.SEEK_END)
    file.seek(0)
    _check_format(file.read(8), source)
    for _ in range(_MOST_OUTERMOST):
        if at >= size:
            break
        file.seek(at)
        try:
            at += _field(file.read(_MOST_HEAD), 0, size - at)[-1]
        except (_Malformed, IndexError):
            at = size + 1
    if at != size:
        raise ModelError(_NO_ONNX.format(source=source))
    file.seek(0)


def _check_format(head: bytes, source: str) -> None:
    """Refuse what ONNX Runtime would take for its own format, whatever else it is."""
    if head[4:] == _OTHER_FORMAT:
        raise ModelError(
            f"{source} is in ONNX Runtime's own format; give the .onnx that it was made from."
        )


def _walk(content: Content, source: str) -> bool:
    """Visit every field that can hold a tensor; whether there is a graph. Raises _Malformed."""
    has_graph, fields = False, 0
    waiting = [("model", 0, len(content), 1)]
    while waiting:
        kind, at, end, depth = waiting.pop()
        if depth > _MOST_NESTED:
            raise ModelError(f"{source} nests its parts more than {_MOST_NESTED} deep.")
        inner = _MESSAGES[kind]
        while at < end:
            fields += 1
            if fields > _MOST_FIELDS:
                raise ModelError(f"{source} has more than {_MOST_FIELDS} parts, as no network has.")
            number, wire, value, start, at = _field(content, at, end)
            if kind == "tensor" and (
                (number == _DATA_LOCATION and value) or (number == _EXTERNAL_DATA)
            ):
                raise ModelError(
                    f"{source} keeps weights in another file, which Limn doesn't read; save it "
                    "with its weights in one file."
                )
            if wire == _BYTES and number in inner:
                waiting.append((inner[number], start, at, depth + 1))
                has_graph = has_graph or inner[number] == "graph"
    return has_graph


def _field(content: Content, at: int, end: int) -> tuple[int, int, int, int, int]:
    """One field: its number, wire type and varint, where its bytes start, where the next begins."""
    tag, at = _varint(content, at, end)
    number, wire = tag >> 3, tag & 7
    value, start = 0, at
    if wire == _VARINT:
        value, at = _varint(content, at, end)
    elif wire == _BYTES:
        size, start = _varint(content, at, end)
        at = start + size
    elif wire in _FIXED_SIZES:
        at += _FIXED_SIZES[wire]
    else:
        raise _Malformed
    if number == 0 or at > end:
        raise _Malformed
    return number, wire, value, start, at


def _varint(content: Content, at: int, end: int) -> tuple[int, int]:
    value, shift = 0, 0
    while at < end and shift < 64:
        byte = content[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    raise _Malformed
