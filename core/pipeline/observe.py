"""Reading a clip once: which work runs when.

Networks run on small pools of threads (ONNX Runtime and OpenCV release the interpreter lock).
A chunk is the frames after one detection frame up to and with the next: while its landmarks are
computed, the next chunk is decoded and its detection runs, so no core waits for another, and never
more than three chunks of pictures are held, in "fast" two. ``FrameObserver`` says what is done with
a chunk, collectors gather what else a picture tells.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..data.collector import Collector
from ..data.errors import ClipError
from ..data.observations import Observed
from ..data.profiling.freed_memory import give_back
from ..data.settings import Settings
from ..data.timing import Ticks
from ..data.types import Detections, Detector, Frame, FrameSource, LandmarkModel, Progress
from .frame_observer import FrameObserver
from .pace.workers import Workers
from .shots.shot_cuts import read_chunks

STAGE: Final = "Finding people"
_CADENCE_S: Final = {"fast": 0.20, "balanced": 0.15, "best": 0.10}
"""Detecting less often than every 0.2 s loses people (measured: 90 % found at every 0.4 s)."""
_CHUNK_BYTES: Final = 80_000_000
"""Pictures between two detections are held in memory: huge ones are looked at more often."""
_GIVE_BACK: Final = 200
"""Every so many frames freed memory goes back to the system. Every 12 took a twentieth of the
processor time of "fast", as what is given back is asked for again, and saved no memory."""


@dataclass(frozen=True, slots=True, eq=False)
class _Chunk:
    """Frames from position ``first`` on, and the people of the last one, under way."""

    first: int
    frames: list[Frame]
    starts_shot: bool
    found: Future[Detections]


def detection_cadence(fps: float, quality: str, size_px: tuple[int, int]) -> int:
    """Every how many frames people are detected anew."""
    most = max(_CHUNK_BYTES // (3 * size_px[0] * size_px[1]), 2)
    return int(np.clip(round(fps * _CADENCE_S[quality]), 1, most))


def observe(
    source: FrameSource,
    detector: Detector,
    models: Sequence[LandmarkModel],
    settings: Settings,
    collectors: Sequence[Collector] = (),
) -> Generator[Progress, None, Observed]:
    """Read ``source`` to its end; without ``models`` the detector's keypoints of every frame are
    all there is. ``collectors`` are shown every frame. Raises ClipError when it has no frames."""
    info = source.info
    fps = info.fps / info.step
    cadence = 1
    if models and not info.is_still:
        cadence = detection_cadence(fps, settings.quality, info.size_px)
    ticks = Ticks(fps)
    time_s: list[float] = []
    source_frame: list[int] = []
    cuts: list[int] = []
    with Workers() as workers:
        workers.open_ahead(detector, models)
        pool = workers.pool
        detecting = workers.detecting if models else pool
        collectors = workers.spread(collectors)
        observer = FrameObserver(info, detector, models, settings, cadence, collectors, ticks)
        ahead = int(settings.quality != "fast") if models else min(workers.count, 4)
        waiting: deque[_Chunk] = deque()
        for frames, starts_shot in read_chunks(source.frames(), cadence, fps):
            first = len(time_s)
            cuts += [first] if starts_shot else []
            source_frame += [frame.index for frame in frames]
            time_s += [frame.time_s for frame in frames]
            for moment in time_s[first:]:
                ticks.add(moment)
            for collector in collectors:
                collector.read(pool, first, frames, starts_shot=starts_shot)
            found = observer.detect(detecting, first, frames, starts_shot=starts_shot)
            waiting.append(_Chunk(first, frames, starts_shot, found))
            # Pictures are let go of as soon as everybody in them was looked at.
            del frames
            if len(waiting) > ahead:
                _advance(observer, pool, waiting.popleft())
                yield Progress(STAGE, observer.collected, info.frame_count)
        while waiting:
            _advance(observer, pool, waiting.popleft())
            yield Progress(STAGE, observer.collected, info.frame_count)
        observer.collect()
    give_back()
    if not time_s:
        raise ClipError(f"No frame could be read from {info.path}.")
    yield Progress(STAGE, len(time_s), len(time_s))
    times, numbers = np.array(time_s), np.array(source_frame, np.int32)
    seen = Observed(times, numbers, observer.tracks(), np.array(cuts, np.int32))
    for collector in collectors:
        seen = collector.finish(seen)
    return seen


def _advance(observer: FrameObserver, pool: ThreadPoolExecutor, chunk: _Chunk) -> None:
    observer.advance(pool, chunk.first, chunk.frames, chunk.found, starts_shot=chunk.starts_shot)
    if chunk.first // _GIVE_BACK != (chunk.first + len(chunk.frames)) // _GIVE_BACK:
        give_back()
