"""Whether a file that was written is all there, by the end marks and sizes of its own format.

Some writers (video encoders, Blender's exporters) say nothing when the disk fills. Only a few bytes
are read, except of zip archives, whose sums are checked.
"""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

_GLB: Final = b"glTF"
_FBX: Final = b"Kaydara FBX Binary  \x00\x1a\x00"
_FBX_END: Final = bytes.fromhex("f85a8c6adef5d97eece90ce3758f290b")
_FBX_WIDE: Final = 7500  # from this version on, offsets have 64 bits
_CRATE: Final = b"PXR-USDC"
_USDA: Final = b"#usda "
_OGAWA: Final = b"Ogawa\xff"  # the last byte is set when the archive is closed
_HDF5: Final = b"\x89HDF\r\n\x1a\n"
_BLEND_HEADS: Final = (20, 24, 32)
"""Bytes of a block's head: of 32 and 64 bits, and since Blender 5."""
_ZSTD_TABLE: Final = 0x184D2A5E  # magic of the skippable frame with the seek table
_ZSTD_SEEKABLE: Final = 0x8F92EAB1  # magic at the seek table's end
_PLY_LINE: Final = 1024  # characters of a header's line at most
_PLY_SIZES: Final = {
    **dict.fromkeys((b"char", b"uchar", b"int8", b"uint8"), 1),
    **dict.fromkeys((b"short", b"ushort", b"int16", b"uint16"), 2),
    **dict.fromkeys((b"int", b"uint", b"float", b"int32", b"uint32", b"float32"), 4),
    **dict.fromkeys((b"double", b"float64"), 8),
}
_PC2: Final = b"POINTCACHE2\0"
_C3D_BLOCK: Final = 512  # bytes, as C3D counts


def is_whole(path: Path, name: str) -> bool:
    """Whether the file at ``path``, which will be called ``name``, is complete.

    Of formats without end marks only that it isn't empty is known. Raises OSError.
    """
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return False
    check = _CHECKS.get(os.path.splitext(name.lower())[1])
    if size == 0 or check is None:
        return size > 0
    with path.open("rb") as stream:
        try:
            return check(stream, size)
        except (struct.error, zlib.error, zipfile.BadZipFile, EOFError, ValueError, LookupError):
            return False


def _zip(stream: IO[bytes], _size: int) -> bool:
    with zipfile.ZipFile(stream) as archive:
        return archive.testzip() is None


def _png(stream: IO[bytes], _size: int) -> bool:
    return _starts(stream, b"\x89PNG\r\n\x1a\n") and _ends(stream, b"\0\0\0\0IEND\xaeB`\x82")


def _gif(stream: IO[bytes], _size: int) -> bool:
    return _starts(stream, b"GIF8") and _ends(stream, b"\x3b")


def _mp4(stream: IO[bytes], size: int) -> bool:
    """ISO base media file: the boxes fill the file, the pictures and their index among them."""
    at = 0
    found: set[bytes] = set()
    while at < size:
        stream.seek(at)
        length, kind = struct.unpack(">I4s", stream.read(8))
        if length == 1:
            length = struct.unpack(">Q", stream.read(8))[0]
        length = length or size - at  # 0: up to the end
        if length < 8:
            return False
        found.add(kind)
        at += length
    return at == size and {b"moov", b"mdat"} <= found


def _glb(stream: IO[bytes], size: int) -> bool:
    magic, _, length = struct.unpack("<4sII", stream.read(12))
    return magic == _GLB and length == size


def _fbx(stream: IO[bytes], size: int) -> bool:
    """Binary FBX: a list of records that name their ends, then a footer that ends in a mark."""
    if not _starts(stream, _FBX) or not _ends(stream, _FBX_END):
        return False
    stream.seek(len(_FBX))
    is_wide = struct.unpack("<I", stream.read(4))[0] >= _FBX_WIDE
    form = "<Q" if is_wide else "<I"
    at = len(_FBX) + 4
    while at < size:
        stream.seek(at)
        following = struct.unpack(form, stream.read(struct.calcsize(form)))[0]
        if following == 0:  # the empty record that ends the list
            return True
        if following <= at:
            return False
        at = following
    return False


def _usd(stream: IO[bytes], size: int) -> bool:
    """A crate whose table of contents and sections lie within the file, text, or a package."""
    head = stream.read(24)
    if head.startswith(_USDA):
        return _last_word(stream, b"})")
    if head.startswith(b"PK"):
        return _zip(stream, size)
    if not head.startswith(_CRATE):
        return False
    table = struct.unpack("<q", head[16:24])[0]
    if not 88 <= table < size:
        return False
    stream.seek(table)
    count = struct.unpack("<Q", stream.read(8))[0]
    if not 0 < count <= 64:
        return False
    sections = [struct.unpack("<16sqq", stream.read(32))[1:] for _ in range(count)]
    return all(start > 0 and length >= 0 and start + length <= size for start, length in sections)


def _alembic(stream: IO[bytes], size: int) -> bool:
    """Ogawa: the archive was closed, and its root group lies within the file."""
    head = stream.read(16)
    if head.startswith(_HDF5):
        return True
    if not head.startswith(_OGAWA):
        return False
    root = struct.unpack("<Q", head[8:16])[0]
    if not 16 <= root <= size - 8:
        return False
    stream.seek(root)
    children = struct.unpack("<Q", stream.read(8))[0]
    return root + 8 + 8 * children <= size


def _blend(stream: IO[bytes], size: int) -> bool:
    """Blender's file: plain to its last block, or Zstandard frames and a table of their sizes."""
    if _starts(stream, b"BLENDER"):
        stream.seek(max(0, size - max(_BLEND_HEADS)))
        tail = stream.read()
        return any(tail[-head:].startswith(b"ENDB") for head in _BLEND_HEADS)
    stream.seek(-9, os.SEEK_END)
    frames, _, mark = struct.unpack("<IBI", stream.read(9))
    table = 8 * frames + 17
    if mark != _ZSTD_SEEKABLE or table > size:
        return False
    stream.seek(size - table)
    kind, length = struct.unpack("<II", stream.read(8))
    sizes = struct.unpack(f"<{2 * frames}I", stream.read(8 * frames))[::2]
    return kind == _ZSTD_TABLE and length == table - 8 and sum(sizes) + table == size


def _pc2(stream: IO[bytes], size: int) -> bool:
    magic, _, vertices, _, _, frames = struct.unpack("<12siiffi", stream.read(32))
    return magic == _PC2 and size == 32 + 12 * vertices * frames


def _mdd(stream: IO[bytes], size: int) -> bool:
    frames, vertices = struct.unpack(">ii", stream.read(8))
    return size == 8 + 4 * frames + 12 * vertices * frames


def _c3d(stream: IO[bytes], size: int) -> bool:
    """At least the header's blocks and the frames that it counts are there (floating point)."""
    _, mark, points, analog, first, last = struct.unpack("<BBHHHH", stream.read(10))
    stream.seek(16)
    data = struct.unpack("<H", stream.read(2))[0]
    frames = last - first + 1 if last < 0xFFFF else 1
    return mark == 0x50 and size >= _C3D_BLOCK * (data - 1) + 4 * frames * (4 * points + analog)


def _ply(stream: IO[bytes], size: int) -> bool:
    """The rows that the header counts are there; of text only that many lines."""
    if stream.readline(_PLY_LINE).strip() != b"ply":
        return False
    is_text = False
    elements: list[tuple[int, list[list[bytes]]]] = []
    while (words := stream.readline(_PLY_LINE).split()) != [b"end_header"]:
        if not words:
            return False
        if words[0] == b"format":
            is_text = words[1] == b"ascii"
        elif words[0] == b"element":
            elements.append((int(words[2]), []))
        elif words[0] == b"property":
            elements[-1][1].append(words[1:-1])
    if is_text:
        return sum(1 for _ in stream) >= sum(rows for rows, _ in elements)
    data, at = stream.read(), 0
    for rows, properties in elements:
        at = _after_rows(data, at, rows, properties)
    return at <= len(data)


def _after_rows(data: bytes, at: int, rows: int, properties: list[list[bytes]]) -> int:
    """Where ``rows`` of a binary PLY end that start ``at``; beyond ``data`` when it is cut."""
    if not any(kind[0] == b"list" for kind in properties):
        return at + rows * sum(_PLY_SIZES[kind[0]] for kind in properties)
    for _ in range(rows):
        for kind in properties:
            if kind[0] != b"list":
                at += _PLY_SIZES[kind[0]]
            elif at >= len(data):
                return len(data) + 1
            else:  # counts are single bytes in what is written here
                at += 1 + data[at] * _PLY_SIZES[kind[2]]
    return at


def _text(stream: IO[bytes], _size: int) -> bool:
    return _ends(stream, b"\n")


def _json(stream: IO[bytes], _size: int) -> bool:
    return _last_word(stream, b"}]")


def _starts(stream: IO[bytes], mark: bytes) -> bool:
    stream.seek(0)
    return stream.read(len(mark)) == mark


def _ends(stream: IO[bytes], mark: bytes) -> bool:
    stream.seek(-len(mark), os.SEEK_END)
    return stream.read() == mark


def _last_word(stream: IO[bytes], any_of: bytes) -> bool:
    """Whether the last byte that isn't white is one of ``any_of``."""
    stream.seek(max(0, stream.seek(0, os.SEEK_END) - 64))
    return stream.read().rstrip()[-1:] in [bytes([byte]) for byte in any_of]


_CHECKS: Final[dict[str, Callable[[IO[bytes], int], bool]]] = {
    ".npz": _zip,
    ".smpl": _zip,
    ".usdz": _zip,
    ".png": _png,
    ".gif": _gif,
    ".mp4": _mp4,
    ".glb": _glb,
    ".fbx": _fbx,
    ".usd": _usd,
    ".usda": _usd,
    ".usdc": _usd,
    ".abc": _alembic,
    ".blend": _blend,
    ".pc2": _pc2,
    ".mdd": _mdd,
    ".c3d": _c3d,
    ".json": _json,
    ".bvh": _text,
    ".trc": _text,
    ".csv": _text,
    ".obj": _text,
    ".ply": _ply,
}
