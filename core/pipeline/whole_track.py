"""The product's motion estimator: everybody's whole track at once, then all on their floors."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..data.arrays import F32, Floats
from ..data.errors import SettingsError
from ..data.observations import Observed
from ..data.profiling.resting import let_rest
from ..data.settings import Settings
from ..data.timing import frame_rate
from ..data.types import Camera, ClipInfo, Progress, Take
from ..depth.depth_fusion import has_depth, place_by_depth
from ..geometry.even_time import EvenTime, even_time_of, every_nth
from ..geometry.inbetween import straight_through
from ..lifting.lifter import Lifter
from ..perspective.camera_motion import Filming, filming_at_ticks, filming_of
from ..perspective.given_camera import filmed_by
from ..solving.calm import calmer
from ..solving.carried import with_path_in_metres
from ..solving.floor.ground import Ground
from ..solving.motion_estimator import SOLVING, Estimate, Stage, camera_of, stage_of
from ..solving.person import Solved, ground_person, resolve_person
from ..solving.shared_floor import share_floor
from ..solving.under_soles import floors_under_soles, standing_on
from ..solving.upright import stand_upright
from .doubts import floor_doubts, motion_doubts
from .pace.thinning import frames_per_look

_OTHER_DEPTH: Final = "The depth maps don't show the floor that people stand on and were left out."


@dataclass(frozen=True, slots=True)
class WholeTrack:
    """Solves whole tracks. Implements ``solving.motion_estimator.MotionEstimator``.

    A ``lifter`` adds what motion over time tells of depth.
    """

    lifter: Lifter | None = None

    def estimate(
        self,
        info: ClipInfo,
        seen: Observed,
        settings: Settings,
        camera: Camera | None,
        edits: Mapping[int, Floats],
    ) -> Generator[Progress, None, Estimate]:
        """Solve in even time, as speeds and accelerations need it; the take has its own times."""
        filming = filming_told(seen, settings, camera_of(info, seen, settings, camera))
        clock = even_time_of(seen.time_s, seen.cuts) or _slower(info, seen, settings)
        if clock is None:
            return (yield from self._evenly(info, seen, settings, filming, edits))
        edits = {i: clock.spread_rows(seen.tracks[i], edit) for i, edit in edits.items()}
        spread = clock.spread(seen)
        even = filming_at_ticks(filming, spread, clock)
        found = yield from self._evenly(info, spread, settings, even, edits)
        return replace(found, take=at_own_times(found.take, seen, clock, filming))

    def _evenly(
        self,
        info: ClipInfo,
        seen: Observed,
        settings: Settings,
        filming: Filming,
        edits: Mapping[int, Floats],
    ) -> Generator[Progress, None, Estimate]:
        stage = stage_of(info, seen, settings, filming)
        stage, told = yield from with_path_in_metres(stage, self.lifter)
        first = yield from self._first(stage)
        solved, grounds, doubts = yield from self._on_floors(stage, first, edits)
        solved = [
            one if i in edits else standing_on(one, ground)
            for i, (one, ground) in enumerate(zip(solved, grounds, strict=True))
        ]
        grounds = floors_under_soles(solved, grounds, stage.shots, settings.contacts)
        take = stage.take_of(solved, grounds)
        let_rest()
        steps = 2 * len(seen.tracks)
        yield Progress(SOLVING, steps, steps)
        doubts += filming.doubts + told + motion_doubts(take, has_depth(seen))
        is_measured = all(ground.is_measured for ground in grounds)
        floors = tuple(tuple(ground.levels()) for ground in grounds)
        return Estimate(take, is_measured, doubts + floor_doubts(floors), floors)

    def solve_stage(
        self, stage: Stage, edits: Mapping[int, Floats]
    ) -> Generator[Progress, None, tuple[list[Solved], list[Ground], tuple[str, ...]]]:
        """Everybody solved once, on their floors: (people, their floors, doubts).

        ``edits`` as in ``estimate``, in the even time of the ``stage``.
        """
        first = yield from self._first(stage)
        return (yield from self._on_floors(stage, first, edits))

    def _first(self, stage: Stage) -> Generator[Progress, None, list[Solved]]:
        """Everybody solved for themselves."""
        solved: list[Solved] = []
        count = len(stage.seen.tracks)
        for i in range(count):
            yield Progress(SOLVING, i, 2 * count)
            solved.append(stage.solve(i, self.lifter))
            let_rest()
        return solved

    def _on_floors(
        self, stage: Stage, first: Sequence[Solved], edits: Mapping[int, Floats]
    ) -> Generator[Progress, None, tuple[list[Solved], list[Ground], tuple[str, ...]]]:
        """Those solved for themselves upright and on their floors, as ``solve_stage``."""
        seen, camera, settings = stage.seen, stage.camera, stage.settings
        solved, doubts = list(first), tuple[str, ...]()
        steps = 2 * len(seen.tracks)
        grounds = stage.grounds(solved)
        if has_depth(seen) and stage.motion is None:
            placed = place_by_depth(seen, solved, grounds, stage.shots, camera, settings)
            solved = [resolve_person(one.solved, settings) for one in placed]
            if not all(one.is_scene for one in placed):
                doubts = (_OTHER_DEPTH,)
            grounds = stage.grounds(solved)
        if self.lifter is not None:
            solved = [stand_upright(*one) for one in zip(solved, grounds, strict=True)]
            grounds = stage.grounds(solved)
        solved, grounds = share_floor(solved, grounds, stage.shots, settings, stage.carried_shots)
        for i, ground in enumerate(grounds):
            yield Progress(SOLVING, len(solved) + i, steps)
            calm = calmer(solved[i], settings.quality)
            settled = ground_person(calm, ground, settings, edits.get(i))
            # Whoever solves them again, with other clips, trusts smoothness as usual.
            solved[i] = replace(settled, sigmas=solved[i].sigmas)
        return solved, grounds, doubts


def _slower(info: ClipInfo, seen: Observed, settings: Settings) -> EvenTime | None:
    """The clock of the frames that were looked at, where some were passed over."""
    fps = frame_rate(seen.time_s, info.fps / info.step)
    every = 1 if info.is_still else frames_per_look(settings.quality, fps)
    return every_nth(len(seen.time_s), seen.cuts, fps, every) if every > 1 else None


def filming_told(seen: Observed, settings: Settings, camera: Camera) -> Filming:
    """How the clip was filmed, as the settings want it told. Raises SettingsError."""
    if settings.camera == "given":
        if seen.given is None:
            raise SettingsError("No camera was given; name a file of one, such as --camera FILE.")
        return filmed_by(seen.given, seen, camera)
    if settings.camera == "still":
        return Filming(camera, None)
    return filming_of(seen, camera, prefers_carried=settings.camera == "moving")


def at_own_times(take: Take, seen: Observed, clock: EvenTime, filming: Filming) -> Take:
    """A take of even ticks at the times of the frames ``seen``."""
    people = zip(take.people, seen.tracks, strict=True)
    moving: dict[str, F32] = {}
    if filming.motion is not None:
        moving["turns"] = filming.motion.turns.astype(np.float32)
    for name in ("path", "zoom"):
        values = getattr(take, name)
        if len(values):
            moving[name] = straight_through(
                np.arange(clock.count, dtype=np.float64), values, clock.at
            ).astype(np.float32)
    return replace(
        take,
        time_s=seen.time_s,
        source_frame=seen.source_frame,
        people=tuple(clock.gather(person, track) for person, track in people),
        cuts=seen.cuts,
        observed=seen,
        **moving,
    )
