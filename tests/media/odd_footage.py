"""Clips of every odd kind, made of one moving picture with PyAV."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

SIZE = (128, 96)
FPS = 25
RATE_HZ = 44100


def picture(moment: float, size_px: tuple[int, int] = SIZE) -> np.ndarray:
    """(h, w, 3) BGR: red on the left, a bright bar that moves right, blue below."""
    width, height = size_px
    bgr = np.full((height, width, 3), 40, np.uint8)
    bgr[:, : width // 4, 2] = 200
    bgr[-height // 4 :, :, 0] = 200
    bar = width // 3 + round(moment * 2)
    bgr[: height // 2, bar : bar + width // 8] = 230
    return bgr


def write(
    path: Path,
    pictures: Sequence[np.ndarray],
    times: Sequence[int] | None = None,
    *,
    codec: str = "libx264",
    rate: int = FPS,
    options: dict[str, str] | None = None,
    aspect: Fraction | None = None,
    mirror: Sequence[int] | None = None,
    container: str | None = None,
) -> Path:
    """Encode pictures; ``times`` are in frames of ``rate``, ``mirror`` a display matrix."""
    with av.open(str(path), "w", format=container) as out:
        stream: Any = out.add_stream(codec, rate=rate)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.options = options or {"crf": "12"}
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if mirror is not None:
            stream.set_display_matrix(mirror)
        for k, bgr in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(bgr, format="bgr24")
            frame.pts = k if times is None else times[k]
            frame.time_base = Fraction(1, rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def add_stream(out: Any, codec: str, rate: int, **settings: object) -> Any:  # noqa: ANN401
    """A stream of the container ``out`` with attributes of its encoder set."""
    stream = out.add_stream(codec, rate=rate)
    for name, value in settings.items():
        setattr(stream, name, value)
    return stream


def sound_of(seconds: int, form: str) -> av.AudioFrame:
    """Silence in stereo."""
    shape = (1, 2 * RATE_HZ * seconds) if form == "s16" else (2, RATE_HZ * seconds)
    quiet: Any = np.zeros(shape, np.int16 if form == "s16" else np.float32)
    frame = av.AudioFrame.from_ndarray(quiet, format=form, layout="stereo")
    frame.sample_rate = RATE_HZ
    return frame


def frame_of(bgr: np.ndarray, number: int, rate: int, form: str = "yuv420p") -> av.VideoFrame:
    """A picture to encode, at ``number / rate`` seconds."""
    frame = av.VideoFrame.from_ndarray(bgr, format="bgr24").reformat(format=form)
    frame.pts, frame.time_base = number, Fraction(1, rate)
    return frame


def woven(count: int) -> list[np.ndarray]:
    """Interlaced pictures: even lines show a moment, odd ones the moment half a frame later."""
    out = []
    for k in range(count):
        bgr = picture(k).copy()
        bgr[1::2] = picture(k + 0.5)[1::2]
        out.append(bgr)
    return out
