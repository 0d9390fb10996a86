"""Containers: which stream of a file is the clip, what is known of it, and its decoded pictures."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from ...core.data.errors import ClipError
from ..ffmpeg import decoding_threads, load_av
from .coding_times import CodingOrder, CodingTimes

_LISTS: Final = frozenset(
    ("applehttp", "concat", "dash", "hls", "imf", "lavfi", "rtp", "rtsp", "sdp", "tty", "webvtt")
)
"""Formats that name other files or places, or draw text: opening them would read what nobody
chose."""
_RAW: Final = 0x0080
"""AVFMT_NOTIMESTAMPS: a bare stream that holds no times."""
_BROKEN_READS: Final = 400
"""After so many failing reads in a row the clip counts as ended."""
_TELL_BOTH: Final = "mov"
"""MP4 and its kin list decoding times, which rise, and on their own when pictures are shown."""
_AHEAD_BYTES: Final = 4_000_000
_PACKET_BYTES: Final = 4_000
"""What a packet counts beside its own bytes, as many small ones take time, too."""
_MOST_FPS: Final = 1000.0
_NO_COVER: Final = ("attached_pic", "timed_thumbnails", "still_image")


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What a container says of its clip before pictures are decoded.

    ``fps`` is the rate at which players, and Blender, take the stream (0 = unknown), ``is_raw``
    where it holds no times at all. ``frame_count`` 0 = unknown; it ``is_counted`` where the file
    lists every frame. ``end_s`` is where the stream should end, counted from its first picture;
    None where only the whole file's length is known. From ``shown_s`` on players, and Blender, show
    nothing, whatever pictures are left; None where the file names no such end.
    """

    fps: float
    frame_count: int
    is_counted: bool
    end_s: float | None
    shown_s: float | None
    is_raw: bool
    warnings: tuple[str, ...]


class Container:
    """An open file whose chosen video stream is decoded from its start; a context manager.

    ``reordering``, where not 0: its times are those of decoding, as ``coding_order`` has found.
    Raises ClipError when FFmpeg finds no video in it.
    """

    def __init__(self, path: Path, *, reordering: int = 0) -> None:
        self._path = path
        self._coding_times = CodingTimes(reordering) if reordering else None
        self._order = CodingOrder()
        self._av: Any = load_av()
        self.failed = 0
        """Pictures that could not be decoded at all."""
        self.has_ended = False
        self._coded_aspect = 0.0
        self._ahead: deque[Any] = deque()
        self._packets = self._read()
        try:
            # An absolute path can't be mistaken for one of FFmpeg's protocols ("concat:…"), and
            # what a file names is never fetched.
            self._file = self._av.open(
                str(path.absolute()),
                container_options={"protocol_whitelist": "file"},
                metadata_errors="replace",
            )
        except (self._av.error.FFmpegError, OSError, ValueError) as error:
            raise undecodable(path) from error
        try:
            self._stream, self._choices = self._choose()
        except ClipError:
            self._file.close()
            raise
        self._stream.thread_type = "FRAME"
        coded = self._stream.codec_context
        coded.thread_count = decoding_threads((coded.width, coded.height))

    def __enter__(self) -> Container:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _choose(self) -> tuple[Any, int]:
        """The largest video stream that is no cover picture, and how many there are."""
        if set(self._file.format.name.split(",")) & _LISTS:
            raise undecodable(self._path)
        streams = list(self._file.streams.video)
        films = [s for s in streams if not _is_cover(s) and s.codec_context is not None]
        if streams and all(_is_cover(s) for s in streams):
            raise ClipError(f"{self._path} holds a cover picture, but no video.")
        if not films:
            raise undecodable(self._path)
        default = self._av.stream.Disposition.default
        # An animation's file holds a still of it too (AVIF), as may others; what moves goes first.
        films = [s for s in films if s.frames != 1] or films
        best = max(films, key=lambda s: (_area(s), bool(s.disposition & default), -s.index))
        return best, sum(not _is_mask(s, best) for s in films)

    def facts(self) -> StreamFacts:
        """What the container says of the stream."""
        stream = self._stream
        count, is_counted = _count(stream)
        # Pictures in a row ("jpeg_pipe") hold none either.
        is_raw = bool(self._file.format.flags & _RAW) or self._file.format.name.endswith("_pipe")
        average = _number(stream.average_rate)
        fps = _number(stream.guessed_rate) or average
        # A bare stream's length is guessed from its bit rate.
        end_s = None if is_raw else self._end_s()
        if not is_counted and end_s is not None:
            # Bare DV has an average of 60000 pictures a second.
            count = round(end_s * (average if 0 < average <= _MOST_FPS else fps))
        told: tuple[str, ...] = ()
        if self._choices > 1:
            width, height = stream.codec_context.width, stream.codec_context.height
            told = (
                f"The clip has {self._choices} video streams; the largest, {width} x {height}, "
                "is read.",
            )
        shown_s = end_s if is_counted and self._ends_after_all() else None
        return StreamFacts(fps, count, is_counted, end_s, shown_s, is_raw, told)

    def _end_s(self) -> float | None:
        stream = self._stream
        if stream.duration is not None and stream.time_base is not None:
            return float(stream.duration * stream.time_base)
        start_s = float((stream.start_time or 0) * stream.time_base) if stream.time_base else 0.0
        tagged = _seconds(stream.metadata.get("DURATION", ""))
        if tagged is not None:
            return tagged - start_s
        if self._file.duration is not None and len(self._file.streams) == 1:
            return self._file.duration / self._av.time_base - max(start_s, 0.0)
        return None

    def late_by_s(self, first: Fraction | None) -> float:
        """How long after the stream's start its first decoded picture comes, seconds.

        A recording that was switched on, or cut, amid a group of pictures lacks what the pictures
        before the next key frame refer to. Files that list their frames begin where they say,
        unless they list when each is decoded.
        """
        stream = self._stream
        begins_as_listed = self._coding_times is None and _count(stream)[1]
        if first is None or stream.start_time is None or begins_as_listed:
            return 0.0
        return max(float(first - stream.start_time * stream.time_base), 0.0)

    def _ends_after_all(self) -> bool:
        """Whether a stream that lists its frames ends after all are decoded: then that is so.

        Writers of reordered frames at a variable rate leave the last ones out of the duration.
        """
        stream = self._stream
        if stream.duration is None:
            return False
        end = (stream.start_time or 0) + stream.duration
        return stream.index_entries[-1].timestamp < end

    @property
    def pixel_aspect(self) -> float:
        """How wide a pixel of the latest picture is, heights being 1: what the container says,
        until the stream itself says something new."""
        coded = _number(self._stream.codec_context.sample_aspect_ratio) or 1.0
        self._coded_aspect = self._coded_aspect or coded
        told = _number(self._stream.sample_aspect_ratio) or 1.0
        return told if coded == self._coded_aspect else coded

    def pictures(self) -> Iterator[Any]:
        """Decoded ``av.VideoFrame``s in the order in which they are shown, damaged ones too."""
        packets = pictures = 0
        times = self._coding_times
        while (packet := self._next_packet()) is not None:
            packets += packet.size > 0 and not packet.is_discard
            if times is not None:
                times.packet(packet.pts)
            try:
                decoded = packet.decode()
            except (self._av.error.FFmpegError, ValueError):
                self.failed += 1
                if times is not None:
                    times.failed(packet.pts)
                continue
            pictures += len(decoded)
            for picture in decoded:
                self._order.picture(picture.pts)
                if times is not None:
                    picture.pts = times.shown_at(picture.pts, is_key=picture.key_frame)
                yield picture
        self.has_ended = True
        if self.failed:
            # One error at the end takes the pictures of several decoding threads with it.
            self.failed = max(self.failed, packets - pictures)

    def look_ahead(self) -> None:
        """Read on, some megabytes at most, until packets tell ``coding_order`` if they can: that
        takes a hundredth of the time of decoding them. No picture is lost by it."""
        size = 0
        is_telling = self._file.format.name.startswith(_TELL_BOTH) and self.coding_order is None
        while is_telling and not self._order.jumps_back and size < _AHEAD_BYTES:
            packet = next(self._packets, None)
            if packet is None:
                return
            self._order.packet(packet.pts)
            self._ahead.append(packet)
            size += _PACKET_BYTES + packet.size

    def _next_packet(self) -> Any:  # noqa: ANN401
        if self._ahead:
            return self._ahead.popleft()
        packet = next(self._packets, None)
        if packet is not None:
            self._order.packet(packet.pts)
        return packet

    @property
    def coding_order(self) -> CodingOrder | None:
        """What is known of the order of packets and pictures; None until enough were decoded."""
        may_reorder = bool(self._stream.codec_context.has_b_frames)
        return self._order if self._order.is_told(may_reorder) else None

    def _read(self) -> Iterator[Any]:
        failures = 0
        while failures < _BROKEN_READS:
            try:
                for packet in self._file.demux(self._stream):
                    failures = 0
                    yield packet
                return
            except (self._av.error.FFmpegError, ValueError):
                failures += 1


def undecodable(path: Path) -> ClipError:
    """The error for a file without anything to see."""
    return ClipError(
        f"{path} holds no video or photo that can be read; it may be damaged, encrypted or of "
        "another kind."
    )


def _is_cover(stream: Any) -> bool:  # noqa: ANN401 - av's types are known only once it is loaded
    kinds = type(stream.disposition)
    return any(stream.disposition & getattr(kinds, name) for name in _NO_COVER)


def _is_mask(stream: Any, film: Any) -> bool:  # noqa: ANN401
    """Whether it is how opaque ``film`` is: grey beside colours of the same size (AVIF)."""
    formats = [str(s.codec_context.pix_fmt or "") for s in (stream, film)]
    is_grey = [name.startswith("gray") for name in formats]
    return stream is not film and is_grey == [True, False] and _area(stream) == _area(film)


def _area(stream: Any) -> int:  # noqa: ANN401
    return stream.codec_context.width * stream.codec_context.height


def _count(stream: Any) -> tuple[int, bool]:  # noqa: ANN401
    """How many frames are shown, and whether the file lists them one by one (MP4, MOV)."""
    if not stream.frames or len(stream.index_entries) < stream.frames:
        return stream.frames or 0, False
    return sum(not entry.is_discard for entry in stream.index_entries), True


def _number(value: Any) -> float:  # noqa: ANN401
    """A fraction as a float, 0 where there is none."""
    number = float(value) if value else 0.0
    return number if math.isfinite(number) and number > 0 else 0.0


def _seconds(text: str) -> float | None:
    """Matroska's "00:00:03.433000000" in seconds."""
    parts = text.split(":")
    try:
        hours, minutes, seconds = (float(part) for part in parts)
    except ValueError:
        return None
    return 3600 * hours + 60 * minutes + seconds
