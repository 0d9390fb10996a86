"""Video files, decoded by the FFmpeg inside OpenCV, one frame after the other.

Frames are always read in order from the start: seeking by number is wrong for variable frame rates.
Timestamps are the container's own (CAP_PROP_POS_MSEC after a grab is the frame's pts minus the
stream's start); rotation metadata is applied by OpenCV (CAP_PROP_ORIENTATION_AUTO).
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from ...core.data.errors import ClipError
from ...core.data.types import ClipInfo, Frame
from ..opencv import load_cv2
from .prefetch import read_ahead
from .ranges import FrameRange, outside

_SANE_FPS: Final = (1.0, 240.0)
"""A container's claim outside this is checked against the timestamps."""

_FALLBACK_FPS: Final = 25.0
_PROBED_FRAMES: Final = 48

_DAMAGED_IN_A_ROW: Final = 400
"""Each failing grab consumes one damaged packet; after so many the clip counts as ended."""

_ROUNDING_S: Final = 0.00051
"""Matroska and others round timestamps to milliseconds; a time this near the grid is on it."""


class VideoClip:
    """A ``FrameSource`` over a video file. Raises ClipError when no frame can be decoded."""

    def __init__(self, path: Path, wanted: FrameRange) -> None:
        self._path = path
        self._wanted = wanted
        probe = _probe(path)
        self._claimed, fps = probe.frame_count, probe.fps
        self._warnings = list(probe.warnings)
        if self._claimed:
            wanted.check_within(self._claimed, path)
            self._warnings += wanted.warnings_for(self._claimed)
        self._info = ClipInfo(
            path=str(path),
            size_px=probe.size_px,
            fps=fps,
            frame_count=wanted.count_of(self._claimed),
            first_frame=wanted.first,
            step=wanted.step,
        )

    @property
    def info(self) -> ClipInfo:
        """Facts known before reading."""
        return self._info

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences known so far; those about damage come once the frames have been read."""
        return tuple(self._warnings)

    def frames(self) -> Iterator[Frame]:
        """Frames of the range in order, their time counted from the first one.

        Raises ClipError when the clip ends before the range begins.
        """
        return read_ahead(self._decode)

    def _decode(self) -> Generator[Frame, None, None]:
        with _Capture(self._path) as capture:
            clock = _Clock(self._info.fps)
            start_s: float | None = None
            odd_sizes = 0
            while not self._wanted.is_past(capture.count) and capture.grab():
                time_s = clock.tick(capture.position_s())
                if not self._wanted.wants(capture.count - 1):
                    continue
                bgr = capture.retrieve()
                if bgr is None or bgr.shape[1::-1] != self._info.size_px:
                    odd_sizes += 1
                    continue
                start_s = time_s if start_s is None else start_s
                yield Frame(index=capture.count - 1, time_s=time_s - start_s, bgr=bgr)
            if start_s is None:
                if capture.count <= self._wanted.first:
                    raise outside(self._wanted.first, capture.count, self._path)
                raise _undecodable(self._path)
            self._warn(capture, clock, odd_sizes)

    def _warn(self, capture: _Capture, clock: _Clock, odd_sizes: int) -> None:
        """Say what was missing; a count that stems from a duration is not held against it."""
        found = []
        read, claimed, fps = capture.count, self._claimed, self._info.fps
        # Matroska's duration, which its count stems from, begins before a stream that starts late.
        missing_s = (claimed - capture.delay_frames) / fps - (clock.time_s + 1 / fps)
        missed = missing_s > max(0.02 * claimed, 2.5) / fps and claimed - read > 0.02 * claimed
        if capture.has_ended and missed:
            found = [f"The clip ends early: {read} of {claimed} frames could be read."]
        elif capture.recovered:
            total = f" of {claimed}" if claimed > read else ""
            found = [f"Damaged frames of the clip were skipped; {read}{total} could be read."]
        if odd_sizes:
            found.append(f"{odd_sizes} frames have another size than the first and were left out.")
        self._warnings += [sentence for sentence in found if sentence not in self._warnings]


class _Capture:
    """cv2.VideoCapture that steps over damaged packets and releases its file on exit."""

    def __init__(self, path: Path) -> None:
        self._cv2: Any = load_cv2()
        # An absolute path can't be mistaken for one of FFmpeg's protocols ("concat:…").
        self._capture = self._cv2.VideoCapture(str(path.absolute()), self._cv2.CAP_FFMPEG)
        self.is_open = bool(self._capture.isOpened())
        self.count = 0
        self.recovered = 0
        self.delay_frames = 0.0
        self.has_ended = False

    def __enter__(self) -> _Capture:
        return self

    def __exit__(self, *_: object) -> None:
        self._capture.release()

    def grab(self) -> bool:
        """Step to the next frame that can be decoded; False at the end."""
        for failures in range(_DAMAGED_IN_A_ROW):
            if self._capture.grab():
                if not self.count:
                    self.delay_frames = max(self.number("PTS"), 0.0)
                self.count += 1
                self.recovered += failures
                return True
        self.has_ended = True
        return False

    def retrieve(self) -> np.ndarray[Any, np.dtype[np.uint8]] | None:
        ok, bgr = self._capture.retrieve()
        return bgr if ok and bgr is not None and bgr.ndim == 3 and bgr.dtype == np.uint8 else None

    def position_s(self) -> float:
        return float(self._capture.get(self._cv2.CAP_PROP_POS_MSEC)) / 1000

    def number(self, name: str) -> float:
        """A CAP_PROP value, 0 when the container does not know it."""
        value = float(self._capture.get(getattr(self._cv2, f"CAP_PROP_{name}")))
        return value if math.isfinite(value) else 0.0


@dataclass(slots=True)
class _Clock:
    """Strictly increasing seconds from timestamps that may be missing, repeated or rounded."""

    fps: float
    time_s: float = field(default=-math.inf)

    def tick(self, position_s: float) -> float:
        on_grid = round(position_s * self.fps) / self.fps if math.isfinite(position_s) else 0.0
        time_s = on_grid if abs(on_grid - position_s) < _ROUNDING_S else position_s
        if not time_s > self.time_s:
            time_s = self.time_s + 1 / self.fps if math.isfinite(self.time_s) else 0.0
        self.time_s = time_s
        return time_s


@dataclass(frozen=True, slots=True)
class _Probe:
    size_px: tuple[int, int]
    fps: float
    frame_count: int
    warnings: tuple[str, ...]


def _probe(path: Path) -> _Probe:
    with _Capture(path) as capture:
        if not capture.is_open or not capture.grab():
            raise _undecodable(path)
        bgr = capture.retrieve()
        if bgr is None:
            raise _undecodable(path)
        fps = capture.number("FPS")
        count = capture.number("FRAME_COUNT")
        aspect = capture.number("SAR_NUM") / (capture.number("SAR_DEN") or 1.0) or 1.0
        if not _SANE_FPS[0] <= fps <= _SANE_FPS[1]:
            fps = _measured_fps(capture) or min(max(fps, 0.0), 1000.0) or _FALLBACK_FPS
    warnings = (
        ()
        if abs(aspect - 1) < 0.01
        else (
            f"The clip's pixels are {aspect:.2f} times as wide as high; convert it to square "
            "pixels or people will come out stretched.",
        )
    )
    height, width = bgr.shape[:2]
    return _Probe((width, height), fps, int(count) if 0 < count < 1e8 else 0, warnings)


def _measured_fps(capture: _Capture) -> float | None:
    """The rate that the first frames' timestamps show, None when they show none."""
    times = [capture.position_s()]
    while len(times) < _PROBED_FRAMES and capture.grab():
        times.append(capture.position_s())
    gaps = np.diff(times)
    gaps = gaps[gaps > 9e-4]
    return float(1 / np.median(gaps)) if len(gaps) else None


def _undecodable(path: Path) -> ClipError:
    return ClipError(
        f"{path} holds no video or photo that can be read; it may be damaged, encrypted or of "
        "another kind."
    )
