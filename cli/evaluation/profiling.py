"""How much of a run is the networks: their calls are recorded, then made again and timed alone."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Final

from ... import api
from ...core.data.profiling.stages import measure, stage
from ...core.data.types import (
    Camera,
    FrameSource,
    Progress,
)
from ...core.data.writing.temporaries import scratch_folder
from ...media.opencv import one_thread
from ..clips.session import Session
from .recording import Recording, shown, watched
from .stage_table import stage_lines, stage_rows

_RATIOS: Final = ("ratio", "cpu_ratio")
_HELD: Final = 30  # pictures held while their calls are made again; by hand


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

    The run ends with its take saved, into a folder that is gone afterwards. For the calls the clip
    is read once more, which isn't timed.
    """
    recording = Recording()
    job = api.estimate_job(
        shown(source, recording),
        session.settings,
        camera=camera,
        networks=watched(session.networks, recording),
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
    networks_s, networks_cpu_s = _networks_alone(source, recording, threads, session)
    counts = {name: recording.names.count(name) for name in dict.fromkeys(recording.names)}
    rows = stage_rows(times.rows(), pipeline_cpu_s)
    wall_s = sum(stages_s.values())
    measured = wall_s, networks_s, pipeline_cpu_s, networks_cpu_s
    return Profile(*measured, threads, counts, stages_s, rows)


def _networks_alone(
    source: FrameSource, recording: Recording, threads: int, session: Session
) -> tuple[float, float]:
    """Seconds of wall and of processor time that the calls take, some pictures at a time."""
    wall_s = cpu_s = 0.0
    calls, held = list(recording.others), 0
    with one_thread(), ThreadPoolExecutor(threads) as pool:

        def make_all() -> tuple[float, float]:
            started_s = time.perf_counter()
            own_s = sum(pool.map(_timed, calls))
            return time.perf_counter() - started_s, own_s

        for frame in source.frames():
            session.cancellation.check()
            calls += [partial(look, frame.bgr) for look in recording.by_frame.get(frame.index, ())]
            held += 1
            if held == _HELD:
                told = make_all()
                wall_s, cpu_s, calls, held = wall_s + told[0], cpu_s + told[1], [], 0
        told = make_all()
    return wall_s + told[0], cpu_s + told[1]


def _timed(call: Callable[[], object]) -> float:
    """Processor seconds of this thread that a call takes."""
    since_s = time.thread_time()
    call()
    return time.thread_time() - since_s


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


def peak_rss_mb() -> float | None:
    """Return the most memory this process has had so far, None where the system doesn't tell."""
    try:
        import resource
    except ImportError:
        return None  # Windows
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)
