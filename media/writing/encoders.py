"""The ways to an ``.mp4``, best first; see ``writers`` for what plays where."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np

from ...core.data.arrays import U8
from ...core.data.errors import OutputError
from ..opencv import load_cv2

_CODECS: Final = ("avc1", "mp4v")
_QUALITY: Final = "20"
_STOP_S: Final = 10.0


def open_video(
    path: Path, temporary: Path, fps: float, size_px: tuple[int, int]
) -> FfmpegVideo | OpenCVVideo:
    """Open ``temporary`` for writing a video that will be called ``path``.

    Raises OutputError when no encoder takes it.
    """
    program = _ffmpeg_with_h264()
    if program is not None:
        return FfmpegVideo(program, path, temporary, fps, size_px)
    return OpenCVVideo(path, temporary, fps, size_px)


class FfmpegVideo:
    """H.264 by an ``ffmpeg`` program that the system has, fed through a pipe."""

    def __init__(
        self, program: str, path: Path, temporary: Path, fps: float, size_px: tuple[int, int]
    ) -> None:
        self._path = path
        width, height = (side + side % 2 for side in size_px)
        rate = Fraction(fps).limit_denominator(1001)
        source = f"-f rawvideo -pix_fmt bgr24 -s {width}x{height} -r {rate} -i -"
        colour = "-color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv"
        codec = f"-c:v libx264 -preset veryfast -crf {_QUALITY} -pix_fmt yuv420p {colour}"
        matrix = "-vf scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd"
        self._process = subprocess.Popen(
            [
                *(program, "-hide_banner", "-v", "error", "-y"),
                *source.split(),
                *matrix.split(),
                *codec.split(),
                *("-movflags", "+faststart", str(temporary.absolute())),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def write(self, bgr: U8) -> None:
        """Append a picture."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(_even(bgr).tobytes())
        except OSError as error:
            raise self._stopped() from error

    def finish(self) -> None:
        """End the file. Raises OutputError when the program could not write all of it."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
        except OSError as error:
            raise self._stopped() from error
        if self._process.wait() != 0:
            raise self._stopped()

    def abort(self) -> None:
        """Stop at once."""
        self._process.kill()
        self._process.communicate()

    def _stopped(self) -> OutputError:
        return OutputError(f"Can't write {self._path}: ffmpeg stopped; the disk may be full.")


class OpenCVVideo:
    """A video through OpenCV: a system's H.264 encoder, or MPEG-4 part 2."""

    def __init__(self, path: Path, temporary: Path, fps: float, size_px: tuple[int, int]) -> None:
        self._cv2: Any = load_cv2()
        even = tuple(side + side % 2 for side in size_px)
        # MPEG-4 part 2 can't count time in finer steps than 1/65535 s.
        rate = float(Fraction(fps).limit_denominator(1001))
        for codec in _CODECS:
            fourcc = self._cv2.VideoWriter_fourcc(*codec)
            self._writer = self._cv2.VideoWriter(str(temporary.absolute()), fourcc, rate, even)
            if self._writer.isOpened():
                return
        raise OutputError(
            f"Can't write {path}: no video encoder takes {even[0]} x {even[1]} pixels."
        )

    def write(self, bgr: U8) -> None:
        """Append a picture."""
        self._writer.write(_even(bgr))

    def finish(self) -> None:
        """End the file. OpenCV reports no error while writing; see ``has_pictures``."""
        self._writer.release()

    def abort(self) -> None:
        """Stop at once."""
        self._writer.release()


def has_pictures(path: Path, count: int) -> bool:
    """Whether the video at ``path`` has an index of ``count`` pictures and its last one is there.

    Encoders on a full disk have ended without an error, and without an index.
    """
    cv2: Any = load_cv2()
    video = cv2.VideoCapture(str(path.absolute()), cv2.CAP_FFMPEG)
    try:
        if not video.isOpened() or video.get(cv2.CAP_PROP_FRAME_COUNT) < count:
            return False
        video.set(cv2.CAP_PROP_POS_FRAMES, count - 1)
        return bool(video.grab())
    finally:
        video.release()


def _even(bgr: U8) -> U8:
    """Repeat the last row and column where a side is odd: 4:2:0 video has none."""
    height, width = bgr.shape[:2]
    if height % 2 or width % 2:
        return np.pad(bgr, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return np.ascontiguousarray(bgr)


def _ffmpeg_with_h264() -> str | None:
    program = shutil.which("ffmpeg")
    if program is None:
        return None
    try:
        answer = subprocess.run(
            [program, "-hide_banner", "-h", "encoder=libx264"],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_STOP_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None  # one that doesn't start or answer would not encode either
    return program if b"Encoder libx264" in answer.stdout else None
