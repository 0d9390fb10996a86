"""Video files, decoded by FFmpeg (PyAV), one frame after the other.

Frames are always read in order from the start: seeking by number is wrong for variable frame rates.
Timestamps are the container's own, counted from the first picture.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np

from ...core.data.arrays import U8
from ...core.data.errors import ClipError
from ...core.data.types import ClipInfo, Frame
from ...core.pipeline.pace.thinning import PassedOver
from .containers import Container, StreamFacts, undecodable
from .fields import FieldJudge, settled
from .pictures import check_size
from .prefetch import depth_for, read_ahead
from .ranges import FrameRange, outside
from .upright import UprightPictures, unusual_views

_SANE_FPS: Final = (1.0, 240.0)
"""A container's claim outside this is checked against the timestamps."""

_FALLBACK_FPS: Final = 25.0
_PROBED_FRAMES: Final = 48

_FEW_FRAMES: Final = 2
"""So many may be missing at either end without a word."""

_ROUNDING_S: Final = 0.00051
"""Matroska and others round timestamps to milliseconds; a time this near the grid is on it."""


class VideoClip:
    """A ``FrameSource`` over a video file. Raises ClipError when no frame can be decoded.

    ``raw_fps`` is the rate of a bare stream, which holds no times of its own.
    """

    def __init__(self, path: Path, wanted: FrameRange, raw_fps: float | None = None) -> None:
        self._path = path
        self._wanted = wanted
        probe = _probe(path, raw_fps)
        facts = self._facts = probe.facts
        self._reordering = probe.reordering
        self._warnings = list(probe.warnings)
        self._damaged = self._read = 0
        # A little less: times are rounded to fractions of the stream's own.
        self._shown_s = math.inf if facts.shown_s is None else facts.shown_s - 1e-4
        if facts.is_counted:
            wanted.check_within(facts.frame_count, path)
            self._warnings += wanted.warnings_for(facts.frame_count)
        self._info = ClipInfo(
            path=str(path),
            size_px=probe.size_px,
            fps=probe.fps,
            frame_count=wanted.count_of(facts.frame_count),
            first_frame=wanted.first,
            step=wanted.step,
        )

    @property
    def info(self) -> ClipInfo:
        """Facts known before reading."""
        return self._info

    @property
    def holds_no_times(self) -> bool:
        """Whether it is a bare stream, whose frame rate somebody has to tell."""
        return self._facts.is_raw

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences known so far; those about damage come once the frames have been read."""
        return tuple(self._warnings)

    @property
    def damaged_share(self) -> float:
        """Share of the frames in [0, 1] that could not be decoded, known once they were read."""
        return self._damaged / max(self._damaged + self._read, 1)

    def frames(self) -> Iterator[Frame]:
        """Frames of the range in order, their time counted from the first one.

        Raises ClipError when the clip ends before the range begins or all of it is damaged.
        """
        return read_ahead(self._decode, depth_for(self._info.size_px))

    def thinned(self, every: int, passed: PassedOver) -> Iterator[Frame]:
        """See ``pipeline.pace.thinning.ThinningSource``. Errors as ``frames``."""
        return read_ahead(lambda: self._decode(every, passed), depth_for(self._info.size_px))

    def _decode(
        self, every: int = 1, passed: PassedOver | None = None
    ) -> Generator[Frame, None, None]:
        with Container(self._path, reordering=self._reordering) as container:
            upright: UprightPictures[tuple[int, float]] = UprightPictures(self._info.size_px)
            clock = _Clock(self._info.fps, is_free=self._facts.is_raw)
            start_s: float | None = None
            for (index, time_s), bgr in self._pictures(container, upright, clock, every):
                if self._wanted.wants(index) and time_s < self._shown_s:
                    start_s = time_s if start_s is None else start_s
                    if passed is not None:
                        passed.note(index, time_s - start_s, is_looked_at=bgr is not None)
                    if bgr is not None:
                        yield Frame(index=index, time_s=time_s - start_s, bgr=bgr)
            self._damaged += container.failed
            if start_s is None:
                raise self._nothing()
            self._warn(container, clock, upright.fitted)

    def _pictures(
        self,
        container: Container,
        upright: UprightPictures[tuple[int, float]],
        clock: _Clock,
        every: int,
    ) -> Iterator[tuple[tuple[int, float], U8 | None]]:
        """(index, time) and picture of every frame that is wanted, and perhaps of others; of those
        that are passed over no picture."""
        self._read = self._damaged = 0
        judge = FieldJudge()
        held: tuple[Any, tuple[int, float]] | None = None
        number = 0
        for index, picture in enumerate(settled(container.pictures(), judge)):
            upright.fields = judge.order
            what = index, clock.tick(picture)
            is_past = self._wanted.is_past(index) or what[1] >= self._shown_s
            if picture.is_corrupt:
                self._damaged += not is_past
            elif (not is_past and self._wanted.wants(index)) or upright.looks_around(picture):
                if held is not None:
                    yield held[1], None
                    held = None
                if number % every and not upright.looks_around(picture):
                    held = picture, what
                else:
                    # Deinterlacing looks at the frames before and after, wanted or not: a range
                    # gives what the whole clip gives.
                    yield from upright.put(picture, container.pixel_aspect, what)
                number += 1
            if is_past:
                break
            self._read += not picture.is_corrupt
        if held is not None:
            yield from upright.put(held[0], container.pixel_aspect, held[1])
        yield from upright.finish()
        if judge.warning and judge.warning not in self._warnings:
            self._warnings.append(judge.warning)

    def _nothing(self) -> ClipError:
        total = self._read + self._damaged
        if total <= self._wanted.first:
            return outside(self._wanted.first, total, self._path)
        if self._damaged:
            return ClipError(f"{self._path} is damaged: {self._unreadable()}.")
        return undecodable(self._path)

    def _unreadable(self) -> str:
        total = self._read + self._damaged
        return (
            f"{self._read} of {total} frames could be read "
            f"({self.damaged_share:.0%} are unreadable)"
        )

    def _warn(self, container: Container, clock: _Clock, fitted: int) -> None:
        """Say what was missing; a length that stems from elsewhere is not held against the clip."""
        found = []
        late_s = container.late_by_s(clock.first)
        if late_s * self._info.fps > _FEW_FRAMES:
            found.append(
                f"The clip begins amid a group of pictures: its first {late_s:.2g} s can't be "
                "decoded."
            )
        if container.has_ended and (missing := self._missing(container, clock)):
            total = self._read + self._damaged + missing
            found.append(f"The clip ends early: {self._read} of {total} frames could be read.")
        elif self._damaged:
            found.append(f"Damaged frames of the clip were skipped; {self._unreadable()}.")
        if fitted:
            found.append(
                f"The picture's shape changes during the clip; {fitted} frames were fitted into "
                "the first one's."
            )
        self._warnings += [sentence for sentence in found if sentence not in self._warnings]

    def _missing(self, container: Container, clock: _Clock) -> int:
        """How many frames the file should hold after the last one, 0 where it is whole."""
        facts, fps = self._facts, self._info.fps
        late_s = container.late_by_s(clock.first)
        if facts.is_counted:
            missing = facts.frame_count - self._read - self._damaged - round(late_s * fps)
        elif facts.end_s is not None:
            # Times count from the first picture that could be decoded.
            missing = round((facts.end_s - late_s - clock.time_s - clock.shown_s) * fps)
        else:
            return 0
        return missing if missing > max(0.02 * facts.frame_count, _FEW_FRAMES) else 0


@dataclass(slots=True)
class _Clock:
    """Strictly increasing seconds from timestamps that may be missing, repeated or rounded.

    Where it ``is_free`` every picture is ``1 / fps`` after the one before: FFmpeg gives pictures of
    bare streams times at a rate of its own.
    """

    fps: float
    is_free: bool = False
    time_s: float = field(default=-math.inf)
    first: Fraction | None = field(default=None)
    """The time stamp that counts as 0, seconds."""
    shown_s: float = field(default=0.0)
    """How long the latest picture is shown: the last one of an animation or of a screen's recording
    may be held."""

    def tick(self, picture: Any) -> float:  # noqa: ANN401 - an av.VideoFrame
        position = None if self.is_free else _position(picture)
        if self.first is None:
            self.first = position
        if position is None or self.first is None:
            position_s = math.inf
        else:
            position_s = float(position - self.first)
        on_grid = round(position_s * self.fps) / self.fps if math.isfinite(position_s) else 0.0
        time_s = on_grid if abs(on_grid - position_s) < _ROUNDING_S else position_s
        if not math.isfinite(time_s) or not time_s > self.time_s:
            time_s = self.time_s + 1 / self.fps if math.isfinite(self.time_s) else 0.0
        self.time_s = time_s
        lasts = picture.duration * picture.time_base if picture.time_base else 0
        self.shown_s = max(float(lasts or 0), 1 / self.fps)
        return time_s


def _position(picture: Any) -> Fraction | None:  # noqa: ANN401
    """A frame's time stamp in seconds, None where it has none."""
    if picture.pts is None or picture.time_base is None:
        return None
    return picture.pts * Fraction(picture.time_base)


@dataclass(frozen=True, slots=True)
class _Probe:
    size_px: tuple[int, int]
    fps: float
    facts: StreamFacts
    warnings: tuple[str, ...]
    reordering: int


def _probe(path: Path, raw_fps: float | None) -> _Probe:
    with Container(path) as container:
        facts = container.facts()
        warnings = list(facts.warnings)
        upright: UprightPictures[None] = UprightPictures()
        times: list[Fraction | None] = []
        measures = not _SANE_FPS[0] <= facts.fps <= _SANE_FPS[1] and not facts.is_raw
        for picture in container.pictures():
            times.append(_position(picture))
            if upright.size_px is None and not picture.is_corrupt:
                check_size((picture.width, picture.height), path)
                warnings += unusual_views(picture)
                list(upright.put(picture, container.pixel_aspect, None))
                container.look_ahead()
            is_told = facts.is_raw or container.coding_order is not None
            if upright.size_px and is_told and not (measures and len(times) < _PROBED_FRAMES):
                break
        order = None if facts.is_raw else container.coding_order
        reordering = order.reordering if order and order.lists_coding_times else 0
        if upright.size_px is None:
            if times:
                raise ClipError(f"{path} is damaged: none of its {len(times)} frames can be read.")
            raise undecodable(path)
        fps = facts.fps
        if measures:
            fps = _measured_fps(times) or _FALLBACK_FPS
        if facts.is_raw:
            fps = raw_fps or facts.fps or _FALLBACK_FPS
            if raw_fps is None:
                warnings.append(
                    f"The clip holds no times of its frames; {fps:g} a second are assumed, "
                    "--fps sets another rate."
                )
    return _Probe(upright.size_px, fps, facts, tuple(warnings), reordering)


def _measured_fps(times: list[Fraction | None]) -> float | None:
    """The rate that the first frames' timestamps show, None when they show none."""
    gaps = np.diff([float(time) for time in times if time is not None])
    gaps = gaps[gaps > 9e-4]
    return float(1 / np.median(gaps)) if len(gaps) else None
