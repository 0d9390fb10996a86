"""Reading a clip once: detection at a cadence, tracking, landmarks of everybody in every frame.

Networks run on a small pool of threads (ONNX Runtime and OpenCV release the interpreter lock).
A chunk is the frames after one detection frame up to and with the next: while its landmarks are
computed, the next chunk is decoded and its detection runs, so no core waits for another, and never
more than three chunks of pictures are held.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from .arrays import F32, Floats
from .errors import ClipError
from .observations import Observed, PassObservations, TrackObservations
from .settings import Settings
from .tracking.cuts import mark_cuts
from .tracking.regions import detection_at, region_of
from .tracking.similarity import box_iou
from .tracking.tracker import Track, Tracker
from .types import (
    Detections,
    Detector,
    Frame,
    FrameSource,
    LandmarkModel,
    Landmarks,
    Progress,
    Region,
)

STAGE: Final = "Finding people"
_CADENCE_S: Final = {"fast": 0.20, "balanced": 0.15, "best": 0.10}
_MAX_CADENCE: Final = 6
"""Detecting less often than every sixth frame loses people (measured: 90 % found at every 12th)."""
_CROWDED_IOU: Final = 0.2


@dataclass(slots=True, eq=False)
class _Record:
    """Lists that grow while the clip is read, stacked once at the end."""

    frames: list[int] = field(default_factory=list)
    detections: list[tuple[Floats, Floats, Floats]] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)
    landmarks: list[list[Landmarks]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class _Job:
    track: Track
    position: int
    detection: tuple[Floats, Floats, Floats]
    region: Region
    results: list[Future[Landmarks]]


def detection_cadence(fps: float, quality: str) -> int:
    """Every how many frames people are detected anew."""
    return int(np.clip(round(fps * _CADENCE_S[quality]), 1, _MAX_CADENCE))


def observe(
    source: FrameSource, detector: Detector, models: Sequence[LandmarkModel], settings: Settings
) -> Generator[Progress, None, Observed]:
    """Read ``source`` to its end. Raises ClipError when it has no frames."""
    info = source.info
    fps = info.fps / info.step
    cadence = 1 if info.is_still else detection_cadence(fps, settings.quality)
    reading = _Reading(Tracker(fps, cadence, settings.min_confidence), models, settings, cadence)
    with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 8)) as pool:
        try:
            waiting: deque[tuple[int, list[Frame], Future[Detections]]] = deque()
            for chunk, starts_shot in _chunks(source.frames(), cadence):
                first = len(reading.time_s)
                if starts_shot:
                    reading.cuts.append(first)
                reading.time_s += [frame.time_s for frame in chunk]
                reading.source_frame += [frame.index for frame in chunk]
                waiting.append((first, chunk, pool.submit(detector.detect, chunk[-1].bgr)))
                if len(waiting) > 1:
                    reading.advance(pool, *waiting.popleft())
                    yield Progress(STAGE, reading.collected, info.frame_count)
            while waiting:
                reading.advance(pool, *waiting.popleft())
                yield Progress(STAGE, reading.collected, info.frame_count)
            reading.collect()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    if not reading.time_s:
        raise ClipError(f"No frame could be read from {info.path}.")
    yield Progress(STAGE, len(reading.time_s), len(reading.time_s))
    return reading.observed()


def _chunks(frames: Iterator[Frame], cadence: int) -> Iterator[tuple[list[Frame], bool]]:
    """Frames up to and with the next detection frame, and whether they begin a new shot.

    A shot's first and last frames are always detection frames.
    """
    chunk: list[Frame] = []
    position = 0
    for frame, starts_shot in mark_cuts(frames):
        if starts_shot:
            if chunk:
                yield chunk, False
            chunk, position = [], 0
        chunk.append(frame)
        if position % cadence == 0:
            yield chunk, starts_shot
            chunk = []
        position += 1
    if chunk:
        yield chunk, False


class _Reading:
    """The state of one run of ``observe``."""

    def __init__(
        self, tracker: Tracker, models: Sequence[LandmarkModel], settings: Settings, cadence: int
    ) -> None:
        self.time_s: list[float] = []
        self.source_frame: list[int] = []
        self.cuts: list[int] = []
        self.collected = 0
        self._tracker, self._models = tracker, models
        self._max_people, self._cadence = settings.max_people, cadence
        self._records: dict[int, _Record] = {}
        self._jobs: list[_Job] = []
        self._frames_in_jobs = 0

    def advance(
        self, pool: ThreadPoolExecutor, first: int, chunk: list[Frame], found: Future[Detections]
    ) -> None:
        """Track a chunk and start its landmarks; then wait for those of the chunk before."""
        last = first + len(chunk) - 1
        if first in self.cuts:
            self._tracker.end_shot()
        self._tracker.update(last, found.result(), chunk[-1].bgr)
        jobs: list[_Job] = []
        for position, frame in enumerate(chunk, first):
            for track, detection in self._people_at(position, first - 1):
                region = region_of(*detection)
                results = [pool.submit(m.locate, frame.bgr, region) for m in self._models]
                jobs.append(_Job(track, position, detection, region, results))
        self.collect()
        self._jobs, self._frames_in_jobs = jobs, len(chunk)

    def _people_at(
        self, position: int, before_chunk: int
    ) -> list[tuple[Track, tuple[Floats, Floats, Floats]]]:
        people = []
        for track in self._tracker.in_shot():
            at = detection_at(track, position, 2 * self._cadence)
            if at is None and track.frames[-1] == before_chunk:
                at = self._held(track, position)
            if at is not None:
                people.append((track, at))
        people.sort(key=lambda person: -float(np.prod(person[1][2][2:] - person[1][2][:2])))
        return people[: self._max_people + 1]

    def _held(self, track: Track, position: int) -> tuple[Floats, Floats, Floats] | None:
        """A person just missed by the detector: look where they were heading, unless in a crowd."""
        shift = track.velocity_px * (position - track.frames[-1])
        box = track.boxes_px[-1] + np.concatenate([shift, shift])
        others = (t for t in self._tracker.in_shot() if t is not track)
        if any(
            t.frames[-1] > track.frames[-1] and box_iou(box, t.boxes_px[-1]) > _CROWDED_IOU
            for t in others
        ):
            return None
        return track.xy_px[-1] + shift, track.keypoint_score[-1], box

    def collect(self) -> None:
        """Wait for the landmarks under way and file them under their people."""
        for job in self._jobs:
            record = self._records.setdefault(id(job.track), _Record())
            record.frames.append(job.position)
            record.detections.append(job.detection)
            record.regions.append(job.region)
            record.landmarks.append([result.result() for result in job.results])
        self._jobs = []
        self.collected += self._frames_in_jobs
        self._frames_in_jobs = 0

    def observed(self) -> Observed:
        """Stack everything, in the order in which people appeared."""
        tracks = []
        for track in self._tracker.tracks:
            record = self._records.pop(id(track), None)
            if record is not None:
                tracks.append(_stacked(record, [m.name for m in self._models], track.colours))
        return Observed(
            np.array(self.time_s),
            np.array(self.source_frame, np.int32),
            tuple(tracks),
            np.array(self.cuts, np.int32),
        )


def _stacked(record: _Record, names: Sequence[str], colours: F32 | None) -> TrackObservations:
    def stack(values: Iterator[object]) -> F32:
        return np.array(list(values), np.float32)

    passes = {}
    for k, name in enumerate(names):
        seen = [landmarks[k] for landmarks in record.landmarks]
        passes[name] = PassObservations(
            xy_px=stack(s.xy_px for s in seen),
            score=stack(s.score for s in seen),
            xyz_m=stack(s.xyz_m for s in seen),
            presence=stack(s.presence for s in seen),
        )
    return TrackObservations(
        frames=np.array(record.frames, np.int32),
        detected_xy_px=stack(d[0] for d in record.detections),
        detected_score=stack(d[1] for d in record.detections),
        boxes_px=stack(d[2] for d in record.detections),
        center_px=stack(r.center_px for r in record.regions),
        side_px=stack(r.side_px for r in record.regions),
        passes=passes,
        colours=colours,
    )
