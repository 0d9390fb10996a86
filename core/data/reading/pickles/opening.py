"""The value in a ``.pkl``, ``.joblib``, ``.pt``, ``.npy`` or ``.npz`` file, by what is in it."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final, Protocol, cast

from ..files import Damaged, open_regular
from ..npz import MOST_RATIO, MOST_UNPACKED, NpyObjects, checked_members, open_zip, read_npy
from .machine import Machine, Value
from .torch_parts import MAGIC, Storage, read_pickles, reference, storage_of, torch_known

_ZIP: Final = b"PK"
_NPY: Final = b"\x93NUMPY"
_CHUNK: Final = 1 << 20  # bytes unpacked at once
_PICKLE: Final = "/data.pkl"  # the pickle in a zip that PyTorch wrote
_HEAD: Final = 6  # bytes that tell kinds of files apart


class _Unpacker(Protocol):
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Bounded(io.RawIOBase):
    """A stream that never asks for more bytes than there are: a read of 10 GB takes no 10 GB."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        super().__init__()
        self._stream = stream
        self._size = size

    def read(self, size: int | None = -1, /) -> bytes:
        left = max(self._size - self._stream.tell(), 0)
        return self._stream.read(left if size is None or size < 0 else min(size, left))

    def readline(self, size: int | None = -1, /) -> bytes:
        return self._stream.readline(-1 if size is None else size)

    def tell(self) -> int:
        return self._stream.tell()

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._stream.seek(offset, whence)


def read_values(path: str | Path) -> Value:
    """What the file holds: dictionaries, lists, tuples, sets, texts, numbers and numpy arrays.

    Tensors come as arrays; an ``.npz`` as a dictionary. Raises OSError and ``files.DAMAGES``, which
    ``files.refusing`` makes sentences of; Damaged for everything that isn't on the list of names.
    """
    with open_regular(path) as stream:
        return _read(stream, os.fstat(stream.fileno()).st_size)


def _read(stream: BinaryIO, size: int) -> Value:
    head = stream.read(_HEAD)
    stream.seek(0)
    if head.startswith(_ZIP):
        return _read_zip(stream, size)
    if head.startswith(_NPY):
        return _read_npy(_bounded(stream, size), size, "it")
    unpacked = _unpacked(stream, head, size)
    if unpacked is not None:
        return _read_pickle(_bounded(io.BytesIO(unpacked), len(unpacked)))
    return _read_pickle(_bounded(stream, size))


def _bounded(stream: BinaryIO, size: int) -> BinaryIO:
    return cast(BinaryIO, _Bounded(stream, size))


def _read_pickle(stream: BinaryIO) -> Value:
    value = Machine(stream, torch_known(_read_storage)).run()
    if isinstance(value, int) and value == MAGIC:
        return read_pickles(stream)
    return value


def _read_storage(data: bytes) -> Storage:
    stream = _bounded(io.BytesIO(data), len(data))
    first = Machine(stream, {}).run()
    value = read_pickles(stream) if first == MAGIC else None
    if not isinstance(value, Storage):
        raise Damaged("a tensor in it has no numbers")
    return value


def _read_npy(stream: BinaryIO, size: int, name: str) -> Value:
    value = read_npy(stream, size, name)
    if not isinstance(value, NpyObjects):
        return value
    objects: Value = Machine(stream, torch_known(_read_storage)).run()
    # numpy saves a dictionary as an array of no axes with one object in it.
    if value.shape == () and isinstance(objects, list):
        return cast(list[Value], objects)[0]
    return objects


def _read_zip(stream: BinaryIO, size: int) -> Value:
    archive = open_zip(stream)
    members = checked_members(archive.infolist(), size)
    pickles = [name for name in members if name.endswith(_PICKLE)]
    if len(pickles) == 1:
        return _read_torch(archive, members, pickles[0])
    out: dict[str, Value] = {}
    for name, member in members.items():
        if name.endswith(".npy"):
            with archive.open(member) as inside:
                data = inside.read()
            one = _bounded(io.BytesIO(data), len(data))
            out[name.removesuffix(".npy")] = _read_npy(one, len(data), name)
    if not out:
        raise Damaged("there are no arrays in it")
    return out


def _read_torch(
    archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], pickle: str
) -> Value:
    prefix = pickle.removesuffix(_PICKLE)
    order = members.get(f"{prefix}/byteorder")
    if order is not None and archive.read(order) != b"little":
        raise Damaged("its numbers are of a machine that orders bytes the other way")
    storages: dict[str, Storage] = {}

    def storage(what: Value) -> Storage:
        kind, key, count = reference(what)
        if key not in storages:
            storages[key] = storage_of(archive.read(members[f"{prefix}/data/{key}"]), kind, count)
        return storages[key]

    data = archive.read(members[pickle])
    stream = _bounded(io.BytesIO(data), len(data))
    return Machine(stream, torch_known(_read_storage), storage).run()


def _unpacked(stream: BinaryIO, head: bytes, size: int) -> bytes | None:
    """The bytes of a file that joblib or gzip packed; None for one that isn't packed."""
    unpacker: _Unpacker
    if head[:2] == b"\x1f\x8b":
        with gzip.GzipFile(fileobj=stream) as packed:
            return _bounded_bytes(packed.read(_most(size) + 1), size)
    if head[:1] == b"\x78" and int.from_bytes(head[:2]) % 31 == 0:  # RFC 1950's own check
        unpacker = zlib.decompressobj()
    elif head[:3] == b"BZh":
        unpacker = bz2.BZ2Decompressor()
    elif head[:6] == b"\xfd7zXZ\x00" or head[:3] == b"\x5d\x00\x00":
        unpacker = lzma.LZMADecompressor(memlimit=_most(size))
    else:
        return None
    return _bounded_bytes(unpacker.decompress(stream.read(), _most(size) + 1), size)


def _most(size: int) -> int:
    return max(MOST_UNPACKED, MOST_RATIO * size)


def _bounded_bytes(data: bytes, size: int) -> bytes:
    if len(data) > _most(size):
        raise Damaged(f"it would unpack to over {_most(size) / 1e6:.0f} MB, which no result does")
    return data
