"""Detection, tracking and landmarks of everybody, a chunk of frames at a time."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..data.arrays import F32, U8
from ..data.collector import Collector, Sighting
from ..data.observations import TrackObservations
from ..data.profiling.stages import staged
from ..data.settings import Settings
from ..data.timing import Ticks
from ..data.types import (
    ClipInfo,
    Detections,
    Detector,
    Frame,
    LandmarkModel,
    Landmarks,
    Limb,
)
from ..tracking.detection import SEARCH_EVERY_S, SEARCH_SELDOM_S, Finder
from ..tracking.following.cut_figures import CutFigures
from ..tracking.following.landmark_tracking import follow, is_still_there
from ..tracking.following.quiet import QuietWatch, WindowDetector
from ..tracking.following.upside_down import UpsideDown
from ..tracking.gating import within_picture
from ..tracking.identity import part_strangers, undo_swaps, undo_takeovers
from ..tracking.neighbours import DepthOrder, Pose, are_touching, limbs_of
from ..tracking.regions import detection_at, latest_pose, region_of
from ..tracking.similarity import box_iou
from ..tracking.track_record import TrackRecord, doubted
from ..tracking.tracker import Track, Tracker
from .detector_keypoints import with_keypoints
from .second_look import looks

_CROWDED_IOU: Final = 0.2  # overlap with somebody newer in which nobody is followed; by hand
_FOLLOW_S: Final = 2.0
"""How long somebody is followed by landmarks alone before a detection has to confirm them."""


@dataclass(slots=True, eq=False)
class _Job:
    track: Track
    position: int
    in_front: list[Limb]
    sighting: Sighting


class FrameObserver:
    """Follows everybody through a clip's chunks and keeps what was seen of them.

    Chunks come in order, each ending with a frame in which people were detected anew, ``cadence``
    frames after the one before; ``ticks`` are told the times of a chunk's frames before it comes.
    ``collectors`` are shown every frame on the way.
    """

    def __init__(
        self,
        info: ClipInfo,
        detector: Detector,
        models: Sequence[LandmarkModel],
        settings: Settings,
        cadence: int,
        collectors: Sequence[Collector],
        ticks: Ticks,
    ) -> None:
        self.collected = 0
        """Frames of which everything is known."""
        self._size_px = info.size_px
        fps = info.fps / info.step
        self._tracker = Tracker(fps, cadence, settings.min_confidence, ticks)
        self._ticks = ticks
        is_quick = settings.quality == "fast" and not info.is_still and bool(models)
        self._finder = Finder(
            detector,
            fps,
            settings.min_confidence,
            is_still=info.is_still,
            search_every_s=SEARCH_SELDOM_S if settings.quality == "fast" else SEARCH_EVERY_S,
            is_quick=is_quick,
        )
        self._upside_down = UpsideDown(detector, models, fps, settings.min_confidence)
        self._order = DepthOrder()
        self._models = models
        self._cut = CutFigures(models, info.size_px, fps)
        self._detector = detector
        self._quiet = QuietWatch() if is_quick and isinstance(detector, WindowDetector) else None
        self._max_people, self._cadence = settings.max_people, cadence
        self._follow_frames = _FOLLOW_S * fps
        self._records: dict[int, TrackRecord] = {}
        self._collectors = collectors
        self._jobs: list[_Job] = []
        self._frames_in_jobs = 0

    def detect(
        self, pool: ThreadPoolExecutor, first: int, chunk: Sequence[Frame], *, starts_shot: bool
    ) -> Future[Detections]:
        """Begin to look for people at the end of a chunk. In "fast" the chunk before must have been
        given to ``advance``: it tells where people are."""
        detector, bgr = self._detector, chunk[-1].bgr
        if self._quiet is None or not isinstance(detector, WindowDetector):
            return pool.submit(detector.detect, bgr)
        self._quiet.next_chunk(starts_shot=starts_shot or first == 0)
        last = first + len(chunk) - 1
        window = self._quiet.window(first - 1, last, bgr, self._tracker)
        if self._quiet.stirs:
            self._finder.hasten(last)
        if window is None or self._finder.is_due(last) or self._cut.is_anybody():
            return pool.submit(detector.detect, bgr)
        return pool.submit(detector.detect_in, bgr, window)

    @staged("tracking")
    def advance(
        self,
        pool: ThreadPoolExecutor,
        first: int,
        chunk: Sequence[Frame],
        found: Future[Detections],
        *,
        starts_shot: bool,
    ) -> None:
        """Track a chunk and start its landmarks; then wait for those of the chunk before."""
        last, bgr = first + len(chunk) - 1, chunk[-1].bgr
        if starts_shot:
            self._tracker.end_shot()
            self._finder.end_shot()
            self._upside_down.end_shot()
        self._track(first - 1, last, bgr, found.result())
        jobs: list[_Job] = []
        for position, frame in enumerate(chunk, first):
            people = self._people_at(position, first - 1, last)
            here = [self._start(pool, position, frame.bgr, one, people) for one in people]
            for collector in self._collectors:
                collector.meet(pool, position, frame.bgr, [job.sighting for job in here])
            jobs += here
        self._keep_seated(first - 1, last, bgr)
        self.collect()
        self._jobs, self._frames_in_jobs = jobs, len(chunk)

    def pass_over(self, last: int, *, starts_shot: bool) -> None:
        """Leave out a chunk that ends at ``last``, before those that are looked at."""
        if self._quiet is not None:
            self._quiet.next_chunk(starts_shot=starts_shot)
        if starts_shot:
            self._finder.end_shot()
        self._finder.pass_over(last)

    def collect(self) -> None:
        """Wait for the landmarks under way and file them under their people."""
        for job in self._jobs:
            record = self._records.setdefault(id(job.track), TrackRecord())
            seen = [result.result() for result in job.sighting.landmarks]
            seen = [doubted(landmarks, job.in_front, self._size_px) for landmarks in seen]
            told = [c.tell(job.position, job.sighting, seen) for c in self._collectors if c.numbers]
            one = job.sighting
            pose = one.keypoints_px, one.keypoint_score, one.box_px
            record.add(job.position, pose, one.region, seen, told)
        self.collected += self._frames_in_jobs
        self._jobs, self._frames_in_jobs = [], 0
        for collector in self._collectors:
            collector.forget(self.collected)

    @staged("tracking")
    def tracks(self) -> tuple[TrackObservations, ...]:
        """Everybody, in the order in which they appeared; what was kept of them is given up."""
        people = [
            (t, self._records[id(t)])
            for t in self._tracker.tracks
            if t.is_sure and id(t) in self._records
        ]
        undo_swaps(people)
        undo_takeovers(people)
        people = part_strangers(people)
        each = (self._stacked(record, t.colours) for t, record in people if record.frames)
        return tuple(within_picture(track, self._size_px) for track in each)

    def _stacked(self, record: TrackRecord, colours: F32 | None) -> TrackObservations:
        telling = [c for c in self._collectors if c.numbers]
        numbers = [c.numbers for c in telling]
        track, told = record.stacked(self._models, colours, numbers)
        for collector, values in zip(telling, told, strict=True):
            track = collector.keep(track, values)
        return track if self._models else with_keypoints(track)

    def _track(self, before: int, frame: int, bgr: U8, found: Detections) -> None:
        tracker = self._tracker
        found = self._finder.find(frame, bgr, found, tracker)
        tracker.update(frame, self._upside_down.add(frame, bgr, found, tracker), bgr)
        here = [track for track in tracker.in_shot() if track.frames[-1] == frame]
        for track in tracker.in_shot():
            is_missed = track.frames[-1] == before and self._is_fresh(track, frame)
            if self._models and is_missed and self._cut.seat(id(track)) is None:
                follow(track, frame, bgr, self._models[-1], here)
        self._order.watch([(id(track), latest_pose(track)) for track in here])

    def _is_fresh(self, track: Track, frame: int) -> bool:
        return self._ticks.between(track.last_detected, frame) <= self._follow_frames

    def _keep_seated(self, before: int, frame: int, bgr: U8) -> None:
        """Continue those with their legs cut off whom only their landmarks show in ``frame``."""
        tracks = self._tracker.in_shot()
        here = [track for track in tracks if track.frames[-1] == frame]
        for track in tracks:
            seat = self._cut.seat(id(track))
            if seat is None or track.frames[-1] != before:
                continue
            if self._is_fresh(track, frame) and is_still_there(track, bgr, seat, here):
                track.follow(frame, *seat, 0.0)
            else:
                self._cut.forget(id(track))

    def _people_at(self, position: int, before: int, last: int) -> list[tuple[Track, Pose]]:
        """Everybody in one frame of the chunk between the detections ``before`` and ``last``."""
        people: list[tuple[Track, Pose]] = []
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

    def _start(
        self,
        pool: ThreadPoolExecutor,
        position: int,
        bgr: U8,
        person: tuple[Track, Pose],
        people: Sequence[tuple[Track, Pose]],
    ) -> _Job:
        """Begin to look at one of ``people`` closely."""
        track, pose = person
        limbs, in_front = self._neighbours(track, pose, people)
        score = track.score[-1] if track.last_detected == position else None
        look = self._cut.look(id(track), bgr, pose, limbs, score) if self._models else None
        known: dict[int, Future[Landmarks]] = {}
        if look is None:
            region = region_of(*pose, limbs)
        else:
            region, pose = look.region, (pose[0], look.keypoint_score, pose[2])
            known[self._cut.eye] = Future()
            known[self._cut.eye].set_result(look.landmarks)
        results = looks(pool, self._models, bgr, region, known)
        return _Job(track, position, in_front, Sighting(*pose, region, results, id(track)))

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
