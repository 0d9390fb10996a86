"""Photos, and numbered pictures that make a clip.

Files are read as bytes and decoded from memory, as OpenCV's own file access fails on non-ASCII
paths on Windows. EXIF orientation is applied; 16-bit, grey and transparent ones become 8-bit BGR.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import U8
from ...core.data.errors import ClipError
from ...core.data.footage.numbered import (
    PICTURE_SUFFIXES,
    NumberedPicture,
    is_pattern,
    of_folder,
    of_pattern,
    patterns_beside,
)
from ...core.data.types import ClipInfo, Frame
from ..opencv import load_cv2
from .film_pictures import FILM_SUFFIXES, decode_film, film_size
from .picture_headers import JPEG, PNG, size_of, tiff_pages
from .prefetch import depth_for, read_ahead
from .ranges import FrameRange

_UNREADABLE: Final = frozenset(("HEIC", "HEIF", "JXL", "PSD", "CR2", "NEF", "ARW", "DNG"))
_SIGNATURES: Final = (JPEG, PNG, b"II*\x00", b"MM\x00*")
_STILL_FPS: Final = 24.0
MOST_PIXELS: Final = 64_000_000
"""Larger pictures take more than 200 MB, and seconds during which nobody can cancel."""
_MOST_DRAWN_OUT: Final = 50
"""Times as long as wide: no person can be seen in a longer strip."""


def is_picture(path: Path, head: bytes) -> bool:
    """Whether the file, of which ``head`` are the first bytes, is to be read as a photo."""
    return path.suffix.lower() in PICTURE_SUFFIXES or head.startswith(_SIGNATURES)


def check_size(size_px: tuple[int, int], path: Path) -> None:
    """Raise ClipError for a picture (width, height) too large to hold, or too thin to show one."""
    width, height = size_px
    if width * height > MOST_PIXELS:
        raise ClipError(
            f"{path} is {width} x {height} pixels large; at most {MOST_PIXELS // 10**6} million "
            "can be read, so make it smaller first."
        )
    if max(width, height) > _MOST_DRAWN_OUT * min(width, height):
        raise ClipError(
            f"{path} is {width} x {height} pixels large, too thin a strip to show a person."
        )


def read_picture(path: Path) -> U8:
    """Decode a picture to (h, w, 3) BGR, upright. Raises ClipError with one sentence.

    A JPEG of more than ``MOST_PIXELS`` is read at half its size, or less, which costs no more than
    that; others are refused.
    """
    cv2 = load_cv2()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ClipError(f"Can't read {path}: {error.strerror or error}.") from error
    if not len(content):
        raise ClipError(f"{path} is empty.")
    if path.suffix.lower() in FILM_SUFFIXES:
        check_size(film_size(content, path), path)
        return decode_film(content, path)
    how = cv2.IMREAD_COLOR
    if (size := size_of(content)) is not None:
        shrunk = 1
        while content.startswith(JPEG) and size[0] * size[1] > MOST_PIXELS * shrunk**2:
            shrunk *= 2
        check_size((max(size[0] // shrunk, 1), max(size[1] // shrunk, 1)), path)
        how = {1: how, 2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4}.get(
            shrunk, cv2.IMREAD_REDUCED_COLOR_8
        )
    try:
        bgr = cv2.imdecode(np.frombuffer(content, np.uint8), how)
    except cv2.error:
        bgr = None
    if bgr is None:
        raise ClipError(f"The photo {path} can't be decoded; it may be damaged or of another kind.")
    check_size((bgr.shape[1], bgr.shape[0]), path)
    return bgr


class Photo:
    """A ``FrameSource`` of one still picture at time 0."""

    def __init__(self, path: Path, wanted: FrameRange) -> None:
        wanted.check_within(1, path)
        self._path = path
        height, width = read_picture(path).shape[:2]
        self._info = ClipInfo(str(path), (width, height), _STILL_FPS, 1, is_still=True)
        self._pages = tiff_pages(path.read_bytes())

    @property
    def info(self) -> ClipInfo:
        """Facts known before reading."""
        return self._info

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence where the file holds more pictures."""
        if self._pages == 1:
            return ()
        return (
            f"The file holds {self._pages} pictures, of which the first is read; save them as "
            "numbered pictures for a clip of them.",
        )

    @property
    def damaged_share(self) -> float:
        """Always 0: a photo is read or it isn't."""
        return 0.0

    def frames(self) -> Iterator[Frame]:
        """The one frame."""
        yield Frame(index=0, time_s=0.0, bgr=read_picture(self._path))


class PictureSequence:
    """A ``FrameSource`` over the pictures of a folder, or over those whose name fits a pattern.

    Pictures keep the place their number gives them, from the lowest on, so that a missing one
    leaves a gap in time; those of a folder whose names are no such sequence are counted one by one.
    """

    def __init__(self, path: Path, wanted: FrameRange, fps: float) -> None:
        numbered = _numbered(path)
        total = numbered[-1].place + 1
        wanted.check_within(total, path)
        self._pictures = [n for n in numbered if wanted.wants(n.place)]
        if not self._pictures:
            raise ClipError(f"No picture of {path} lies in the chosen range.")
        self._damaged = 0
        self._warnings = [*_beside(path), *wanted.warnings_for(total)]
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

    @property
    def damaged_share(self) -> float:
        """Share of the pictures in [0, 1] that could not be read, known once the others were."""
        return self._damaged / len(self._pictures)

    def frames(self) -> Iterator[Frame]:
        """The pictures in order; damaged ones and those of another size are left out."""
        return read_ahead(self._decode, depth_for(self._info.size_px))

    def _decode(self) -> Generator[Frame, None, None]:
        damaged = odd_sizes = 0
        first = self._pictures[0].place
        for numbered in self._pictures:
            try:
                bgr = read_picture(numbered.path)
            except ClipError:
                damaged += 1
                continue
            if bgr.shape[1::-1] != self._info.size_px:
                odd_sizes += 1
                continue
            yield Frame(numbered.place, (numbered.place - first) / self._info.fps, bgr)
        found = []
        self._damaged = damaged
        if damaged:
            found.append(f"{_count(damaged)} damaged and left out.")
        if odd_sizes:
            found.append(f"{_count(odd_sizes)} of another size than the first and left out.")
        self._warnings += [sentence for sentence in found if sentence not in self._warnings]


def pictures_of(path: Path) -> list[Path]:
    """The files of a folder of pictures or of a pattern; none where there aren't any."""
    try:
        numbered = _numbered(path)
    except ClipError:
        return []
    return [one.path for one in numbered]


def _numbered(path: Path) -> list[NumberedPicture]:
    # A folder's own name may hold a "#".
    if is_pattern(path) and not path.is_dir():
        return _of_pattern(path)
    return _of_folder(path)


def _beside(path: Path) -> list[str]:
    """A sentence where a folder holds several sequences side by side."""
    patterns = patterns_beside(_pictures_in(_listed(path))) if path.is_dir() else []
    if not patterns:
        return []
    read, *others = patterns
    return [
        f"The folder holds {len(patterns)} sequences side by side, of which {read} is read; choose "
        f"the pattern {' or '.join(others)} for another."
    ]


def _pictures_in(files: list[Path]) -> list[Path]:
    return [file for file in files if file.suffix.lower() in PICTURE_SUFFIXES]


def _of_folder(folder: Path) -> list[NumberedPicture]:
    listed = _listed(folder)
    files = _pictures_in(listed)
    if not files:
        kinds = sorted({f.suffix.lower()[1:].upper() for f in listed} & _UNREADABLE)
        if kinds:
            raise ClipError(
                f"The pictures of the folder {folder} are {', '.join(kinds)}, which can't be read; "
                "export them as JPEG, PNG or OpenEXR."
            )
        raise ClipError(
            f"The folder {folder} holds no pictures; choose a video, a photo or a folder of them."
        )
    return of_folder(files)


def _of_pattern(pattern: Path) -> list[NumberedPicture]:
    numbered = of_pattern(pattern, _listed(pattern.parent))
    if not numbered:
        raise ClipError(f"No picture fits the pattern {pattern}.")
    return numbered


def _listed(folder: Path) -> list[Path]:
    try:
        return [f for f in folder.iterdir() if f.is_file() and not f.name.startswith(".")]
    except FileNotFoundError as error:
        raise ClipError(f"The folder {folder} does not exist.") from error
    except OSError as error:
        raise ClipError(f"Can't read the folder {folder}: {error.strerror or error}.") from error


def _count(pictures: int) -> str:
    return "1 picture is" if pictures == 1 else f"{pictures} pictures are"
