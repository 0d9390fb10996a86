"""Pictures of film and rendering (OpenEXR, DPX, Radiance, Targa …), which OpenCV doesn't read: by
FFmpeg.

Linear light becomes sRGB, brighter than white becomes white.
"""

from __future__ import annotations

import io
import re
import struct
from pathlib import Path
from typing import Any, Final

import numpy as np

from ...core.data.arrays import U8
from ...core.data.errors import ClipError
from ..ffmpeg import load_av

_DEMUXERS: Final = {
    ".exr": "exr_pipe",
    ".dpx": "dpx_pipe",
    ".hdr": "hdr_pipe",
    ".sgi": "sgi_pipe",
    ".rgb": "sgi_pipe",
    ".qoi": "qoi_pipe",
}
_TARGA: Final = ".tga"
"""A kind without a signature, for which FFmpeg has a decoder alone."""
_TARGA_HEAD: Final = 18  # bytes
_TARGA_SIZE_AT: Final = 12
FILM_SUFFIXES: Final = frozenset((*_DEMUXERS, _TARGA))
_LAYER: Final = re.compile(rb"([\x20-\x7e]+)\.R\0")
"""The first layer with a red channel: renderers name the picture's own first."""
_SEVERAL_PARTS: Final = 0x1000
_HEAD_BYTES: Final = 1 << 16  # in which channels are named
_GAMMA: Final = 2.2
"""Of screens; Radiance's values are linear, and FFmpeg converts only OpenEXR's."""


def film_size(content: bytes, path: Path) -> tuple[int, int]:
    """(width, height) by the file's head. Raises ClipError for one that can't be read."""
    if path.suffix.lower() == _TARGA:
        if len(content) < _TARGA_HEAD:
            raise _undecodable(path)
        width, height = struct.unpack_from("<HH", content, _TARGA_SIZE_AT)
        return width, height
    with _opened(content, path) as container:
        context = container.streams.video[0].codec_context
        return int(context.width), int(context.height)


def decode_film(content: bytes, path: Path) -> U8:
    """Decode to (h, w, 3) BGR. Raises ClipError."""
    av, kind = load_av(), path.suffix.lower()
    options = _exr_options(content, path) if kind == ".exr" else {}
    try:
        frame = _decoded(content, path, {"err_detect": "explode", **options})
    except (av.error.FFmpegError, ValueError) as error:
        raise _undecodable(path) from error
    if frame is None or frame.is_corrupt:
        raise _undecodable(path)
    if kind == ".hdr":
        linear = np.stack(frame.to_ndarray(format="gbrpf32le").transpose(2, 0, 1)[[2, 1, 0]], -1)
        return (255 * np.clip(linear, 0, 1) ** (1 / _GAMMA)).astype(np.uint8)
    bgr: U8 = frame.to_ndarray(format="bgr24")
    return bgr


def _decoded(content: bytes, path: Path, options: dict[str, str]) -> Any:  # noqa: ANN401
    av = load_av()
    if path.suffix.lower() == _TARGA:
        decoder = av.CodecContext.create("targa", "r")
        decoder.options = options
        return next(iter(decoder.decode(av.Packet(content))), None)
    with _opened(content, path) as container:
        stream = container.streams.video[0]
        stream.codec_context.options = options
        return next(container.decode(stream), None)


def _exr_options(content: bytes, path: Path) -> dict[str, str]:
    """What FFmpeg's decoder needs to know. Raises ClipError for a file that was cut off: the lines
    that it lacks would be black."""
    try:
        if not _is_whole(content):
            raise _undecodable(path)
    except (struct.error, ValueError, IndexError) as error:
        raise _undecodable(path) from error
    layer = _LAYER.search(content[:_HEAD_BYTES])
    named = {"layer": layer[1].decode("ascii")} if layer else {}
    return {"apply_trc": "iec61966_2_1", **named}


def _is_whole(content: bytes) -> bool:
    """Whether every block of lines that an OpenEXR file lists lies within it."""
    if struct.unpack_from("<I", content, 4)[0] & _SEVERAL_PARTS:
        return True  # each has a table of its own
    at = 8
    while content[at]:
        at = content.index(b"\0", content.index(b"\0", at) + 1) + 1
        (size,) = struct.unpack_from("<I", content, at)
        at += 4 + size
    at += 1
    # The blocks begin where their table ends.
    (first,) = struct.unpack_from("<Q", content, at)
    offsets = np.frombuffer(content[at:first], "<u8")
    if not len(offsets) or offsets.max() + 8 > len(content):
        return False
    (size,) = struct.unpack_from("<I", content, int(offsets.max()) + 4)
    return int(offsets.max()) + 8 + size <= len(content)


def _opened(content: bytes, path: Path) -> Any:  # noqa: ANN401 - av's types come with it
    av, kind = load_av(), path.suffix.lower()
    try:
        container = av.open(io.BytesIO(content), format=_DEMUXERS[kind])
    except (av.error.FFmpegError, ValueError) as error:
        raise _undecodable(path) from error
    if not container.streams.video:
        raise _undecodable(path)
    return container


def _undecodable(path: Path) -> ClipError:
    return ClipError(f"The photo {path} can't be decoded; it may be damaged or of another kind.")
