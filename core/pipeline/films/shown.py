"""A film of several as it is solved by itself, before cameras and people of all are found."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np

from ...data.arrays import F32
from ...data.settings import Settings
from ...data.types import Progress
from ...geometry.even_time import EvenTime, even_time_of
from ...geometry.inbetween import straight_through
from ...lifting.lifter import Lifter
from ...perspective.camera_motion import CameraMotion, Filming, filming_at_ticks
from ...solving.carried import with_path_in_metres
from ...solving.motion_estimator import Stage, camera_of, stage_of
from ...solving.person import Solved
from ...together.sightings import Viewpoint, viewpoint_of
from ..whole_track import WholeTrack, filming_told
from .film import Film


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A film solved by itself, in even time; ``clock`` where its own frames come unevenly."""

    film: Film
    filming: Filming
    stage: Stage
    clock: EvenTime | None
    solved: list[Solved]
    doubts: tuple[str, ...]
    viewpoint: Viewpoint

    def motion(self, size: float) -> CameraMotion | None:
        """How its camera moves, a carried one's path ``size`` times as long as the film tells."""
        motion = self.stage.motion
        return None if motion is None else motion.scaled(slice(None), size)

    def path(self, size: float) -> F32:
        """Where a carried camera stands in every frame, in its shot's axes, likewise; empty for one
        that isn't carried."""
        motion = self.motion(size)
        if motion is None or motion.centers is None:
            return np.zeros((0, 3), np.float32)
        path = motion.centers
        if self.clock is not None:
            ticks = np.arange(self.clock.count, dtype=np.float64)
            path = straight_through(ticks, path, self.clock.at)
        return path.astype(np.float32)


def show_film(
    film: Film, name: str, settings: Settings, lifter: Lifter | None
) -> Generator[Progress, None, Shown]:
    """Solve ``film``, called ``name`` in sentences, by itself."""
    clock = even_time_of(film.seen.time_s, film.seen.cuts)
    seen = film.seen if clock is None else clock.spread(film.seen)
    own = _at_one_place(film, name, settings)
    filming = own if clock is None else filming_at_ticks(own, seen, clock)
    stage = stage_of(film.info, seen, settings, filming)
    stage, told = yield from with_path_in_metres(stage, lifter)
    solved, grounds, doubts = yield from WholeTrack(lifter).solve_stage(stage, {})
    viewpoint = viewpoint_of(name, stage.camera, seen.time_s, stage.fps, solved, grounds)
    return Shown(film, own, stage, clock, solved, doubts + told, viewpoint)


def _at_one_place(film: Film, name: str, settings: Settings) -> Filming:
    """How a film was filmed, as far as its camera turns and zooms."""
    camera = camera_of(film.info, film.seen, settings, film.camera)
    filming = filming_told(film.seen, settings, camera)
    motion = filming.motion
    if motion is None or motion.centers is None or film.pose is None:
        return filming
    still = replace(motion, centers=None, carried=np.zeros_like(motion.carried))
    doubt = (
        f"{name} was filmed by a camera that is carried; of calibrated ones only turns are "
        "followed.",
    )
    return replace(filming, motion=still, doubts=filming.doubts + doubt)
