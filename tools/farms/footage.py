"""Footage made for batches: short clips, clips broken in different ways, and a long one."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import U8
from ...media.clips import open_clip
from ...media.opencv import load_cv2
from ...media.writing.writers import open_writer

ROOT: Final = Path(__file__).parents[2]
_SOURCES: Final = ("walk.mp4", "park.mp4")
_FRAMES: Final = 10  # of a short clip
_LONGER_PX: Final = 480
_FPS: Final = 30.0


def short_clip(path: Path, number: int) -> None:
    """A clip of a few frames, another one for every ``number``."""
    source = ROOT / "examples" / _SOURCES[number % len(_SOURCES)]
    _write(path, _pictures(source, number // len(_SOURCES), _FRAMES))


def long_clip(path: Path, minutes: float) -> None:
    """One that runs to and fro, so that nothing jumps in it."""
    pictures = _pictures(ROOT / "examples" / _SOURCES[0], 0, 10_000)
    to_and_fro = pictures + pictures[-2:0:-1]
    count = round(minutes * 60 * _FPS)
    _write(path, [to_and_fro[k % len(to_and_fro)] for k in range(count)])


def _pictures(source: Path, first: int, count: int) -> list[U8]:
    cv2 = load_cv2()
    clip = open_clip(source)
    width, height = clip.info.size_px
    scale = min(_LONGER_PX / max(width, height), 1.0)
    size = round(width * scale / 2) * 2, round(height * scale / 2) * 2
    first %= max(clip.info.frame_count - count, 1)
    out: list[U8] = []
    for k, frame in enumerate(clip.frames()):
        if k >= first + count:
            break
        if k >= first:
            out.append(np.asarray(cv2.resize(frame.bgr, size, interpolation=cv2.INTER_AREA)))
    return out


def _write(path: Path, pictures: list[U8]) -> None:
    height, width = pictures[0].shape[:2]
    with open_writer(path, _FPS, (width, height)) as writer:
        for picture in pictures:
            writer.write(picture)


def _nobody(path: Path) -> None:
    _write(path, [np.full((180, 320, 3), 90 + k % 3, np.uint8) for k in range(_FRAMES)])


def _cut(path: Path) -> None:
    short_clip(path, 0)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])


def _blanked(path: Path) -> None:
    """All pictures overwritten, the container as it was."""
    short_clip(path, 0)
    data = path.read_bytes()
    at = data.find(b"mdat") + 4
    size = int.from_bytes(data[at - 8 : at - 4], "big") - 8
    path.write_bytes(data[:at] + bytes(size) + data[at + size :])


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.mp4", "no video")


BREAKS: Final[dict[str, Callable[[Path], object]]] = {
    "text": lambda path: path.write_text("This is no video.\n"),
    "empty": lambda path: path.write_bytes(b""),
    "cut": _cut,
    "noise": lambda path: path.write_bytes(random.Random(1).randbytes(50_000)),
    "page": lambda path: path.write_text("<!doctype html><title>404 Not Found</title>\n"),
    "zip": _zip,
    "zeros": lambda path: path.write_bytes(bytes(100_000)),
    "head": lambda path: path.write_bytes((ROOT / "examples" / _SOURCES[0]).read_bytes()[:32]),
    "nobody": _nobody,
    "blanked": _blanked,
}
"""How a clip is broken, by name, and what makes one."""
