"""Photos, and numbered pictures that make a clip.

Files are read as bytes and decoded from memory, as OpenCV's own file access fails on non-ASCII
paths on Windows. EXIF orientation is applied; 16-bit, grey and transparent ones become 8-bit BGR.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import U8
from ...core.data.errors import ClipError
from ...core.data.types import ClipInfo, Frame
from ..opencv import load_cv2
from .prefetch import read_ahead
from .ranges import FrameRange

PICTURE_SUFFIXES: Final = frozenset(
    (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".avif", ".jp2", ".ppm", ".pgm")
)
_SIGNATURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"II*\x00", b"MM\x00*")
_PLACEHOLDER: Final = re.compile(r"#+|%0?(\d*)d")
_STILL_FPS: Final = 24.0


def is_picture(path: Path, head: bytes) -> bool:
    """Whether the file, of which ``head`` are the first bytes, is to be read as a photo."""
    return path.suffix.lower() in PICTURE_SUFFIXES or head.startswith(_SIGNATURES)


def is_pattern(path: Path) -> bool:
    """Whether the name stands for numbered pictures: ``shot_####.png`` or ``shot_%04d.png``."""
    return _PLACEHOLDER.search(path.name) is not None


def read_picture(path: Path) -> U8:
    """Decode a picture to (h, w, 3) BGR, upright. Raises ClipError with one sentence."""
    cv2 = load_cv2()
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise ClipError(f"Can't read {path}: {error.strerror or error}.") from error
    if not len(data):
        raise ClipError(f"{path} is empty.")
    try:
        bgr = cv2.imdecode(data, cv2.IMREAD_COLOR)
    except cv2.error:
        bgr = None
    if bgr is None:
        raise ClipError(f"The photo {path} can't be decoded; it may be damaged or of another kind.")
    return bgr


class Photo:
    """A ``FrameSource`` of one still picture at time 0."""

    def __init__(self, path: Path, wanted: FrameRange) -> None:
        wanted.check_within(1, path)
        self._path = path
        height, width = read_picture(path).shape[:2]
        self._info = ClipInfo(str(path), (width, height), _STILL_FPS, 1, is_still=True)

    @property
    def info(self) -> ClipInfo:
        """Facts known before reading."""
        return self._info

    @property
    def warnings(self) -> tuple[str, ...]:
        """Always empty: a photo is read or it isn't."""
        return ()

    def frames(self) -> Iterator[Frame]:
        """The one frame."""
        yield Frame(index=0, time_s=0.0, bgr=read_picture(self._path))


@dataclass(frozen=True, slots=True)
class _Numbered:
    index: int
    path: Path


class PictureSequence:
    """A ``FrameSource`` over the pictures of a folder, or over those whose name fits a pattern.

    A folder's pictures are counted in natural order. A pattern's keep the place their number gives
    them, from the lowest on, so that a missing picture leaves a gap in time.
    """

    def __init__(self, path: Path, wanted: FrameRange, fps: float) -> None:
        if not 0 < fps <= 1000:
            raise ClipError(f"The frame rate is {fps:g}; it must lie between 0 and 1000.")
        numbered = _of_pattern(path) if is_pattern(path) else _of_folder(path)
        total = numbered[-1].index + 1
        wanted.check_within(total, path)
        self._pictures = [n for n in numbered if wanted.wants(n.index)]
        if not self._pictures:
            raise ClipError(f"No picture of {path} lies in the chosen range.")
        self._warnings = wanted.warnings_for(total)
        if missing := wanted.count_of(total) - len(self._pictures):
            self._warnings.append(f"{_count(missing)} missing from the sequence.")
        height, width = read_picture(self._pictures[0].path).shape[:2]
        self._info = ClipInfo(
            str(path), (width, height), fps, len(self._pictures), wanted.first, wanted.step
        )

    @property
    def info(self) -> ClipInfo:
        """Facts known before reading."""
        return self._info

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about missing, damaged and odd pictures; the latter once they were read."""
        return tuple(self._warnings)

    def frames(self) -> Iterator[Frame]:
        """The pictures in order; damaged ones and those of another size are left out."""
        return read_ahead(self._decode)

    def _decode(self) -> Generator[Frame, None, None]:
        damaged = odd_sizes = 0
        first = self._pictures[0].index
        for numbered in self._pictures:
            try:
                bgr = read_picture(numbered.path)
            except ClipError:
                damaged += 1
                continue
            if bgr.shape[1::-1] != self._info.size_px:
                odd_sizes += 1
                continue
            yield Frame(numbered.index, (numbered.index - first) / self._info.fps, bgr)
        found = []
        if damaged:
            found.append(f"{_count(damaged)} damaged and left out.")
        if odd_sizes:
            found.append(f"{_count(odd_sizes)} of another size than the first and left out.")
        self._warnings += [sentence for sentence in found if sentence not in self._warnings]


def _of_folder(folder: Path) -> list[_Numbered]:
    files = [f for f in _listed(folder) if f.suffix.lower() in PICTURE_SUFFIXES]
    if not files:
        raise ClipError(
            f"The folder {folder} holds no pictures; choose a video, a photo or a folder of them."
        )
    return [_Numbered(i, f) for i, f in enumerate(sorted(files, key=_natural_key))]


def _of_pattern(pattern: Path) -> list[_Numbered]:
    place = next(_PLACEHOLDER.finditer(pattern.name))
    # Longer numbers than the pattern's are kept: frame 10000 follows 9999.
    width = len(place[0]) if place[0].startswith("#") else int(place[1] or 1)
    name = re.compile(
        re.escape(pattern.name[: place.start()])
        + rf"(\d{{{width},}})"
        + re.escape(pattern.name[place.end() :])
    )
    found = ((name.fullmatch(f.name), f) for f in _listed(pattern.parent))
    numbers = sorted((int(match[1]), f) for match, f in found if match)
    if not numbers:
        raise ClipError(f"No picture fits the pattern {pattern}.")
    return [_Numbered(number - numbers[0][0], f) for number, f in numbers]


def _listed(folder: Path) -> list[Path]:
    try:
        return [f for f in folder.iterdir() if f.is_file() and not f.name.startswith(".")]
    except FileNotFoundError as error:
        raise ClipError(f"The folder {folder} does not exist.") from error
    except OSError as error:
        raise ClipError(f"Can't read the folder {folder}: {error.strerror or error}.") from error


def _natural_key(path: Path) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", path.name.lower())
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _count(pictures: int) -> str:
    return "1 picture is" if pictures == 1 else f"{pictures} pictures are"
