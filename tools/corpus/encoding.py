"""Encoding pictures as cameras, programs and people do, through PyAV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.filter import Graph

RATE_HZ = 44_100


@dataclass(frozen=True)
class Style:
    """How a film is encoded; ``ticks`` are the pictures' times in frames of ``rate``."""

    codec: str = "libx264"
    pixels: str = "yuv420p"
    rate: int = 30
    options: dict[str, str] = field(default_factory=lambda: {"crf": "14"})
    container: str | None = None
    container_options: dict[str, str] = field(default_factory=dict)
    ticks: Sequence[int] | None = None
    aspect: Fraction | None = None
    matrix: Sequence[int] | None = None
    first_field: str | None = None
    """"tff" or "bff": frames are flagged as interlaced, which encoders look for."""


def encode(path: Path, films: Sequence[Sequence[np.ndarray]], style: Style) -> Path:
    """Write one video stream for each of ``films``, lists of (h, w, 3) BGR pictures."""
    options = style.container_options
    with av.open(str(path), "w", format=style.container, container_options=options) as out:
        streams = [_stream(out, film, style) for film in films]
        for stream, film in zip(streams, films, strict=True):
            for k, bgr in enumerate(film):
                tick = k if style.ticks is None else style.ticks[k]
                out.mux(stream.encode(_frame(bgr, tick, style)))
            out.mux(stream.encode(None))
    return path


def _stream(out: Any, film: Sequence[np.ndarray], style: Style) -> Any:  # noqa: ANN401
    stream = out.add_stream(style.codec, rate=style.rate)
    stream.height, stream.width = film[0].shape[:2]
    stream.pix_fmt, stream.options = style.pixels, dict(style.options)
    if style.ticks is not None:
        # Times finer than the rate, as phones write them.
        stream.codec_context.time_base = Fraction(1, style.rate)
    if style.aspect is not None:
        stream.codec_context.sample_aspect_ratio = style.aspect
    if style.matrix is not None:
        stream.set_display_matrix(style.matrix)
    return stream


def _frame(bgr: np.ndarray, tick: int, style: Style) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(bgr), format="bgr24")
    frame = frame.reformat(format=style.pixels)
    if style.first_field is not None:
        frame = _flagged(frame, style.first_field)
    frame.pts, frame.time_base = tick, Fraction(1, style.rate)
    return frame


def _flagged(frame: av.VideoFrame, first_field: str) -> av.VideoFrame:
    graph = Graph()
    source = graph.add(
        "buffer",
        f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base=1/1",
    )
    graph.link_nodes(source, graph.add("setfield", first_field), graph.add("buffersink"))
    graph.configure()
    graph.push(frame)
    flagged: Any = graph.pull()
    return flagged


def with_silence(path: Path, film: Sequence[np.ndarray], style: Style, seconds: int) -> Path:
    """A film with a sound track that is longer than it."""
    with av.open(str(path), "w", format=style.container) as out:
        sound: Any = out.add_stream("aac", rate=RATE_HZ)
        stream = _stream(out, film, style)
        for k, bgr in enumerate(film):
            out.mux(stream.encode(_frame(bgr, k, style)))
        out.mux(stream.encode(None))
        quiet = np.zeros((2, RATE_HZ * seconds), np.float32)
        frame = av.AudioFrame.from_ndarray(quiet, format="fltp", layout="stereo")
        frame.sample_rate = RATE_HZ
        out.mux(sound.encode(frame))
        out.mux(sound.encode(None))
    return path


def woven(film: Sequence[np.ndarray], first_line: int) -> list[np.ndarray]:
    """Interlaced pictures: the other lines show the picture after."""
    out = []
    for now, later in zip(film, [*film[1:], film[-1]], strict=True):
        bgr = now.copy()
        bgr[1 - first_line :: 2] = later[1 - first_line :: 2]
        out.append(bgr)
    return out


def deinterlaced(film: Sequence[np.ndarray], first_field: str) -> list[np.ndarray]:
    """Interlaced pictures made whole by a filter that isn't Limn's (yadif)."""
    height, width = film[0].shape[:2]
    graph = Graph()
    source = graph.add("buffer", f"video_size={width}x{height}:pix_fmt=yuv444p:time_base=1/1")
    last = graph.add("yadif", f"mode=send_frame:deint=all:parity={first_field}")
    source.link_to(last)
    last.link_to(graph.add("buffersink"))
    graph.configure()
    out: list[np.ndarray] = []
    for k, bgr in enumerate(film):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(bgr), format="bgr24")
        frame = frame.reformat(format="yuv444p")
        frame.pts, frame.time_base = k, Fraction(1, 1)
        graph.push(frame)
    graph.push(None)
    while len(out) < len(film):
        whole: Any = graph.pull()
        out.append(whole.to_ndarray(format="bgr24"))
    return out


def damaged(path: Path, source: Path, bytes_changed: int) -> Path:
    """A copy of an MP4 file with bytes of its pictures changed."""
    data = bytearray(source.read_bytes())
    first, last = data.find(b"mdat") + 3000, len(data) - 4000
    chance = np.random.default_rng(1)
    for at in chance.integers(first, last, bytes_changed):
        data[at] = chance.integers(256)
    path.write_bytes(data)
    return path
