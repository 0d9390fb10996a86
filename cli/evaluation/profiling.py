"""How much of a run is the networks: their calls are recorded, then made again and timed alone."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar

from ... import api
from ...core.data.arrays import U8
from ...core.data.observations import PassWorth
from ...core.data.skeletons import Skeleton
from ...core.data.types import (
    Camera,
    CloseDetector,
    Detections,
    Detector,
    FrameSource,
    LandmarkModel,
    Landmarks,
    Progress,
    Region,
)
from ...media.opencv import one_thread
from ..clips.session import Session


@dataclass(slots=True)
class _Recording:
    """The calls of a run in the order they came, and the most that were under way at once."""

    calls: list[Callable[[], object]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    most_at_once: int = 0
    _under_way: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def make(self, name: str, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - passes through
        """Note ``call`` and make it."""
        with self._lock:
            self.calls.append(call)
            self.names.append(name)
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            return call()
        finally:
            with self._lock:
                self._under_way -= 1


@dataclass(frozen=True, slots=True)
class _RecordedDetector:
    inner: Detector
    recording: _Recording

    def detect(self, bgr: U8) -> Detections:
        return self.recording.make("detector", partial(self.inner.detect, bgr))


@dataclass(frozen=True, slots=True)
class _RecordedCloseDetector(_RecordedDetector):
    inner: CloseDetector

    def look_into(self, bgr: U8, window_px: tuple[int, int, int, int]) -> Detections:
        return self.recording.make("detector", partial(self.inner.look_into, bgr, window_px))

    def search(self, bgr: U8, *, is_still: bool) -> Detections:
        look = partial(self.inner.search, bgr, is_still=is_still)
        return self.recording.make("search", look)


def _recorded(detector: Detector, recording: _Recording) -> Detector:
    if isinstance(detector, CloseDetector):
        return _RecordedCloseDetector(detector, recording)
    return _RecordedDetector(detector, recording)


@dataclass(frozen=True, slots=True)
class _RecordedModel:
    inner: LandmarkModel
    recording: _Recording

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def skeleton(self) -> Skeleton:
        return self.inner.skeleton

    @property
    def worth(self) -> PassWorth:
        return self.inner.worth

    def locate(self, bgr: U8, region: Region) -> Landmarks:
        return self.recording.make(self.name, partial(self.inner.locate, bgr, region))


@dataclass(frozen=True, slots=True)
class Profile:
    """Wall seconds of the whole pipeline and of its network calls alone, on the same inputs.

    ``threads`` made the calls again, as many as the run had under way at once at most; a call is
    the cut-out, the network and the decoding of its answer.
    """

    HEAD: ClassVar[str] = (
        f"{'pipeline s':>12}{'networks s':>12}{'ratio':>7}{'threads':>9}  calls, stages"
    )

    pipeline_s: float
    networks_s: float
    threads: int
    calls: dict[str, int]
    stages_s: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        return {
            "pipeline_s": round(self.pipeline_s, 3),
            "networks_s": round(self.networks_s, 3),
            "ratio": round(self.pipeline_s / self.networks_s, 3) if self.networks_s else None,
            "threads": self.threads,
            "calls": self.calls,
            "stages_s": {stage: round(seconds, 3) for stage, seconds in self.stages_s.items()},
        }

    @staticmethod
    def row(figures: dict[str, Any]) -> str:
        """Return ``as_dict``'s figures as columns under ``HEAD``."""
        ratio = figures["ratio"]
        parts = [f"{name} {count}" for name, count in figures["calls"].items()]
        parts += [f"{stage} {seconds:.2f} s" for stage, seconds in figures["stages_s"].items()]
        return (
            f"{figures['pipeline_s']:>12.2f}{figures['networks_s']:>12.2f}"
            f"{'-' if ratio is None else format(ratio, '.2f'):>7}{figures['threads']:>9}"
            f"  {', '.join(parts)}"
        )


def profile_pipeline(source: FrameSource, session: Session, camera: Camera | None) -> Profile:
    """Run the pipeline over ``source`` once more, then its network calls alone, and time both.

    Every picture of the clip stays in memory meanwhile: the calls need them again.
    """
    recording = _Recording()
    networks = replace(
        session.networks,
        detector=_recorded(session.networks.detector, recording),
        landmark_models=tuple(
            _RecordedModel(model, recording) for model in session.networks.landmark_models
        ),
    )
    job = api.estimate_job(source, session.settings, camera=camera, networks=networks)
    stages_s = _time_stages(job, session)
    threads = max(recording.most_at_once, 1)
    started_s = time.perf_counter()
    with one_thread(), ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(_make, recording.calls):
            session.cancellation.check()
    networks_s = time.perf_counter() - started_s
    counts = {name: recording.names.count(name) for name in dict.fromkeys(recording.names)}
    return Profile(sum(stages_s.values()), networks_s, threads, counts, stages_s)


def _time_stages(job: Iterator[Progress], session: Session) -> dict[str, float]:
    """Run ``job`` to its end; what passes after a report belongs to its stage."""
    seconds: dict[str, float] = {}
    stage = ""
    since_s = time.perf_counter()
    for step in job:
        now_s = time.perf_counter()
        stage = stage or step.stage
        seconds[stage] = seconds.get(stage, 0.0) + now_s - since_s
        stage, since_s = step.stage, now_s
        session.cancellation.check()
        session.reporter.progress(step)
    seconds[stage] = seconds.get(stage, 0.0) + time.perf_counter() - since_s
    return seconds


def _make(call: Callable[[], object]) -> object:
    return call()


def peak_rss_mb() -> float | None:
    """Return the most memory this process has had so far, None where the system doesn't tell."""
    try:
        import resource
    except ImportError:
        return None  # Windows
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)
