"""Looking at a stretch of a clip, so that whoever estimates the clip finds it looked at.

The clip is read from its beginning as ever, and frames before the stretch are passed over: shots,
ticks and the frames in which people are looked for are those of the whole clip, and so people are
looked at where the whole run looks at them. It begins early enough for everybody to be followed
by the time that the stretch begins.
"""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from ...data.collector import Collector
from ...data.errors import ClipError
from ...data.settings import Settings
from ...data.timing import Ticks
from ...data.types import Detections, Frame, FrameSource, Progress
from ..frame_observer import FrameObserver
from ..networks import Networks, closeups_by
from ..observe import STAGE, detection_cadence
from ..pace.thinning import thinned
from ..pace.workers import Workers
from ..shots.shot_cuts import read_chunks
from .memory import Memory
from .remembering import remembering

LEAD_S: Final = 2.5
"""Longer than anybody is followed or lost for without a detection."""

_Waiting = tuple[int, list[Frame], bool, Future[Detections]]


def observe_stretch(
    source: FrameSource,
    networks: Networks,
    settings: Settings,
    memory: Memory,
    stretch: tuple[int, int],
) -> Generator[Progress, None, None]:
    """Have everybody in frames ``stretch``, first and last by their numbers in the clip, looked at;
    what networks answer is in ``memory``.

    ``source`` is all of what will be estimated. Raises ClipError when it has none of these frames.
    """
    own = remembering(networks, memory)
    models = own.landmark_models
    source = thinned(source, settings.quality, has_models=bool(models)) or source
    info = source.info
    fps = info.fps / info.step
    is_fast = not models or info.is_still
    cadence = 1 if is_fast else detection_cadence(fps, settings.quality, info.size_px)
    ticks = Ticks(fps)
    collectors: list[Collector] = [memory, *closeups_by(own, settings, fps)]
    observer = FrameObserver(info, own.detector, models, settings, cadence, collectors, ticks)
    first, last = stretch
    begin = first - round(LEAD_S * info.fps)
    total = (last - begin) // info.step + 1
    ahead = int(settings.quality != "fast")
    waiting: list[_Waiting] = []
    position = done = 0
    is_reached = False
    with Workers() as workers:
        pool = workers.pool
        detecting = workers.detecting if models else pool
        for frames, starts_shot in read_chunks(source.frames(), cadence, fps):
            here, position = position, position + len(frames)
            for frame in frames:
                ticks.add(frame.time_s)
            if frames[-1].index < begin:
                observer.pass_over(position - 1, starts_shot=starts_shot)
                yield Progress(STAGE, 0, total)
                continue
            is_reached = is_reached or frames[-1].index >= first
            for collector in collectors:
                collector.read(pool, here, frames, starts_shot=starts_shot)
            found = observer.detect(detecting, here, frames, starts_shot=starts_shot)
            waiting.append((here, frames, starts_shot, found))
            if len(waiting) > ahead:
                done += _advance(observer, pool, waiting.pop(0))
                yield Progress(STAGE, min(done, total), total)
            if frames[-1].index >= last:
                break
        for chunk in waiting:
            _advance(observer, pool, chunk)
        observer.collect()
    if not is_reached:
        raise ClipError(f"{info.path} has no frame {first}; it ends before.")
    yield Progress(STAGE, total, total)


def _advance(observer: FrameObserver, pool: ThreadPoolExecutor, chunk: _Waiting) -> int:
    first, frames, starts_shot, found = chunk
    observer.advance(pool, first, frames, found, starts_shot=starts_shot)
    return len(frames)
