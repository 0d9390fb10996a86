"""Numbers out of a stranger's ``.npz``: directory and headers are judged before data is read.

Nothing is ever unpickled or evaluated, and no array is larger than its reader allows, whatever the
file says. Formats: APPNOTE.TXT of PKWARE for the zip, numpy's ``NEP 1`` for the arrays in it.
"""

from __future__ import annotations

import math
import os
import re
import struct
import zipfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, Final, Protocol, TypeAlias

import numpy as np

from ..profiling.resting import is_large, mapped
from .files import Damaged, open_regular

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

MOST_MEMBERS: Final = 50_000  # arrays of an archive, bounds memory
MOST_UNPACKED: Final = 192 << 20
"""Bytes that a small file may unpack to: real motion doesn't repeat itself, zeros do."""
MOST_RATIO: Final = 40
"""How many times its size a larger file may unpack to."""
_MOST_HEADER: Final = 10_000  # bytes of an array's own header
_CHUNK: Final = 1 << 20  # bytes read at once
_SMALL_ARCHIVE: Final = 1 << 31  # bytes below which no archive needs ZIP64
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_END: Final = struct.Struct("<4s4H2LH")
_MAGIC: Final = b"\x93NUMPY"

_DESCR: Final = re.compile(r"'descr': *'([<>|=]?[a-zA-Z][0-9]{0,9})'")
_OBJECTS: Final = re.compile(r"'descr': *'[<>|=]?O")
_ORDER: Final = re.compile(r"'fortran_order': *(True|False)")
# Python 2 wrote 3L. The quantifiers give nothing back, so that no text makes them try for ever.
_SHAPE: Final = re.compile(r"'shape': *+\(((?:[0-9]{1,15}+L?+(?:, *+)?+){0,8}+)\)")


@dataclass(frozen=True, slots=True)
class ArrayHeader:
    """What an array says about itself; ``start`` is where its data begins, in bytes."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    is_fortran: bool
    start: int

    @property
    def data_bytes(self) -> int:
        """Bytes of the data."""
        return math.prod(self.shape) * self.dtype.itemsize


class Archive(Protocol):
    """Arrays by name, or those whose names begin alike."""

    def __contains__(self, name: str) -> bool: ...

    def header(self, name: str) -> ArrayHeader:
        """What the array ``name`` says it is."""
        ...

    def read(self, name: str) -> Array:
        """The array ``name``."""
        ...


@dataclass(frozen=True, slots=True)
class _Part:
    """The arrays of ``whole`` whose names begin with ``prefix``, by the rest of their names."""

    whole: NpzArchive
    prefix: str

    def __contains__(self, name: str) -> bool:
        return self.prefix + name in self.whole

    def header(self, name: str) -> ArrayHeader:
        return self.whole.header(self.prefix + name)

    def read(self, name: str) -> Array:
        return self.whole.read(self.prefix + name)


class NpzArchive:
    """An open ``.npz`` whose directory makes sense; its methods raise any of ``files.DAMAGES``."""

    def __init__(self, stream: BinaryIO, *, rests: bool = False) -> None:
        """``rests`` keeps large arrays on the disk while nobody looks at them."""
        self._rests = rests
        self._zip = open_zip(stream)
        size = os.fstat(stream.fileno()).st_size
        self._members = checked_members(self._zip.infolist(), size)

    def __contains__(self, name: str) -> bool:
        return f"{name}.npy" in self._members

    @property
    def names(self) -> tuple[str, ...]:
        """The arrays' names."""
        return tuple(m.removesuffix(".npy") for m in self._members if m.endswith(".npy"))

    def part(self, prefix: str) -> Archive:
        """The arrays whose names begin with ``prefix``, by the rest of their names."""
        return _Part(self, prefix)

    def header(self, name: str) -> ArrayHeader:
        """What the array ``name`` says it is; the data is not read. Raises KeyError without one."""
        with self._zip.open(self._member(name)) as stream:
            return _parse_header(stream, name)

    def read(self, name: str) -> Array:
        """The array ``name``, of whatever shape and kind except Python objects and records."""
        header, member = self.header(name), self._member(name)
        if header.start + header.data_bytes != member.file_size:
            raise Damaged(f"{name} is not as long as it says")
        flat = self._on_disk(header, member, name) if self._rests else None
        if flat is None:
            with self._zip.open(member) as stream:
                _read_exactly(stream, header.start, name)
                flat = np.empty(math.prod(header.shape), header.dtype)
                _fill(stream, flat.view(np.uint8).data, name)
        order = "F" if header.is_fortran else "C"
        array = flat.reshape(header.shape, order=order)
        return array if header.dtype.isnative else array.astype(header.dtype.newbyteorder("="))

    def _on_disk(self, header: ArrayHeader, member: zipfile.ZipInfo, name: str) -> Array | None:
        """A large array's numbers, in a file; None of a small one and where the disk is full."""

        def copy(file: IO[bytes]) -> None:
            with self._zip.open(member) as stream:
                _read_exactly(stream, header.start, name)
                for data in _pieces(stream, header.data_bytes, name):
                    file.write(data)

        held = mapped(copy, header.data_bytes) if is_large(header.data_bytes) else None
        return None if held is None else np.frombuffer(held, header.dtype)

    def read_as(self, name: str, kinds: str) -> Array:
        """As ``read``, of numbers: ``kinds`` are the letters of numpy's kinds that may be."""
        if self.header(name).dtype.kind not in kinds:
            raise Damaged(f"{name} holds another kind of values than it should")
        return self.read(name)

    def text(self, name: str, most_characters: int) -> str:
        """The one text that the array ``name`` holds."""
        header = self.header(name)
        if header.dtype.kind != "U" or header.shape != ():
            raise Damaged(f"{name} is not a text")
        if header.dtype.itemsize > 4 * most_characters:
            raise Damaged(f"{name} has more than {most_characters} characters")
        return str(self.read(name)[()])

    def _member(self, name: str) -> zipfile.ZipInfo:
        return self._members[f"{name}.npy"]


@contextmanager
def open_npz(path: str | Path, *, rests: bool = False) -> Generator[NpzArchive, None, None]:
    """Open an ``.npz``, as ``NpzArchive``, for as long as the block runs.

    Raises OSError and ``files.DAMAGES``; ``files.refusing`` makes sentences of them.
    """
    with open_regular(path) as stream:
        yield NpzArchive(stream, rests=rests)


def open_zip(stream: BinaryIO) -> zipfile.ZipFile:
    """Open the zip archive in an open file, once its directory isn't longer than it may be."""
    _check_end(stream, os.fstat(stream.fileno()).st_size)
    return zipfile.ZipFile(stream)


def _check_end(stream: BinaryIO, size: int) -> None:
    """Refuse a directory so long that listing it would fill the memory."""
    tail_size = min(size, _END.size + 0xFFFF)
    stream.seek(size - tail_size)
    tail = stream.read(tail_size)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or at + _END.size > len(tail):
        raise Damaged("it is no zip archive, or its end is missing")
    *_, count, directory, _, _ = _END.unpack_from(tail, at)
    has_64 = tail[max(at - 20, 0) : at].startswith(b"PK\6\7")
    if size < _SMALL_ARCHIVE and (has_64 or count > MOST_MEMBERS or directory > size):
        raise Damaged("its directory is not that of a small archive")
    if size < _SMALL_ARCHIVE and directory > 1024 * (count + 1):
        raise Damaged("its directory is longer than its entries")


def checked_members(entries: list[zipfile.ZipInfo], size: int) -> dict[str, zipfile.ZipInfo]:
    """A zip's entries by name, of a file of ``size`` bytes. Raises Damaged for senseless ones."""
    if len(entries) > MOST_MEMBERS:
        raise Damaged(f"it has more than {MOST_MEMBERS} entries")
    members = {entry.filename: entry for entry in entries}
    if len(members) != len(entries):
        raise Damaged("two of its entries have one name")
    for entry in entries:
        if entry.compress_type not in _METHODS or entry.flag_bits & 1:
            raise Damaged(f"{entry.filename} is encrypted or packed in an unknown way")
        if entry.compress_size > size:
            raise Damaged(f"{entry.filename} is larger than the file")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > max(MOST_UNPACKED, MOST_RATIO * size):
        raise Damaged(f"it would unpack to {unpacked / 1e6:.0f} MB, which no such file does")
    return members


@dataclass(frozen=True, slots=True)
class NpyObjects:
    """That an ``.npy`` holds Python objects of this shape: a pickle follows its header."""

    shape: tuple[int, ...]


def read_npy(stream: IO[bytes], size: int, name: str) -> Array | NpyObjects:
    """The array of an ``.npy`` of ``size`` bytes; before objects, reading stops at their pickle."""
    text, start = _header_text(stream, name)
    shape = _SHAPE.search(text)
    if _OBJECTS.search(text) and shape is not None:
        return NpyObjects(_sizes(shape[1]))
    header = _header_of(text, start, name)
    if header.start + header.data_bytes != size:
        raise Damaged(f"{name} is not as long as it says")
    flat = np.empty(math.prod(header.shape), header.dtype)
    _fill(stream, flat.view(np.uint8).data, name)
    array = flat.reshape(header.shape, order="F" if header.is_fortran else "C")
    return array if header.dtype.isnative else array.astype(header.dtype.newbyteorder("="))


def _parse_header(stream: IO[bytes], name: str) -> ArrayHeader:
    return _header_of(*_header_text(stream, name), name)


def _header_text(stream: IO[bytes], name: str) -> tuple[str, int]:
    """An array's header, and where its data begins."""
    start = _read_exactly(stream, 8, name)
    major = start[6]
    if not start.startswith(_MAGIC) or major not in (1, 2, 3):
        raise Damaged(f"{name} is not an array")
    width = 2 if major == 1 else 4
    length = int.from_bytes(_read_exactly(stream, width, name), "little")
    if length > _MOST_HEADER:
        raise Damaged(f"{name} has a header of {length} bytes")
    return _read_exactly(stream, length, name).decode("latin-1"), 8 + width + length


def _header_of(text: str, start: int, name: str) -> ArrayHeader:
    found = [pattern.search(text) for pattern in (_DESCR, _ORDER, _SHAPE)]
    if "'descr': [" in text or _OBJECTS.search(text):
        raise Damaged(f"{name} holds Python objects or records, which Limn never opens")
    descr, order, shape = found
    if descr is None or order is None or shape is None:
        raise Damaged(f"{name} has no header that makes sense")
    try:
        dtype = np.dtype(descr[1])
    except TypeError as error:
        raise Damaged(f"{name} is of an unknown type") from error
    if dtype.kind == "c":
        raise Damaged(f"{name} holds complex numbers, which nothing of a motion is")
    if dtype.hasobject or dtype.itemsize == 0:
        raise Damaged(f"{name} is of a type that Limn never opens")
    return ArrayHeader(_sizes(shape[1]), dtype, order[1] == "True", start)


def _sizes(shape: str) -> tuple[int, ...]:
    return tuple(int(part.rstrip("L")) for part in re.findall("[0-9]+L?", shape))


def _read_exactly(stream: IO[bytes], count: int, name: str) -> bytes:
    data = stream.read(count)
    if len(data) != count:
        raise Damaged(f"{name} is cut off")
    return data


def _fill(stream: IO[bytes], room: memoryview, name: str) -> None:
    """Read all of ``room``, and to the end, where the archive's checksum is compared."""
    for data in _pieces(stream, len(room), name):
        room[: len(data)] = data
        room = room[len(data) :]


def _pieces(stream: IO[bytes], count: int, name: str) -> Iterator[bytes]:
    """The ``count`` bytes that must be left of ``stream``."""
    while count:
        data = stream.read(min(count, _CHUNK))
        if not data:
            raise Damaged(f"{name} is cut off")
        count -= len(data)
        yield data
    if stream.read(1):
        raise Damaged(f"{name} is longer than it says")
