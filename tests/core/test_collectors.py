"""Collectors see every frame once and in order, and reading holds few pictures at once."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.arrays import F32, U8
from limn.core.data.collector import Sighting
from limn.core.data.observations import Observed, TrackObservations
from limn.core.data.settings import Settings
from limn.core.data.types import Frame, Landmarks
from limn.core.pipeline.observe import detection_cadence, observe
from limn.core.pipeline.shots.shot_cuts import _MOST_HELD
from limn.tools.jobs import finished
from synthetic import Clip, Source, watch
from synthetic_motion import walking

WRISTS = ("left_wrist", "right_wrist")


class WristCollector:
    """Work like a hand network's: it waits for the landmarks, then looks at the picture again."""

    def __init__(self, numbers: int = 5) -> None:
        self.numbers = numbers
        self.read_positions: list[int] = []
        self.met: list[int] = []
        self.forgotten: list[int] = []
        self.kept: list[tuple[TrackObservations, F32]] = []
        self._looks: dict[tuple[int, int], Future[F32]] = {}

    def read(
        self, pool: ThreadPoolExecutor, first: int, chunk: Sequence[Frame], *, starts_shot: bool
    ) -> None:
        self.read_positions += [frame.index for frame in chunk]
        assert first + len(chunk) == len(self.read_positions)

    def meet(
        self, pool: ThreadPoolExecutor, position: int, bgr: U8, people: Sequence[Sighting]
    ) -> None:
        assert position < len(self.read_positions), "read before"
        self.met.append(position)
        for one in people:
            self._looks[position, id(one)] = pool.submit(self._look, bgr, one)

    @staticmethod
    def _look(bgr: U8, person: Sighting) -> F32:
        landmarks = person.landmarks[0].result()
        number = int(bgr[0, 0, 0]) | int(bgr[0, 0, 1]) << 8
        return np.append(number, landmarks.skeleton.select(WRISTS).of(landmarks.xy_px))

    def tell(self, position: int, person: Sighting, landmarks: Sequence[Landmarks]) -> F32:
        assert position in self.met
        assert len(landmarks) == len(person.landmarks)
        return self._looks.pop((position, id(person))).result()[: self.numbers]

    def forget(self, until: int) -> None:
        self.forgotten.append(until)
        assert not [position for position, _ in self._looks if position < until]

    def keep(self, track: TrackObservations, told: F32) -> TrackObservations:
        self.kept.append((track, told))
        return replace(track, colours=np.ones(64, np.float32))

    def finish(self, seen: Observed) -> Observed:
        assert len(self.read_positions) == len(seen.time_s)
        return replace(seen, lines=np.zeros((3, 5), np.float32))


@pytest.mark.parametrize("people", [1, 2])
def test_a_collector_sees_every_frame_and_keeps_numbers_of_everybody(people: int) -> None:
    clip = watch(*[walking(seconds=3.0)] * people)
    collectors = [WristCollector(), WristCollector(numbers=1)]
    job = observe(clip.source(), clip.detector(), [clip.model()], Settings(), collectors)
    seen = finished(job)
    for collector in collectors:
        assert collector.read_positions == collector.met == list(range(clip.frame_count))
        assert collector.forgotten == sorted(collector.forgotten)
        assert collector.forgotten[-1] == clip.frame_count
        assert collector.kept
        for track, told in collector.kept:
            assert told[:, 0].tolist() == track.frames.tolist()
            one = track.passes["full"]
            wrists = one.skeleton.select(WRISTS).of(one.xy_px)
            expected = wrists.reshape(len(wrists), 4)[:, : collector.numbers - 1]
            np.testing.assert_array_equal(told[:, 1:], expected)
    assert seen.lines is not None
    assert all(track.colours is not None and track.colours.all() for track in seen.tracks)


def test_collectors_change_nothing_that_others_see() -> None:
    clip = watch(walking(seconds=2.0))
    networks = clip.detector(), [clip.model()]
    alone = finished(observe(clip.source(), *networks, Settings()))
    beside = finished(observe(clip.source(), *networks, Settings(), [WristCollector()]))
    for one, other in zip(alone.tracks, beside.tracks, strict=True):
        np.testing.assert_array_equal(one.frames, other.frames)
        np.testing.assert_array_equal(one.passes["full"].xyz_m, other.passes["full"].xyz_m)


class CountingSource(Source):
    """Counts how many of its pictures are held when another one is asked for."""

    def __init__(self, clip: Clip) -> None:
        super().__init__(clip)
        self.most_held = 0

    def frames(self) -> Iterator[Frame]:
        pictures = list[weakref.ref[U8]]()
        for frame in super().frames():
            pictures.append(weakref.ref(frame.bgr))
            held = sum(picture() is not None for picture in pictures)
            self.most_held = max(self.most_held, held)
            yield frame


def test_no_more_than_three_chunks_of_pictures_are_held() -> None:
    clip = watch(walking(seconds=4.0))
    source = CountingSource(clip)
    finished(observe(source, clip.detector(), [clip.model()], Settings(), [WristCollector()]))
    cadence = detection_cadence(clip.fps, Settings().quality, clip.camera.size_px)
    assert cadence < source.most_held <= 3 * cadence + _MOST_HELD
