"""Animated WebP files, which FFmpeg can't decode; animated PNG and GIF are ``videos``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import F64, U8
from ...core.data.errors import ClipError
from ...core.data.types import ClipInfo, Frame
from ..opencv import load_cv2
from .picture_headers import size_of, webp_frames
from .pictures import check_size
from .ranges import FrameRange

_MOST_BYTES: Final = 500_000_000
"""OpenCV decodes an animation whole; a longer one is better a video."""
_NO_DURATION_MS: Final = 100.0
"""What browsers show a picture for whose file says 0."""


class Animation:
    """A ``FrameSource`` over an animated WebP file. Raises ClipError for one it can't read."""

    def __init__(self, path: Path, wanted: FrameRange) -> None:
        self._path, self._wanted = path, wanted
        try:
            self._content = path.read_bytes()
        except OSError as error:
            raise ClipError(f"Can't read {path}: {error.strerror or error}.") from error
        width, height = size_of(self._content) or (0, 0)
        count = webp_frames(self._content)
        if not width * height * count:
            raise _damaged(path)
        check_size((width, height), path)
        if 4 * width * height * count > _MOST_BYTES:
            raise ClipError(f"The animation {path} is too long to hold; convert it to a video.")
        wanted.check_within(count, path)
        self._warnings = wanted.warnings_for(count)
        _, durations_ms = self._pictures()
        self._info = ClipInfo(
            str(path),
            (width, height),
            float(1000 / np.median(durations_ms)),
            wanted.count_of(count),
            wanted.first,
            wanted.step,
        )

    @property
    def info(self) -> ClipInfo:
        """Facts known before reading."""
        return self._info

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence about a range that is longer than the animation."""
        return tuple(self._warnings)

    @property
    def damaged_share(self) -> float:
        """Always 0: an animation is read whole or not at all."""
        return 0.0

    def frames(self) -> Iterator[Frame]:
        """The pictures of the range, each at its own time, counted from the first one's."""
        pictures, durations_ms = self._pictures()
        time_s = np.append(0.0, np.cumsum(durations_ms)) / 1000
        for index, picture in enumerate(pictures):
            if self._wanted.wants(index):
                bgr = np.ascontiguousarray(picture[..., :3])
                yield Frame(index, float(time_s[index] - time_s[self._wanted.first]), bgr)

    def _pictures(self) -> tuple[list[U8], F64]:
        cv2 = load_cv2()
        try:
            is_read, animation = cv2.imdecodeanimation(np.frombuffer(self._content, np.uint8))
        except cv2.error as error:
            raise _damaged(self._path) from error
        if not is_read or not len(animation.frames):
            raise _damaged(self._path)
        durations_ms = np.asarray(animation.durations, np.float64)
        return list(animation.frames), np.where(durations_ms > 0, durations_ms, _NO_DURATION_MS)


def _damaged(path: Path) -> ClipError:
    return ClipError(f"The animation {path} can't be decoded; it may be damaged.")
