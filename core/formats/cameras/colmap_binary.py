"""COLMAP's binary models, ``cameras.bin`` and ``images.bin``: what it writes unless told otherwise.

Little endian, as src/colmap/scene/reconstruction_io.cc writes them.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO, Final

from ...data.reading import Damaged, open_regular
from .colmap import LONGEST_NAME, MODELS, Image, Lens, checked

_CAMERA: Final = struct.Struct("<IiQQ")
_IMAGE: Final = struct.Struct("<I7dI")
_COUNT: Final = struct.Struct("<Q")
_POINT_BYTES: Final = 24  # x, y and the number of its point in space
_MOST: Final = 1_000_000
"""Images or cameras, bounds work on damaged files."""
_BY_NUMBER: Final = {
    **dict(enumerate(("SIMPLE_PINHOLE", "PINHOLE", "SIMPLE_RADIAL", "RADIAL", "OPENCV"))),
    5: "OPENCV_FISHEYE",
    6: "FULL_OPENCV",
}


def binary_model(folder: Path) -> tuple[list[Image], dict[str, Lens]]:
    """The pictures and lenses of the model in a folder. Raises Damaged and OSError."""
    with open_regular(folder / "cameras.bin") as stream:
        lenses = dict(_lens(stream) for _ in range(_count(stream)))
    with open_regular(folder / "images.bin") as stream:
        return [_image(stream) for _ in range(_count(stream))], lenses


def _count(stream: BinaryIO) -> int:
    (count,) = _COUNT.unpack(_read(stream, _COUNT.size))
    if count > _MOST:
        raise Damaged(f"it tells of {count} entries")
    return int(count)


def _lens(stream: BinaryIO) -> tuple[str, Lens]:
    number, model, width, height = _CAMERA.unpack(_read(stream, _CAMERA.size))
    kind = _BY_NUMBER.get(model)
    if kind is None:
        raise Damaged(f"it has a camera of the model {model}, not one of {', '.join(MODELS)}")
    many = len(MODELS[kind])
    values = struct.unpack(f"<{many}d", _read(stream, 8 * many))
    size_px = checked(float(width)), checked(float(height))
    return str(number), Lens(kind, size_px, tuple(checked(one) for one in values))


def _image(stream: BinaryIO) -> Image:
    _, *pose, lens = _IMAGE.unpack(_read(stream, _IMAGE.size))
    name = bytearray()
    while (letter := _read(stream, 1)) != b"\0":
        name += letter
        if len(name) > LONGEST_NAME:
            raise Damaged("it has a name that never ends")
    (points,) = _COUNT.unpack(_read(stream, _COUNT.size))
    here, end = stream.tell(), os.fstat(stream.fileno()).st_size
    if points * _POINT_BYTES > end - here:
        raise Damaged("it is cut off")
    stream.seek(here + points * _POINT_BYTES)
    return Image(name.decode("utf-8"), str(lens), tuple(pose))


def _read(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise Damaged("it is cut off")
    return data
