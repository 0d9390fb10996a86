"""Animated GIF in pieces: OpenCV (4.11 or later) encodes each frame, this strings them together.

OpenCV's own animation writer wants all frames at once, which a long clip has no memory for. Layout:
GIF89a specification, w3.org/Graphics/GIF/spec-gif89a.txt.
"""

from __future__ import annotations

import struct
from typing import Final

from ...core.data.arrays import U8
from ..opencv import load_cv2

_SCREEN_BYTES: Final = 13
_EXTENSION: Final = 0x21
_IMAGE: Final = 0x2C
_TRAILER: Final = b"\x3b"
_HAS_TABLE: Final = 0x80
_TABLE_SIZE: Final = 0x07
_REPEAT_FOR_EVER: Final = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
_BEST_DITHER: Final = 3


def gif_header(size_px: tuple[int, int]) -> bytes:
    """The start of a file of ``size_px`` (width, height) that repeats for ever."""
    return b"GIF89a" + struct.pack("<HHBBB", *size_px, 0x70, 0, 0) + _REPEAT_FOR_EVER


def gif_frame(bgr: U8, delay_cs: int) -> bytes:
    """One picture (h, w, 3) with its own palette, shown for ``delay_cs`` hundredths of a second."""
    cv2 = load_cv2()
    _, encoded = cv2.imencode(".gif", bgr, [cv2.IMWRITE_GIF_DITHER, _BEST_DITHER])
    data = encoded.tobytes()
    flags = data[10]
    table_end = _SCREEN_BYTES + (3 << ((flags & _TABLE_SIZE) + 1))
    at = table_end
    while data[at] == _EXTENSION:
        at = _end_of_blocks(data, at + 2)
    if not flags & _HAS_TABLE or data[at] != _IMAGE or data[-1:] != _TRAILER:
        raise ValueError("OpenCV wrote a GIF of another layout than known")
    control = struct.pack("<BBBBHBB", _EXTENSION, 0xF9, 4, 0x04, delay_cs, 0, 0)
    descriptor = data[at : at + 9] + bytes([_HAS_TABLE | flags & _TABLE_SIZE])
    return control + descriptor + data[_SCREEN_BYTES:table_end] + data[at + 10 : -1]


def gif_trailer() -> bytes:
    """The end of a file."""
    return _TRAILER


def _end_of_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1
