"""Writing videos and pictures: an earlier file stays until the new one is whole.

``.mp4`` is H.264 where there is an ``ffmpeg`` program with libx264 or a system encoder that OpenCV
reaches, else MPEG-4 part 2 (OpenCV's own wheel has no H.264 encoder on Linux): Blender, VLC and
QuickTime play both, browsers only the first.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, Protocol

from ...core.data.arrays import U8
from ...core.data.errors import OutputError
from ...core.data.writing import replacing
from ..opencv import load_cv2
from .encoders import has_pictures, open_video
from .gif import gif_frame, gif_header, gif_trailer

SUFFIXES: Final = (".mp4", ".gif", ".png")


class PictureWriter(Protocol):
    """What ``open_writer`` gives: takes one picture after the other."""

    def write(self, bgr: U8) -> None:
        """Append a picture (h, w, 3) of the size the writer was opened with."""
        ...


@contextmanager
def open_writer(
    path: str | Path, fps: float, size_px: tuple[int, int]
) -> Generator[PictureWriter, None, None]:
    """Open ``path`` for pictures of ``size_px`` (width, height) shown at ``fps``.

    The suffix picks the format: .mp4, .gif (repeats for ever) or .png (one picture). The file
    appears when the block ends; when it raises, an earlier file of that name stays as it was.

    Raises OutputError when the suffix is unknown, the folder is missing, read-only or full.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise OutputError(f"Can't write {path}: the name must end in {', '.join(SUFFIXES)}.")
    counted = _Counted(size_px)
    is_video = path.suffix.lower() == ".mp4"
    with replacing(path, counted.arrived if is_video else None) as temporary:
        counted.sink = _open_sink(path, temporary, fps, size_px)
        try:
            yield counted
        except BaseException:
            counted.sink.abort()
            raise
        counted.sink.finish()


class _Sink(Protocol):
    def write(self, bgr: U8) -> None: ...
    def finish(self) -> None: ...
    def abort(self) -> None: ...


def _open_sink(path: Path, temporary: Path, fps: float, size_px: tuple[int, int]) -> _Sink:
    suffix = path.suffix.lower()
    if suffix == ".mp4":
        return open_video(path, temporary, fps, size_px)
    return _Gif(temporary, fps, size_px) if suffix == ".gif" else _Picture(path, temporary)


class _Counted:
    """Refuses pictures of another size, which encoders drop without a word, and counts the rest."""

    sink: _Sink

    def __init__(self, size_px: tuple[int, int]) -> None:
        self._shape = (size_px[1], size_px[0], 3)
        self._count = 0

    def write(self, bgr: U8) -> None:
        if bgr.shape != self._shape:
            raise ValueError(f"The picture has shape {bgr.shape}, expected {self._shape}")
        self.sink.write(bgr)
        self._count += 1

    def arrived(self, path: Path) -> bool:
        """Whether all pictures are in the video at ``path``."""
        return has_pictures(path, self._count)


class _Gif:
    """Each frame is encoded with its own palette and appended: nothing is kept in memory."""

    def __init__(self, temporary: Path, fps: float, size_px: tuple[int, int]) -> None:
        self._stream: IO[bytes] = temporary.open("wb")
        self._stream.write(gif_header(size_px))
        self._fps = fps
        self._count = 0

    def write(self, bgr: U8) -> None:
        # Delays are whole hundredths of a second; their rounding must not add up.
        start, end = (round(n * 100 / self._fps) for n in (self._count, self._count + 1))
        self._stream.write(gif_frame(bgr, max(end - start, 2)))
        self._count += 1

    def finish(self) -> None:
        self._stream.write(gif_trailer())
        self._stream.close()

    def abort(self) -> None:
        self._stream.close()


class _Picture:
    def __init__(self, path: Path, temporary: Path) -> None:
        self._path, self._temporary = path, temporary
        self._written = False

    def write(self, bgr: U8) -> None:
        if self._written:
            raise ValueError(f"{self._path} holds one picture only")
        cv2: Any = load_cv2()
        _, data = cv2.imencode(self._path.suffix.lower(), bgr)
        self._temporary.write_bytes(data.tobytes())
        self._written = True

    def finish(self) -> None:
        if not self._written:
            raise OutputError(f"There is no picture to write to {self._path}.")

    def abort(self) -> None:
        pass
