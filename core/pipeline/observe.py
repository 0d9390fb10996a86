"""Reading a clip once: detection at a cadence, tracking, landmarks of everybody in every frame.

Networks run on a small pool of threads (ONNX Runtime and OpenCV release the interpreter lock).
A chunk is the frames after one detection frame up to and with the next: while its landmarks are
computed, the next chunk is decoded and its detection runs, so no core waits for another, and never
more than three chunks of pictures are held.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..data.arrays import U8
from ..data.errors import ClipError
from ..data.observations import Observed
from ..data.settings import Settings
from ..data.timing import Ticks
from ..data.types import (
    Camera,
    ClipInfo,
    Detections,
    Detector,
    Frame,
    FrameSource,
    LandmarkModel,
    Landmarks,
    Limb,
    Progress,
    Region,
)
from ..depth.collecting import DepthWatch, body_px
from ..depth.maps import DepthModel
from ..perspective.collecting import SceneFinder, SceneWatch
from ..tracking.detection import Finder
from ..tracking.gating import within_picture
from ..tracking.identity import part_strangers, undo_swaps, undo_takeovers
from ..tracking.landmark_tracking import follow
from ..tracking.neighbours import DepthOrder, Pose, are_touching, limbs_of
from ..tracking.regions import detection_at, latest_pose, region_of
from ..tracking.similarity import box_iou
from ..tracking.track_record import Record, doubted
from ..tracking.tracker import Track, Tracker
from .detector_keypoints import with_keypoints
from .shot_cuts import read_chunks

STAGE: Final = "Finding people"
_CADENCE_S: Final = {"fast": 0.20, "balanced": 0.15, "best": 0.10}
"""Detecting less often than every 0.2 s loses people (measured: 90 % found at every 0.4 s)."""
_CHUNK_BYTES: Final = 80_000_000
"""Pictures between two detections are held in memory: huge ones are looked at more often."""
_CROWDED_IOU: Final = 0.2
_FOLLOW_S: Final = 2.0
"""How long somebody is followed by landmarks alone before a detection has to confirm them."""


@dataclass(slots=True, eq=False)
class _Job:
    track: Track
    position: int
    pose: Pose
    region: Region
    in_front: list[Limb]
    results: list[Future[Landmarks]]


def detection_cadence(fps: float, quality: str, size_px: tuple[int, int]) -> int:
    """Every how many frames people are detected anew."""
    most = max(_CHUNK_BYTES // (3 * size_px[0] * size_px[1]), 2)
    return int(np.clip(round(fps * _CADENCE_S[quality]), 1, most))


def observe(
    source: FrameSource,
    detector: Detector,
    models: Sequence[LandmarkModel],
    settings: Settings,
    depth: DepthModel | None = None,
    scene: tuple[SceneFinder, Camera] | None = None,
) -> Generator[Progress, None, Observed]:
    """Read ``source`` to its end; without ``models`` the detector's keypoints of every frame are
    all there is. ``scene`` is watched as its camera, perhaps a guess, sees it. Raises ClipError
    when it has no frames."""
    info = source.info
    fps = info.fps / info.step
    cadence = 1
    if models and not info.is_still:
        cadence = detection_cadence(fps, settings.quality, info.size_px)
    reading = _Reading(info, detector, models, settings, cadence)
    if depth is not None:
        reading.watch = DepthWatch(depth, info.size_px)
    if scene is not None:
        reading.scene = SceneWatch(scene[0], info, scene[1])
    threads = min(os.cpu_count() or 1, 8)
    ahead = 1 if models else min(threads, 4)
    with ThreadPoolExecutor(max_workers=threads) as pool:
        try:
            waiting: deque[tuple[int, list[Frame], Future[Detections]]] = deque()
            for chunk, starts_shot in read_chunks(source.frames(), cadence, fps):
                first = len(reading.time_s)
                if starts_shot:
                    reading.cuts.append(first)
                reading.time_s += [frame.time_s for frame in chunk]
                for frame in chunk:
                    reading.ticks.add(frame.time_s)
                reading.source_frame += [frame.index for frame in chunk]
                if reading.scene is not None:
                    reading.scene.look(pool, first, chunk, starts_shot)
                waiting.append((first, chunk, pool.submit(detector.detect, chunk[-1].bgr)))
                if len(waiting) > ahead:
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


class _Reading:
    """The state of one run of ``observe``."""

    def __init__(
        self,
        info: ClipInfo,
        detector: Detector,
        models: Sequence[LandmarkModel],
        settings: Settings,
        cadence: int,
    ) -> None:
        self.time_s: list[float] = []
        self.source_frame: list[int] = []
        self.cuts: list[int] = []
        self.collected = 0
        self.watch: DepthWatch | None = None
        self.scene: SceneWatch | None = None
        self._size_px = info.size_px
        fps = info.fps / info.step
        self.ticks = Ticks(fps)
        self._tracker = Tracker(fps, cadence, settings.min_confidence, self.ticks)
        self._finder = Finder(detector, fps, settings.min_confidence, is_still=info.is_still)
        self._order = DepthOrder()
        self._models = models
        self._max_people, self._cadence = settings.max_people, cadence
        self._follow_frames = _FOLLOW_S * fps
        self._records: dict[int, Record] = {}
        self._jobs: list[_Job] = []
        self._frames_in_jobs = 0

    def advance(
        self, pool: ThreadPoolExecutor, first: int, chunk: list[Frame], found: Future[Detections]
    ) -> None:
        """Track a chunk and start its landmarks; then wait for those of the chunk before."""
        last, bgr = first + len(chunk) - 1, chunk[-1].bgr
        if first in self.cuts:
            self._tracker.end_shot()
            self._finder.end_shot()
        self._track(first - 1, last, bgr, found.result())
        jobs: list[_Job] = []
        for position, frame in enumerate(chunk, first):
            people = self._people_at(position, first - 1, last)
            if self.scene is not None:
                self.scene.people(position, [box for _, (_, _, box) in people])
            if people and self.watch is not None:
                self.watch.start(pool, position, frame.bgr)
            for track, pose in people:
                limbs, in_front = self._neighbours(track, pose, people)
                region = region_of(*pose, limbs)
                results = [pool.submit(m.locate, frame.bgr, region) for m in self._models]
                jobs.append(_Job(track, position, pose, region, in_front, results))
        self.collect()
        self._jobs, self._frames_in_jobs = jobs, len(chunk)

    def _track(self, before: int, frame: int, bgr: U8, found: Detections) -> None:
        tracker = self._tracker
        tracker.update(frame, self._finder.find(frame, bgr, found, tracker), bgr)
        here = [track for track in tracker.in_shot() if track.frames[-1] == frame]
        for track in tracker.in_shot():
            is_fresh = self.ticks.between(track.last_detected, frame) <= self._follow_frames
            if self._models and track.frames[-1] == before and is_fresh:
                follow(track, frame, bgr, self._models[-1], here)
        self._order.watch([(id(track), latest_pose(track)) for track in here])

    def _people_at(self, position: int, before: int, last: int) -> list[tuple[Track, Pose]]:
        """Everybody in one frame of the chunk between the detections ``before`` and ``last``."""
        people = []
        for track in self._tracker.in_shot():
            at = detection_at(track, position, 2 * self._cadence)
            if at is None and self._models and track.frames[-1] == before:
                at = self._held(track, position)
            if at is None and track.frames[0] == last:
                # They came in between two detections.
                at = latest_pose(track)
            if at is not None:
                people.append((track, at))
        people.sort(key=lambda person: -float(np.prod(person[1][2][2:] - person[1][2][:2])))
        doubtful = [
            (track, detection_at(track, position, 2 * self._cadence))
            for track in self._tracker.doubtful(last)
        ]
        people = people[: self._max_people + 1]
        return people + [(track, at) for track, at in doubtful if at is not None]

    def _held(self, track: Track, position: int) -> Pose | None:
        """A person just missed by the detector: look where they were heading, unless in a crowd."""
        shift = track.velocity_px * track.since(position)
        box = track.boxes_px[-1] + np.concatenate([shift, shift])
        others = (t for t in self._tracker.in_shot() if t is not track)
        if any(
            t.frames[-1] > track.frames[-1] and box_iou(box, t.boxes_px[-1]) > _CROWDED_IOU
            for t in others
        ):
            return None
        return track.xy_px[-1] + shift, track.keypoint_score[-1], box

    def _neighbours(
        self, track: Track, pose: Pose, people: Sequence[tuple[Track, Pose]]
    ) -> tuple[tuple[Limb, ...], list[Limb]]:
        """The limbs to draw, farthest first, and those of them that are in front of ``track``."""
        behind: list[Limb] = []
        in_front: list[Limb] = []
        for other, other_pose in people:
            if other is not track and other.is_sure and are_touching(pose, other_pose):
                limbs = limbs_of(other_pose, is_own=False)
                if self._order.is_behind(id(track), id(other)):
                    in_front += limbs
                else:
                    behind += limbs
        if not behind and not in_front:
            return (), []
        return (*behind, *limbs_of(pose, is_own=True), *in_front), in_front

    def collect(self) -> None:
        """Wait for the landmarks under way and file them under their people."""
        for job in self._jobs:
            record = self._records.setdefault(id(job.track), Record())
            seen = [result.result() for result in job.results]
            seen = [doubted(landmarks, job.in_front, self._size_px) for landmarks in seen]
            told = None
            if self.watch is not None:
                xy_px = body_px(seen, job.pose[0])
                told = self.watch.read(job.position, xy_px, job.region.side_px)
            record.add(job.position, job.pose, job.region, seen, told)
        if self.watch is not None and self._jobs:
            self.watch.forget(self._jobs[-1].position + 1)
        self._jobs = []
        self.collected += self._frames_in_jobs
        self._frames_in_jobs = 0

    def observed(self) -> Observed:
        """Stack everything, in the order in which people appeared."""
        people = [
            (t, self._records[id(t)])
            for t in self._tracker.tracks
            if t.is_sure and id(t) in self._records
        ]
        undo_swaps(people)
        undo_takeovers(people)
        people = part_strangers(people)
        models = self._models
        stacked = (record.stacked(models, t.colours) for t, record in people if record.frames)
        tracks = stacked if models else map(with_keypoints, stacked)
        return Observed(
            np.array(self.time_s),
            np.array(self.source_frame, np.int32),
            tuple(within_picture(track, self._size_px) for track in tracks),
            np.array(self.cuts, np.int32),
            None if self.watch is None else self.watch.grid(len(self.time_s)),
            None if self.scene is None else self.scene.lines(),
            None if self.scene is None else self.scene.turns(len(self.time_s)),
        )
