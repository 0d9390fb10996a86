"""What a picture file's first bytes tell: its size, and whether it moves; nothing is decoded."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

PNG: Final = b"\x89PNG\r\n\x1a\n"
JPEG: Final = b"\xff\xd8\xff"
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WEBP_MOVES: Final = 0x02
_MOST_TAGS: Final = 64
_TIFF_KIND: Final = 254
"""Tag NewSubfileType; bit 0 is set for a smaller copy of another picture."""


def size_of(content: bytes) -> tuple[int, int] | None:
    """(width, height) of a PNG, JPEG, WebP, BMP or TIFF file, None where they can't be told."""
    try:
        if content.startswith(PNG):
            return struct.unpack(">II", content[16:24])
        if content.startswith(JPEG):
            return _jpeg_size(content)
        if _is_webp(content):
            return _webp_size(content)
        if content.startswith(b"BM"):
            width, height = struct.unpack("<ii", content[18:26])
            return abs(width), abs(height)
        if content[:4] in (b"II*\0", b"MM\0*"):
            return _tiff_size(content)
    except (struct.error, IndexError):
        pass
    return None


def moves(content: bytes) -> bool:
    """Whether a PNG, WebP or AVIF file, of which these are the first bytes, is an animation."""
    if content.startswith(PNG):
        before_data = content.split(b"IDAT", 1)[0]
        return b"acTL" in before_data
    if content[4:8] == b"ftyp":
        return b"avis" in content[8 : int.from_bytes(content[:4], "big")]
    return _is_webp(content) and content[12:16] == b"VP8X" and bool(content[20] & _WEBP_MOVES)


def webp_frames(content: bytes) -> int:
    """How many pictures an animated WebP file holds."""
    return sum(kind == b"ANMF" for kind, _ in _riff_chunks(content))


def tiff_pages(content: bytes) -> int:
    """How many pictures a TIFF file holds, without the small copies beside them; 1 for others."""
    if content[:4] not in (b"II*\0", b"MM\0*"):
        return 1
    order = "<" if content.startswith(b"II") else ">"
    pages, seen = 0, set[int]()
    try:
        (at,) = struct.unpack(order + "I", content[4:8])
        while at and at not in seen:
            seen.add(at)
            (count,) = struct.unpack(order + "H", content[at : at + 2])
            kind = dict(
                struct.unpack(order + "H6xI", content[at + 2 + 12 * k : at + 14 + 12 * k])
                for k in range(min(count, _MOST_TAGS))
            ).get(_TIFF_KIND, 0)
            pages += not kind & 1
            (at,) = struct.unpack(order + "I", content[at + 2 + 12 * count : at + 6 + 12 * count])
    except struct.error:
        pass
    return max(pages, 1)


def _is_webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def _riff_chunks(content: bytes) -> Iterator[tuple[bytes, int]]:
    at = 12
    while at + 8 <= len(content):
        (length,) = struct.unpack("<I", content[at + 4 : at + 8])
        yield content[at : at + 4], length
        at += 8 + length + length % 2


def _webp_size(content: bytes) -> tuple[int, int] | None:
    kind = content[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(
            content[27:30], "little"
        )
    if kind == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", content[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = 2
    while content[at] == 0xFF:
        marker = content[at + 1]
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        if marker == 0xFF:
            at += 1
            continue
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return None


def _tiff_size(content: bytes) -> tuple[int, int] | None:
    order = "<" if content.startswith(b"II") else ">"
    (at,) = struct.unpack(order + "I", content[4:8])
    (count,) = struct.unpack(order + "H", content[at : at + 2])
    found: dict[int, int] = {}
    for k in range(min(count, _MOST_TAGS)):
        entry = content[at + 2 + 12 * k : at + 14 + 12 * k]
        tag, kind = struct.unpack(order + "HH", entry[:4])
        if tag in (256, 257):
            value = entry[8:10] if kind == 3 else entry[8:12]
            (found[tag],) = struct.unpack(order + ("H" if kind == 3 else "I"), value)
    return (found[256], found[257]) if len(found) == 2 else None
