"""Opening a clip: a video, a photo, a folder of pictures or a numbered sequence."""

from __future__ import annotations

import errno
import re
from pathlib import Path
from typing import Final

from ..core.data.errors import ClipError
from ..core.data.footage.numbered import is_pattern
from ..core.data.safe_text import check_text
from ..core.data.types import FrameSource
from .reading.animations import Animation
from .reading.picture_headers import moves
from .reading.pictures import Photo, PictureSequence, is_picture
from .reading.ranges import FrameRange
from .reading.videos import VideoClip

DEFAULT_SEQUENCE_FPS: Final = 24.0
_MOST_FPS: Final = 1000.0
_HEAD_BYTES: Final = 1 << 20
_STREAMS_OF_JPEGS: Final = (".mjpg", ".mjpeg")
"""What network cameras record: one JPEG after the other, which begins as a photo does."""
_ADDRESS: Final = re.compile(r"(?:^|[\\/])(?:https?|ftps?|rtsp|rtmp|smb|file):[\\/]")
"""In a path that was made of one."""
_UNREADABLE_PHOTOS: Final = (".heic", ".heif")


def open_clip(
    path: str | Path,
    first_frame: int | None = None,
    last_frame: int | None = None,
    step: int = 1,
    *,
    sequence_fps: float | None = None,
) -> FrameSource:
    """Open ``path`` for reading and decode its first picture as a check.

    ``first_frame`` and ``last_frame`` (inclusive) count the source's frames from 0; every
    ``step``-th is read. ``path`` may be a folder of pictures or a pattern such as
    ``shot_####.png``; these, and bare streams such as .h264, hold no times and play at
    ``sequence_fps`` (None: 24, of a bare stream what it says). Nothing is written, run or fetched.

    Raises ClipError, one sentence, for anything that isn't a readable clip or a range outside it.
    """
    check_text(Path(path).absolute(), "the clip", ClipError)
    try:
        return _opened(Path(path), first_frame, last_frame, step, sequence_fps)
    except OSError as error:
        # Behind a locked folder, through a file, longer than the system takes.
        raise ClipError(f"Can't read the clip {path}: {error.strerror or error}.") from error


def _opened(
    path: Path,
    first_frame: int | None,
    last_frame: int | None,
    step: int,
    sequence_fps: float | None,
) -> FrameSource:
    wanted = FrameRange(first_frame or 0, last_frame, step)
    if sequence_fps is not None and not 0 < sequence_fps <= _MOST_FPS:
        raise ClipError(
            f"The frame rate is {sequence_fps:g}; it must lie between 0 and {_MOST_FPS:g}."
        )
    if path.is_dir() or (is_pattern(path) and not path.exists()):
        return PictureSequence(path, wanted, sequence_fps or DEFAULT_SEQUENCE_FPS)
    head = _first_bytes(path)
    if path.suffix.lower() in _UNREADABLE_PHOTOS:
        raise ClipError(f"{path} is a HEIC photo, which can't be read; export it as JPEG or PNG.")
    if moves(head):
        # OpenCV knows animated WebP, FFmpeg every other one.
        return Animation(path, wanted) if head.startswith(b"RIFF") else VideoClip(path, wanted)
    if is_picture(path, head) and path.suffix.lower() not in _STREAMS_OF_JPEGS:
        return Photo(path, wanted)
    return VideoClip(path, wanted, sequence_fps)


def takes_a_rate(source: FrameSource) -> bool:
    """Whether the clip holds no times of its own, so that somebody may tell its frame rate."""
    return isinstance(source, PictureSequence) or (
        isinstance(source, VideoClip) and source.holds_no_times
    )


def _first_bytes(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise ClipError(f"{path} is neither a file nor a folder.")
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except OSError as error:
        # Windows finds that an address can't be a file's name, others that there is no such file.
        is_absent = isinstance(error, FileNotFoundError)
        if _ADDRESS.search(str(path)) and (is_absent or error.errno == errno.EINVAL):
            raise ClipError(
                f"The clip {path} is an address; Limn opens files alone, so save it as one first."
            ) from error
        if is_absent:
            raise ClipError(f"The clip {path} does not exist.") from error
        raise ClipError(f"Can't read the clip {path}: {error.strerror or error}.") from error
    if not head:
        raise ClipError(f"The clip {path} is empty.")
    return head
