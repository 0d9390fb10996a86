"""How much of a run is the networks: their calls are recorded, then made again and timed alone."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar, Final

from ... import api
from ...core.data.arrays import U8
from ...core.data.observations import PassWorth
from ...core.data.profiling.stages import measure, stage
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
from ...core.data.writing.temporaries import scratch_folder
from ...core.faces.seen import FaceModel, FaceSeen
from ...core.hands.seen import HandModel, HandSeen
from ...core.lifting.lifter import Lifted, Lifter, LifterInput
from ...core.pipeline.networks import Networks
from ...core.tracking.following.quiet import WindowDetector
from ...media.opencv import one_thread
from ..clips.session import Session
from .stage_table import stage_lines, stage_rows

_RATIOS: Final = ("ratio", "cpu_ratio")


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


@dataclass(frozen=True, slots=True)
class _RecordedWindowDetector(_RecordedCloseDetector):
    inner: WindowDetector

    def detect_in(self, bgr: U8, window_px: tuple[int, int, int, int]) -> Detections:
        return self.recording.make("detector", partial(self.inner.detect_in, bgr, window_px))

    def search_briefly(self, bgr: U8) -> Detections:
        return self.recording.make("search", partial(self.inner.search_briefly, bgr))


def _recorded(detector: Detector, recording: _Recording) -> Detector:
    if isinstance(detector, WindowDetector):
        return _RecordedWindowDetector(detector, recording)
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
class _RecordedHands:
    inner: HandModel
    recording: _Recording

    def locate(self, bgr: U8, region: Region, *, mirrored: bool = False) -> HandSeen:
        look = partial(self.inner.locate, bgr, region, mirrored=mirrored)
        return self.recording.make("hands", look)


@dataclass(frozen=True, slots=True)
class _RecordedFaces:
    inner: FaceModel
    recording: _Recording

    def locate(self, bgr: U8, region: Region, *, mirrored: bool = False) -> FaceSeen:
        look = partial(self.inner.locate, bgr, region, mirrored=mirrored)
        return self.recording.make("face", look)


@dataclass(frozen=True, slots=True)
class _RecordedLifter:
    inner: Lifter
    recording: _Recording

    def lift(self, view: LifterInput) -> Lifted:
        return self.recording.make("lifter", partial(self.inner.lift, view))


@dataclass(frozen=True, slots=True)
class Profile:
    """Seconds of the whole pipeline and of its network calls alone, on the same inputs.

    ``threads`` made the calls again, as many as the run had under way at once at most; a call is
    the cut-out, the network and the decoding of its answer. ``stages`` are the run's own, see
    ``stage_rows``.
    """

    HEAD: ClassVar[str] = (
        f"{'pipeline s':>12}{'networks s':>12}{'ratio':>7}{'CPU ratio':>11}{'threads':>9}  "
        "calls, stages"
    )

    pipeline_s: float
    networks_s: float
    pipeline_cpu_s: float
    networks_cpu_s: float
    threads: int
    calls: dict[str, int]
    stages_s: dict[str, float]
    stages: list[dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        return {
            "pipeline_s": round(self.pipeline_s, 3),
            "networks_s": round(self.networks_s, 3),
            "ratio": _ratio(self.pipeline_s, self.networks_s),
            "pipeline_cpu_s": round(self.pipeline_cpu_s, 3),
            "networks_cpu_s": round(self.networks_cpu_s, 3),
            "cpu_ratio": _ratio(self.pipeline_cpu_s, self.networks_cpu_s),
            "threads": self.threads,
            "calls": self.calls,
            "stages_s": {stage: round(seconds, 3) for stage, seconds in self.stages_s.items()},
            "stages": self.stages,
        }

    @staticmethod
    def row(figures: dict[str, Any]) -> str:
        """Return ``as_dict``'s figures as columns under ``HEAD``, a line a stage below them."""
        ratios = ["-" if (r := figures[key]) is None else f"{r:.2f}" for key in _RATIOS]
        parts = [f"{name} {count}" for name, count in figures["calls"].items()]
        parts += [f"{stage} {seconds:.2f} s" for stage, seconds in figures["stages_s"].items()]
        row = (
            f"{figures['pipeline_s']:>12.2f}{figures['networks_s']:>12.2f}"
            f"{ratios[0]:>7}{ratios[1]:>11}{figures['threads']:>9}  {', '.join(parts)}"
        )
        return "\n".join([row, *stage_lines(figures["stages"])])


def profile_pipeline(source: FrameSource, session: Session, camera: Camera | None) -> Profile:
    """Run the pipeline over ``source`` once more, then its network calls alone, and time both.

    The run ends with its take saved, into a folder that is gone afterwards. Every picture of the
    clip stays in memory meanwhile: the calls need them again.
    """
    recording = _Recording()
    job = api.estimate_job(
        source, session.settings, camera=camera, networks=_watched(session.networks, recording)
    )
    cpu_s = time.process_time()
    with measure() as times, stage("everything else"):
        stages_s = _time_stages(job, session)
        with stage("saving"), scratch_folder() as folder:
            since_s = time.perf_counter()
            api.save(job.result, folder / "profile.take.npz")
            stages_s["Saving"] = time.perf_counter() - since_s
    pipeline_cpu_s = time.process_time() - cpu_s
    threads = max(recording.most_at_once, 1)
    started_s, cpu_s = time.perf_counter(), time.process_time()
    with one_thread(), ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(_make, recording.calls):
            session.cancellation.check()
    networks_s, networks_cpu_s = time.perf_counter() - started_s, time.process_time() - cpu_s
    counts = {name: recording.names.count(name) for name in dict.fromkeys(recording.names)}
    rows = stage_rows(times.rows(), pipeline_cpu_s)
    wall_s = sum(stages_s.values())
    measured = wall_s, networks_s, pipeline_cpu_s, networks_cpu_s
    return Profile(*measured, threads, counts, stages_s, rows)


def _watched(networks: Networks, recording: _Recording) -> Networks:
    """The same networks with their calls recorded, those of a depth network of the user's not."""
    hands, faces, lifter = networks.hands, networks.faces, networks.lifter
    return replace(
        networks,
        detector=_recorded(networks.detector, recording),
        landmark_models=tuple(
            _RecordedModel(model, recording) for model in networks.landmark_models
        ),
        hands=None if hands is None else _RecordedHands(hands, recording),
        faces=None if faces is None else _RecordedFaces(faces, recording),
        lifter=None if lifter is None else _RecordedLifter(lifter, recording),
    )


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


def _ratio(a: float, b: float) -> float | None:
    return round(a / b, 3) if b else None


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
